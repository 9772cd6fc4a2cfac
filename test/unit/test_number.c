/* test_number.c - decimal numbers in a text: their forms and their values */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

/* The same numbers in every run. */
static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* ---- forms ---- */

static void
check_form(const char *text, const char *behind, enum number_form form,
    size_t wanted)
{
	size_t n = strlen(text), all = n + strlen(behind);
	char *copy = malloc(all + 1);		/* found when read beyond */
	const char *at = copy;
	struct number num;

	memcpy(copy, text, n);
	memcpy(copy + n, behind, all - n);
	if (number_scan(&at, copy + all, form, &num) != (wanted > 0) ||
	    (wanted > 0 && (size_t)(at - copy) != wanted))
		fail_msg("'%s%s' in form %d", text, behind, form);
	free(copy);
}

static void
forms_are_told_apart(void **state)
{
	static const struct {
		const char	*text;
		size_t		 json, loose;	/* bytes; 0: no number */
	} rows[] = {
		{ "0", 1, 1 }, { "-0", 2, 2 }, { "7", 1, 1 },
		{ "12.5", 4, 4 }, { "1.", 0, 2 }, { ".5", 0, 2 },
		{ "+1", 0, 2 }, { "007", 0, 3 }, { "00.5", 0, 4 },
		{ "0.5", 3, 3 }, { "-", 0, 0 }, { ".", 0, 0 },
		{ "", 0, 0 }, { "x", 0, 0 }, { "1e5", 3, 3 },
		{ "1E+05", 5, 5 }, { "1.25e-7", 7, 7 }, { "1e", 0, 0 },
		{ "1e+", 0, 0 }, { "1.e3", 0, 4 }, { "12i", 2, 2 },
		{ "1.2.3", 3, 3 }, { "1-2", 1, 1 }, { "--1", 0, 0 },
		{ "1234567", 7, 7 }, { "12345678", 8, 8 },
		{ "123456789", 9, 9 }, { "123456.8", 8, 8 },
		{ "1234567.9", 9, 9 }, { "12345678.", 0, 9 },
		{ "1234567e1", 9, 9 }, { "123456e12", 9, 9 },
		{ "1234567890123456789.01", 22, 22 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_form(rows[i].text, "", NUMBER_JSON, rows[i].json);
		check_form(rows[i].text, "", NUMBER_LOOSE, rows[i].loose);
		check_form(rows[i].text, ", and more of it", NUMBER_JSON,
		    rows[i].json);
		check_form(rows[i].text, ", and more of it", NUMBER_LOOSE,
		    rows[i].loose);
	}
}

/* ---- whole numbers ---- */

static void
whole_numbers_fit_or_not(void **state)
{
	static const struct {
		const char	*text;
		bool		 fits;
		int64_t		 value;
	} rows[] = {
		{ "0", true, 0 }, { "-0", true, 0 }, { "+12", true, 12 },
		{ "99999999", true, 99999999 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "-9223372036854775809", false, 0 },
		{ "9999999999999999999", false, 0 },
		{ "18446744073709551617", false, 0 },	/* 2^64 + 1 */
		{ "1.0", false, 0 }, { "1e2", false, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *at = rows[i].text;
		int64_t value = -1;
		struct number num;

		assert_true(number_scan(&at, at + strlen(at), NUMBER_LOOSE,
		    &num));
		assert_int_equal(number_whole(&num, &value), rows[i].fits);
		if (rows[i].fits)
			assert_true(value == rows[i].value);
	}
}

/* ---- real numbers, against the C library ---- */

static void
check_real(struct buf *scratch, const char *text, size_t behind)
{
	size_t n = strlen(text);
	char *copy = malloc(n + behind + 1);
	const char *at = copy;
	double wanted = strtod(text, NULL), got;
	struct number num;

	memcpy(copy, text, n);
	memset(copy + n, ',', behind);
	if (number_quick(&at, copy + n + behind, &got)) {
		assert_ptr_equal(at, copy + n);
		assert_memory_equal(&got, &wanted, sizeof(got));
	}
	at = copy;
	assert_true(number_scan(&at, copy + n + behind, NUMBER_LOOSE, &num));
	assert_ptr_equal(at, copy + n);
	got = number_real(scratch, &num);
	if (memcmp(&got, &wanted, sizeof(got)) != 0)
		fail_msg("%s is %a, not %a", text, wanted, got);
	free(copy);
}

static void
known_reals(void **state)
{
	static const char *const texts[] = {
		"0", "-0.0", "0.1", "-12.34", "123456.7", "1e22", "1e23",
		"9007199254740993", "9007199254740992.5", "1e400", "1e-400",
		"9007199254740993.0", "9007199254740994.9999999999999999999",
		"4503599627370497.5", "4503599627370496.5",
		"2251799813685249.25", "2251799813685249.75",
		"18446744073709551615", "1844674407370955161.5",
		"9223372036854775.807", "0.9999999999999999999",
		"0.0000000000000000001", "9999999999999999999",
		"99999999999999999999", "0.10000000000000000555",
		"179769313486231570000e289", "5e-324", "2.5e-324",
		"123e20", "123456789012345678e1", "123456789012345678e-19",
	};
	struct buf scratch = BUF_INIT;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		check_real(&scratch, texts[i], 0);
		check_real(&scratch, texts[i], 16);
	}
	buf_free(&scratch);
}

/* Digits with a point somewhere, perhaps an exponent. */
static void
random_text(uint64_t *seed, char *text)
{
	unsigned digits = 1 + (unsigned)(next_random(seed) % 21);
	unsigned point = (unsigned)(next_random(seed) % (digits + 2));
	char *at = text;

	if (next_random(seed) % 4 == 0)
		*at++ = '-';
	for (unsigned i = 0; i < digits; i++) {
		if (i == point)
			*at++ = '.';
		*at++ = (char)('0' + next_random(seed) % 10);
	}
	*at = '\0';
	if (next_random(seed) % 4 == 0)
		sprintf(at, "e%d", (int)(next_random(seed) % 60) - 30);
}

static void
the_usual_is_read_at_once(void **state)
{
	static const struct {
		const char	*text;
		size_t		 n;	/* bytes; 0: not at once */
	} rows[] = {
		{ "12.34,abcd", 5 }, { "-0.5 abcdef", 4 }, { "7,abcdefgh", 1 },
		{ "1234567,", 7 }, { "-1234567,", 8 }, { "12345.6,", 7 },
		{ "12i,abcdef", 2 }, { "007,abcde", 3 }, { "12345678,", 0 },
		{ "12345.67,", 0 }, { "1e5,abcde", 0 }, { "1.5E5,abc", 0 },
		{ "1.,abcdef", 0 }, { ".5,abcdef", 0 }, { "+1,abcdef", 0 },
		{ "-,abcdefg", 0 }, { "abcdefgh", 0 }, { "12.34", 0 },
		{ "", 0 }, { "-", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *at = rows[i].text;
		double f = -1;

		assert_int_equal(number_quick(&at, at + strlen(at), &f),
		    rows[i].n > 0);
		assert_int_equal(at - rows[i].text, rows[i].n);
		assert_true(f == (rows[i].n > 0 ? strtod(rows[i].text, NULL) :
		    -1));
	}
}

static void
any_reals(void **state)
{
	struct buf scratch = BUF_INIT;
	uint64_t seed = 7;
	char text[64];

	for (int i = 0; i < 200000; i++) {
		random_text(&seed, text);
		check_real(&scratch, text, next_random(&seed) % 12);
	}
	buf_free(&scratch);
}

/* The shortest texts that lie just between two doubles, and their neighbours. */
static void
reals_halfway_between_two(void **state)
{
	struct buf scratch = BUF_INIT;
	uint64_t seed = 11;
	char text[64];

	for (int i = 0; i < 20000; i++) {
		unsigned scale = 1 + (unsigned)(next_random(&seed) % 3);
		/* 2^52 to 2^53 shifted right: its halves have `scale` bits */
		uint64_t odd = ((UINT64_C(1) << 52 |
		    next_random(&seed) >> 12) << 1) + 1;
		uint64_t whole = odd >> scale;
		uint64_t rest = (odd & ((UINT64_C(1) << scale) - 1)) *
		    (scale == 1 ? 5 : scale == 2 ? 25 : 125);

		for (int move = -1; move <= 1; move++) {
			if (rest == 0 && move < 0)
				continue;
			sprintf(text, "%" PRIu64 ".%0*" PRIu64, whole,
			    (int)scale, rest + (uint64_t)(int64_t)move);
			check_real(&scratch, text, 1);
		}
	}
	buf_free(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_are_told_apart),
		cmocka_unit_test(whole_numbers_fit_or_not),
		cmocka_unit_test(known_reals),
		cmocka_unit_test(the_usual_is_read_at_once),
		cmocka_unit_test(any_reals),
		cmocka_unit_test(reals_halfway_between_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
