/* The effects of a unit's report, member by member. */
#include "domain/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/times.h"
#include "domain/cell.h"
#include "domain/enable.h"
#include "domain/find.h"
#include "domain/parameter.h"
#include "domain/software.h"
#include "telemetry/telemetry.h"

/* One report being applied. */
struct work {
	struct tx	*tx;
	const struct row *product;
	const struct report *report;
	struct row	*changes;		/* of product */
	struct report_ignored *ignored;
};

static enum helio_rc
apply_switch(struct work *w, enum enable_switch which, struct value on,
    struct helio_err *err)
{
	if (on.type == VALUE_NULL)
		return HELIO_OK;
	return enable_report(w->tx, which, w->product, on.i != 0, w->changes,
	    err);
}

static enum helio_rc
apply_enabled(struct work *w, struct helio_err *err)
{
	return apply_switch(w, SWITCH_UNIT, w->report->enabled, err);
}

static enum helio_rc
apply_tamper(struct work *w, struct helio_err *err)
{
	return apply_switch(w, SWITCH_TAMPER, w->report->tamper_enabled, err);
}

/* ---- connection, place, address ---- */

static void
set_cells(struct row *row, const struct report *report)
{
	char name[24];
	const struct report_cell *cell;
	unsigned i, k;

	for (i = 0; i < REPORT_CELLS_MAX; i++) {
		cell = &report->cell[i];
		const struct {
			const char	*suffix;
			struct value	 value;
		} part[] = {
			{ "lac", cell->lac }, { "cid", cell->cid },
			{ "signal", cell->signal }, { "mcc", cell->mcc },
			{ "mnc", cell->mnc },
		};

		for (k = 0; k < sizeof(part) / sizeof(part[0]); k++) {
			if (part[k].value.type == VALUE_NULL)
				continue;
			snprintf(name, sizeof(name), "cell_%u_%s", i + 1,
			    part[k].suffix);
			row_set(row, name, part[k].value);
		}
	}
}

enum { GPS_ERROR_M = 10 };

static void
set_place(struct work *w, struct row *connection,
    const struct cell_place *place)
{
	struct arena *arena = tx_arena(w->tx);

	row_set_text(connection, "latitude",
	    arena_printf(arena, "%.6f", place->latitude));
	row_set_text(connection, "longitude",
	    arena_printf(arena, "%.6f", place->longitude));
	row_set_int(connection, "error_radius", place->error_m);
}

/* GPS when the unit has it, else what its cells tell. */
static enum helio_rc
find_place(struct work *w, struct row *connection, bool *ret,
    struct helio_err *err)
{
	const struct report *report = w->report;
	struct cell_place place = { .error_m = GPS_ERROR_M };
	enum cell_result result = CELL_PLACED;
	enum helio_rc rc = HELIO_OK;

	if (report->latitude.type != VALUE_NULL) {
		place.latitude = report->latitude.f;
		place.longitude = report->longitude.f;
		row_set(w->changes, "gps_lat", report->latitude);
		row_set(w->changes, "gps_lon", report->longitude);
	} else {
		rc = cell_locate(w->tx, report, &result, &place, err);
	}
	if (rc != HELIO_OK)
		return rc;
	*ret = result == CELL_PLACED;
	if (*ret)
		set_place(w, connection, &place);
	row_set_int(connection, "location_failed_flag",
	    result == CELL_UNKNOWN);
	return HELIO_OK;
}

static enum helio_rc
apply_connection(struct work *w, struct helio_err *err)
{
	const struct report *report = w->report;
	struct row *row = row_new(tx_arena(w->tx),
	    tx_table(w->tx, "connection"));
	bool placed = false;
	enum helio_rc rc;

	row_set(row, "product_imei", row_key(w->product));
	row_set(row, "date", report->date_us.type != VALUE_NULL ?
	    report->date_us : value_int(tx_now_us(w->tx)));
	row_set(row, "mcc", report->mcc);
	row_set(row, "mnc", report->mnc);
	row_set(row, "frequency", report->frequency);
	row_set(row, "timing_advance", report->timing_advance);
	set_cells(row, report);
	rc = find_place(w, row, &placed, err);
	if (rc == HELIO_OK)
		rc = tx_insert(w->tx, row, err);
	if (rc != HELIO_OK)
		return rc;
	row_set(w->changes, "latest_connection_id", row_key(row));
	if (placed)
		row_set(w->changes, "latest_connection_location_id",
		    row_key(row));
	if (report->ip_address != NULL)
		row_set_text(w->changes, "ip_address", report->ip_address);
	return HELIO_OK;
}

/* ---- firmware ---- */

static enum helio_rc
apply_software(struct work *w, struct helio_err *err)
{
	bool known = true;
	enum helio_rc rc = HELIO_OK;

	if (w->report->software != NULL)
		rc = software_report(w->tx, w->product, w->report->software,
		    &known, err);
	if (rc == HELIO_OK && !known)
		report_ignore(w->ignored, "software");
	return rc;
}

/* ---- balance ---- */

static enum helio_rc
apply_balance(struct work *w, struct helio_err *err)
{
	const struct schema_table *table = tx_table(w->tx, "balance");
	const struct find find = {
		.table = "balance",
		.by = { { "product_imei", row_key(w->product) } },
	};
	struct row *old = NULL, *row = row_new(tx_arena(w->tx), table);
	enum helio_rc rc;

	if (w->report->balance_s.type == VALUE_NULL)
		return HELIO_OK;
	rc = find_row(w->tx, &find, &old, err);
	if (rc != HELIO_OK)
		return rc;
	row_set(row, "balance", w->report->balance_s);
	row_set_int(row, "expected_expiry", tx_now_us(w->tx) +
	    w->report->balance_s.i * US_PER_S);
	if (old != NULL)
		return tx_update(w->tx, table, row_key(old), row, NULL, err);
	row_set(row, "product_imei", row_key(w->product));
	return tx_insert(w->tx, row, err);
}

/* ---- parameters ---- */

static enum helio_rc
apply_parameter(struct work *w, const struct report_parameter *said,
    struct helio_err *err)
{
	enum parameter_kind kind = said->of_part ? PARAMETER_OF_PART :
	    PARAMETER_OF_PRODUCT;
	bool known = true;
	enum helio_rc rc = parameter_report(w->tx, w->product, kind, said->id,
	    &known, err);

	if (rc == HELIO_OK && !known)
		report_ignore(w->ignored, arena_printf(tx_arena(w->tx),
		    "applied.parameters.%s.%" PRId64,
		    said->of_part ? "part" : "product", said->id));
	return rc;
}

static enum helio_rc
apply_parameters(struct work *w, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	size_t i;

	for (i = 0; i < w->report->n_parameters && rc == HELIO_OK; i++)
		rc = apply_parameter(w, &w->report->parameter[i], err);
	return rc;
}

/* No credit is given out yet, so no command can have been applied. */
static enum helio_rc
apply_payments(struct work *w, struct helio_err *err)
{
	size_t i;

	for (i = 0; i < w->report->n_payment_commands; i++)
		report_ignore(w->ignored, arena_printf(tx_arena(w->tx),
		    "applied.payment_commands.%" PRId64,
		    w->report->payment_command[i]));
	return HELIO_OK;
}

/* ---- what has no column: kept as samples ---- */

static enum helio_rc
apply_samples(struct work *w, struct helio_err *err)
{
	struct telemetry_point point[2];
	struct telemetry_series series[2];
	struct telemetry_batch batch = {
		.measurement = "status", .series = series,
	};
	const struct {
		const char	*field;
		struct value	 value;
		bool		 is_bool;
	} said[] = {
		{ "balance", w->report->balance_s, false },
		{ "tamper_open", w->report->tamper_open, true },
	};
	size_t i;

	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		if (said[i].value.type == VALUE_NULL)
			continue;
		point[batch.n_series] = (struct telemetry_point){
			.at_ns = tx_now_us(w->tx) * NS_PER_US,
			.value = said[i].value, .is_bool = said[i].is_bool,
		};
		series[batch.n_series] = (struct telemetry_series){
			.field = said[i].field, .n = 1,
			.points = &point[batch.n_series],
		};
		batch.n_series++;
	}
	if (batch.n_series == 0)
		return HELIO_OK;
	telemetry_set_tag(&batch, "product_imei",
	    row_text(w->product, "product_imei"));
	return telemetry_write_batch(w->tx, &batch, TELEMETRY_SET_ASIDE, err);
}

static enum helio_rc (*const effects[])(struct work *, struct helio_err *) = {
	apply_connection, apply_software, apply_enabled, apply_tamper,
	apply_balance, apply_parameters, apply_payments, apply_samples,
};

enum helio_rc
report_apply(struct tx *tx, const struct row *product,
    const struct report *report, struct report_ignored *ignored,
    struct helio_err *err)
{
	struct work w = {
		.tx = tx, .product = product, .report = report,
		.changes = row_new(tx_arena(tx), product->table),
		.ignored = ignored,
	};
	enum helio_rc rc = HELIO_OK;
	size_t i;

	*ignored = report->ignored;
	for (i = 0; i < sizeof(effects) / sizeof(effects[0]) &&
	    rc == HELIO_OK; i++)
		rc = effects[i](&w, err);
	if (rc != HELIO_OK)
		return rc;
	return tx_update(tx, product->table, row_key(product), w.changes, NULL,
	    err);
}
