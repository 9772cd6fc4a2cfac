/*
 * GET /products/<imei>/data: samples of one unit in a range of time.  Each
 * field becomes a list of [value, time]; the list is null where the field has
 * no sample at a time that others have.
 */
#include <stdlib.h>
#include <string.h>

#include "action/data_query.h"
#include "action/list.h"
#include "base/times.h"

enum {
	VALUES_MAX = 1000000,		/* in one reply ... */
	BYTES_MAX = 64 << 20,		/* ... and the size of that */
};

static const struct action_arg args[] = {
	[DATA_START] = { .name = "start", .type = FIELD_TEXT,
	    .help = "time, exclusive; 7 days ago" },
	[DATA_END] = { .name = "end", .type = FIELD_TEXT,
	    .help = "time, inclusive; now" },
	[DATA_FIELDS] = { .name = "fields", .type = FIELD_JSON,
	    .help = "names, repeated or as a list; all" },
	[DATA_MEASUREMENT] = { .name = "measurement", .type = FIELD_TEXT,
	    .max_len = TELEMETRY_NAME_MAX, .help = "telemetry" },
	[DATA_LIMIT] = { .name = "limit", .type = FIELD_INT,
	    .help = "points in time, from the first" },
	[DATA_TAGS] = { .name = "tags", .type = FIELD_JSON,
	    .help = "object of further tags that must match" },
	[DATA_WHERE] = { .name = "where", .type = FIELD_TEXT,
	    .max_len = 4096, .help = "not available in this version" },
	[DATA_DS_INTERVAL] = { .name = "ds_interval", .type = FIELD_TEXT,
	    .help = "not available in this version" },
	[DATA_DS_FUNCTION] = { .name = "ds_function", .type = FIELD_TEXT,
	    .help = "not available in this version" },
	[DATA_DS_FUCNTION] = { .name = "ds_fucntion", .type = FIELD_TEXT,
	    .help = "ds_function" },
};

/* One list under way. */
struct column {
	const char	*name;
	struct buf	 text;
	struct json_write json;
};

struct reader {
	struct action_call *c;
	const struct telemetry_query *query;
	struct column	*column;
	size_t		 n;
	size_t		 values, bytes;
};

static void
write_value(struct json_write *json, const struct telemetry_point *point)
{
	const struct value *v = &point->value;

	if (point->is_bool)
		jw_bool(json, v->i != 0);
	else if (v->type == VALUE_INT)
		jw_int(json, v->i);
	else if (v->type == VALUE_FLOAT)
		jw_real(json, v->f);
	else if (v->type == VALUE_TEXT)
		jw_strn(json, v->s, v->n);
	else
		jw_null(json);
}

/* ---- lists by field ---- */

static enum helio_rc
begin_columns(void *arg, const char *const *names, size_t n,
    struct helio_err *err)
{
	struct reader *r = arg;
	size_t i;

	r->column = arena_alloc(r->c->arena, (n + 1) * sizeof(*r->column));
	for (r->n = i = 0; i < n; i++, r->n++) {
		r->column[i].name = arena_strdup(r->c->arena, names[i]);
		jw_start(&r->column[i].json, &r->column[i].text);
		jw_array(&r->column[i].json);
	}
	return HELIO_OK;
}

static enum helio_rc
too_many(struct reader *r, const struct telemetry_point *values, size_t n,
    struct helio_err *err)
{
	size_t i;

	r->values += n;
	for (i = 0; i < n; i++)
		if (values[i].value.type == VALUE_TEXT)
			r->bytes += values[i].value.n;
	if (r->values <= VALUES_MAX && r->bytes <= BYTES_MAX)
		return HELIO_OK;
	return err_field(err, "limit", "more than %d values, or %d MB of "
	    "texts: give a limit, fewer fields or a shorter range",
	    VALUES_MAX, BYTES_MAX >> 20);
}

static enum helio_rc
add_to_columns(void *arg, int64_t at_ns, const struct telemetry_point *values,
    size_t n, struct helio_err *err)
{
	struct reader *r = arg;
	char time[TIME_TEXT_MAX];
	size_t i, len = time_format_ns(at_ns, time);
	enum helio_rc rc = too_many(r, values, n, err);

	for (i = 0; i < n && rc == HELIO_OK; i++) {
		jw_array(&r->column[i].json);
		write_value(&r->column[i].json, &values[i]);
		jw_strn(&r->column[i].json, time, len);
		jw_end(&r->column[i].json);
	}
	return rc;
}

static void
write_tags(struct json_write *json, const struct telemetry_query *query)
{
	size_t i;

	jw_key(json, "tags");
	jw_object(json);
	for (i = 0; i < query->n_tags; i++)
		jw_put_str(json, query->tags[i].name, query->tags[i].value);
	jw_end(json);
}

static void
write_columns(struct reader *r)
{
	struct json_write *json = &r->c->json;
	struct column *column;
	size_t i;

	jw_object(json);
	jw_put_str(json, "measurement", r->query->measurement);
	write_tags(json, r->query);
	for (i = 0; i < r->n; i++) {
		column = &r->column[i];
		jw_end(&column->json);
		jw_key(json, column->name);
		if (column->text.failed)
			json->out->failed = true;
		else
			jw_raw(json, column->text.data, column->text.len);
		buf_free(&column->text);
	}
	jw_end(json);
}

static enum helio_rc
read_columns(struct reader *r, struct helio_err *err)
{
	const struct telemetry_sink sink = {
		begin_columns, add_to_columns, r,
	};
	enum helio_rc rc = telemetry_read(r->c->tx, r->query, &sink, err);
	size_t i;

	if (rc == HELIO_OK)
		write_columns(r);
	for (i = 0; i < r->n; i++)
		buf_free(&r->column[i].text);
	return rc;
}

/* ---- an object for each time (measurement disaggregation) ---- */

static enum helio_rc
begin_objects(void *arg, const char *const *names, size_t n,
    struct helio_err *err)
{
	struct reader *r = arg;
	size_t i;

	r->column = arena_alloc(r->c->arena, (n + 1) * sizeof(*r->column));
	for (r->n = n, i = 0; i < n; i++)
		r->column[i].name = arena_strdup(r->c->arena, names[i]);
	return HELIO_OK;
}

static enum helio_rc
add_object(void *arg, int64_t at_ns, const struct telemetry_point *values,
    size_t n, struct helio_err *err)
{
	struct reader *r = arg;
	struct json_write *json = &r->c->json;
	char time[TIME_TEXT_MAX];
	enum helio_rc rc = too_many(r, values, n, err);
	size_t i;

	if (rc != HELIO_OK)
		return rc;
	time_format_ns(at_ns, time);
	jw_object(json);
	for (i = 0; i < n; i++) {
		jw_key(json, r->column[i].name);
		write_value(json, &values[i]);
	}
	jw_put_str(json, "product_imei", r->c->path[0]);
	jw_put_str(json, "time", time);
	jw_end(json);
	return HELIO_OK;
}

static enum helio_rc
read_objects(struct reader *r, struct helio_err *err)
{
	const struct telemetry_sink sink = { begin_objects, add_object, r };
	enum helio_rc rc;

	jw_array(&r->c->json);
	rc = telemetry_read(r->c->tx, r->query, &sink, err);
	jw_end(&r->c->json);
	return rc;
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	struct telemetry_query query;
	struct reader reader = { .c = c, .query = &query };
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = data_query_read(c, &query, err);
	if (rc != HELIO_OK)
		return rc;
	c->message = "data retrieved successfully";
	if (strcmp(query.measurement, "disaggregation") == 0)
		return read_objects(&reader, err);
	return read_columns(&reader, err);
}

const struct action action_product_data_read = {
	.name = "product data read",
	.method = HTTP_GET,
	.path = "products/{product_imei}/data",
	.level = LEVEL_OVERVIEW,
	.reads = true,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "Read samples of a unit in a range of time.",
};
