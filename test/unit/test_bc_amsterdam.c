/* Europe/Amsterdam against the system's zone files, and the service's times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/civil.h"
#include "base/times.h"
#include "connector/bluecurrent/amsterdam.h"

#define FIRST_S	INT64_C(820454400)	/* 1996-01-01 */
#define LAST_S	INT64_C(2145916800)	/* 2038-01-01 */

/* The zone files' offset at an instant. */
static int
known_offset(int64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm tm;

	localtime_r(&at, &tm);
	return (int)tm.tm_gmtoff;
}

static void
offsets_are_those_of_the_zone_files(void **state)
{
	for (int64_t at = FIRST_S; at < LAST_S; at += 1800)
		assert_int_equal(amsterdam_offset(at), known_offset(at));
}

/* Of the instants that a clock shows as this reading, the first one. */
static int64_t
known_instant(int64_t wall_s)
{
	for (int offset = 7200; offset >= 3600; offset -= 3600)
		if (known_offset(wall_s - offset) == offset)
			return wall_s - offset;
	return wall_s - 3600;	/* skipped: by the offset before */
}

static void
readings_are_the_first_instant(void **state)
{
	for (int64_t wall = FIRST_S; wall < LAST_S; wall += 1800)
		assert_int_equal(amsterdam_instant(wall), known_instant(wall));
}

static void
before_the_rule_it_is_winter(void **state)
{
	assert_int_equal(amsterdam_offset(0), 3600);
	assert_int_equal(amsterdam_offset(-1), 3600);
	assert_int_equal(amsterdam_offset(FIRST_S - 15000000), 3600);
}

static void
reads(const char *text, const char *iso)
{
	char out[BC_ISO_TIME_SIZE];
	int64_t at_s;
	int offset;

	assert_true(bc_time_read(text, strlen(text), &at_s, &offset));
	bc_time_iso(at_s, offset, out);
	assert_string_equal(out, iso);
}

static void
timestamps_of_both_seasons(void **state)
{
	reads("20221104 10:30:00", "2022-11-04T10:30:00+01:00");
	reads("20220704 10:30:00", "2022-07-04T10:30:00+02:00");
	reads("20220704 10:30:00+00:00", "2022-07-04T10:30:00+00:00");
	reads("20220704 10:30:00+05:45", "2022-07-04T10:30:00+05:45");
	reads("20220101 00:30:00-03:30", "2022-01-01T00:30:00-03:30");
	reads("20221030 02:30:00", "2022-10-30T02:30:00+02:00");
	reads("20221030 03:00:00", "2022-10-30T03:00:00+01:00");
	reads("20220327 01:59:59", "2022-03-27T01:59:59+01:00");
	reads("20220327 02:30:00", "2022-03-27T02:30:00+01:00");
	reads("20220327 03:00:00", "2022-03-27T03:00:00+02:00");
}

static void
other_texts_are_no_timestamps(void **state)
{
	static const char *const bad[] = {
		"", "2022110410:30:00", "20221104T10:30:00",
		"20221104 10:30", "20221104 10:30:0a", "20221304 10:30:00",
		"20220229 10:30:00", "20221104 24:00:00", "20221104 10:60:00",
		"20221104 10:30:60", "00000101 00:00:00",
		"20221104 10:30:00 02:00", "20221104 10:30:00+24:00",
		"20221104 10:30:00+0200", "20221104 10:30:00+02:60",
		"20221104 10:30:00+02:00 ", " 0221104 10:30:00",
	};
	int64_t at_s;
	int offset;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(bc_time_read(bad[i], strlen(bad[i]), &at_s,
		    &offset));
}

static void
writes_what_it_reads(void **state)
{
	char text[BC_WIRE_TIME_SIZE];
	int64_t at_s;
	int offset;

	bc_time_wire(1667554200, text);
	assert_string_equal(text, "20221104 10:30:00");
	for (int64_t at = FIRST_S; at < LAST_S; at += 12345677) {
		bc_time_wire(at, text);
		assert_true(bc_time_read(text, strlen(text), &at_s, &offset));
		assert_int_equal(at_s, at);
	}
}

/* The delta in seconds at a reading of Amsterdam's clock. */
static int64_t
delta(const char *wall, int64_t more_us)
{
	int64_t at_s;
	int offset;

	assert_true(bc_time_read(wall, strlen(wall), &at_s, &offset));
	return bc_reset_delta_us(at_s * US_PER_S + more_us);
}

static void
next_reset(void **state)
{
	const int64_t h = 3600 * US_PER_S, s = US_PER_S;

	assert_int_equal(delta("20221104 10:30:00", 0),
	    13 * h + 30 * 60 * s + 30 * s);
	assert_int_equal(delta("20220704 10:30:00", 0),
	    13 * h + 30 * 60 * s + 30 * s);
	assert_int_equal(delta("20221104 23:59:59", 500000), 30 * s + s / 2);
	assert_int_equal(delta("20221104 00:00:30", 0), 24 * h);
	/* the reset of the next day, also just after midnight */
	assert_int_equal(delta("20221104 00:00:10", 0), 24 * h + 20 * s);
	assert_int_equal(delta("20221231 12:00:00", 0), 12 * h + 30 * s);
}

static void
next_reset_across_clock_changes(void **state)
{
	const int64_t h = 3600 * US_PER_S, s = US_PER_S;

	/* 25 hours in the day in October, 23 in March */
	assert_int_equal(delta("20221030 00:00:30", 0), 25 * h);
	assert_int_equal(delta("20221030 01:00:00", 0), 24 * h + 30 * s);
	assert_int_equal(delta("20220327 00:00:30", 0), 23 * h);
	assert_int_equal(delta("20220327 12:00:00", 0), 12 * h + 30 * s);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_are_those_of_the_zone_files),
		cmocka_unit_test(readings_are_the_first_instant),
		cmocka_unit_test(before_the_rule_it_is_winter),
		cmocka_unit_test(timestamps_of_both_seasons),
		cmocka_unit_test(other_texts_are_no_timestamps),
		cmocka_unit_test(writes_what_it_reads),
		cmocka_unit_test(next_reset),
		cmocka_unit_test(next_reset_across_clock_changes),
	};

	setenv("TZ", "Europe/Amsterdam", 1);
	tzset();
	/* without the zone's file the comparison would mean nothing */
	if (known_offset(1656633600) != 7200)
		return 1;
	return cmocka_run_group_tests_name("bc_amsterdam", tests, NULL, NULL);
}
