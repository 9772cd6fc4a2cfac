/* test_rest_page.c - pages, and the addresses that lead from one to another */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "rest/link.h"
#include "rest/page.h"

static void
sizes_fall_back_to_the_default(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 size;
	} cases[] = {
		{ NULL, 10 }, { "", 10 }, { "0", 10 }, { "-5", 10 },
		{ "abc", 10 }, { "2.5", 10 }, { "1e2", 10 }, { "3 4", 10 },
		{ "1", 1 }, { " 7 ", 7 }, { "+7", 7 }, { "007", 7 },
		{ "100", 100 }, { "101", 100 },
		{ "99999999999999999999999", 100 },
		{ "-99999999999999999999999", 10 },
	};
	struct helio_err err;
	struct page page;
	size_t i;

	err_clear(&err);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(page_read(NULL, cases[i].text, &page, &err),
		    HELIO_OK);
		assert_int_equal(page.size, cases[i].size);
		assert_int_equal(page.number, 1);
	}
}

static void
a_page_is_a_number_from_zero(void **state)
{
	static const struct {
		const char	*text;
		bool		 ok;
		int64_t		 number;
	} cases[] = {
		{ "1", true, 1 }, { "0", true, 0 }, { " 3", true, 3 },
		{ "-0", true, 0 },
		{ "99999999999999999999999", true, INT64_MAX },
		{ "", false, 0 }, { "abc", false, 0 }, { "1.5", false, 0 },
		{ "-1", false, 0 }, { "1e2", false, 0 }, { "-", false, 0 },
	};
	struct helio_err err;
	struct page page;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err_clear(&err);
		if (!cases[i].ok) {
			assert_int_equal(page_read(cases[i].text, NULL, &page,
			    &err), HELIO_E_BAD);
			assert_string_equal(err.fault[0].field, "page");
			continue;
		}
		assert_int_equal(page_read(cases[i].text, NULL, &page, &err),
		    HELIO_OK);
		assert_int_equal(page.number, cases[i].number);
	}
}

static void
a_huge_page_is_echoed(void **state)
{
	struct buf out = BUF_INIT;
	struct json_write w;
	struct helio_err err;
	struct page page;

	err_clear(&err);
	assert_int_equal(page_read(" 000999999999999999999999 ", NULL, &page,
	    &err), HELIO_OK);
	jw_start(&w, &out);
	page_write(&page, &w);
	assert_string_equal(out.data, "999999999999999999999");
	buf_free(&out);
}

static void
pages_are_cut_from_what_limit_leaves(void **state)
{
	static const struct {
		int64_t	number, size, limit, offset;
		bool	any;
		int64_t	cut_limit, cut_offset;
	} cases[] = {
		{ 1, 10, -1, 0, true, 10, 0 },
		{ 3, 10, -1, 0, true, 10, 20 },
		{ 2, 10, 15, 0, true, 5, 10 },
		{ 2, 10, 15, 7, true, 5, 17 },
		{ 3, 10, 20, 0, false, 0, 0 },
		{ 2, 10, 10, 0, false, 0, 0 },
		{ 1, 10, 3, 0, true, 3, 0 },
		{ 0, 10, -1, 0, false, 0, 0 },
		{ INT64_MAX, 10, -1, 0, false, 0, 0 },
		{ INT64_MAX / 10, 10, -1, 100, false, 0, 0 },
		{ INT64_MAX / 10, 10, 5, 0, false, 0, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct page page = { .number = cases[i].number,
		    .size = cases[i].size };
		struct query query = { .limit = cases[i].limit,
		    .offset = cases[i].offset };

		assert_int_equal(page_cut(&page, &query), cases[i].any);
		if (!cases[i].any)
			continue;
		assert_int_equal(query.limit, cases[i].cut_limit);
		assert_int_equal(query.offset, cases[i].cut_offset);
	}
}

static void
pages_are_counted(void **state)
{
	struct page page = { .number = 1, .size = 10 };

	assert_int_equal(page_count(&page, 0), 0);
	assert_int_equal(page_count(&page, 1), 1);
	assert_int_equal(page_count(&page, 10), 1);
	assert_int_equal(page_count(&page, 11), 2);
	assert_int_equal(page_count(&page, INT64_MAX), INT64_MAX / 10 + 1);
}

static void
only_hosts_make_addresses(void **state)
{
	static const char *const good[] = {
		"localhost", "127.0.0.1:8080", "api.example.com", "[::1]",
		"[::1]:443", "a_b.example",
	};
	static const char *const bad[] = {
		"", ":80", "a:b", "a:", "a:123456", "a/b", "a b", "[]", "[::1",
		"a>;", "a\r\nX: y", "[x]", "user@host", "a,b",
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(link_is_host(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(link_is_host(bad[i]));
}

static void
links_keep_the_other_parameters(void **state)
{
	static const struct {
		const char	*query, *want;
	} cases[] = {
		{ "", "" },
		{ "page=2", "" },
		{ "q=%7B%7D&page=2&results_per_page=5&x=1", "q=%7B%7D&x=1&" },
		{ "&&a&", "a&" },
		{ "p%61ge=3&a=1", "a=1&" },
		{ "q={\"a\":<1>}&page=2", "q=%7B%22a%22:%3C1%3E%7D&" },
		{ "q=a b\r\n", "q=a%20b%0D%0A&" },
		{ "q=\xc3\xa9", "q=%C3%A9&" },
		{ "q=%zz", "q=%zz&" },
	};
	struct arena *arena = arena_new();
	struct buf out = BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		link_add_query(&out, arena, cases[i].query);
		assert_string_equal(out.data != NULL ? out.data : "",
		    cases[i].want);
	}
	buf_free(&out);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_fall_back_to_the_default),
		cmocka_unit_test(a_page_is_a_number_from_zero),
		cmocka_unit_test(a_huge_page_is_echoed),
		cmocka_unit_test(pages_are_cut_from_what_limit_leaves),
		cmocka_unit_test(pages_are_counted),
		cmocka_unit_test(only_hosts_make_addresses),
		cmocka_unit_test(links_keep_the_other_parameters),
	};

	return cmocka_run_group_tests_name("rest_page", tests, NULL, NULL);
}
