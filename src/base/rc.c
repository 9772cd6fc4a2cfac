/* rc.c - result codes from their rows, and errors that name fields */
#include "base/rc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

struct rc_row {
	const char	*code;
	unsigned	 status;
	const char	*text;
};

static const struct rc_row rows[HELIO_RC_MAX] = {
#define RC(name, code, status, text) [HELIO_##name] = { code, status, text },
#include "base/rc.def"
#undef RC
};

static const struct rc_row *
row_of(enum helio_rc rc)
{
	if ((unsigned)rc >= HELIO_RC_MAX)
		rc = HELIO_E_INTERNAL;
	return &rows[rc];
}

const char *
rc_code(enum helio_rc rc)
{
	return row_of(rc)->code;
}

unsigned
rc_status(enum helio_rc rc)
{
	return row_of(rc)->status;
}

const char *
rc_text(enum helio_rc rc)
{
	return row_of(rc)->text;
}

/* Drop a character that the end of the room cut in two. */
static void
trim_cut_char(char *s, size_t n)
{
	size_t start = n;

	while (start > 0 && n - start < 3 &&
	    ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && utf8_next(s + start - 1, n - start + 1) == 0)
		s[start - 1] = '\0';
}

static void __attribute__((format(printf, 3, 0)))
print_into(char *out, size_t size, const char *fmt, va_list ap)
{
	int n;

	n = vsnprintf(out, size, fmt, ap);
	if (n < 0)
		out[0] = '\0';
	else if ((size_t)n >= size)
		trim_cut_char(out, size - 1);
}

void
err_clear(struct helio_err *err)
{
	err->rc = HELIO_OK;
	err->message[0] = '\0';
	err->n_faults = 0;
}

enum helio_rc
err_set(struct helio_err *err, enum helio_rc rc, const char *fmt, ...)
{
	va_list ap;

	err->rc = rc;
	va_start(ap, fmt);
	print_into(err->message, sizeof(err->message), fmt, ap);
	va_end(ap);
	return rc;
}

static struct helio_fault *
fault_new(struct helio_err *err, const char *field)
{
	struct helio_fault *f;
	char name[sizeof(f->field)];
	unsigned i;

	/* compare what is kept, so that a long name is not listed twice */
	snprintf(name, sizeof(name), "%s", field);
	for (i = 0; i < err->n_faults; i++)
		if (strcmp(err->fault[i].field, name) == 0)
			return NULL;
	if (err->n_faults == HELIO_FAULTS_MAX)
		return NULL;
	f = &err->fault[err->n_faults++];
	memcpy(f->field, name, sizeof(f->field));
	return f;
}

enum helio_rc
err_field(struct helio_err *err, const char *field, const char *fmt, ...)
{
	struct helio_fault *f;
	va_list ap;

	if (err->rc == HELIO_OK)
		err->rc = HELIO_E_INVALID;
	f = fault_new(err, field);
	if (f != NULL) {
		va_start(ap, fmt);
		print_into(f->text, sizeof(f->text), fmt, ap);
		va_end(ap);
	}
	return err->rc;
}

const char *
err_message(const struct helio_err *err)
{
	return err->message[0] != '\0' ? err->message : rc_text(err->rc);
}
