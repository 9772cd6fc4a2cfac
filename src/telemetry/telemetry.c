/*
 * Plain storage: one row per sample in the store's internal tables.  An
 * engine with compressed chunks takes its place behind the same header.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "telemetry/telemetry.h"

/* The tags as one JSON object, names in order: the identity of a series. */
static const char *
tags_text(struct arena *arena, const struct telemetry_tag *tags, size_t n)
{
	struct buf out = BUF_INIT;
	struct json_write json;
	const char *text;

	jw_start(&json, &out);
	jw_object(&json);
	for (size_t i = 0; i < n; i++)
		jw_put_str(&json, tags[i].name, tags[i].value);
	jw_end(&json);
	text = out.failed ? NULL : arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return text;
}

static const char *
tag_value(const struct telemetry_tag *tags, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(tags[i].name, name) == 0)
			return tags[i].value;
	return NULL;
}

/*
 * The number of the row in which all the given fields have the given values,
 * inserted when it is new.  `row` holds the fields that identify it.
 */
static enum helio_rc
find_or_add(struct tx *tx, struct row *row, int64_t *ret,
    struct helio_err *err)
{
	const struct schema_table *table = row->table;
	const struct cond *parts[SCHEMA_FIELDS_MAX];
	struct query query = query_all(table);
	struct row *found;
	enum helio_rc rc;
	size_t n = 0;

	for (size_t i = 0; i < table->n_fields; i++)
		if (row_has(row, &table->fields[i]))
			parts[n++] = cond_compare(tx_arena(tx),
			    &table->fields[i], OP_EQ, row->v[i]);
	query.where = cond_all(tx_arena(tx), parts, n);
	rc = tx_first(tx, &query, &found, err);
	if (rc == HELIO_E_NOT_FOUND) {
		err_clear(err);
		found = row;
		rc = tx_insert(tx, row, err);
	}
	if (rc == HELIO_OK)
		*ret = row_key(found).i;
	return rc;
}

static enum helio_rc
find_series(struct tx *tx, const struct telemetry_batch *batch, int64_t *ret,
    struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx),
	    tx_table(tx, "telemetry_series"));
	const char *tags = tags_text(tx_arena(tx), batch->tags,
	    batch->n_tags);
	const char *imei = tag_value(batch->tags, batch->n_tags,
	    "product_imei");

	if (tags == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory for tags");
	row_set_text(row, "measurement", batch->measurement);
	row_set_text(row, "tags", tags);
	if (imei != NULL)
		row_set_text(row, "product_imei", imei);
	return find_or_add(tx, row, ret, err);
}

static enum helio_rc
find_field(struct tx *tx, int64_t series_id, const char *name, int64_t *ret,
    struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx),
	    tx_table(tx, "telemetry_field"));

	row_set_int(row, "telemetry_series_id", series_id);
	row_set_text(row, "name", name);
	return find_or_add(tx, row, ret, err);
}

/* The unique index that makes a repeated sample overwrite itself. */
static const struct schema_index *
point_index(const struct schema_table *table)
{
	for (size_t i = 0; i < table->n_indexes; i++)
		if (table->indexes[i].unique)
			return &table->indexes[i];
	return NULL;
}

static void
set_point(struct row *row, int64_t field_id,
    const struct telemetry_point *point)
{
	static const char *const columns[] = {
		[VALUE_INT] = "int_value", [VALUE_FLOAT] = "float_value",
		[VALUE_TEXT] = "text_value",
	};

	row->set = 0;
	row_set_int(row, "telemetry_field_id", field_id);
	row_set_int(row, "at_ns", point->at_ns);
	row_set_int(row, "is_bool", point->is_bool);
	row_set_null(row, "int_value");
	row_set_null(row, "float_value");
	row_set_null(row, "text_value");
	row_set(row, columns[point->value.type], point->value);
}

static enum helio_rc
write_points(struct tx *tx, int64_t field_id,
    const struct telemetry_series *series, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "telemetry_point");
	const struct schema_index *on = point_index(table);
	struct row *row = row_new(tx_arena(tx), table);
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; rc == HELIO_OK && i < series->n; i++) {
		set_point(row, field_id, &series->points[i]);
		rc = tx_upsert(tx, row, on, err);
	}
	return rc;
}

enum helio_rc
telemetry_write(struct tx *tx, const struct telemetry_batch *batch,
    struct helio_err *err)
{
	int64_t series_id, field_id;
	enum helio_rc rc;

	rc = find_series(tx, batch, &series_id, err);
	for (size_t i = 0; rc == HELIO_OK && i < batch->n_series; i++) {
		rc = find_field(tx, series_id, batch->series[i].field,
		    &field_id, err);
		if (rc == HELIO_OK)
			rc = write_points(tx, field_id, &batch->series[i],
			    err);
	}
	return rc;
}

/* ---- reading ---- */

enum {
	SERIES_MAX = 2048,	/* that one query may match ... */
	COLUMNS_MAX = 2048,	/* ... and stored fields of theirs */
};

/* A stored field that matches, and the column its samples go to. */
struct column {
	int64_t		 field_id;
	size_t		 name;		/* index into names */
};

struct reader {
	struct tx	*tx;
	const struct telemetry_query *query;
	const struct telemetry_sink *sink;
	struct value	*series;	/* ids of the series that match */
	size_t		 n_series, cap_series;
	struct column	*columns;	/* by field_id, once all are known */
	size_t		 n_columns, cap_columns;
	const char	**names;	/* columns of the result */
	size_t		 n_names, cap_names;
	/* the row being put together */
	struct telemetry_point *row;
	struct arena	*texts;		/* of that row */
	int64_t		 at_ns;
	bool		 open;
	int64_t		 rows;
};

/* Make room for one more element in an arena array. */
static void *
grow(struct arena *arena, void *old, size_t n, size_t *cap, size_t size)
{
	void *grown;

	if (n < *cap)
		return old;
	*cap = *cap > 0 ? 2 * *cap : 16;
	grown = arena_alloc(arena, *cap * size);
	if (n > 0)
		memcpy(grown, old, n * size);
	return grown;
}

/* All asked tags are among the series' own: both are canonical JSON. */
static bool
tags_match(struct reader *reader, const char *tags)
{
	const struct telemetry_query *query = reader->query;

	for (size_t i = 0; i < query->n_tags; i++) {
		const char *one = tags_text(tx_arena(reader->tx),
		    &query->tags[i], 1);
		size_t len = one != NULL ? strlen(one) : 0;
		const char *member;

		if (len < 2)
			return false;
		/* {"name":"value"} without its braces; tag names and values
		 * hold no quotes, so this cannot match across members */
		member = arena_strndup(tx_arena(reader->tx), one + 1, len - 2);
		if (strstr(tags, member) == NULL)
			return false;
	}
	return true;
}

static enum helio_rc
each_series(const struct row *row, void *arg, struct helio_err *err)
{
	struct reader *reader = arg;

	if (!tags_match(reader, row_text(row, "tags")))
		return HELIO_OK;
	if (reader->n_series == SERIES_MAX)
		return err_field(err, "tags", "more than %d combinations of "
		    "tags match: give some", SERIES_MAX);
	reader->series = grow(tx_arena(reader->tx), reader->series,
	    reader->n_series, &reader->cap_series, sizeof(*reader->series));
	reader->series[reader->n_series++] = row_key(row);
	return HELIO_OK;
}

static enum helio_rc
match_series(struct reader *reader, struct helio_err *err)
{
	const struct telemetry_query *query = reader->query;
	const struct schema_table *table =
	    tx_table(reader->tx, "telemetry_series");
	struct arena *arena = tx_arena(reader->tx);
	const char *imei = tag_value(query->tags, query->n_tags,
	    "product_imei");
	struct query find = query_all(table);
	const struct cond *parts[2];
	size_t n = 0;

	parts[n++] = cond_eq(arena, table, "measurement",
	    value_text(query->measurement));
	if (imei != NULL)
		parts[n++] = cond_eq(arena, table, "product_imei",
		    value_text(imei));
	find.where = cond_all(arena, parts, n);
	return tx_each(reader->tx, &find, each_series, reader, err);
}

/* Samples of these fields within the asked range. */
static const struct cond *
range_cond(struct reader *reader, const struct value *fields, size_t n)
{
	const struct telemetry_query *query = reader->query;
	const struct schema_table *table =
	    tx_table(reader->tx, "telemetry_point");
	const struct schema_field *at = schema_field(table, "at_ns");
	struct arena *arena = tx_arena(reader->tx);
	const struct cond *parts[3];

	parts[0] = cond_in(arena, schema_field(table, "telemetry_field_id"),
	    fields, n);
	parts[1] = cond_compare(arena, at, OP_GT, value_int(query->start_ns));
	parts[2] = cond_compare(arena, at, OP_LE, value_int(query->end_ns));
	return cond_all(arena, parts, 3);
}

/* Index of a result column, or n_names. */
static size_t
find_name(const struct reader *reader, const char *name)
{
	size_t i = 0;

	while (i < reader->n_names && strcmp(reader->names[i], name) != 0)
		i++;
	return i;
}

static size_t
add_name(struct reader *reader, const char *name)
{
	size_t at = find_name(reader, name);

	if (at < reader->n_names)
		return at;
	reader->names = grow(tx_arena(reader->tx), reader->names,
	    reader->n_names, &reader->cap_names, sizeof(*reader->names));
	reader->names[reader->n_names++] =
	    arena_strdup(tx_arena(reader->tx), name);
	return at;
}

/* Take a stored field when it was asked for, or has samples in the range. */
static enum helio_rc
each_field(const struct row *row, void *arg, struct helio_err *err)
{
	struct reader *reader = arg;
	struct query find = query_all(tx_table(reader->tx,
	    "telemetry_point"));
	const char *name = row_text(row, "name");
	struct value *id = arena_alloc(tx_arena(reader->tx), sizeof(*id));

	*id = row_key(row);
	find.where = range_cond(reader, id, 1);
	if (reader->query->fields != NULL ?
	    find_name(reader, name) == reader->n_names :
	    !tx_exists(reader->tx, &find))
		return HELIO_OK;
	if (reader->n_columns == COLUMNS_MAX)
		return err_field(err, "fields", "more than %d of them match: "
		    "name some, give tags or a shorter range", COLUMNS_MAX);
	reader->columns = grow(tx_arena(reader->tx), reader->columns,
	    reader->n_columns, &reader->cap_columns,
	    sizeof(*reader->columns));
	reader->columns[reader->n_columns++] = (struct column){
		.field_id = id->i, .name = add_name(reader, name),
	};
	return HELIO_OK;
}

static enum helio_rc
match_fields(struct reader *reader, struct helio_err *err)
{
	const struct schema_table *table =
	    tx_table(reader->tx, "telemetry_field");
	struct order by_name = { .field = schema_field(table, "name") };
	struct query find = query_all(table);

	for (size_t i = 0; i < reader->query->n_fields; i++)
		add_name(reader, reader->query->fields[i]);
	find.where = cond_in(tx_arena(reader->tx),
	    schema_field(table, "telemetry_series_id"), reader->series,
	    reader->n_series);
	find.order = &by_name;
	find.n_order = 1;
	return tx_each(reader->tx, &find, each_field, reader, err);
}

static enum helio_rc
flush_row(struct reader *reader, struct helio_err *err)
{
	if (!reader->open)
		return HELIO_OK;
	reader->open = false;
	reader->rows++;
	return reader->sink->row(reader->sink->arg, reader->at_ns,
	    reader->row, reader->n_names, err);
}

static struct telemetry_point
point_of(struct reader *reader, const struct row *row)
{
	struct telemetry_point point = { .at_ns = reader->at_ns };

	point.is_bool = row_bool(row, "is_bool");
	point.value = row_get(row, "int_value");
	if (point.value.type == VALUE_NULL)
		point.value = row_get(row, "float_value");
	if (point.value.type == VALUE_NULL)
		point.value = row_get(row, "text_value");
	if (point.value.type == VALUE_TEXT)
		point.value.s = arena_strndup(reader->texts, point.value.s,
		    point.value.n);
	return point;
}

static bool
enough(const struct reader *reader)
{
	return reader->query->limit >= 0 &&
	    reader->rows >= reader->query->limit;
}

/* Where a new point in time begins, hand on the one before. */
static enum helio_rc
begin_row(struct reader *reader, int64_t at_ns, struct helio_err *err)
{
	enum helio_rc rc = flush_row(reader, err);

	if (rc != HELIO_OK)
		return rc;
	if (enough(reader))
		return HELIO_E_CONFLICT;	/* walk_points() knows */
	arena_reset(reader->texts);
	memset(reader->row, 0, reader->n_names * sizeof(*reader->row));
	reader->open = true;
	reader->at_ns = at_ns;
	return HELIO_OK;
}

static int
by_field(const void *a, const void *b)
{
	const struct column *one = a, *other = b;

	return (one->field_id > other->field_id) -
	    (one->field_id < other->field_id);
}

static enum helio_rc
each_point(const struct row *row, void *arg, struct helio_err *err)
{
	struct reader *reader = arg;
	int64_t at_ns = row_int(row, "at_ns");
	const struct column key = {
		.field_id = row_int(row, "telemetry_field_id"),
	};
	const struct column *column;
	enum helio_rc rc;

	if (!reader->open || at_ns != reader->at_ns) {
		rc = begin_row(reader, at_ns, err);
		if (rc != HELIO_OK)
			return rc;
	}
	column = bsearch(&key, reader->columns, reader->n_columns,
	    sizeof(key), by_field);
	if (column != NULL)
		reader->row[column->name] = point_of(reader, row);
	return HELIO_OK;
}

static enum helio_rc
walk_points(struct reader *reader, struct helio_err *err)
{
	const struct schema_table *table =
	    tx_table(reader->tx, "telemetry_point");
	struct order by_time = { .field = schema_field(table, "at_ns") };
	struct arena *arena = tx_arena(reader->tx);
	struct value *ids = arena_alloc(arena,
	    (reader->n_columns + 1) * sizeof(*ids));
	struct query find = query_all(table);
	enum helio_rc rc;

	qsort(reader->columns, reader->n_columns, sizeof(*reader->columns),
	    by_field);
	for (size_t i = 0; i < reader->n_columns; i++)
		ids[i] = value_int(reader->columns[i].field_id);
	reader->row = arena_alloc(arena,
	    (reader->n_names + 1) * sizeof(*reader->row));
	find.where = range_cond(reader, ids, reader->n_columns);
	find.order = &by_time;
	find.n_order = 1;
	rc = tx_each(reader->tx, &find, each_point, reader, err);
	if (rc == HELIO_E_CONFLICT && enough(reader)) {
		err_clear(err);
		return HELIO_OK;
	}
	return rc == HELIO_OK ? flush_row(reader, err) : rc;
}

enum helio_rc
telemetry_read(struct tx *tx, const struct telemetry_query *query,
    const struct telemetry_sink *sink, struct helio_err *err)
{
	struct reader reader = { .tx = tx, .query = query, .sink = sink };
	enum helio_rc rc;

	rc = match_series(&reader, err);
	if (rc == HELIO_OK)
		rc = match_fields(&reader, err);
	if (rc == HELIO_OK)
		rc = sink->names(sink->arg, reader.names, reader.n_names,
		    err);
	if (rc != HELIO_OK || reader.n_columns == 0)
		return rc;
	reader.texts = arena_new();
	if (reader.texts == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	rc = walk_points(&reader, err);
	arena_free(reader.texts);
	return rc;
}
