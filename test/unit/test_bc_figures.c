/* The figures of both generations, with the service's own test vectors. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connector/bluecurrent/figures.h"

#define PHASES(a, b, c) (const double [BC_PHASES]){ a, b, c }

/* Exactly, to the last bit: what Python's round() gives. */
static void
is(double got, double wanted)
{
	assert_true(got == wanted);
}

static void
rounding_is_that_of_python(void **state)
{
	is(bc_round(0.5, 0), 0);
	is(bc_round(1.5, 0), 2);
	is(bc_round(2.5, 0), 2);
	is(bc_round(2.675, 2), 2.67);	/* the binary value is below */
	is(bc_round(1.005, 2), 1.0);
	is(bc_round(0.125, 2), 0.12);
	is(bc_round(0.375, 2), 0.38);
	is(bc_round(-0.25, 1), -0.2);
	is(bc_round(-2.5, 0), -2);
	is(bc_round(12.35, 1), 12.3);
	is(bc_round(1e22, 1), 1e22);
	is(bc_round(1.7976931348623157e308, 1), 1.7976931348623157e308);
	is(bc_round(5e-324, 2), 0);
}

static void
averages(void **state)
{
	is(bc_average(PHASES(10, 6, 10)), 8.7);
	is(bc_average(PHASES(10, 8, 1)), 6.3);
	is(bc_average(PHASES(10, NAN, 20)), 15);
	is(bc_average(PHASES(12, 14, 15)), 13.7);
	is(bc_average(PHASES(10, 0, 0)), 10);
	is(bc_average(PHASES(0, 0, 0)), 0);
	is(bc_average(PHASES(NAN, NAN, NAN)), 0);
	is(bc_average(PHASES(220, 221, 219)), 220);
}

static void
largest(void **state)
{
	is(bc_largest(PHASES(12, 14, 15)), 15);
	is(bc_largest(PHASES(15, 14, 12)), 15);
	is(bc_largest(PHASES(NAN, 3, NAN)), 3);
	is(bc_largest(PHASES(NAN, NAN, NAN)), 0);
	is(bc_largest(PHASES(-3, -2, -4)), -2);
}

static void
power_of_2022(void **state)
{
	is(bc_kw_of_phases(PHASES(14, 12, 15), 230), 9.43);
	is(bc_kw_of_phases(PHASES(12, 10, 15),
	    bc_average(PHASES(220, 221, 219))), 8.14);
	/* a phase without a reading costs nothing, it breaks nothing */
	is(bc_kw_of_phases(PHASES(14, NAN, NAN), 230), 3.22);
	is(bc_kw_of_phases(PHASES(NAN, NAN, NAN), 0), 0);
}

static void
power_of_2025(void **state)
{
	is(bc_kw_of_average(14, 230), 5.58);
	is(bc_kw_of_average(8, 220), 3.05);
	is(bc_kw_of_average(0, 0), 0);
}

static void
vehicle_words(void **state)
{
	assert_string_equal(bc_vehicle_status("A"), "standby");
	assert_string_equal(bc_vehicle_status("B"), "vehicle_detected");
	assert_string_equal(bc_vehicle_status("C"), "ready");
	assert_string_equal(bc_vehicle_status("D"), "ready");
	assert_string_equal(bc_vehicle_status("E"), "no_power");
	assert_string_equal(bc_vehicle_status("F"), "vehicle_error");
	assert_null(bc_vehicle_status("G"));
	assert_null(bc_vehicle_status("a"));
	assert_null(bc_vehicle_status("AB"));
	assert_null(bc_vehicle_status(""));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounding_is_that_of_python),
		cmocka_unit_test(averages),
		cmocka_unit_test(largest),
		cmocka_unit_test(power_of_2022),
		cmocka_unit_test(power_of_2025),
		cmocka_unit_test(vehicle_words),
	};

	return cmocka_run_group_tests_name("bc_figures", tests, NULL, NULL);
}
