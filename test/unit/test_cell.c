/* Cells: their key, the place of a unit that hears them, lines of the list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "domain/cell.h"
#include "domain/cell_csv.h"
#include "domain/reliability.h"

#define HOUR_US INT64_C(3600000000)

static int64_t
key_of(int64_t mcc, int64_t mnc, int64_t lac, int64_t cid)
{
	const struct cell_id id = { mcc, mnc, lac, cid };
	int64_t key = -1;

	assert_true(cell_key(&id, &key));
	return key;
}

static void
keys_differ(void **state)
{
	const int64_t keys[] = {
		key_of(0, 0, 0, 0), key_of(635, 10, 1, 2),
		key_of(635, 10, 2, 1), key_of(635, 1, 0, 2),
		key_of(999, 999, 65535, 268435455), key_of(63, 510, 1, 2),
	};
	size_t i, k, n = sizeof(keys) / sizeof(keys[0]);

	for (i = 0; i < n; i++)
		for (k = 0; k < i; k++)
			assert_true(keys[i] != keys[k]);
}

static void
keys_out_of_range(void **state)
{
	static const struct cell_id bad[] = {
		{ 1000, 0, 0, 0 }, { 0, 1000, 0, 0 }, { 0, 0, 65536, 0 },
		{ 0, 0, 0, 268435456 }, { -1, 0, 0, 0 }, { 0, -1, 0, 0 },
		{ 0, 0, -1, 0 }, { 0, 0, 0, -1 },
		{ INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX },
	};
	int64_t key = 7;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(cell_key(&bad[i], &key));
	assert_int_equal(key, 7);
}

/* ---- weighing ---- */

static struct cell_heard
heard(double lat, double lon, int64_t range_m, struct value signal)
{
	return (struct cell_heard){ lat, lon, range_m, signal };
}

static void
one_cell_is_where_it_stands(void **state)
{
	struct cell_heard cell = heard(-1.5, 36.5, 700, value_null());
	struct cell_place place;

	cell_weigh(&cell, 1, &place);
	assert_true(place.latitude == -1.5 && place.longitude == 36.5);
	assert_int_equal(place.error_m, 700);
}

static void
ranges_are_bounded(void **state)
{
	static const struct {
		int64_t	 range_m, error_m;
	} cases[] = {
		{ 0, 2000 }, { -5, 2000 }, { 1, 100 }, { 100, 100 },
		{ 100001, 100000 }, { INT64_MAX, 100000 },
	};
	struct cell_place place;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cell_heard cell = heard(0, 0, cases[i].range_m,
		    value_null());

		cell_weigh(&cell, 1, &place);
		assert_int_equal(place.error_m, cases[i].error_m);
	}
}

static void
small_cells_weigh_more(void **state)
{
	struct cell_heard cells[] = {
		heard(0, 0, 1000, value_null()),
		heard(0, 0.05, 2000, value_null()),
	};
	struct cell_place place;

	cell_weigh(cells, 2, &place);	/* 4 : 1 */
	assert_true(fabs(place.longitude - 0.01) < 1e-9);
}

static void
strong_cells_weigh_more(void **state)
{
	struct cell_heard cells[] = {
		heard(0, 0, 1000, value_int(-60)),
		heard(0.11, 0, 1000, value_int(-80)),
	};
	struct cell_place place;

	cell_weigh(cells, 2, &place);	/* 10 : 1 */
	assert_true(fabs(place.latitude - 0.01) < 1e-9);
	/* the same as RXLEV */
	cells[0].signal = value_int(50);
	cells[1].signal = value_int(30);
	cell_weigh(cells, 2, &place);
	assert_true(fabs(place.latitude - 0.01) < 1e-9);
}

static void
signals_are_bounded(void **state)
{
	static const int64_t signals[] = {
		INT64_MIN, -1000, 0, 63, 99, INT64_MAX,
	};
	struct cell_heard cells[] = {
		heard(0, 0, 1000, value_null()),
		heard(1, 1, 1000, value_null()),
	};
	struct cell_place place;
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		cells[1].signal = value_int(signals[i]);
		cell_weigh(cells, 2, &place);
		assert_true(place.latitude >= 0.4999 && place.latitude <= 1);
		assert_true(place.error_m > 1000);
	}
}

static void
distance_makes_the_error(void **state)
{
	struct cell_heard cells[] = {
		heard(0, 0, 1000, value_null()),
		heard(0.02, 0, 1000, value_null()),
	};
	struct cell_place place;

	cell_weigh(cells, 2, &place);	/* 1113 m away from each */
	assert_true(llabs(place.error_m - 1497) <= 1);
	/* a degree of longitude is half as long at 60 degrees north */
	cells[0] = heard(60, 0, 1000, value_null());
	cells[1] = heard(60, 0.04, 1000, value_null());
	cell_weigh(cells, 2, &place);
	assert_true(llabs(place.error_m - 1497) <= 1);
}

static void
poles_and_the_date_line(void **state)
{
	struct cell_heard cells[] = {
		heard(90, -179.5, 1000, value_null()),
		heard(89, 179.5, 1000, value_null()),
	};
	struct cell_place place;

	cell_weigh(cells, 2, &place);
	assert_true(fabs(fabs(place.longitude) - 180) < 1e-9);
	assert_true(place.latitude == 89.5);
	assert_true(place.error_m < 60000);
}

/* ---- lines ---- */

static enum cell_csv
read_line(const char *text, struct cell_line *line)
{
	const char *why = NULL;
	enum cell_csv what = cell_csv_read(text, strlen(text), line, &why);

	assert_true((what == CELL_CSV_BAD) == (why != NULL));
	return what;
}

static void
a_line_of_the_list(void **state)
{
	struct cell_line line;

	assert_int_equal(read_line("UMTS,262,2,801,86355,0,13.285512,"
	    "52.522202,1000,7,1,1282569574,1300155341,0\r\n", &line),
	    CELL_CSV_CELL);
	assert_int_equal(line.key, key_of(262, 2, 801, 86355));
	assert_true(line.longitude == 13.285512);
	assert_true(line.latitude == 52.522202);
	assert_int_equal(line.range_m, 1000);
	assert_int_equal(read_line("GSM,1,1,1,1,,-1e1,+2.5,", &line),
	    CELL_CSV_CELL);
	assert_true(line.longitude == -10 && line.latitude == 2.5);
	assert_int_equal(line.range_m, 0);
}

static void
lines_that_are_no_cells(void **state)
{
	static const char *const others[] = {
		"", "\n", "\r\n", "radio,mcc,net,area,cell,unit,lon,lat,range",
		"NR,262,2,99999,99999999999,0,13,52,1000",
	};
	static const char *const bad[] = {
		",", "GSM,1,1,1,1,0,1,1", ",,,,,,,,", "GSM,,1,1,1,0,1,1,1",
		"GSM,1.5,1,1,1,0,1,1,1", "GSM,1,1,1,-1,0,1,1,1",
		"GSM,1,1,1,9999999999999999999,0,1,1,1",
		"GSM,1000,1,1,1,0,1,1,1", "GSM,1,1,1,1,0,181,1,1",
		"GSM,1,1,1,1,0,1,-90.1,1", "GSM,1,1,1,1,0,nan,1,1",
		"GSM,1,1,1,1,0,1,inf,1", "GSM,1,1,1,1,0,0x10,1,1",
		"GSM,1,1,1,1,0,1e999,1,1", "GSM,1,1,1,1,0,1,1,-1",
		"GSM,1,1,1,1,0,1,1,1e9", "GSM,1,1,1,1,0, 1,1,1",
	};
	struct cell_line line;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(read_line(others[i], &line), CELL_CSV_OTHER);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(read_line(bad[i], &line), CELL_CSV_BAD);
}

/* ---- how reliably a unit connects ---- */

static void
reliability(void **state)
{
	static const struct {
		int64_t	 connections, hours;
		double	 rate;
	} cases[] = {
		{ 0, 168, 0 }, { 21, 168, 0.5 }, { 42, 168, 1 },
		{ 43, 168, 1 }, { 1, 7, 1 }, { 0, 7, 0 }, { 1, 8, 0.5 },
		{ 0, 3, 1 }, { 0, 0, 1 }, { 5, 0, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(reliability_rate(cases[i].connections, 1000,
		    1000 + cases[i].hours * HOUR_US) == cases[i].rate);
	/* a microsecond short of the second four hours */
	assert_true(reliability_rate(1, 0, 8 * HOUR_US - 1) == 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_differ),
		cmocka_unit_test(keys_out_of_range),
		cmocka_unit_test(one_cell_is_where_it_stands),
		cmocka_unit_test(ranges_are_bounded),
		cmocka_unit_test(small_cells_weigh_more),
		cmocka_unit_test(strong_cells_weigh_more),
		cmocka_unit_test(signals_are_bounded),
		cmocka_unit_test(distance_makes_the_error),
		cmocka_unit_test(poles_and_the_date_line),
		cmocka_unit_test(a_line_of_the_list),
		cmocka_unit_test(lines_that_are_no_cells),
		cmocka_unit_test(reliability),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
