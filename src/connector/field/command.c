/* Command texts with names to be filled in. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "helio/field_client.h"

enum { NAME_SIZE = 64 };

/* Queclink @Track, as the seed's client sends it. */
const char *
helio_field_default_command(void)
{
	return "AT+GTDMS={PASSWORD},2,{PASSWORD},1,{IPADDR},{PORT},,,360,7F9F"
	    ",,0,,0,30,,FFFF$";
}

/* The name behind a brace, and what is after it. */
static const char *
take_name(const char *s, char name[NAME_SIZE])
{
	size_t n = strcspn(s, "}");

	if (s[n] == '\0' || n == 0 || n >= NAME_SIZE)
		return NULL;
	memcpy(name, s, n);
	name[n] = '\0';
	return s + n + 1;
}

static helio_code
fill(const char *at, const char *(*value)(void *, const char *), void *arg,
    struct buf *out, helio_error *error)
{
	char name[NAME_SIZE];

	while (*at != '\0') {
		size_t plain = strcspn(at, "{");
		const char *text;

		buf_add(out, at, plain);
		at += plain;
		if (*at == '\0')
			break;
		at = take_name(at + 1, name);
		if (at == NULL)
			return helio_error_set(error, HELIO_BAD_INPUT,
			    "a brace of the command is not closed");
		text = value(arg, name);
		if (text == NULL)
			return helio_error_set(error, HELIO_BAD_INPUT,
			    "the command needs %s", name);
		buf_adds(out, text);
	}
	return out->failed ? helio_error_set(error, HELIO_LOCAL,
	    "no memory") : HELIO_DONE;
}

helio_code
helio_field_fill(const char *text,
    const char *(*value)(void *arg, const char *name), void *arg, char **ret,
    helio_error *error)
{
	struct buf out = BUF_INIT;
	helio_code code;

	/* never NULL, and seldom moved: it may hold secrets */
	buf_reserve(&out, strlen(text) + 256);
	buf_adds(&out, "");
	code = fill(text, value, arg, &out, error);
	if (code == HELIO_DONE) {
		*ret = buf_take(&out, NULL);
		return HELIO_DONE;
	}
	if (out.data != NULL)
		explicit_bzero(out.data, out.len);
	buf_free(&out);
	return code;
}
