/* json_read.c - the pull reader: a state per open scope, one token per call */
#include "base/json_read.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/number.h"
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
};

static enum json_token
fail(struct json_read *r, const char *error)
{
	r->error = error;
	return JR_ERROR;
}

void
jr_init(struct json_read *r, const char *s, size_t n)
{
	memset(r, 0, sizeof(*r));
	r->at = s;
	r->end = n > 0 ? s + n : s;
	r->state[0] = TOP_VALUE;
}

void
jr_free(struct json_read *r)
{
	buf_free(&r->scratch);
}

static size_t
left(const struct json_read *r)
{
	return (size_t)(r->end - r->at);
}

/* The next byte, or 0 at the end (a NUL byte is valid nowhere either). */
static char
peek(const struct json_read *r)
{
	return r->at < r->end ? *r->at : '\0';
}

static void
skip_blanks(struct json_read *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' ||
	    *r->at == '\r' || *r->at == '\t'))
		r->at++;
}

static enum json_token
fail_here(struct json_read *r, const char *error)
{
	return fail(r, r->at == r->end ? "unexpected end" : error);
}

/* Four hex digits at `at`; negative when they are not. */
static int
hex4(const struct json_read *r, const char *at)
{
	int i, digit, value = 0;

	if (r->end - at < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		char c = at[i];

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		else
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static void
add_code_point(struct buf *b, int c)
{
	char text[4];
	size_t i, n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const int mark[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };

	for (i = n - 1; i > 0; i--, c >>= 6)
		text[i] = (char)(0x80 | (c & 0x3f));
	text[0] = (char)(mark[n] | c);
	buf_add(b, text, n);
}

/* \uXXXX, r->at past the u; two of them when the first is a surrogate. */
static bool
read_unicode(struct json_read *r)
{
	int c, low;

	c = hex4(r, r->at);
	if (c < 0 || (c >= 0xdc00 && c <= 0xdfff))
		return false;
	r->at += 4;
	if (c >= 0xd800 && c <= 0xdbff) {
		if (left(r) < 6 || r->at[0] != '\\' || r->at[1] != 'u')
			return false;
		low = hex4(r, r->at + 2);
		if (low < 0xdc00 || low > 0xdfff)
			return false;
		r->at += 6;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	add_code_point(&r->scratch, c);
	return true;
}

static bool
read_escape(struct json_read *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *hit;
	char c;

	r->at++;
	if (r->at == r->end)
		return false;
	c = *r->at++;
	if (c == 'u')
		return read_unicode(r);
	hit = memchr(from, c, sizeof(from) - 1);
	if (hit == NULL)
		return false;
	buf_addc(&r->scratch, to[hit - from]);
	return true;
}

/* Go to the next byte that ends the run: a quote, a backslash, an error. */
static void
scan_run(struct json_read *r)
{
	size_t step;

	for (;;) {
		r->at += json_plain_run(r->at, left(r));
		if (r->at == r->end || (unsigned char)*r->at < 0x80)
			return;
		step = utf8_next(r->at, left(r));
		if (step == 0)
			return;
		r->at += step;
	}
}

/* The rest of a string whose first run, from `run`, ended at a backslash. */
static bool
read_escaped(struct json_read *r, const char *run)
{
	buf_reset(&r->scratch);
	while (peek(r) == '\\') {
		buf_add(&r->scratch, run, (size_t)(r->at - run));
		if (!read_escape(r))
			return false;
		run = r->at;
		scan_run(r);
	}
	buf_add(&r->scratch, run, (size_t)(r->at - run));
	r->text = r->scratch.data;
	r->n = r->scratch.len;
	return true;
}

static enum json_token
read_string(struct json_read *r, enum json_token token)
{
	const char *start = ++r->at;

	scan_run(r);
	r->text = start;
	r->n = (size_t)(r->at - start);
	if (peek(r) == '\\' && !read_escaped(r, start))
		return fail_here(r, "bad escape in a string");
	if (peek(r) != '"')
		return fail_here(r, (unsigned char)peek(r) < 0x20 ?
		    "control character in a string" : "not valid UTF-8");
	if (r->scratch.failed)
		return fail(r, "out of memory");
	r->at++;
	return token;
}

static enum json_token
read_number(struct json_read *r)
{
	struct number num;
	double f;

	if (!number_scan(&r->at, r->end, NUMBER_JSON, &num))
		return fail_here(r, "bad number");
	if (number_whole(&num, &r->i))
		return JR_INT;
	f = number_real(&r->scratch, &num);
	if (r->scratch.failed)
		return fail(r, "out of memory");
	if (!isfinite(f))
		return JR_HUGE;
	r->f = f;
	return JR_REAL;
}

static enum json_token
read_literal(struct json_read *r)
{
	static const struct {
		const char	*text;
		size_t		 n;
		enum json_token	 token;
	} word[] = {
		{ "true", 4, JR_TRUE },
		{ "false", 5, JR_FALSE },
		{ "null", 4, JR_NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (left(r) >= word[i].n &&
		    memcmp(r->at, word[i].text, word[i].n) == 0) {
			r->at += word[i].n;
			return word[i].token;
		}
	return fail_here(r, "a value is due");
}

static enum json_token
open_scope(struct json_read *r, uint8_t state, enum json_token token)
{
	if (r->depth == JSON_READ_DEPTH)
		return fail(r, "nested too deeply");
	r->at++;
	r->state[++r->depth] = state;
	return token;
}

static enum json_token
close_scope(struct json_read *r, enum json_token token)
{
	r->at++;
	r->depth--;
	return token;
}

/* A value, after which the scope is in state `then`. */
static enum json_token
read_value(struct json_read *r, uint8_t then)
{
	char c = peek(r);

	r->state[r->depth] = then;
	if (c == '"')
		return read_string(r, JR_STRING);
	if (c == '-' || (c >= '0' && c <= '9'))
		return read_number(r);
	if (c == '{')
		return open_scope(r, OBJECT_FIRST, JR_OBJECT);
	if (c == '[')
		return open_scope(r, ARRAY_FIRST, JR_ARRAY);
	return read_literal(r);
}

static enum json_token
read_key(struct json_read *r)
{
	if (peek(r) != '"')
		return fail_here(r, "a key is due");
	if (read_string(r, JR_KEY) == JR_ERROR)
		return JR_ERROR;
	skip_blanks(r);
	if (peek(r) != ':')
		return fail_here(r, "a colon is due");
	r->at++;
	r->state[r->depth] = OBJECT_VALUE;
	return JR_KEY;
}

/* Inside an array, or an object whose key is due. */
static enum json_token
read_member(struct json_read *r, uint8_t state)
{
	bool array = state == ARRAY_FIRST || state == ARRAY_NEXT;

	if (peek(r) == (array ? ']' : '}'))
		return close_scope(r, array ? JR_ARRAY_END :
		    JR_OBJECT_END);
	if (state == ARRAY_NEXT || state == OBJECT_NEXT) {
		if (peek(r) != ',')
			return fail_here(r, "a comma or an end is due");
		r->at++;
		skip_blanks(r);
	}
	return array ? read_value(r, ARRAY_NEXT) : read_key(r);
}

enum json_token
jr_next(struct json_read *r)
{
	uint8_t state = r->state[r->depth];

	if (r->error != NULL)
		return JR_ERROR;
	skip_blanks(r);
	switch (state) {
	case TOP_VALUE:
		return read_value(r, TOP_DONE);
	case TOP_DONE:
		return r->at == r->end ? JR_END :
		    fail(r, "text after the value");
	case OBJECT_VALUE:
		return read_value(r, OBJECT_NEXT);
	default:
		return read_member(r, state);
	}
}

bool
jr_skip(struct json_read *r)
{
	uint8_t state = r->state[r->depth];
	enum json_token token = JR_NULL;
	unsigned outside;

	if (state == OBJECT_VALUE) {
		outside = r->depth;
		token = jr_next(r);
	} else {
		outside = r->depth > 0 ? r->depth - 1 : 0;
	}
	while (token != JR_ERROR && r->depth > outside)
		token = jr_next(r);
	return r->error == NULL;
}
