/* What GET rc_data tells a unit. */
#include "domain/offer.h"

#include "domain/enable.h"
#include "domain/find.h"

struct work {
	struct tx	*tx;
	const struct row *product;
	struct arena	*arena;
	bool		 full;
	struct offer	*offer;
};

static const char *
keep(struct work *w, const struct row *row, const char *field)
{
	const char *text = row_text(row, field);

	return text != NULL ? arena_strdup(w->arena, text) : NULL;
}

static enum helio_rc
read_switches(struct work *w, struct helio_err *err)
{
	struct enable_view view;
	enum helio_rc rc = enable_view(w->tx, SWITCH_TAMPER, w->product, &view,
	    err);

	if (rc != HELIO_OK)
		return rc;
	w->offer->tamper_enabled = view.desired;
	w->offer->enabled = row_bool(w->product, "desired_enable_flag");
	return HELIO_OK;
}

static enum helio_rc
read_software(struct work *w, struct helio_err *err)
{
	const struct find find = {
		.table = "product_software_linker", .newest = "created_at",
		.by = {
			{ "product_imei", row_key(w->product) },
			{ "date_added", value_null() },
			{ "date_removed", value_null() },
		},
	};
	struct row *linker = NULL, *version = NULL;
	enum helio_rc rc = find_row(w->tx, &find, &linker, err);

	if (rc != HELIO_OK || linker == NULL)
		return rc;
	rc = find_by_id(w->tx, "software_version_type",
	    row_get(linker, "software_version_type_id"), &version, err);
	if (rc != HELIO_OK || version == NULL)
		return rc;
	w->offer->software_name = keep(w, version, "name");
	w->offer->software_link = keep(w, version, "link");
	w->offer->software_checksum = keep(w, version, "checksum");
	w->offer->software_linker_id = row_int(linker,
	    "product_software_linker_id");
	return HELIO_OK;
}

/* ---- parameters ---- */

struct parameters {
	struct work	*work;
	const char	*kind;
	const char	*key;		/* name of the key field */
	struct value	 type[OFFER_PARAMETERS_MAX];
};

static enum helio_rc
add_parameter(const struct row *row, void *arg, struct helio_err *err)
{
	struct parameters *p = arg;
	struct offer *offer = p->work->offer;
	struct offer_parameter *to = &offer->parameter[offer->n_parameters];

	if (offer->n_parameters == OFFER_PARAMETERS_MAX)
		return HELIO_OK;
	p->type[offer->n_parameters++] = row_get(row, "parameter_type_id");
	to->kind = p->kind;
	to->id = row_int(row, p->key);
	to->value = keep(p->work, row, "value");
	return HELIO_OK;
}

/* Parameters that are no settings (of the unit) are not for it: left out. */
static enum helio_rc
name_parameters(struct parameters *p, size_t first, struct helio_err *err)
{
	struct offer *offer = p->work->offer;
	size_t i, n = first;
	enum helio_rc rc;

	for (i = first; i < offer->n_parameters; i++) {
		struct row *type = NULL;

		rc = find_by_id(p->work->tx, "parameter_type", p->type[i],
		    &type, err);
		if (rc != HELIO_OK)
			return rc;
		if (type == NULL || !row_bool(type, "setting"))
			continue;
		offer->parameter[n] = offer->parameter[i];
		offer->parameter[n++].name = keep(p->work, type, "name");
	}
	offer->n_parameters = n;
	return HELIO_OK;
}

/* Rows of the query that wait for the unit; with `full`, those in force too. */
static enum helio_rc
walk_parameters(struct work *w, struct query *query, const char *kind,
    struct helio_err *err)
{
	struct parameters *p = arena_alloc(w->arena, sizeof(*p));
	size_t first = w->offer->n_parameters;
	struct value status[2];
	const struct cond *part[2];
	enum helio_rc rc;

	p->work = w;
	p->kind = kind;
	p->key = query->table->key->name;
	status[0] = value_text("pending");
	status[1] = value_text("active");
	part[0] = query->where;
	part[1] = cond_in(tx_arena(w->tx), schema_field(query->table, "status"),
	    status, w->full ? 2 : 1);
	query->where = cond_all(tx_arena(w->tx), part, 2);
	query->limit = OFFER_PARAMETERS_MAX;
	rc = tx_each(w->tx, query, add_parameter, p, err);
	if (rc == HELIO_OK)
		rc = name_parameters(p, first, err);
	return rc;
}

struct part_ids {
	struct value	 id[OFFER_PARAMETERS_MAX];
	size_t		 n;
};

static enum helio_rc
add_part(const struct row *linker, void *arg, struct helio_err *err)
{
	struct part_ids *parts = arg;

	parts->id[parts->n++] = row_get(linker, "part_id");
	return HELIO_OK;
}

static enum helio_rc
read_part_parameters(struct work *w, struct helio_err *err)
{
	const struct find find = {
		.table = "part_product_linker", .by = {
			{ "product_imei", row_key(w->product) },
			{ "date_removed", value_null() },
		},
	};
	struct part_ids *parts = arena_alloc(w->arena, sizeof(*parts));
	struct query query = find_query(w->tx, &find);
	enum helio_rc rc;

	query.limit = OFFER_PARAMETERS_MAX;
	rc = tx_each(w->tx, &query, add_part, parts, err);
	if (rc != HELIO_OK || parts->n == 0)
		return rc;
	query = query_all(tx_table(w->tx, "part_parameter"));
	query.where = cond_in(tx_arena(w->tx),
	    schema_field(query.table, "part_id"), parts->id, parts->n);
	return walk_parameters(w, &query, "part", err);
}

static enum helio_rc
read_parameters(struct work *w, struct helio_err *err)
{
	const struct find find = {
		.table = "product_parameter",
		.by = { { "product_imei", row_key(w->product) } },
	};
	struct query query = find_query(w->tx, &find);
	enum helio_rc rc;

	w->offer->parameter = arena_alloc(w->arena,
	    OFFER_PARAMETERS_MAX * sizeof(*w->offer->parameter));
	rc = walk_parameters(w, &query, "product", err);
	if (rc == HELIO_OK)
		rc = read_part_parameters(w, err);
	return rc;
}

enum helio_rc
offer_read(struct tx *tx, const struct row *product, bool full,
    struct arena *arena, struct offer *ret, struct helio_err *err)
{
	struct offer offer = { .enabled = false };
	struct work w = { tx, product, arena, full, &offer };
	enum helio_rc rc;

	rc = read_switches(&w, err);
	if (rc == HELIO_OK)
		rc = read_software(&w, err);
	if (rc == HELIO_OK)
		rc = read_parameters(&w, err);
	if (rc == HELIO_OK)
		*ret = offer;
	return rc;
}

enum helio_rc
offer_count_attempt(struct tx *tx, const struct offer *offer,
    struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx,
	    "product_software_linker");
	struct row *linker = NULL, *changes;
	enum helio_rc rc;

	if (offer->software_name == NULL)
		return HELIO_OK;
	rc = find_by_id(tx, table->name, value_int(offer->software_linker_id),
	    &linker, err);
	if (rc != HELIO_OK || linker == NULL)
		return rc;
	changes = row_new(tx_arena(tx), table);
	row_set_int(changes, "update_attempts",
	    row_int(linker, "update_attempts") + 1);
	return tx_update(tx, table, row_key(linker), changes, NULL, err);
}
