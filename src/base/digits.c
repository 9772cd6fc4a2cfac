/*
 * See digits.h.  Shortest decimals as in R. Giulietti, "The Schubfach way to
 * render doubles" (2020), whose names are used here.
 */
#include "base/digits.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "powers.h"

enum {
	MANTISSA_BITS = 52,
	LEAST_EXPONENT = -1074,	/* of the last bit of the least double */
	DECIMALS_MAX = 15,	/* that are looked at first */
	WIDTH = 24,		/* no 64-bit number has more digits */
};

#define EXACT_LIMIT	1e15	/* 15 digits name at most one double each */
#define HIDDEN_BIT	(UINT64_C(1) << MANTISSA_BITS)

/* m x 10^exponent; m does not end in 0 unless it is 0. */
struct decimal {
	uint64_t	 m;
	int		 exponent;
};

/* ---- digits ---- */

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

static inline void
put_pair(char *to, unsigned pair)
{
	memcpy(to, pairs + 2 * pair, 2);
}

static inline void
put_eight(char *to, unsigned u)
{
	unsigned high = u / 10000, low = u % 10000;

	put_pair(to, high / 100);
	put_pair(to + 2, high % 100);
	put_pair(to + 4, low / 100);
	put_pair(to + 6, low % 100);
}

/* The digits of u, ending before `end`; where they start. */
static char *
digits_before(char *end, uint64_t u)
{
	unsigned left;

	while (u >= 100000000) {
		end -= 8;
		put_eight(end, (unsigned)(u % 100000000));
		u /= 100000000;
	}
	for (left = (unsigned)u; left >= 100; left /= 100) {
		end -= 2;
		put_pair(end, left % 100);
	}
	if (left >= 10) {
		end -= 2;
		put_pair(end, left);
	} else {
		*--end = (char)('0' + left);
	}
	return end;
}

char *
digits_int(char *to, int64_t i)
{
	char text[2 * WIDTH], *end = text + WIDTH, *at;
	uint64_t u = i < 0 ? -(uint64_t)i : (uint64_t)i;

	at = digits_before(end, u);
	if (i < 0)
		*--at = '-';
	memcpy(to, at, WIDTH);	/* quicker than as many as there are */
	return to + (end - at);
}

/* ---- decimals of doubles ---- */

static const double tens[DECIMALS_MAX + 1] = {
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
	1e13, 1e14, 1e15,
};

/*
 * Is size m / 10^decimals with m up to 10^15?  Both are exact then, and the
 * division rounds once, as reading that decimal rounds once: it reads back as
 * size.  No double has two such decimals.
 */
static inline bool
has_decimals(double size, unsigned decimals, struct decimal *ret)
{
	double m = size * tens[decimals];

	if (!(m < EXACT_LIMIT))
		return false;
	ret->m = (uint64_t)(int64_t)(m + 0.5);
	ret->exponent = -(int)decimals;
	return (double)(int64_t)ret->m / tens[decimals] == size;
}

/* floor(log10(2^q)), or of 3/4 of that; floor(log2(10^k)). */
static int
log10_of_2(int q, bool three_quarters)
{
	return (q * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

static int
log2_of_10(int k)
{
	return (k * 1741647) >> 19;
}

/* g x cp / 2^128, its last bit set when anything is cut off. */
static uint64_t
round_to_odd(const struct power *g, uint64_t cp)
{
	unsigned __int128 low = (unsigned __int128)g->low * cp;
	unsigned __int128 product = (unsigned __int128)g->high * cp +
	    (uint64_t)(low >> 64);

	return (uint64_t)(product >> 64) | ((uint64_t)product > 1);
}

/* What reads back as size, four times: from lower to upper, vb itself. */
struct interval {
	uint64_t	 lower, vb, upper;
};

/*
 * size = c x 2^q becomes vb / 4 x 10^k, where k is such that the interval
 * holds one or two whole numbers of 10^k, and at most one of 10^(k + 1).
 */
static struct interval
scale(double size, int *ret_k)
{
	uint64_t bits, c;
	const struct power *g;
	struct interval r;
	bool narrow, odd;
	int e, q, k, h;

	memcpy(&bits, &size, sizeof(bits));
	e = (int)(bits >> MANTISSA_BITS);
	c = bits & (HIDDEN_BIT - 1);
	/* the double below is half as far as the one above */
	narrow = c == 0 && e > 1;
	q = LEAST_EXPONENT + (e > 0 ? e - 1 : 0);
	if (e > 0)
		c |= HIDDEN_BIT;
	k = log10_of_2(q, narrow);
	g = &powers[-k - POWER_LOW];
	h = q + log2_of_10(-k) + 1;
	r.lower = round_to_odd(g, (4 * c - (narrow ? 1 : 2)) << h);
	r.vb = round_to_odd(g, 4 * c << h);
	r.upper = round_to_odd(g, (4 * c + 2) << h);
	/* its ends read back as size when c is even */
	odd = c % 2 != 0;
	r.lower += odd;
	r.upper -= odd;
	*ret_k = k;
	return r;
}

/* Of n and n + 1, which alone is in the interval, in units of 4 x by. */
static bool
choose(const struct interval *in, uint64_t n, uint64_t by, uint64_t *ret)
{
	bool below = in->lower <= 4 * by * n;
	bool above = 4 * by * (n + 1) <= in->upper;

	*ret = n + above;
	return below != above;
}

/* The fewest digits, and of those the nearest; size is above 0. */
static void
shortest(double size, struct decimal *ret)
{
	struct interval in = scale(size, &ret->exponent);
	uint64_t s = in.vb / 4, middle = 4 * s + 2;

	if (s >= 10 && choose(&in, s / 10, 10, &ret->m)) {
		ret->exponent++;
		return;
	}
	if (!choose(&in, s, 1, &ret->m))
		ret->m = s + (in.vb > middle ||
		    (in.vb == middle && s % 2 != 0));
}

static void
cut_zeros(struct decimal *d)
{
	while (d->m % 100000000 == 0) {
		d->m /= 100000000;
		d->exponent += 8;
	}
	while (d->m % 10 == 0) {
		d->m /= 10;
		d->exponent++;
	}
}

static struct decimal
decimal_of(double size, unsigned *decimals)
{
	struct decimal d = { 0, 0 };

	if (size == 0)
		return d;
	if (!has_decimals(size, *decimals, &d)) {
		shortest(size, &d);
		cut_zeros(&d);
		if (d.exponent <= 0 && d.exponent >= -DECIMALS_MAX)
			*decimals = (unsigned)-d.exponent;
	} else {
		cut_zeros(&d);
	}
	return d;
}

/* ---- layout ---- */

/* Without an exponent from 10^low up to below 10^high. */
static const struct form {
	int		 low, high;
	bool		 point;		/* there is always one, or an exponent */
	int		 exponent_digits;	/* at least */
} forms[] = {
	[DIGITS_PYTHON] = { -4, 16, true, 2 },
	[DIGITS_GO] = { -6, 21, false, 1 },
};

static char *
put_zeros(char *to, int n)
{
	while (n-- > 0)
		*to++ = '0';
	return to;
}

/* n digits, of which `whole` stand before the point. */
static char *
put_fixed(char *to, const char *digits, int n, int whole, bool point)
{
	if (whole <= 0) {
		*to++ = '0';
		*to++ = '.';
		to = put_zeros(to, -whole);
		memcpy(to, digits, WIDTH);
		return to + n;
	}
	memcpy(to, digits, WIDTH);
	if (whole < n) {
		memcpy(to + whole + 1, digits + whole, WIDTH);
		to[whole] = '.';
		return to + n + 1;
	}
	to = put_zeros(to + n, whole - n);
	if (point) {
		*to++ = '.';
		*to++ = '0';
	}
	return to;
}

static char *
put_scientific(char *to, const char *digits, int n, int exponent,
    int exponent_digits)
{
	*to++ = *digits;
	if (n > 1) {
		*to++ = '.';
		memcpy(to, digits + 1, WIDTH);
		to += n - 1;
	}
	*to++ = 'e';
	*to++ = exponent < 0 ? '-' : '+';
	exponent = exponent < 0 ? -exponent : exponent;
	if (exponent_digits == 2 && exponent < 10)
		*to++ = '0';
	return digits_int(to, exponent);
}

char *
digits_real(char *to, double d, enum digits_form which, unsigned *decimals)
{
	const struct form *form = &forms[which];
	struct decimal decimal = decimal_of(fabs(d), decimals);
	char text[3 * WIDTH], *digits;
	int n, exponent;

	digits = digits_before(text + WIDTH, decimal.m);
	n = (int)(text + WIDTH - digits);
	exponent = n + decimal.exponent - 1;
	if (signbit(d))
		*to++ = '-';
	return decimal.m == 0 || (exponent >= form->low &&
	    exponent < form->high) ?
	    put_fixed(to, digits, n, exponent + 1, form->point) :
	    put_scientific(to, digits, n, exponent, form->exponent_digits);
}
