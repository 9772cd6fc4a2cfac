/* test_buf.c - the growable buffer and its numbers */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* The same numbers in every run. */
static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void
grows_and_stays_terminated(void **state)
{
	struct buf b = BUF_INIT;
	size_t i;

	for (i = 0; i < 1000; i++) {
		buf_addc(&b, 'x');
		assert_int_equal(b.len, i + 1);
		assert_true(b.len < b.cap);
		assert_int_equal(b.data[b.len], 0);
	}
	buf_free(&b);
	assert_null(b.data);
}

static void
nothing_added_is_empty_text(void **state)
{
	struct buf b = BUF_INIT;

	buf_add(&b, NULL, 0);
	assert_non_null(b.data);
	assert_string_equal(b.data, "");
	buf_free(&b);
}

static void
reset_keeps_the_memory(void **state)
{
	struct buf b = BUF_INIT;
	char *data;

	buf_reset(&b);
	assert_null(b.data);
	buf_adds(&b, "abc");
	data = b.data;
	buf_reset(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	buf_adds(&b, "d");
	assert_ptr_equal(b.data, data);
	buf_free(&b);
}

static void
impossible_size_fails_and_sticks(void **state)
{
	struct buf b = BUF_INIT;
	size_t n;

	buf_adds(&b, "kept");
	assert_false(buf_reserve(&b, SIZE_MAX / 2));
	assert_true(b.failed);
	buf_adds(&b, "more");
	buf_addf(&b, "%d", 1);
	assert_string_equal(b.data, "kept");
	assert_false(buf_reserve(&b, 1));
	assert_null(buf_take(&b, &n));
	assert_false(b.failed);
	assert_null(b.data);
}

static void
exact_room_is_no_more(void **state)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "abc");
	assert_true(buf_reserve_exact(&b, 1000));
	assert_int_equal(b.cap, 3 + 1000 + 1);
	assert_string_equal(b.data, "abc");
	assert_true(buf_reserve_exact(&b, 999));
	assert_int_equal(b.cap, 3 + 1000 + 1);
	assert_false(buf_reserve_exact(&b, SIZE_MAX / 2));
	assert_true(b.failed);
	buf_free(&b);
}

static void
take_gives_up_the_bytes(void **state)
{
	struct buf b = BUF_INIT;
	char *text;
	size_t n;

	buf_add(&b, "a\0b", 3);
	text = buf_take(&b, &n);
	assert_int_equal(n, 3);
	assert_memory_equal(text, "a\0b", 4);
	assert_null(b.data);
	free(text);
	text = buf_take(&b, NULL);
	assert_string_equal(text, "");
	free(text);
}

static void
formatted_text(void **state)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s=%d;", "a", 1);
	buf_addf(&b, "%300d", 2);
	assert_int_equal(b.len, 304);
	assert_memory_equal(b.data, "a=1;  ", 6);
	buf_free(&b);
}

static void
integers(void **state)
{
	static const int64_t edge[] = {
		0, 1, -1, 9, 10, 99, 100, -100, INT32_MAX, INT32_MIN,
		INT64_MAX, INT64_MIN, INT64_MAX - 1,
	};
	uint64_t seed = 42;
	struct buf b = BUF_INIT;
	char want[32];
	size_t i;

	for (i = 0; i < 2000; i++) {
		uint64_t r = next_random(&seed);
		int64_t v = i < sizeof(edge) / sizeof(edge[0]) ? edge[i] :
		    (int64_t)(r >> (i % 64));

		snprintf(want, sizeof(want), "%" PRId64, v);
		buf_reset(&b);
		buf_addi(&b, v);
		assert_string_equal(b.data, want);
	}
	buf_free(&b);
}

static void
doubles_as_python_writes_them(void **state)
{
	static const struct {
		double		 d;
		const char	*text;
	} row[] = {
		{ 0.0, "0.0" }, { -0.0, "-0.0" }, { 2.0, "2.0" },
		{ -2.5, "-2.5" }, { 0.1, "0.1" }, { 1.234, "1.234" },
		{ 0.05, "0.05" }, { 100.0, "100.0" }, { 1e9, "1000000000.0" },
		{ 1e9 + 0.5, "1000000000.5" }, { 0.0001, "0.0001" },
		{ 0.00012, "0.00012" }, { 0.00001, "1e-05" },
		{ 0.000123456, "0.000123456" },
		{ 1e15, "1000000000000000.0" }, { 1e16, "1e+16" },
		{ 9007199254740992.0, "9007199254740992.0" },
		{ 1.2345678901234568e16, "1.2345678901234568e+16" },
		{ 1e22, "1e+22" }, { 1.5e300, "1.5e+300" },
		{ 0.30000000000000004, "0.30000000000000004" },
		{ 0.29035031155349844, "0.29035031155349844" },
		{ 5e-324, "5e-324" },
		{ 2.2250738585072014e-308, "2.2250738585072014e-308" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ -123456.789, "-123456.789" },
		{ NAN, "null" }, { INFINITY, "null" },
	};
	struct buf b = BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		buf_reset(&b);
		buf_addd(&b, row[i].d);
		assert_string_equal(b.data, row[i].text);
	}
	buf_free(&b);
}

/* Random bits, short decimals, whole numbers and fractions in turn. */
static double
random_double(uint64_t *seed, unsigned i)
{
	uint64_t r = next_random(seed);
	double d;

	switch (i % 4) {
	case 0:
		memcpy(&d, &r, sizeof(d));
		return isfinite(d) ? d : 1.0;
	case 1:
		return (double)(int64_t)(r % 2000000000) / pow(10, i % 9);
	case 2:
		return (double)(r >> (i % 60));
	default:
		return (double)(r >> 11) * 0x1p-53 * pow(10, (int)(i % 30) - 9);
	}
}

static unsigned
digits_in(const char *s)
{
	unsigned n = 0, zeros = 0;

	for (; *s != '\0' && *s != 'e'; s++) {
		if (*s < '0' || *s > '9' || (n == 0 && *s == '0'))
			continue;
		zeros = *s == '0' ? zeros + 1 : 0;
		n++;
	}
	return n - zeros;
}

static void
doubles_round_trip_in_fewest_digits(void **state)
{
	struct buf b = BUF_INIT;
	uint64_t seed = 7;
	char text[40];
	unsigned i;

	for (i = 0; i < 40000; i++) {
		double d = random_double(&seed, i);
		unsigned n;

		buf_reset(&b);
		buf_addd(&b, d);
		assert_true(strtod(b.data, NULL) == d);
		assert_non_null(strpbrk(b.data, ".e"));
		n = digits_in(b.data);
		if (n < 2)
			continue;
		snprintf(text, sizeof(text), "%.*e", (int)n - 2, d);
		assert_true(strtod(text, NULL) != d);
	}
	buf_free(&b);
}

static void
doubles_ignore_the_locale(void **state)
{
	static const char *const comma[] = { "de_DE.UTF-8", "fr_FR.UTF-8" };
	struct buf b = BUF_INIT;
	size_t i = 0;

	/* where neither is installed this is one more plain case */
	while (i < 2 && setlocale(LC_NUMERIC, comma[i]) == NULL)
		i++;
	buf_addd(&b, 0.30000000000000004);
	setlocale(LC_NUMERIC, "C");
	assert_string_equal(b.data, "0.30000000000000004");
	buf_free(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_stays_terminated),
		cmocka_unit_test(nothing_added_is_empty_text),
		cmocka_unit_test(reset_keeps_the_memory),
		cmocka_unit_test(impossible_size_fails_and_sticks),
		cmocka_unit_test(exact_room_is_no_more),
		cmocka_unit_test(take_gives_up_the_bytes),
		cmocka_unit_test(formatted_text),
		cmocka_unit_test(integers),
		cmocka_unit_test(doubles_as_python_writes_them),
		cmocka_unit_test(doubles_round_trip_in_fewest_digits),
		cmocka_unit_test(doubles_ignore_the_locale),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
