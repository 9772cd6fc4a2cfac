/* See number.h. */
#include "base/number.h"

#include <stdlib.h>

enum {
	EXACT_SCALE = 22,	/* 10^22 is the last power a double holds */
	DIGITS_MAX = 18,	/* always fit in an int64_t */
};

#define EXACT_MANTISSA	(UINT64_C(1) << 53)

static uint64_t
add_digits(uint64_t value, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		value = value * 10 + (uint64_t)(s[i] - '0');
	return value;
}

/* 19 digits need a look at the value; 18 always fit. */
bool
number_whole(const struct number *num, int64_t *ret)
{
	uint64_t u, limit = (uint64_t)INT64_MAX + num->negative;

	if (num->real || num->n_whole > DIGITS_MAX + 1)
		return false;
	u = add_digits(0, num->whole, num->n_whole);
	if (u > limit)
		return false;
	*ret = num->negative ? (int64_t)-u : (int64_t)u;
	return true;
}

/* Any number through strtod.  It gets no decimal point, which would depend on
 * the locale: the exponent carries it. */
static double
number_by_strtod(struct buf *scratch, const struct number *num)
{
	double f;

	buf_reset(scratch);
	buf_add(scratch, num->whole, num->n_whole);
	buf_add(scratch, num->fraction, num->n_fraction);
	buf_addc(scratch, 'e');
	buf_addi(scratch, num->exponent - (int64_t)num->n_fraction);
	f = scratch->failed ? 0 : strtod(scratch->data, NULL);
	return num->negative ? -f : f;
}

/*
 * When mantissa and power of ten are both exact, one multiplication or
 * division rounds once and is therefore correct.
 */
double
number_real(struct buf *scratch, const struct number *num)
{
	static const double power[EXACT_SCALE + 1] = {
		1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
		1e22,
	};
	int64_t scale = num->exponent - (int64_t)num->n_fraction;
	uint64_t m;
	double f;

	if (num->n_whole + num->n_fraction > DIGITS_MAX ||
	    scale < -EXACT_SCALE || scale > EXACT_SCALE)
		return number_by_strtod(scratch, num);
	m = add_digits(0, num->whole, num->n_whole);
	m = add_digits(m, num->fraction, num->n_fraction);
	if (m > EXACT_MANTISSA)
		return number_by_strtod(scratch, num);
	f = scale < 0 ? (double)m / power[-scale] :
	    (double)m * power[scale];
	return num->negative ? -f : f;
}
