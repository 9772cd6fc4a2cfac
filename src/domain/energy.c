/* The energy limit: bounds, and the setting that follows. */
#include "domain/energy.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "domain/find.h"
#include "domain/parameter.h"
#include "domain/state.h"

enum { VALUES_MAX = 256 };	/* parts or entities of a unit: far fewer */

void
energy_bound(struct energy_limit *limit)
{
	limit->applied = limit->requested;
	if (limit->least.type == VALUE_FLOAT &&
	    limit->applied < limit->least.f)
		limit->applied = limit->least.f;
	if (limit->most.type == VALUE_FLOAT && limit->applied > limit->most.f)
		limit->applied = limit->most.f;
}

/* ---- may it be changed? ---- */

static enum helio_rc
check(struct tx *tx, const struct row *product, int64_t state,
    struct helio_err *err)
{
	struct row *accessories = NULL;
	enum helio_rc rc = parameter_get(tx, product,
	    "total_accessory_energy", &accessories, err);

	if (rc != HELIO_OK)
		return rc;
	if (state != STATE_ACTIVATED && state != STATE_MONITORED &&
	    state != STATE_IN_REPAIR_SYSTEM)
		return err_field(err, "state", "the unit must be ACTIVATED, "
		    "MONITORED or IN_REPAIR_SYSTEM");
	if (accessories != NULL)
		return err_field(err, "energy_limit",
		    "total_accessory_energy is set, which fixes it");
	return HELIO_OK;
}

/* ---- bounds ---- */

/* One column of the rows of a query. */
struct column {
	const char	*field;
	struct value	 value[VALUES_MAX];
	size_t		 n;
};

static enum helio_rc
add_value(const struct row *row, void *arg, struct helio_err *err)
{
	struct column *column = arg;

	if (column->n < VALUES_MAX)
		column->value[column->n++] = row_get(row, column->field);
	return HELIO_OK;
}

/* What the unit's linkers in `table` that are not over lead to. */
static enum helio_rc
read_linked(struct tx *tx, const struct row *product, const char *table,
    struct column *column, struct helio_err *err)
{
	const struct find find = {
		.table = table, .by = {
			{ "product_imei", row_key(product) },
			{ "date_removed", value_null() },
		},
	};
	struct query query = find_query(tx, &find);

	return tx_each(tx, &query, add_value, column, err);
}

static const struct cond *
among(struct tx *tx, const char *table, const char *field,
    const struct column *column)
{
	return cond_in(tx_arena(tx), schema_field(tx_table(tx, table), field),
	    column->value, column->n);
}

/* The part types of what is in the unit. */
static enum helio_rc
read_part_types(struct tx *tx, const struct row *product,
    struct column *types, struct helio_err *err)
{
	struct column *parts = arena_alloc(tx_arena(tx), sizeof(*parts));
	struct query query = query_all(tx_table(tx, "part"));
	enum helio_rc rc;

	parts->field = "part_id";
	types->field = "part_type_id";
	rc = read_linked(tx, product, "part_product_linker", parts, err);
	query.where = among(tx, "part", "part_id", parts);
	return rc == HELIO_OK ? tx_each(tx, &query, add_value, types, err) :
	    rc;
}

/* The first row for the state and one of the types that satisfies `whose`. */
static enum helio_rc
find_default(struct tx *tx, int64_t state, const struct column *types,
    const struct cond *whose, struct row **ret, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx,
	    "default_energy_limit");
	struct query query = query_all(table);
	const struct cond *part[3];

	part[0] = cond_eq(tx_arena(tx), table, "state_type_id",
	    value_int(state));
	part[1] = among(tx, table->name, "battery_type_id", types);
	part[2] = whose;
	query.where = cond_all(tx_arena(tx), part, 3);
	query.limit = 1;
	return find_first(tx, &query, ret, err);
}

static enum helio_rc
read_defaults(struct tx *tx, const struct row *product, int64_t state,
    struct row **ret, struct helio_err *err)
{
	struct arena *arena = tx_arena(tx);
	struct column *types = arena_alloc(arena, sizeof(*types));
	struct column *entities = arena_alloc(arena, sizeof(*entities));
	enum helio_rc rc = read_part_types(tx, product, types, err);

	entities->field = "entity_id";
	if (rc == HELIO_OK)
		rc = read_linked(tx, product, "product_entity_linker",
		    entities, err);
	if (rc == HELIO_OK)
		rc = find_default(tx, state, types, among(tx,
		    "default_energy_limit", "entity_id", entities), ret, err);
	if (rc == HELIO_OK && *ret == NULL)
		rc = find_default(tx, state, types, cond_is_null(arena,
		    tx_table(tx, "default_energy_limit"), "entity_id"), ret,
		    err);
	return rc;
}

static enum helio_rc
read_cap(struct tx *tx, const struct row *product, struct energy_limit *limit,
    struct helio_err *err)
{
	struct row *cap = NULL;
	enum helio_rc rc = parameter_get(tx, product, "energy_limit_cap", &cap,
	    err);
	const char *text;
	char *end;
	double most;

	if (rc != HELIO_OK || cap == NULL)
		return rc;
	text = row_text(cap, "value");
	most = strtod(text, &end);
	if (end == text || !isfinite(most))	/* a record of the past */
		return HELIO_OK;
	if (limit->most.type == VALUE_NULL || limit->most.f > most)
		limit->most = value_float(most);
	return HELIO_OK;
}

static enum helio_rc
read_bounds(struct tx *tx, const struct row *product, int64_t state,
    struct energy_limit *limit, struct helio_err *err)
{
	struct row *defaults = NULL;
	enum helio_rc rc = read_defaults(tx, product, state, &defaults, err);

	limit->most = limit->least = value_null();
	if (rc == HELIO_OK && defaults != NULL) {
		limit->most = value_float(row_float(defaults,
		    "max_energy_limit"));
		limit->least = value_float(row_float(defaults,
		    "min_energy_limit"));
	}
	return rc == HELIO_OK ? read_cap(tx, product, limit, err) : rc;
}

/* ---- the wish ---- */

/* As people write it: 50, not 50.0. */
static const char *
amount(struct tx *tx, double wh)
{
	struct buf text = BUF_INIT;
	const char *ret;

	if (wh == floor(wh) && wh < 1e15)
		return arena_printf(tx_arena(tx), "%.0f", wh);
	buf_addd(&text, wh);
	ret = arena_strdup(tx_arena(tx), text.data != NULL ? text.data : "0");
	buf_free(&text);
	return ret;
}

enum helio_rc
energy_suggest(struct tx *tx, const struct row *product, double requested,
    struct energy_limit *ret, struct helio_err *err)
{
	struct energy_limit limit = { .requested = requested };
	int64_t state = 0;
	enum helio_rc rc;

	if (!isfinite(requested) || requested < 0)
		return err_field(err, "energy_limit", "must be 0 or more");
	rc = state_current(tx, product, &state, err);
	if (rc == HELIO_OK)
		rc = check(tx, product, state, err);
	if (rc == HELIO_OK)
		rc = read_bounds(tx, product, state, &limit, err);
	if (rc != HELIO_OK)
		return rc;
	energy_bound(&limit);
	rc = parameter_set(tx, product, "energy_limit",
	    amount(tx, limit.applied), err);
	if (rc == HELIO_OK)
		*ret = limit;
	return rc;
}
