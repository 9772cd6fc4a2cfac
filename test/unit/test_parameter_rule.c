/* Which values a type of setting allows, and how energy limits are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/energy.h"
#include "domain/parameter.h"

struct row_case {
	const char	*type, *rules, *value;
	bool		 ok;
};

static void
check(const struct row_case *cases, size_t n)
{
	const char *why;
	size_t i;

	for (i = 0; i < n; i++) {
		why = parameter_fault(cases[i].type, cases[i].rules,
		    cases[i].value);
		if ((why == NULL) != cases[i].ok)
			fail_msg("%s %s '%s': %s", cases[i].type,
			    cases[i].rules, cases[i].value,
			    why != NULL ? why : "allowed");
	}
}

#define CHECK(...) do {							\
	static const struct row_case cases[] = { __VA_ARGS__ };		\
	check(cases, sizeof(cases) / sizeof(cases[0]));			\
} while (0)

static void
without_limits_everything_goes(void **state)
{
	CHECK({ "int", NULL, "abc", true }, { "int", "{}", "abc", true },
	    { "int", "{\"colour\":1}", "abc", true },
	    { "int", "[3]", "abc", true }, { "int", "broken", "abc", true });
}

static void
numbers_stay_between_their_limits(void **state)
{
	CHECK({ "int", "{\"min\":3,\"max\":7}", "3", true },
	    { "int", "{\"min\":3,\"max\":7}", "7", true },
	    { "int", "{\"min\":3}", "2", false },
	    { "int", "{\"max\":7}", "8", false },
	    { "int", "{\"max\":7}", "-9", true },
	    { "float", "{\"min\":3.5,\"max\":7.5}", "7.5", true },
	    { "float", "{\"min\":3.5}", "3.49", false },
	    { "float", "{\"min\":\"low\"}", "-1", true });
}

static void
numbers_are_numbers_alone(void **state)
{
	CHECK({ "int", "{\"min\":0}", "", false },
	    { "int", "{\"min\":0}", "1.0", false },
	    { "int", "{\"min\":0}", "1 ", false },
	    { "int", "{\"min\":0}", " 1", false },
	    { "int", "{\"min\":0}", "99999999999999999999", false },
	    { "float", "{\"min\":0}", "", false },
	    { "float", "{\"min\":0}", "1e400", false },
	    { "float", "{\"min\":0}", "nan", false },
	    { "float", "{\"min\":0}", "0x10", false },
	    { "float", "{\"min\":0}", "1,5", false });
}

static void
steps_are_counted_from_the_least(void **state)
{
	CHECK({ "int", "{\"min\":1,\"step\":3}", "7", true },
	    { "int", "{\"min\":1,\"step\":3}", "8", false },
	    { "float", "{\"step\":0.1}", "0.3", true },
	    { "float", "{\"step\":0.1}", "0.35", false },
	    { "float", "{\"step\":0}", "0.35", true });
}

static void
options_are_compared_by_type(void **state)
{
	CHECK({ "int", "{\"options\":[1,2]}", "02", true },
	    { "int", "{\"options\":[1,2]}", "3", false },
	    { "int", "{\"options\":[]}", "3", false },
	    { "string", "{\"options\":[\"on\",\"off\"]}", "off", true },
	    { "string", "{\"options\":[\"on\",1]}", "1", false },
	    { "string", "{\"options\":\"on\"}", "x", true });
}

static void
lengths_count_characters(void **state)
{
	CHECK({ "string", "{\"minlength\":2}", "\u00e9", false },
	    { "string", "{\"minlength\":2}", "\u00e9\u00e9", true },
	    { "string", "{\"maxlength\":2}", "\u00e9\u00e9", true },
	    { "string", "{\"maxlength\":2}", "abc", false },
	    { "int", "{\"maxlength\":2}", "12345", true });
}

static void
flags_and_times(void **state)
{
	CHECK({ "bool", "{\"min\":0}", "True", true },
	    { "bool", "{\"min\":0}", "0", true },
	    { "bool", "{\"min\":0}", "yes", false },
	    { "datetime", "{\"min\":0}", "23:59:59", true },
	    { "datetime", "{\"min\":0}", "24:00:00", false },
	    { "datetime", "{\"min\":0}", "12:60:00", false },
	    { "datetime", "{\"min\":0}", "2018-03-30", true },
	    { "datetime", "{\"min\":0}", "soon", false });
}

static double
applied(double requested, struct value least, struct value most)
{
	struct energy_limit limit = {
		.requested = requested, .least = least, .most = most,
	};

	energy_bound(&limit);
	return limit.applied;
}

static void
energy_is_cut_to_its_bounds(void **state)
{
	struct value none = value_null();

	assert_true(applied(50, none, none) == 50);
	assert_true(applied(50, none, value_float(40)) == 40);
	assert_true(applied(30, none, value_float(40)) == 30);
	assert_true(applied(5, value_float(20), value_float(40)) == 20);
	assert_true(applied(5, value_float(20), value_float(10)) == 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_limits_everything_goes),
		cmocka_unit_test(numbers_stay_between_their_limits),
		cmocka_unit_test(numbers_are_numbers_alone),
		cmocka_unit_test(steps_are_counted_from_the_least),
		cmocka_unit_test(options_are_compared_by_type),
		cmocka_unit_test(lengths_count_characters),
		cmocka_unit_test(flags_and_times),
		cmocka_unit_test(energy_is_cut_to_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
