/*
 * fuzz_zone.c - whatever a zone file holds, offsets are less than 26 hours,
 * and a local time's moments show that time
 *
 * Sources: src/base
 * Libraries: libsodium
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/zone.h"

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
check_at(const struct zone *zone, int64_t at_s)
{
	int32_t offset = zone_offset(zone, at_s);
	int64_t utc[2];
	unsigned n;

	require(abs(offset) <= 27 * 3600, "an offset");
	n = zone_to_utc(zone, at_s + offset, utc);
	require(n <= 2, "two moments at most");
	for (unsigned i = 0; i < n; i++)
		require(utc[i] + zone_offset(zone, utc[i]) == at_s + offset,
		    "the clock shows it then");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zone *zone;
	struct helio_err err;

	err_clear(&err);
	if (zone_read(data, size, &zone, &err) != HELIO_OK)
		return 0;
	for (int64_t at_s = -5000000000; at_s < 10000000000;
	    at_s += 15000017)
		check_at(zone, at_s);
	zone_free(zone);
	return 0;
}
