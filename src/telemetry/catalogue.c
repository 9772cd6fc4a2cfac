/* See catalogue.h. */
#include "telemetry/catalogue.h"

#include <string.h>

#include "telemetry/room.h"

/* ---- fields ---- */

/* A place for one more field at `at`. */
static struct catalogue_field *
make_room(struct tx *tx, struct catalogue_fields *fields, size_t at)
{
	struct catalogue_field *grown;

	if (fields->n == fields->cap) {
		fields->cap = fields->cap > 0 ? 2 * fields->cap : 16;
		grown = arena_alloc(tx_arena(tx),
		    fields->cap * sizeof(*grown));
		if (fields->n > 0)
			memcpy(grown, fields->field,
			    fields->n * sizeof(*grown));
		fields->field = grown;
	}
	memmove(&fields->field[at + 1], &fields->field[at],
	    (fields->n - at) * sizeof(fields->field[0]));
	fields->n++;
	return &fields->field[at];
}

struct reading {
	struct tx	*tx;
	struct catalogue_fields *fields;
};

/* Where a name is, or would be. */
static size_t
place_of(const struct catalogue_fields *fields, const char *name)
{
	size_t low = 0, high = fields->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(fields->field[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum helio_rc
take_field(const struct row *row, void *arg, struct helio_err *err)
{
	struct reading *r = arg;
	const char *name = row_text(row, "name");
	struct catalogue_field *field = make_room(r->tx, r->fields,
	    place_of(r->fields, name));
	int64_t type = row_int(row, "type");

	(void)err;
	field->id = row_key(row).i;
	field->name = arena_strdup(tx_arena(r->tx), name);
	field->type = type >= 0 && type < TELEMETRY_TYPE_MAX ?
	    (enum telemetry_type)type : TELEMETRY_TEXT;
	return HELIO_OK;
}

enum helio_rc
catalogue_fields(struct catalogue *c, const char *measurement,
    struct catalogue_fields **ret, struct helio_err *err)
{
	struct arena *arena = tx_arena(c->tx);
	const struct schema_table *table = tx_table(c->tx, "telemetry_column");
	struct query find = query_all(table);
	struct reading r = { .tx = c->tx };
	enum helio_rc rc;

	for (*ret = c->known; *ret != NULL; *ret = (*ret)->next)
		if (strcmp((*ret)->measurement, measurement) == 0)
			return HELIO_OK;
	r.fields = arena_alloc(arena, sizeof(*r.fields));
	r.fields->measurement = arena_strdup(arena, measurement);
	find.where = cond_eq(arena, table, "measurement",
	    value_text(measurement));
	tx_unscoped(c->tx);
	rc = tx_each(c->tx, &find, take_field, &r, err);
	tx_scoped(c->tx);
	if (rc != HELIO_OK)
		return rc;
	r.fields->next = c->known;
	*ret = c->known = r.fields;
	return HELIO_OK;
}

struct catalogue_field *
catalogue_field(const struct catalogue_fields *fields, const char *name)
{
	size_t at = place_of(fields, name);

	return at < fields->n && strcmp(fields->field[at].name, name) == 0 ?
	    &fields->field[at] : NULL;
}

enum helio_rc
catalogue_add_field(struct catalogue *c, struct catalogue_fields *fields,
    const char *name, enum telemetry_type type, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(c->tx),
	    tx_table(c->tx, "telemetry_column"));
	struct catalogue_field *field;
	enum helio_rc rc;

	if (fields->n >= TELEMETRY_COLUMNS_MAX)
		return err_field(err, name, "would be one field too many for "
		    "measurement '%.40s', which may have %d",
		    fields->measurement, TELEMETRY_COLUMNS_MAX);
	row_set_text(row, "measurement", fields->measurement);
	row_set_text(row, "name", name);
	row_set_int(row, "type", type);
	rc = tx_insert(c->tx, row, err);
	if (rc != HELIO_OK)
		return rc;
	field = make_room(c->tx, fields, place_of(fields, name));
	*field = (struct catalogue_field){ row_key(row).i,
	    arena_strdup(tx_arena(c->tx), name), type };
	return HELIO_OK;
}

enum helio_rc
catalogue_promote(struct catalogue *c, struct catalogue_field *field,
    struct helio_err *err)
{
	const struct schema_table *table = tx_table(c->tx, "telemetry_column");
	struct row *row = row_new(tx_arena(c->tx), table);
	enum helio_rc rc;

	row_set_int(row, "type", TELEMETRY_FLOAT);
	rc = tx_update(c->tx, table, value_int(field->id), row, NULL, err);
	if (rc == HELIO_OK)
		field->type = TELEMETRY_FLOAT;
	return rc;
}

/* ---- series ---- */

static const struct cond *
same_series(struct tx *tx, const char *measurement, const char *tags)
{
	const struct schema_table *table = tx_table(tx, "telemetry_series");
	struct arena *arena = tx_arena(tx);
	const struct cond *parts[2] = {
		cond_eq(arena, table, "measurement", value_text(measurement)),
		cond_eq(arena, table, "tags", value_text(tags)),
	};

	return cond_all(arena, parts, 2);
}

/* The newest number tells that there cannot be too many; else they count. */
static enum helio_rc
check_total(struct tx *tx, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "telemetry_series");
	struct order last = { .field = table->key, .descending = true };
	struct query find = query_all(table);
	struct row *row = NULL;
	int64_t n = 0;
	enum helio_rc rc;

	find.order = &last;
	find.n_order = 1;
	rc = tx_first(tx, &find, &row, err);
	if (rc == HELIO_E_NOT_FOUND) {
		err_clear(err);
		return HELIO_OK;
	}
	if (rc != HELIO_OK || row_key(row).i < TELEMETRY_SERIES_MAX)
		return rc;
	find.n_order = 0;
	rc = tx_count(tx, &find, &n, err);
	if (rc == HELIO_OK && n >= TELEMETRY_SERIES_MAX)
		return err_field(err, "tags", "would make one series too "
		    "many: there are %d", TELEMETRY_SERIES_MAX);
	return rc;
}

static enum helio_rc
check_unit(struct tx *tx, const char *imei, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "telemetry_series");
	struct query find = query_all(table);
	int64_t n = 0;
	enum helio_rc rc;

	if (imei == NULL)
		return HELIO_OK;
	find.where = cond_eq(tx_arena(tx), table, "product_imei",
	    value_text(imei));
	rc = tx_count(tx, &find, &n, err);
	if (rc == HELIO_OK && n >= TELEMETRY_UNIT_SERIES_MAX)
		return err_field(err, "tags", "would make one series too "
		    "many for unit %s, which may have %d", imei,
		    TELEMETRY_UNIT_SERIES_MAX);
	return rc;
}

static enum helio_rc
check_tags(const char *tags, struct helio_err *err)
{
	if (strlen(tags) <= TELEMETRY_TAGS_BYTES)
		return HELIO_OK;
	return err_field(err, "tags", "must have at most %d bytes together",
	    TELEMETRY_TAGS_BYTES);
}

static enum helio_rc
add_series(struct tx *tx, const char *measurement, const char *tags,
    const char *imei, int64_t *ret, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx),
	    tx_table(tx, "telemetry_series"));
	enum helio_rc rc = check_tags(tags, err);

	if (rc == HELIO_OK)
		rc = check_unit(tx, imei, err);
	if (rc == HELIO_OK)
		rc = check_total(tx, err);
	if (rc != HELIO_OK)
		return rc;
	row_set_text(row, "measurement", measurement);
	row_set_text(row, "tags", tags);
	row_set_text(row, "product_imei", imei);
	rc = tx_insert(tx, row, err);
	if (rc != HELIO_OK)
		return rc;
	*ret = row_key(row).i;
	telemetry_room_add(tx, &(struct telemetry_held){ .series = 1 });
	return HELIO_OK;
}

enum helio_rc
catalogue_series(struct tx *tx, const char *measurement, const char *tags,
    const char *imei, int64_t *ret, struct helio_err *err)
{
	struct query find = query_all(tx_table(tx, "telemetry_series"));
	struct row *row;
	enum helio_rc rc;

	find.where = same_series(tx, measurement, tags);
	tx_unscoped(tx);
	rc = tx_first(tx, &find, &row, err);
	if (rc == HELIO_OK) {
		*ret = row_key(row).i;
	} else if (rc == HELIO_E_NOT_FOUND) {
		err_clear(err);
		rc = add_series(tx, measurement, tags, imei, ret, err);
	}
	tx_scoped(tx);
	return rc;
}

struct numbers {
	int64_t		*ret;
	size_t		 n;
};

static enum helio_rc
take_number(const struct row *row, void *arg, struct helio_err *err)
{
	struct numbers *numbers = arg;

	(void)err;
	numbers->ret[numbers->n++] = row_key(row).i;
	return HELIO_OK;
}

enum helio_rc
catalogue_series_after(struct tx *tx, const char *measurement,
    const char *imei, int64_t after, int64_t *ret, size_t n, size_t *ret_n,
    struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "telemetry_series");
	struct arena *arena = tx_arena(tx);
	struct query find = query_all(table);
	struct numbers numbers = { ret, 0 };
	const struct cond *parts[3];
	size_t n_parts = 0;
	enum helio_rc rc;

	parts[n_parts++] = cond_compare(arena, table->key, OP_GT,
	    value_int(after));
	if (measurement != NULL)
		parts[n_parts++] = cond_eq(arena, table, "measurement",
		    value_text(measurement));
	if (imei != NULL)
		parts[n_parts++] = cond_eq(arena, table, "product_imei",
		    value_text(imei));
	find.where = cond_all(arena, parts, n_parts);
	find.limit = (int64_t)n;
	tx_unscoped(tx);
	rc = tx_each(tx, &find, take_number, &numbers, err);
	tx_scoped(tx);
	*ret_n = numbers.n;
	return rc;
}
