/* The cells that a unit reports, looked up. */
#include "domain/cell.h"

#include "domain/find.h"

/* Of timing advance (3GPP TS 45.010). */
enum { STEP_M = 550, STEPS_MAX = 63 };

static int64_t
int_or(struct value value, struct value fallback)
{
	if (value.type == VALUE_INT)
		return value.i;
	return fallback.type == VALUE_INT ? fallback.i : -1;
}

static bool
reported_key(const struct report *report, size_t i, int64_t *ret)
{
	const struct report_cell *cell = &report->cell[i];
	const struct cell_id id = {
		.mcc = int_or(cell->mcc, report->mcc),
		.mnc = int_or(cell->mnc, report->mnc),
		.lac = int_or(cell->lac, value_null()),
		.cid = int_or(cell->cid, value_null()),
	};

	return cell_key(&id, ret);
}

/* The first cell is the one that serves the unit, and it knows how far away
 * it is. */
static int64_t
limit_range(const struct report *report, size_t i, int64_t range_m)
{
	struct value steps = report->timing_advance;
	int64_t most_m;

	if (i != 0 || steps.type != VALUE_INT || steps.i < 0 ||
	    steps.i > STEPS_MAX)
		return range_m;
	most_m = (steps.i + 1) * STEP_M;
	return range_m > 0 && range_m < most_m ? range_m : most_m;
}

static enum helio_rc
hear(struct tx *tx, const struct report *report, size_t i,
    struct cell_heard *heard, size_t *n, struct helio_err *err)
{
	struct row *row = NULL;
	int64_t key;
	enum helio_rc rc;

	if (!reported_key(report, i, &key))
		return HELIO_OK;
	rc = find_by_id(tx, "cell", value_int(key), &row, err);
	if (rc != HELIO_OK || row == NULL)
		return rc;
	heard[(*n)++] = (struct cell_heard){
		.latitude = row_float(row, "latitude"),
		.longitude = row_float(row, "longitude"),
		.range_m = limit_range(report, i, row_int(row, "range_m")),
		.signal = report->cell[i].signal,
	};
	return HELIO_OK;
}

enum helio_rc
cell_locate(struct tx *tx, const struct report *report, enum cell_result *ret,
    struct cell_place *ret_place, struct helio_err *err)
{
	struct cell_heard heard[REPORT_CELLS_MAX];
	enum helio_rc rc = HELIO_OK;
	bool named = false;
	size_t i, n = 0;

	for (i = 0; i < REPORT_CELLS_MAX && rc == HELIO_OK; i++) {
		named = named || report->cell[i].cid.type != VALUE_NULL;
		rc = hear(tx, report, i, heard, &n, err);
	}
	if (rc != HELIO_OK)
		return rc;
	*ret = n > 0 ? CELL_PLACED : named ? CELL_UNKNOWN : CELL_NONE;
	if (n > 0)
		cell_weigh(heard, n, ret_place);
	return HELIO_OK;
}
