/* The effects of a unit's report, member by member. */
#include "domain/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/times.h"
#include "domain/enable.h"
#include "domain/find.h"
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

static void
set_place(struct work *w, struct row *connection)
{
	const struct report *report = w->report;
	struct arena *arena = tx_arena(w->tx);

	if (report->latitude.type == VALUE_NULL)
		return;
	row_set(w->changes, "gps_lat", report->latitude);
	row_set(w->changes, "gps_lon", report->longitude);
	row_set_text(connection, "latitude",
	    arena_printf(arena, "%.6f", report->latitude.f));
	row_set_text(connection, "longitude",
	    arena_printf(arena, "%.6f", report->longitude.f));
}

static enum helio_rc
apply_connection(struct work *w, struct helio_err *err)
{
	const struct report *report = w->report;
	struct row *row = row_new(tx_arena(w->tx),
	    tx_table(w->tx, "connection"));
	enum helio_rc rc;

	row_set(row, "product_imei", row_key(w->product));
	row_set(row, "date", report->date_us.type != VALUE_NULL ?
	    report->date_us : value_int(tx_now_us(w->tx)));
	row_set(row, "mcc", report->mcc);
	row_set(row, "mnc", report->mnc);
	row_set(row, "frequency", report->frequency);
	row_set(row, "timing_advance", report->timing_advance);
	set_cells(row, report);
	set_place(w, row);
	rc = tx_insert(w->tx, row, err);
	if (rc != HELIO_OK)
		return rc;
	row_set(w->changes, "latest_connection_id", row_key(row));
	if (report->latitude.type != VALUE_NULL)
		row_set(w->changes, "latest_connection_location_id",
		    row_key(row));
	if (report->ip_address != NULL)
		row_set_text(w->changes, "ip_address", report->ip_address);
	return HELIO_OK;
}

/* ---- firmware ---- */

static enum helio_rc
end_software(struct work *w, const struct row *linker, struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(w->tx), linker->table);

	row_set_int(changes, "date_removed", tx_now_us(w->tx));
	return tx_update(w->tx, linker->table, row_key(linker), changes, NULL,
	    err);
}

/* The firmware has come by a pending update, or without one. */
static enum helio_rc
begin_software(struct work *w, const struct row *pending, struct value version,
    struct helio_err *err)
{
	const struct schema_table *table = tx_table(w->tx,
	    "product_software_linker");
	struct row *row = row_new(tx_arena(w->tx), table);

	row_set_int(row, "date_added", tx_now_us(w->tx));
	if (pending != NULL)
		return tx_update(w->tx, table, row_key(pending), row, NULL,
		    err);
	row_set(row, "product_imei", row_key(w->product));
	row_set(row, "software_version_type_id", version);
	return tx_insert(w->tx, row, err);
}

enum { LINKERS_MAX = 8 };	/* more than one is a leftover to tidy up */

struct linkers {
	struct arena	*arena;
	int64_t		 version;
	const struct row *pending;	/* to the reported version */
	const struct row *active[LINKERS_MAX];	/* to another one */
	size_t		 n_active;
	bool		 already;	/* the reported version is active */
};

static enum helio_rc
sort_linker(const struct row *row, void *arg, struct helio_err *err)
{
	struct linkers *l = arg;
	bool same = row_int(row, "software_version_type_id") == l->version;

	if (row_is_null(row, "date_added")) {
		if (same && l->pending == NULL)
			l->pending = row_copy(l->arena, row);
	} else if (same) {
		l->already = true;
	} else if (l->n_active < LINKERS_MAX) {
		l->active[l->n_active++] = row_copy(l->arena, row);
	}
	return HELIO_OK;
}

static enum helio_rc
move_software(struct work *w, struct linkers *l, struct helio_err *err)
{
	const struct find find = {
		.table = "product_software_linker", .by = {
			{ "product_imei", row_key(w->product) },
			{ "date_removed", value_null() },
		},
	};
	struct query query = find_query(w->tx, &find);
	enum helio_rc rc = tx_each(w->tx, &query, sort_linker, l, err);
	size_t i;

	for (i = 0; i < l->n_active && rc == HELIO_OK; i++)
		rc = end_software(w, l->active[i], err);
	if (rc != HELIO_OK)
		return rc;
	if (l->already)		/* an update to what it runs is no update */
		return l->pending != NULL ? end_software(w, l->pending, err) :
		    HELIO_OK;
	return begin_software(w, l->pending, value_int(l->version), err);
}

static enum helio_rc
apply_software(struct work *w, struct helio_err *err)
{
	const struct find find = {
		.table = "software_version_type",
		.by = { { "name", value_text(w->report->software) } },
	};
	struct linkers linkers = { .arena = tx_arena(w->tx) };
	struct row *version = NULL;
	enum helio_rc rc;

	if (w->report->software == NULL)
		return HELIO_OK;
	rc = find_row(w->tx, &find, &version, err);
	if (rc != HELIO_OK)
		return rc;
	if (version == NULL) {
		report_ignore(w->ignored, "software");
		return HELIO_OK;
	}
	linkers.version = row_int(version, "software_version_type_id");
	return move_software(w, &linkers, err);
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

static const struct {
	const char	*table;
	const char	*owner;		/* whose parameter it is */
	const char	*kind;
} parameter_kind[] = {
	{ "product_parameter", "product_imei", "product" },
	{ "part_parameter", "part_id", "part" },
};

static bool
belongs(struct work *w, bool of_part, const struct row *parameter)
{
	const struct find find = {
		.table = "part_product_linker", .by = {
			{ "part_id", of_part ? row_get(parameter, "part_id") :
			    value_null() },
			{ "product_imei", row_key(w->product) },
			{ "date_removed", value_null() },
		},
	};

	if (!of_part)
		return value_equal(row_get(parameter, "product_imei"),
		    row_key(w->product));
	return find_exists(w->tx, &find);
}

/* The value that was in force before makes room. */
static enum helio_rc
retire_parameter(struct work *w, bool of_part, const struct row *parameter,
    struct helio_err *err)
{
	const char *owner = parameter_kind[of_part].owner;
	const struct find find = {
		.table = parameter_kind[of_part].table, .by = {
			{ owner, row_get(parameter, owner) },
			{ "parameter_type_id",
			    row_get(parameter, "parameter_type_id") },
			{ "status", value_text("active") },
		},
	};
	struct row *old = NULL, *changes;
	enum helio_rc rc = find_row(w->tx, &find, &old, err);

	if (rc != HELIO_OK || old == NULL)
		return rc;
	changes = row_new(tx_arena(w->tx), old->table);
	row_set_text(changes, "status", "removed");
	row_set_int(changes, "date_removed", tx_now_us(w->tx));
	return tx_update(w->tx, old->table, row_key(old), changes, NULL, err);
}

static enum helio_rc
is_repeatable(struct work *w, const struct row *parameter, bool *ret,
    struct helio_err *err)
{
	struct row *type = NULL;
	enum helio_rc rc = find_by_id(w->tx, "parameter_type",
	    row_get(parameter, "parameter_type_id"), &type, err);

	if (rc == HELIO_OK)
		*ret = type != NULL && row_bool(type, "repeatable");
	return rc;
}

static enum helio_rc
activate_parameter(struct work *w, bool of_part, const struct row *parameter,
    struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(w->tx), parameter->table);
	bool repeatable = false;
	enum helio_rc rc = is_repeatable(w, parameter, &repeatable, err);

	if (rc == HELIO_OK && !repeatable)
		rc = retire_parameter(w, of_part, parameter, err);
	if (rc != HELIO_OK)
		return rc;
	row_set_text(changes, "status", "active");
	row_set_int(changes, "date_added", tx_now_us(w->tx));
	return tx_update(w->tx, parameter->table, row_key(parameter), changes,
	    NULL, err);
}

static bool
has_status(const struct row *row, const char *status)
{
	return value_equal(row_get(row, "status"), value_text(status));
}

static enum helio_rc
apply_parameter(struct work *w, const struct report_parameter *said,
    struct helio_err *err)
{
	struct row *row = NULL;
	enum helio_rc rc = find_by_id(w->tx,
	    parameter_kind[said->of_part].table, value_int(said->id), &row,
	    err);

	if (rc != HELIO_OK)
		return rc;
	if (row == NULL || !belongs(w, said->of_part, row)) {
		report_ignore(w->ignored, arena_printf(tx_arena(w->tx),
		    "applied.parameters.%s.%" PRId64,
		    parameter_kind[said->of_part].kind, said->id));
		return HELIO_OK;
	}
	/* Said again, or overtaken by a newer value: nothing to do. */
	if (!has_status(row, "pending"))
		return HELIO_OK;
	return activate_parameter(w, said->of_part, row, err);
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
	return telemetry_write(w->tx, &batch, err);
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
