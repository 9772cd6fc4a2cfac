/*
 * GET /products/<imei>/data: samples of one unit in a range of time.  Each
 * field becomes a list of [value, time]; the list is null where the field has
 * no sample at a time that others have.
 */
#include <stdio.h>
#include <string.h>

#include "action/data_query.h"
#include "action/list.h"
#include "base/times.h"
#include "influxql/exec.h"

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
	    .max_len = 16384, .help = "condition in InfluxQL" },
	[DATA_DS_INTERVAL] = { .name = "ds_interval", .type = FIELD_TEXT,
	    .help = "a value for each such stretch, as 5m" },
	[DATA_DS_FUNCTION] = { .name = "ds_function", .type = FIELD_TEXT,
	    .help = "what the value is; mean" },
	[DATA_DS_FUCNTION] = { .name = "ds_fucntion", .type = FIELD_TEXT,
	    .help = "ds_function" },
	[DATA_DS_ARGUMENT] = { .name = "ds_argument", .type = FIELD_TEXT,
	    .help = "the function's argument, as 95 of percentile" },
	[DATA_FILL] = { .name = "fill", .type = FIELD_TEXT,
	    .help = "of stretches without samples: null, none, previous, "
	    "linear or a number; null" },
};

/* One list under way. */
struct column {
	const char	*name;
	struct buf	 text;
	struct json_write json;
	bool		 begun;		/* it has a value, or was asked for */
};

struct reader {
	struct action_call *c;
	const struct data_query *query;
	struct column	*column;
	size_t		 n;
	struct buf	 kept;		/* times, or rows, so far */
	size_t		 values, bytes;
};

static void
write_value(struct json_write *json, const struct iql_value *v)
{
	switch (v->type) {
	case IQL_T_FLOAT:
		jw_real(json, v->f);
		break;
	case IQL_T_INT:
		jw_int(json, v->i);
		break;
	case IQL_T_BOOL:
		jw_bool(json, v->i != 0);
		break;
	case IQL_T_TEXT:
		jw_strn(json, v->s, v->n);
		break;
	default:
		jw_null(json);
	}
}

/* Columns of a result: the first is the time. */
static void
take_names(struct reader *r, const char *const *names, size_t n)
{
	r->column = arena_alloc(r->c->arena, (n + 1) * sizeof(*r->column));
	for (r->n = 0; r->n < n; r->n++)
		r->column[r->n].name = arena_strdup(r->c->arena,
		    names[r->n]);
}

static enum helio_rc
too_many(struct reader *r, struct helio_err *err)
{
	if (r->kept.failed)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	if (r->values <= VALUES_MAX && r->bytes <= BYTES_MAX &&
	    r->kept.len <= BYTES_MAX)
		return HELIO_OK;
	return err_field(err, "limit", "more than %d values, or %d MB of "
	    "texts: give a limit, fewer fields or a shorter range",
	    VALUES_MAX, BYTES_MAX >> 20);
}

/* ---- lists by field ---- */

/* A time as JSON; all values of a row share it. */
struct time_text {
	char		 s[TIME_TEXT_MAX + 2];
	size_t		 n;
};

static void
format_time(int64_t at_ns, struct time_text *ret)
{
	ret->s[0] = '"';
	ret->n = 1 + time_format_ns(at_ns, ret->s + 1);
	ret->s[ret->n++] = '"';
}

static void
add_pair(struct reader *r, struct column *column, const struct iql_value *v,
    const struct time_text *time)
{
	r->values++;
	if (v->type == IQL_T_TEXT)
		r->bytes += v->n;
	jw_array(&column->json);
	write_value(&column->json, v);
	jw_raw(&column->json, time->s, time->n);
	jw_end(&column->json);
}

/* A list begins with its first value, and null for the times before: of the
 * measurement's fields most are other units'. */
static void
begin_list(struct reader *r, struct column *column)
{
	static const struct iql_value null = { .type = IQL_T_NULL };
	struct time_text time;
	int64_t at_ns;

	column->begun = true;
	jw_start(&column->json, &column->text);
	jw_array(&column->json);
	for (size_t i = 0; i < r->kept.len && r->values <= VALUES_MAX;
	    i += sizeof(at_ns)) {
		memcpy(&at_ns, r->kept.data + i, sizeof(at_ns));
		format_time(at_ns, &time);
		add_pair(r, column, &null, &time);
	}
}

static void
begin_lists(struct reader *r, const char *const *names, size_t n)
{
	take_names(r, names, n);
	for (size_t i = 0; i < r->n && r->query->fields != NULL; i++)
		begin_list(r, &r->column[i]);
}

static enum helio_rc
on_columns(void *arg, const struct iql_series_head *head,
    struct helio_err *err)
{
	begin_lists(arg, head->columns + 1, head->n_columns - 1);
	return HELIO_OK;
}

static enum helio_rc
add_to_columns(void *arg, const struct iql_value *values,
    struct helio_err *err)
{
	struct reader *r = arg;
	int64_t at_ns = values[0].i;
	struct time_text time;

	format_time(at_ns, &time);
	for (size_t i = 0; i < r->n; i++) {
		if (!r->column[i].begun && values[i + 1].type != IQL_T_NULL)
			begin_list(r, &r->column[i]);
		if (r->column[i].begun)
			add_pair(r, &r->column[i], &values[i + 1], &time);
	}
	buf_add(&r->kept, &at_ns, sizeof(at_ns));
	return too_many(r, err);
}

static void
write_tags(struct json_write *json, const struct data_query *query)
{
	size_t i;

	jw_key(json, "tags");
	jw_object(json);
	for (i = 0; i < query->n_tags; i++)
		jw_put_str(json, query->tags[i].name, query->tags[i].value);
	jw_end(json);
}

static void
write_column(struct reader *r, struct column *column)
{
	struct json_write *json = &r->c->json;

	if (!column->begun)
		return;
	jw_end(&column->json);
	jw_key(json, column->name);
	if (column->text.failed) {
		json->out->failed = true;
		jw_null(json);
	} else {
		jw_raw(json, column->text.data, column->text.len);
	}
}

static void
write_columns(struct reader *r)
{
	struct json_write *json = &r->c->json;
	size_t i;

	jw_object(json);
	jw_put_str(json, "measurement", r->query->measurement);
	write_tags(json, r->query);
	for (i = 0; i < r->n; i++) {
		write_column(r, &r->column[i]);
		buf_free(&r->column[i].text);
	}
	jw_end(json);
}

/* What the statement's own rules refuse is the function's fault here. */
static void
name_fault(struct helio_err *err)
{
	unsigned i;

	for (i = 0; i < err->n_faults; i++)
		if (strcmp(err->fault[i].field, "q") == 0)
			snprintf(err->fault[i].field,
			    sizeof(err->fault[i].field), "ds_function");
}

static enum helio_rc
run_query(struct reader *r, const struct iql_sink *sink,
    struct helio_err *err)
{
	const struct iql_limits limits = {
		.rows = r->c->options->query_rows,
		.ms = r->c->options->query_ms,
	};
	const struct iql_context context = {
		.tx = r->c->tx, .arena = arena_new(), .sink = sink,
		.now_ns = r->c->now_us * NS_PER_US, .limits = &limits,
	};
	enum helio_rc rc;

	if (context.arena == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	rc = iql_run(&context, r->query->statement, err);
	arena_free(context.arena);
	name_fault(err);
	return rc;
}

static enum helio_rc
read_columns(struct reader *r, struct helio_err *err)
{
	const struct iql_sink sink = { on_columns, add_to_columns, r };
	enum helio_rc rc = run_query(r, &sink, err);
	size_t i;

	if (rc == HELIO_OK && r->column == NULL)
		begin_lists(r, r->query->fields, r->query->n_fields);
	if (rc == HELIO_OK)
		write_columns(r);
	for (i = 0; i < r->n; i++)
		buf_free(&r->column[i].text);
	buf_free(&r->kept);
	return rc;
}

/* ---- an object for each time (measurement disaggregation) ---- */

static enum helio_rc
begin_objects(void *arg, const struct iql_series_head *head,
    struct helio_err *err)
{
	take_names(arg, head->columns + 1, head->n_columns - 1);
	return HELIO_OK;
}

/* Kept until it is known which fields have a value at all. */
static enum helio_rc
keep_object(void *arg, const struct iql_value *values, struct helio_err *err)
{
	struct reader *r = arg;
	struct iql_value v;

	for (size_t i = 0; i <= r->n; i++) {
		v = values[i];
		if (v.type == IQL_T_TEXT) {
			v.s = arena_strndup(r->c->arena, v.s, v.n);
			r->bytes += v.n;
		}
		if (i > 0 && v.type != IQL_T_NULL) {
			r->column[i - 1].begun = true;
			r->values++;
		}
		buf_add(&r->kept, &v, sizeof(v));
	}
	return too_many(r, err);
}

static void
write_object(struct reader *r, const struct iql_value *values)
{
	struct json_write *json = &r->c->json;
	char time[TIME_TEXT_MAX];

	time_format_ns(values[0].i, time);
	jw_object(json);
	for (size_t i = 0; i < r->n; i++) {
		if (!r->column[i].begun && r->query->fields == NULL)
			continue;
		jw_key(json, r->column[i].name);
		write_value(json, &values[i + 1]);
	}
	jw_put_str(json, "product_imei", r->c->path[0]);
	jw_put_str(json, "time", time);
	jw_end(json);
}

static enum helio_rc
read_objects(struct reader *r, struct helio_err *err)
{
	const struct iql_sink sink = { begin_objects, keep_object, r };
	enum helio_rc rc = run_query(r, &sink, err);
	size_t row = (r->n + 1) * sizeof(struct iql_value);

	jw_array(&r->c->json);
	for (size_t at = 0; rc == HELIO_OK && at < r->kept.len; at += row)
		write_object(r, (const void *)(r->kept.data + at));
	jw_end(&r->c->json);
	buf_free(&r->kept);
	return rc;
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	struct data_query query;
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
