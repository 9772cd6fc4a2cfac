/* test_digits.c - numbers as text, against printf and strtod */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"

enum { MANY = 60000 };

/* The same numbers in every run. */
static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static double
of_bits(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	return isfinite(d) ? d : 0;
}

/* Doubles of several kinds: any bits, measured values, whole numbers, and
 * powers of two with what lies beside them. */
static double
some_double(uint64_t r, unsigned kind)
{
	double d;

	switch (kind % 5) {
	case 0:
		return of_bits(r);
	case 1:
		return (double)(int64_t)r / 9.2e18 * 1000;
	case 2:
		return (double)(int64_t)(r % 1000000) /
		    pow(10, (double)(r >> 60));
	case 3:
		d = ldexp(1, (int)(r % 2098) - 1074);
		if (r >> 63 == 0)
			return d;
		return nextafter(d, (r >> 62 & 1) != 0 ? INFINITY : 0);
	default:
		return (double)(int64_t)r;
	}
}

/* d.ddde+XX with the fewest digits that read back, by trying. */
static void
fewest(double d, char *to, size_t n)
{
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(to, n, "%.*e", digits - 1, d);
		if (strtod(to, NULL) == d)
			return;
	}
}

/* The digits alone, without zeros before and after. */
static void
only_digits(const char *text, char *to)
{
	size_t n = 0;

	for (; *text != '\0' && *text != 'e'; text++)
		if (*text >= '0' && *text <= '9' && (n > 0 || *text != '0'))
			to[n++] = *text;
	while (n > 0 && to[n - 1] == '0')
		n--;
	to[n] = '\0';
}

static void
shortest_and_nearest(void **state)
{
	char text[DIGITS_REAL_MAX + 1], want[64], a[64], b[64];
	uint64_t seed = 42;
	unsigned decimals = 0;

	for (unsigned i = 0; i < MANY; i++) {
		double d = some_double(next_random(&seed), i);

		*digits_real(text, d, i % 2 == 0 ? DIGITS_PYTHON : DIGITS_GO,
		    &decimals) = '\0';
		assert_true(strtod(text, NULL) == d);
		assert_true(signbit(strtod(text, NULL)) == signbit(d));
		fewest(d, want, sizeof(want));
		only_digits(want, a);
		only_digits(text, b);
		/* printf only tries the nearest of each length: at a power of
		 * two another one may read back */
		if (strlen(b) >= strlen(a))
			assert_string_equal(a, b);
	}
}

/* Where it looks first changes nothing but speed. */
static void
any_guess_gives_the_same(void **state)
{
	char text[DIGITS_REAL_MAX], other[DIGITS_REAL_MAX];
	uint64_t seed = 4711;

	for (unsigned i = 0; i < MANY; i++) {
		double d = some_double(next_random(&seed), i);
		unsigned none = 0, some = i % 16;
		char *end = digits_real(text, d, DIGITS_GO, &none);

		assert_int_equal(digits_real(other, d, DIGITS_GO, &some) -
		    other, end - text);
		assert_memory_equal(text, other, (size_t)(end - text));
		assert_true(none <= 15 && some <= 15);
	}
}

static void
both_forms(void **state)
{
	static const struct {
		double		 d;
		const char	*python, *go;
	} rows[] = {
		{ 0, "0.0", "0" }, { -0.0, "-0.0", "-0" },
		{ 100, "100.0", "100" }, { -12.5, "-12.5", "-12.5" },
		{ 1e15, "1000000000000000.0", "1000000000000000" },
		{ 1e16, "1e+16", "10000000000000000" },
		{ 1e21, "1e+21", "1e+21" }, { 1e-4, "0.0001", "0.0001" },
		{ 1e-5, "1e-05", "0.00001" }, { 1.5e-7, "1.5e-07", "1.5e-7" },
		{ 2.5e-6, "2.5e-06", "0.0000025" },
		{ 9007199254740993.0, "9007199254740992.0",
		    "9007199254740992" },
		{ 123456789012345680000.0, "1.2345678901234568e+20",
		    "123456789012345680000" },
		{ 1e23, "1e+23", "1e+23" },
		{ 2.2250738585072014e-308, "2.2250738585072014e-308",
		    "2.2250738585072014e-308" },
		{ -1.7976931348623157e308, "-1.7976931348623157e+308",
		    "-1.7976931348623157e+308" },
		{ 5e-324, "5e-324", "5e-324" },
		{ 0x1p122, "5.316911983139664e+36", "5.316911983139664e+36" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[DIGITS_REAL_MAX + 1];
		unsigned decimals = 0;

		*digits_real(text, rows[i].d, DIGITS_PYTHON, &decimals) =
		    '\0';
		assert_string_equal(text, rows[i].python);
		*digits_real(text, rows[i].d, DIGITS_GO, &decimals) = '\0';
		assert_string_equal(text, rows[i].go);
	}
}

static void
integers(void **state)
{
	static const int64_t edges[] = {
		0, -1, 9, 10, 99, 100, 99999999, 100000000, 100000001,
		INT64_C(9999999999999999), INT64_MAX, INT64_MIN,
	};
	uint64_t seed = 7;

	for (size_t i = 0; i < MANY; i++) {
		uint64_t r = next_random(&seed);
		int64_t v = i < sizeof(edges) / sizeof(edges[0]) ? edges[i] :
		    (int64_t)r >> (i % 64);
		char text[DIGITS_INT_MAX + 1], want[32];

		*digits_int(text, v) = '\0';
		snprintf(want, sizeof(want), "%" PRId64, v);
		assert_string_equal(text, want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shortest_and_nearest),
		cmocka_unit_test(any_guess_gives_the_same),
		cmocka_unit_test(both_forms),
		cmocka_unit_test(integers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
