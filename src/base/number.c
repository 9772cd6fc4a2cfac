/* See number.h. */
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

enum {
	EXACT_SCALE = 22,	/* 10^22 is the last power a double holds */
	DIGITS_MAX = 19,	/* always fit in 64 bits */
	WORD = 8,		/* digits that are read at once */
};

/* More than any input can shift it back; int64 sums stay far from the edge. */
#define EXPONENT_MAX	INT64_C(1000000000000)
#define EXACT_MANTISSA	(UINT64_C(1) << 53)
#define EACH(byte)	(UINT64_C(0x0101010101010101) * (byte))

static const uint64_t tens[DIGITS_MAX + 1] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
	1000000000, UINT64_C(10000000000), UINT64_C(100000000000),
	UINT64_C(1000000000000), UINT64_C(10000000000000),
	UINT64_C(100000000000000), UINT64_C(1000000000000000),
	UINT64_C(10000000000000000), UINT64_C(100000000000000000),
	UINT64_C(1000000000000000000), UINT64_C(10000000000000000000),
};

/* Each is the double it says. */
static const double powers[EXACT_SCALE + 1] = {
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
	1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* ---- eight bytes at once, the first in the lowest byte ---- */

/* Digits become 0 to 9, everything else more. */
static uint64_t
load_word(const char *s)
{
	uint64_t word;

	memcpy(&word, s, WORD);
	return word ^ EACH('0');
}

/* The highest bit of every byte above 9. */
static uint64_t
no_digits(uint64_t word)
{
	return (((word & EACH(0x7f)) + EACH(0x80 - 10)) | word) & EACH(0x80);
}

/* Where the first of those bits is. */
static unsigned
place(uint64_t marks)
{
	return (unsigned)__builtin_ctzll(marks) / 8;
}

/* The first n bytes (1 to 8), all digits, as a number: they become pairs, the
 * pairs one number. */
static uint64_t
word_value(uint64_t word, unsigned n)
{
	const uint64_t even = UINT64_C(0x000000ff000000ff);

	word <<= 64 - 8 * n;
	word = word * 10 + (word >> 8);
	return ((word & even) * (100 + (UINT64_C(1000000) << 32)) +
	    ((word >> 16) & even) * (1 + (UINT64_C(10000) << 32))) >> 32;
}

/* ---- reading ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
peek(const char *at, const char *end)
{
	return at < end ? *at : '\0';
}

/* A run of digits, behind those that `value` is made of. */
static const char *
scan_digits(const char *at, const char *end, uint64_t *value)
{
	while (end - at >= WORD) {
		uint64_t word = load_word(at), others = no_digits(word);
		unsigned n = others == 0 ? WORD : place(others);

		if (n == 0)
			return at;
		*value = *value * tens[n] + word_value(word, n);
		at += n;
		if (n < WORD)
			return at;
	}
	for (; at < end && is_digit(*at); at++)
		*value = *value * 10 + (uint64_t)(*at - '0');
	return at;
}

/* Digits, perhaps a point and digits, and what ends them within eight bytes. */
struct form {
	uint64_t	 digits;
	unsigned	 n_whole, n_fraction;
	unsigned	 n;		/* bytes */
};

/* False: there is something else, or less text than that. */
static inline bool
scan_form(const char *s, const char *end, struct form *ret)
{
	uint64_t word, others, whole;
	unsigned n;

	if (end - s < WORD)
		return false;
	word = load_word(s);
	others = no_digits(word);
	if (others == 0 || (others & 0x80) != 0)
		return false;
	n = place(others);
	*ret = (struct form){ .n_whole = n, .n = n };
	if (s[n] == '.') {
		others &= others - 1;
		if (others == 0)
			return false;
		whole = (UINT64_C(1) << 8 * n) - 1;
		word = (word & whole) | (word >> 8 & ~whole);
		ret->n = place(others);
		ret->n_fraction = ret->n - n - 1;
		if (ret->n_fraction == 0)
			return false;
	}
	ret->digits = word_value(word, n + ret->n_fraction);
	return (s[ret->n] | 0x20) != 'e';
}

static bool
scan_short(const char **at, const char *end, struct number *ret)
{
	struct form form;

	if (!scan_form(*at, end, &form))
		return false;
	ret->whole = *at;
	ret->fraction = *at + form.n_whole + 1;
	ret->n_whole = form.n_whole;
	ret->n_fraction = form.n_fraction;
	ret->digits = form.digits;
	ret->real = form.n_fraction > 0;
	*at += form.n;
	return true;
}

bool
number_quick(const char **at, const char *end, double *ret)
{
	const char *s = *at;
	bool negative = s < end && *s == '-';
	struct form form;
	double f;

	if (!scan_form(s + negative, end, &form))
		return false;
	f = (double)(int64_t)form.digits / powers[form.n_fraction];
	*ret = negative ? -f : f;
	*at = s + negative + form.n;
	return true;
}

static bool
scan_exponent(const char **at, const char *end, struct number *ret)
{
	const char *s = *at + 1;
	bool negative = peek(s, end) == '-';
	const char *first;

	ret->real = true;
	if (negative || peek(s, end) == '+')
		s++;
	for (first = s; s < end && is_digit(*s); s++)
		if (ret->exponent < EXPONENT_MAX)
			ret->exponent = ret->exponent * 10 + (*s - '0');
	if (negative)
		ret->exponent = -ret->exponent;
	*at = s;
	return s > first;
}

static __attribute__((noinline)) bool
scan_long(const char **at, const char *end, enum number_form form,
    struct number *ret)
{
	const char *s = *at;

	ret->whole = s;
	ret->digits = ret->n_fraction = 0;
	ret->real = false;
	*at = s = scan_digits(s, end, &ret->digits);
	ret->n_whole = (size_t)(s - ret->whole);
	if (form == NUMBER_JSON && ret->n_whole == 0)
		return false;
	if (peek(s, end) == '.') {
		ret->real = true;
		ret->fraction = ++s;
		*at = s = scan_digits(s, end, &ret->digits);
		ret->n_fraction = (size_t)(s - ret->fraction);
		if (form == NUMBER_JSON && ret->n_fraction == 0)
			return false;
	}
	if (ret->n_whole + ret->n_fraction == 0)
		return false;
	return (peek(s, end) | 0x20) != 'e' || scan_exponent(at, end, ret);
}

bool
number_scan(const char **at, const char *end, enum number_form form,
    struct number *ret)
{
	char sign = peek(*at, end);

	*ret = (struct number){ .negative = sign == '-' };
	if (ret->negative || (sign == '+' && form == NUMBER_LOOSE))
		++*at;
	if (!scan_short(at, end, ret) && !scan_long(at, end, form, ret))
		return false;
	return form == NUMBER_LOOSE || ret->n_whole == 1 ||
	    *ret->whole != '0';
}

/* ---- values ---- */

/* 19 digits need a look at the value. */
bool
number_whole(const struct number *num, int64_t *ret)
{
	uint64_t limit = (uint64_t)INT64_MAX + num->negative;

	if (num->real || num->n_whole > DIGITS_MAX || num->digits > limit)
		return false;
	*ret = num->negative ? (int64_t)-num->digits : (int64_t)num->digits;
	return true;
}

/* Any number through strtod.  It gets no decimal point, which would depend on
 * the locale: the exponent carries it. */
static double
number_by_strtod(struct buf *scratch, const struct number *num)
{
	buf_reset(scratch);
	buf_add(scratch, num->whole, num->n_whole);
	buf_add(scratch, num->fraction, num->n_fraction);
	buf_addc(scratch, 'e');
	buf_addi(scratch, num->exponent - (int64_t)num->n_fraction);
	return scratch->failed ? 0 : strtod(scratch->data, NULL);
}

/*
 * The double nearest to m / 10^scale, m not 0.  Both are shifted to the left
 * as far as they go; then the quotient has 63 or 64 bits, of which the last
 * also stands for what is left over, and only its conversion rounds.
 */
static double
divided(uint64_t m, unsigned scale)
{
	int up = __builtin_clzll(m), down = __builtin_clzll(tens[scale]);
	uint64_t by = tens[scale] << down;
	unsigned __int128 dividend = (unsigned __int128)(m << up) << 63;
	uint64_t quotient = (uint64_t)(dividend / by);
	/* 2^(down - up - 63) as a double: 1023 is the bias */
	uint64_t power = (uint64_t)(1023 + down - up - 63) << 52;
	double f;

	quotient |= quotient * by != (uint64_t)dividend;
	memcpy(&f, &power, sizeof(f));
	return (double)quotient * f;
}

/*
 * When digits and power of ten are both exact, one multiplication or
 * division rounds once and is therefore correct.
 */
static double
size_of(struct buf *scratch, const struct number *num)
{
	int64_t scale = num->exponent - (int64_t)num->n_fraction;
	uint64_t m = num->digits;

	if (num->n_whole + num->n_fraction > DIGITS_MAX)
		return number_by_strtod(scratch, num);
	if (m <= EXACT_MANTISSA && scale >= -EXACT_SCALE &&
	    scale <= EXACT_SCALE)
		return scale < 0 ? (double)m / powers[-scale] :
		    (double)m * powers[scale];
	return m > 0 && scale <= 0 && scale >= -DIGITS_MAX ?
	    divided(m, (unsigned)-scale) : number_by_strtod(scratch, num);
}

double
number_real(struct buf *scratch, const struct number *num)
{
	double f = size_of(scratch, num);

	return num->negative ? -f : f;
}
