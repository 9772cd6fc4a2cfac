/*
 * fuzz_cell_csv.c - whatever a line holds, a cell that is read from it lies
 * on the earth, and its place can be weighed
 *
 * Sources: src/base src/domain/cell.c src/domain/cell_csv.c
 * Libraries: libsodium
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "domain/cell_csv.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

static void
check_cell(const struct cell_line *line, int64_t signal)
{
	struct cell_heard heard[2] = {
		{ line->latitude, line->longitude, line->range_m,
		    value_int(signal) },
		{ 0, 0, 0, value_null() },
	};
	struct cell_place place;
	int64_t key;

	require(cell_key(&line->id, &key) && key == line->key, "its key");
	require(fabs(line->latitude) <= 90 && fabs(line->longitude) <= 180,
	    "on the earth");
	require(line->range_m >= 0, "a range");
	cell_weigh(heard, 2, &place);
	require(fabs(place.latitude) <= 90 && fabs(place.longitude) <= 180,
	    "the place is on the earth");
	require(place.error_m >= 100, "an error");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *why = NULL;
	struct cell_line line;
	enum cell_csv what = cell_csv_read(text, size, &line, &why);

	require((what == CELL_CSV_BAD) == (why != NULL), "a reason");
	if (what == CELL_CSV_CELL)
		check_cell(&line, size > 0 ? (int64_t)data[size - 1] - 128 : 0);
	return 0;
}
