/* Where a unit is that hears these cells. */
#include "domain/cell.h"

#include <math.h>

enum {
	RANGE_LEAST = 100, RANGE_MOST = 100000, RANGE_UNKNOWN = 2000,
	METRES_A_DEGREE = 111320,
};

/* RXLEV 0 means -110 dBm; what is weaker, or unknown, counts as that. */
#define WEAKEST_DBM (-110.0)
#define STRONGEST_DBM (-40.0)

bool
cell_key(const struct cell_id *id, int64_t *ret)
{
	uint64_t network;

	if (id->mcc < 0 || id->mcc > 999 || id->mnc < 0 || id->mnc > 999 ||
	    id->lac < 0 || id->lac > 0xffff || id->cid < 0 ||
	    id->cid > 0xfffffff)
		return false;
	network = (uint64_t)id->mcc * 1000 + (uint64_t)id->mnc;
	*ret = (int64_t)(network << 44 | (uint64_t)id->lac << 28 |
	    (uint64_t)id->cid);
	return true;
}

/* ---- weighing ---- */

static double
range_of(const struct cell_heard *cell)
{
	if (cell->range_m <= 0)
		return RANGE_UNKNOWN;
	if (cell->range_m < RANGE_LEAST)
		return RANGE_LEAST;
	return cell->range_m < RANGE_MOST ? (double)cell->range_m :
	    RANGE_MOST;
}

/* The amplitude, 1 at the weakest: ten times for each 20 dB. */
static double
amplitude(struct value signal)
{
	double dbm = WEAKEST_DBM;

	if (signal.type == VALUE_INT)
		dbm = signal.i < 0 ? (double)signal.i :
		    WEAKEST_DBM + (double)signal.i;
	if (!(dbm > WEAKEST_DBM))
		dbm = WEAKEST_DBM;
	if (dbm > STRONGEST_DBM)
		dbm = STRONGEST_DBM;
	return pow(10, (dbm - WEAKEST_DBM) / 20);
}

static double
weight_of(const struct cell_heard *cell)
{
	double range = range_of(cell);

	return amplitude(cell->signal) / (range * range);
}

/* From one longitude to another, the short way round. */
static double
turn(double from, double to)
{
	return remainder(to - from, 360);
}

void
cell_weigh(const struct cell_heard *cells, size_t n, struct cell_place *ret)
{
	const struct cell_heard *first = &cells[0];
	double sum = 0, lat = 0, lon = 0, square = 0, shrink, w, x, y;
	size_t i;

	for (i = 0; i < n; i++) {
		w = weight_of(&cells[i]);
		sum += w;
		lat += w * (cells[i].latitude - first->latitude);
		lon += w * turn(first->longitude, cells[i].longitude);
	}
	ret->latitude = first->latitude + lat / sum;
	ret->longitude = remainder(first->longitude + lon / sum, 360);
	shrink = cos(ret->latitude * M_PI / 180);
	for (i = 0; i < n; i++) {
		w = weight_of(&cells[i]);
		y = METRES_A_DEGREE * (cells[i].latitude - ret->latitude);
		x = METRES_A_DEGREE * shrink * turn(ret->longitude,
		    cells[i].longitude);
		square += w * (x * x + y * y +
		    range_of(&cells[i]) * range_of(&cells[i]));
	}
	ret->error_m = (int64_t)ceil(sqrt(square / sum));
}
