/* buf.c - growing a buffer, and numbers as text without printf's price */
#include "base/buf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CAP_MIN = 64,
	REAL_DIGITS = 17,	/* enough for any double */
};

#define EXACT_LIMIT	1e15	/* 15 digits name at most one double each */
#define FIXED_MIN	1e-4	/* what lies outside is written as 1e+16 */
#define FIXED_LIMIT	1e16

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
grow(struct buf *b, size_t n)
{
	size_t cap = b->cap < CAP_MIN ? CAP_MIN : b->cap;
	char *data;

	if (n >= SIZE_MAX / 4 || b->len >= SIZE_MAX / 4)
		return false;
	while (cap <= b->len + n)
		cap *= 2;
	data = realloc(b->data, cap);
	if (data == NULL)
		return false;
	b->data = data;
	b->cap = cap;
	b->data[b->len] = '\0';
	return true;
}

bool
buf_reserve(struct buf *b, size_t n)
{
	if (b->failed)
		return false;
	if (b->cap > b->len && n < b->cap - b->len)
		return true;
	if (grow(b, n))
		return true;
	b->failed = true;
	return false;
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

/* The digits of u, ending before `end`; returns where they start. */
static char *
digits_before(char *end, uint64_t u)
{
	do {
		*--end = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	return end;
}

void
buf_addi(struct buf *b, int64_t i)
{
	char text[24], *end = text + sizeof(text), *at;
	uint64_t u = i < 0 ? -(uint64_t)i : (uint64_t)i;

	at = digits_before(end, u);
	if (i < 0)
		*--at = '-';
	buf_add(b, at, (size_t)(end - at));
}

static bool
fixed_notation(double size)
{
	return size == 0 || (size >= FIXED_MIN && size < FIXED_LIMIT);
}

/*
 * Find the fewest decimals k so that m / 10^k is size, with m below 10^15.
 * Both are exact then, and the division rounds once, as reading the text m
 * with a point k digits from its end rounds once: so that text reads back as
 * size.  No double has two such texts.
 */
static bool
short_decimal(double size, uint64_t *ret_m, uint64_t *ret_unit)
{
	static const double scale[] = {
		1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
	};
	uint64_t unit = 1;
	double m;
	size_t k;

	for (k = 0; k < sizeof(scale) / sizeof(scale[0]); k++, unit *= 10) {
		m = rint(size * scale[k]);
		if (k > 0 && m >= EXACT_LIMIT)
			return false;
		if (m / scale[k] != size)
			continue;
		*ret_m = (uint64_t)m;
		*ret_unit = unit;
		return true;
	}
	return false;
}

static bool
add_short_decimal(struct buf *b, double d)
{
	char text[48], *end = text + sizeof(text), *at;
	uint64_t m, unit;

	if (!fixed_notation(fabs(d)) || !short_decimal(fabs(d), &m, &unit))
		return false;
	if (unit == 1) {
		m *= 10;
		unit = 10;
	}
	at = digits_before(end, m % unit + unit);
	*at = '.';		/* in place of the unit's 1 */
	at = digits_before(at, m / unit);
	if (signbit(d))
		*--at = '-';
	buf_add(b, at, (size_t)(end - at));
	return true;
}

struct decimal {
	char	digits[REAL_DIGITS];	/* d.ddd, without the point */
	int	n;
	int	exponent;
};

/* With fewer digits than these there is no use to try. */
static int
least_precision(double size)
{
	if (!isnormal(size))
		return 1;
	return fixed_notation(size) ? 16 : 15;	/* short_decimal tried 15 */
}

/* The fewest digits that read back as size (> 0). */
static void
shortest(double size, struct decimal *ret)
{
	int precision = least_precision(size);
	char text[40], *e = text;

	for (;; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision - 1, size);
		if (precision == REAL_DIGITS || strtod(text, NULL) == size)
			break;
	}
	/* only the digits are taken: the point depends on the locale */
	for (ret->n = 0; *e != 'e'; e++)
		if (*e >= '0' && *e <= '9')
			ret->digits[ret->n++] = *e;
	while (ret->n > 1 && ret->digits[ret->n - 1] == '0')
		ret->n--;
	ret->exponent = atoi(e + 1);
}

static void
add_fixed(struct buf *b, const struct decimal *d)
{
	int i, point = d->exponent + 1;

	if (point <= 0)
		buf_adds(b, "0.");
	for (i = point; i < 0; i++)
		buf_addc(b, '0');
	for (i = 0; i < d->n || i < point; i++) {
		if (i == point && i > 0)
			buf_addc(b, '.');
		buf_addc(b, i < d->n ? d->digits[i] : '0');
	}
	if (d->n <= point)
		buf_adds(b, ".0");
}

static void
add_scientific(struct buf *b, const struct decimal *d)
{
	buf_addc(b, d->digits[0]);
	if (d->n > 1)
		buf_addc(b, '.');
	buf_add(b, d->digits + 1, (size_t)d->n - 1);
	buf_addf(b, "e%+03d", d->exponent);
}

void
buf_addd(struct buf *b, double d)
{
	struct decimal dec;

	if (!isfinite(d)) {
		buf_adds(b, "null");
		return;
	}
	if (add_short_decimal(b, d))
		return;
	if (signbit(d))
		buf_addc(b, '-');
	shortest(fabs(d), &dec);
	if (fixed_notation(fabs(d)))
		add_fixed(b, &dec);
	else
		add_scientific(b, &dec);
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
