/* test_influx_output.c - numbers and lines as Go writes them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "influx/output.h"

static void
numbers_are_gos(void **state)
{
	static const struct {
		double		 value;
		const char	*text;
	} rows[] = {
		{ 0, "0" }, { -0.0, "-0" }, { 2, "2" }, { 0.1, "0.1" },
		{ -12.5, "-12.5" }, { 1e15, "1000000000000000" },
		{ 1e20, "100000000000000000000" }, { 1e21, "1e+21" },
		{ 123456789012345680000.0, "123456789012345680000" },
		{ 1.5e-5, "0.000015" }, { 1e-6, "0.000001" },
		{ 1.25e-7, "1.25e-7" }, { -1e-10, "-1e-10" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ 5e-324, "5e-324" }, { NAN, "null" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		influx_number(&out, rows[i].value);
		assert_string_equal(out.data, rows[i].text);
		buf_free(&out);
	}
}

static void
indenting_keeps_strings(void **state)
{
	static const char json[] =
	    "{\"a\":[1,{\"b\":\"x,{\\\"}\"}],\"c\":[],\"d\":{}}";
	struct buf out = BUF_INIT;

	influx_indent(json, strlen(json), &out);
	assert_string_equal(out.data,
	    "{\n    \"a\": [\n        1,\n        {\n            \"b\": "
	    "\"x,{\\\"}\"\n        }\n    ],\n    \"c\": [],\n    \"d\": {}\n"
	    "}");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_gos),
		cmocka_unit_test(indenting_keeps_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
