/* test_utf8.c - RFC 3629, its edges and what lies just beyond */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/utf8.h"

/* The rule written the long way: decode, then check the range. */
static size_t
slow_next(const unsigned char *s, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t i, len;

	if (n == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	len = s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 :
	    s[0] >> 3 == 30 ? 4 : 0;
	if (len == 0 || len > n)
		return 0;
	c = s[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return len;
}

static void
next_agrees_on_every_start(void **state)
{
	static const unsigned char third[] = { 0x00, 0x7f, 0x80, 0xbf, 0xc0 };
	unsigned a, b, i;
	size_t n;

	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++)
			for (i = 0; i < 25 * 5; i++) {
				unsigned char s[4] = { (unsigned char)a,
				    (unsigned char)b, third[i / 5 % 5],
				    third[i / 25] };

				n = i % 5;
				assert_int_equal(utf8_next((char *)s, n),
				    slow_next(s, n));
			}
}

static void
valid_texts(void **state)
{
	static const char *const row[] = {
		"", "plain ascii, longer than one word", "h\xc3\xa9liographe",
		"\xf0\x9f\x8c\x9e", "1234567\xc3\xa9" "90123456789",
		"\xef\xbf\xbf", "\xf4\x8f\xbf\xbf",
	};
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_true(utf8_valid(row[i], strlen(row[i])));
	assert_true(utf8_valid("a\0b", 3));
}

static void
invalid_texts(void **state)
{
	static const char *const row[] = {
		"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80",
		"\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xff", "12345678\xe9", "\xe2\x82", "1234567\xf0\x9f\x8c",
	};
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_false(utf8_valid(row[i], strlen(row[i])));
}

static void
counts_code_points(void **state)
{
	assert_int_equal(utf8_count("", 0), 0);
	assert_int_equal(utf8_count("abc", 3), 3);
	assert_int_equal(utf8_count("\xc3\xa9\xf0\x9f\x8c\x9e" "a", 7), 3);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(next_agrees_on_every_start),
		cmocka_unit_test(valid_texts),
		cmocka_unit_test(invalid_texts),
		cmocka_unit_test(counts_code_points),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
