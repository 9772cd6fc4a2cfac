/* test_csv.c - fields of CSV, and names of settings */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/csv.h"
#include "base/name.h"

static void
fields_are_quoted_when_they_must_be(void **state)
{
	static const struct {
		const char	*text;
		size_t		 n;
		const char	*plain, *quoted;
	} rows[] = {
		{ "", 0, "", "\"\"" },
		{ "plain text", 10, "plain text", "\"plain text\"" },
		{ "a,b", 3, "\"a,b\"", "\"a,b\"" },
		{ "a\"b", 3, "\"a\"\"b\"", "\"a\"\"b\"" },
		{ "a\nb", 3, "\"a\nb\"", "\"a\nb\"" },
		{ "a\rb", 3, "\"a\rb\"", "\"a\rb\"" },
		{ "a,b", 1, "a", "\"a\"" },
		{ "a;b 'c'", 7, "a;b 'c'", "\"a;b 'c'\"" },
	};
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&out);
		csv_put(&out, rows[i].text, rows[i].n);
		buf_addc(&out, '|');
		csv_put_quoted(&out, rows[i].text, rows[i].n);
		assert_memory_equal(out.data, rows[i].plain,
		    strlen(rows[i].plain));
		assert_string_equal(out.data + strlen(rows[i].plain) + 1,
		    rows[i].quoted);
	}
	buf_free(&out);
}

static void
dashes_stand_for_underscores(void **state)
{
	(void)state;
	assert_true(name_is("tls_cert", "tls_cert"));
	assert_true(name_is("tls_cert", "tls-cert"));
	assert_true(name_is("", ""));
	assert_false(name_is("tls_cert", "tls_cer"));
	assert_false(name_is("tls_cer", "tls_cert"));
	assert_false(name_is("tls-cert", "tls_cert"));
	assert_false(name_is("tls_cert", "tls cert"));
	assert_false(name_is("a", ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_quoted_when_they_must_be),
		cmocka_unit_test(dashes_stand_for_underscores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
