/* json_write.c - the JSON writer: scopes, commas, escapes */
#include "base/json_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/log.h"
#include "base/times.h"
#include "base/utf8.h"

/* What is due next in a scope. */
enum {
	TOP_VALUE,
	TOP_DONE,
	ARRAY_FIRST,
	ARRAY_NEXT,
	OBJECT_FIRST,
	OBJECT_NEXT,
	OBJECT_VALUE,
	N_STATES,
};

#define BAD 0xff

/* Per state: what a value and a key lead to, the byte that goes before
 * either, and the byte that closes the scope. */
static const struct {
	uint8_t	on_value, on_key;
	char	before, close;
} rule[N_STATES] = {
	[TOP_VALUE] = { TOP_DONE, BAD, 0, 0 },
	[TOP_DONE] = { BAD, BAD, 0, 0 },
	[ARRAY_FIRST] = { ARRAY_NEXT, BAD, 0, ']' },
	[ARRAY_NEXT] = { ARRAY_NEXT, BAD, ',', ']' },
	[OBJECT_FIRST] = { BAD, OBJECT_VALUE, 0, '}' },
	[OBJECT_NEXT] = { BAD, OBJECT_VALUE, ',', '}' },
	[OBJECT_VALUE] = { OBJECT_NEXT, BAD, 0, 0 },
};

static _Noreturn void
misuse(const char *what)
{
	log_event(LOG_ERROR, "json.misuse", "what=%s", what);
	abort();
}

/* Move the innermost scope on; returns the byte due before, or 0. */
static char
step(struct json_write *w, bool is_key)
{
	uint8_t *state = &w->state[w->depth], was = *state, next;

	next = is_key ? rule[was].on_key : rule[was].on_value;
	if (next == BAD)
		misuse(is_key ? "key" : "value");
	*state = next;
	return rule[was].before;
}

void
jw_place(struct json_write *w)
{
	char before = step(w, false);

	if (before != 0)
		buf_addc(w->out, before);
}

static void
open_scope(struct json_write *w, uint8_t state, char c)
{
	jw_place(w);
	if (w->depth == JSON_WRITE_DEPTH)
		misuse("depth");
	w->state[++w->depth] = state;
	buf_addc(w->out, c);
}

void
jw_start(struct json_write *w, struct buf *out)
{
	w->out = out;
	w->depth = 0;
	w->state[0] = TOP_VALUE;
}

void
jw_object(struct json_write *w)
{
	open_scope(w, OBJECT_FIRST, '{');
}

void
jw_array(struct json_write *w)
{
	open_scope(w, ARRAY_FIRST, '[');
}

void
jw_end(struct json_write *w)
{
	char close = rule[w->state[w->depth]].close;

	if (close == 0)
		misuse("end");
	w->depth--;
	buf_addc(w->out, close);
}

/* Controls that have a letter, and the others by number. */
static void
add_control(struct buf *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char shorthand[0x20] = {
		['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
		['\t'] = 't',
	};
	char text[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (shorthand[c] != 0) {
		text[1] = shorthand[c];
		buf_add(out, text, 2);
	} else {
		buf_add(out, text, sizeof(text));
	}
}

/* One character that is not plain; returns the bytes it took. */
static size_t
add_special(struct buf *out, const char *s, size_t n)
{
	unsigned char c = (unsigned char)*s;
	size_t len;

	if (c < 0x20) {
		add_control(out, c);
		return 1;
	}
	if (c < 0x80) {
		buf_addc(out, '\\');
		buf_addc(out, *s);
		return 1;
	}
	len = utf8_next(s, n);
	if (len == 0) {
		buf_adds(out, "\xef\xbf\xbd");
		return 1;
	}
	buf_add(out, s, len);
	return len;
}

static void
add_escaped(struct buf *out, const char *s, size_t n)
{
	size_t run;

	while (n > 0) {
		run = json_plain_run(s, n);
		if (run > 0)
			buf_add(out, s, run);
		else
			run = add_special(out, s, n);
		s += run;
		n -= run;
	}
}

/* Quotes around the text, and the bytes due before and after unless 0.  Most
 * texts are plain: they go out in one piece. */
static void
add_text(struct buf *out, char before, const char *s, size_t n, char after)
{
	size_t run = json_plain_run(s, n);
	char *p;

	if (!buf_reserve(out, run + 4))
		return;
	p = out->data + out->len;
	if (before != 0)
		*p++ = before;
	*p++ = '"';
	memcpy(p, s, run);
	p += run;
	out->len = (size_t)(p - out->data);
	*p = '\0';
	add_escaped(out, s + run, n - run);
	buf_add(out, after != 0 ? (char[2]){ '"', after } : "\"",
	    after != 0 ? 2 : 1);
}

void
jw_key(struct json_write *w, const char *key)
{
	char before = step(w, true);

	add_text(w->out, before, key, strlen(key), ':');
}

void
jw_raw(struct json_write *w, const char *s, size_t n)
{
	jw_place(w);
	buf_add(w->out, s, n);
}

void
jw_null(struct json_write *w)
{
	jw_raw(w, "null", 4);
}

void
jw_bool(struct json_write *w, bool b)
{
	jw_raw(w, b ? "true" : "false", b ? 4 : 5);
}

void
jw_int(struct json_write *w, int64_t i)
{
	jw_place(w);
	buf_addi(w->out, i);
}

void
jw_real(struct json_write *w, double d)
{
	jw_place(w);
	buf_addd(w->out, d);
}

void
jw_strn(struct json_write *w, const char *s, size_t n)
{
	if (s == NULL) {
		jw_null(w);
		return;
	}
	add_text(w->out, step(w, false), s, n, 0);
}

void
jw_str(struct json_write *w, const char *s)
{
	jw_strn(w, s, s == NULL ? 0 : strlen(s));
}

void
jw_time(struct json_write *w, int64_t at_us)
{
	char text[TIME_TEXT_MAX + 2] = "\"";
	size_t n;

	n = 1 + time_format_iso(at_us, text + 1);
	text[n++] = '"';
	jw_raw(w, text, n);
}

void
jw_put_str(struct json_write *w, const char *key, const char *s)
{
	jw_key(w, key);
	jw_str(w, s);
}

void
jw_put_int(struct json_write *w, const char *key, int64_t i)
{
	jw_key(w, key);
	jw_int(w, i);
}

void
jw_put_bool(struct json_write *w, const char *key, bool b)
{
	jw_key(w, key);
	jw_bool(w, b);
}

void
jw_put_real(struct json_write *w, const char *key, double d)
{
	jw_key(w, key);
	jw_real(w, d);
}

void
jw_put_null(struct json_write *w, const char *key)
{
	jw_key(w, key);
	jw_null(w);
}

void
jw_put_time(struct json_write *w, const char *key, int64_t at_us)
{
	jw_key(w, key);
	jw_time(w, at_us);
}
