/* buf.c - growing a buffer */
#include "base/buf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"

enum { CAP_MIN = 64 };

void
buf_init(struct buf *b)
{
	*b = (struct buf)BUF_INIT;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	buf_init(b);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

static bool
has_room(const struct buf *b, size_t n)
{
	return b->cap > b->len && n < b->cap - b->len;
}

static bool
set_cap(struct buf *b, size_t cap)
{
	char *data = realloc(b->data, cap);

	if (data == NULL)
		return false;
	b->data = data;
	b->cap = cap;
	b->data[b->len] = '\0';
	return true;
}

static bool
reserve(struct buf *b, size_t n, bool exact)
{
	size_t cap = b->cap < CAP_MIN ? CAP_MIN : b->cap;

	if (n >= SIZE_MAX / 4 || b->len >= SIZE_MAX / 4)
		return false;
	while (!exact && cap <= b->len + n)
		cap *= 2;
	return set_cap(b, exact ? b->len + n + 1 : cap);
}

bool
buf_reserve(struct buf *b, size_t n)
{
	if (!b->failed && !has_room(b, n))
		b->failed = !reserve(b, n, false);
	return !b->failed;
}

bool
buf_reserve_exact(struct buf *b, size_t n)
{
	if (!b->failed && !has_room(b, n))
		b->failed = !reserve(b, n, true);
	return !b->failed;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (!buf_reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addc(struct buf *b, char c)
{
	if (!buf_reserve(b, 1))
		return;
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !buf_reserve(b, (size_t)n)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
buf_addi(struct buf *b, int64_t i)
{
	char *end;

	if (!buf_reserve(b, DIGITS_INT_MAX))
		return;
	end = digits_int(b->data + b->len, i);
	b->len = (size_t)(end - b->data);
	*end = '\0';
}

void
buf_addd(struct buf *b, double d)
{
	unsigned decimals = 0;
	char *end;

	if (!isfinite(d)) {
		buf_adds(b, "null");
		return;
	}
	if (!buf_reserve(b, DIGITS_REAL_MAX))
		return;
	end = digits_real(b->data + b->len, d, DIGITS_PYTHON, &decimals);
	b->len = (size_t)(end - b->data);
	*end = '\0';
}

char *
buf_take(struct buf *b, size_t *ret_len)
{
	char *data;

	if (!buf_reserve(b, 0)) {
		buf_free(b);
		return NULL;
	}
	data = b->data;
	if (ret_len != NULL)
		*ret_len = b->len;
	buf_init(b);
	return data;
}
