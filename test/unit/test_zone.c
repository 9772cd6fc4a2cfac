/* test_zone.c - offsets and local times, from the system's zone files */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"

static struct zone *
load(const char *name)
{
	struct zone *zone = NULL;
	struct helio_err err;

	err_clear(&err);
	assert_int_equal(zone_load(name, &zone, &err), HELIO_OK);
	return zone;
}

static void
offsets_follow_the_season(void **state)
{
	struct zone *zone = load("America/New_York");

	assert_int_equal(zone_offset(zone, 1577836800), -5 * 3600);
	assert_int_equal(zone_offset(zone, 1593561600), -4 * 3600);
	/* 2020-03-08 07:00 UTC, to the second */
	assert_int_equal(zone_offset(zone, 1583650799), -5 * 3600);
	assert_int_equal(zone_offset(zone, 1583650800), -4 * 3600);
	/* before there was a standard time */
	assert_int_equal(zone_offset(zone, -4000000000), -17762);
	zone_free(zone);
}

static void
years_without_transitions_follow_the_rule(void **state)
{
	struct zone *zone = load("America/New_York");

	/* 2100-01-01, 2100-07-01; summer begins 2100-03-14 07:00 UTC */
	assert_int_equal(zone_offset(zone, 4102444800), -5 * 3600);
	assert_int_equal(zone_offset(zone, 4118083200), -4 * 3600);
	assert_int_equal(zone_offset(zone, 4108690799), -5 * 3600);
	assert_int_equal(zone_offset(zone, 4108690800), -4 * 3600);
	zone_free(zone);
	zone = load("Australia/Sydney");
	assert_int_equal(zone_offset(zone, 4102444800), 11 * 3600);
	assert_int_equal(zone_offset(zone, 4118083200), 10 * 3600);
	zone_free(zone);
	zone = load("Asia/Kolkata");
	assert_int_equal(zone_offset(zone, 4102444800), 19800);
	zone_free(zone);
}

static void
local_times(void **state)
{
	struct zone *zone = load("America/New_York");
	int64_t utc[2] = { 0, 0 };

	/* 2020-07-01 00:00 */
	assert_int_equal(zone_to_utc(zone, 1593561600, utc), 1);
	assert_int_equal(utc[0], 1593561600 + 4 * 3600);
	/* 2020-11-01 01:30 comes twice */
	assert_int_equal(zone_to_utc(zone, 1604194200, utc), 2);
	assert_int_equal(utc[0], 1604194200 + 4 * 3600);
	assert_int_equal(utc[1], 1604194200 + 5 * 3600);
	/* 2020-03-08 02:30 never comes */
	assert_int_equal(zone_to_utc(zone, 1583634600, utc), 0);
	assert_int_equal(utc[0], 1583634600 + 5 * 3600);
	zone_free(zone);
}

static void
utc_is_always_there(void **state)
{
	struct zone *zone = load("UTC");
	int64_t utc[2];

	assert_int_equal(zone_offset(zone, 1593561600), 0);
	assert_int_equal(zone_to_utc(zone, 7, utc), 1);
	assert_int_equal(utc[0], 7);
	zone_free(zone);
}

static void
names_that_are_none(void **state)
{
	static const char *const bad[] = {
		"", "/etc/passwd", "../../../etc/passwd", "America/Nowhere",
		"America", "zone.tab", "America//New_York", "tzdata.zi",
	};
	struct zone *zone;
	struct helio_err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&err);
		assert_int_equal(zone_load(bad[i], &zone, &err),
		    HELIO_E_INVALID);
	}
}

/* Cut at every byte: never a crash, and never half a zone. */
static void
files_that_are_cut(void **state)
{
	static char data[1 << 16];
	FILE *file = fopen("/usr/share/zoneinfo/Europe/Berlin", "re");
	size_t n = file != NULL ? fread(data, 1, sizeof(data), file) : 0;
	struct zone *zone;
	struct helio_err err;

	assert_non_null(file);
	fclose(file);
	for (size_t i = 0; i < n; i++) {
		char *copy = malloc(i + 1);

		memcpy(copy, data, i);
		err_clear(&err);
		assert_int_equal(zone_read(copy, i, &zone, &err),
		    HELIO_E_DECODE);
		free(copy);
	}
	assert_int_equal(zone_read(data, n, &zone, &err), HELIO_OK);
	zone_free(zone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_follow_the_season),
		cmocka_unit_test(years_without_transitions_follow_the_rule),
		cmocka_unit_test(local_times),
		cmocka_unit_test(utc_is_always_there),
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(files_that_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
