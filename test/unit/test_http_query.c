/* test_http_query.c - percent-decoding and the walk over parameters */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "http/http.h"
#include "http/query.h"

static int
make_arena(void **state)
{
	*state = arena_new();
	return *state == NULL;
}

static int
drop_arena(void **state)
{
	arena_free(*state);
	return 0;
}

static const char *
decode(struct arena *a, const char *s)
{
	return http_decode(a, s, strlen(s), true);
}

static void
decodes_escapes(void **state)
{
	assert_string_equal(decode(*state, ""), "");
	assert_string_equal(decode(*state, "plain"), "plain");
	assert_string_equal(decode(*state, "%41%62%7e"), "Ab~");
	assert_string_equal(decode(*state, "%c3%A9"), "\xc3\xa9");
	assert_string_equal(decode(*state, "100%25"), "100%");
	assert_string_equal(decode(*state, "%2541"), "%41");
	assert_string_equal(decode(*state, "\xc3\xa9"), "\xc3\xa9");
}

static void
plus_is_a_blank_only_when_asked(void **state)
{
	assert_string_equal(http_decode(*state, "a+b", 3, true), "a b");
	assert_string_equal(http_decode(*state, "a+b", 3, false), "a+b");
	assert_string_equal(http_decode(*state, "a%2bb", 5, true), "a+b");
}

static void
refuses_what_is_malformed(void **state)
{
	static const char *const bad[] = {
		"%", "%4", "%zz", "%4g", "%g4", "a%", "a%4", "%%41", "%+1",
		"%00", "a%00b", "%-1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(decode(*state, bad[i]));
}

static void
reads_no_further_than_told(void **state)
{
	assert_null(http_decode(*state, "%41", 2, true));
	assert_string_equal(http_decode(*state, "ab%41", 2, true), "ab");
	assert_null(http_decode(*state, "a\0b", 3, true));
}

static void
walks_in_order(void **state)
{
	static const char query[] = "&&a=1&b&=c&d=x=y&&e=&";
	static const struct {
		const char	*name;
		const char	*value;
	} want[] = {
		{ "a", "1" }, { "b", "" }, { "", "c" }, { "d", "x=y" },
		{ "e", "" },
	};
	struct http_pair p;
	size_t pos = 0;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(http_query_next(query, &pos, &p));
		assert_int_equal(p.name_len, strlen(want[i].name));
		assert_memory_equal(p.name, want[i].name, p.name_len);
		assert_int_equal(p.value_len, strlen(want[i].value));
		assert_memory_equal(p.value, want[i].value, p.value_len);
	}
	assert_false(http_query_next(query, &pos, &p));
	assert_false(http_query_next(query, &pos, &p));
}

static void
nothing_to_walk(void **state)
{
	static const char *const none[] = { "", "&", "&&&" };
	struct http_pair p;
	size_t pos;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		pos = 0;
		assert_false(http_query_next(none[i], &pos, &p));
	}
}

static void
finds_the_first_of_a_name(void **state)
{
	static const char query[] = "q=%7B%7D&page=2&page=3&p%61th=a%2Fb&x+y=1";

	assert_string_equal(http_query_find(*state, query, "q"), "{}");
	assert_string_equal(http_query_find(*state, query, "page"), "2");
	assert_string_equal(http_query_find(*state, query, "path"), "a/b");
	assert_string_equal(http_query_find(*state, query, "x y"), "1");
	assert_null(http_query_find(*state, query, "pag"));
	assert_null(http_query_find(*state, query, "Page"));
	assert_null(http_query_find(*state, query, ""));
}

static void
a_malformed_value_is_absent(void **state)
{
	assert_null(http_query_find(*state, "a=%zz&a=1", "a"));
	assert_string_equal(http_query_find(*state, "%zz=1&a=1", "a"), "1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_escapes),
		cmocka_unit_test(plus_is_a_blank_only_when_asked),
		cmocka_unit_test(refuses_what_is_malformed),
		cmocka_unit_test(reads_no_further_than_told),
		cmocka_unit_test(walks_in_order),
		cmocka_unit_test(nothing_to_walk),
		cmocka_unit_test(finds_the_first_of_a_name),
		cmocka_unit_test(a_malformed_value_is_absent),
	};

	return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
