/* SHOW: what there is, as lists. */
#include <string.h>

#include "base/buf.h"
#include "influxql/cond.h"
#include "influxql/policies.h"
#include "influxql/schema.h"
#include "influxql/select.h"

struct show {
	struct iql_run	*run;
	const struct iql_statement *s;
	struct iql_expr	*where;		/* without time */
	/* the list being written */
	const char	*name;		/* NULL: the list has none */
	const char	*const *columns;
	size_t		 n_columns;
	bool		 begun;
	int64_t		 skipped, written;
};

/* ---- lists out ---- */

static void
begin_list(struct show *q, const char *name, const char *const *columns,
    size_t n)
{
	q->name = name;
	q->columns = columns;
	q->n_columns = n;
	q->begun = false;
	q->skipped = q->written = 0;
}

static enum helio_rc
write_values(struct show *q, const struct iql_value *values,
    struct helio_err *err)
{
	const struct iql_sink *sink = q->run->sink;
	const struct iql_series_head head = {
		.name = q->name, .columns = q->columns,
		.n_columns = q->n_columns,
	};
	enum helio_rc rc = HELIO_OK;

	if (q->skipped < q->s->offset) {
		q->skipped++;
		return HELIO_OK;
	}
	if (q->s->limit > 0 && q->written >= q->s->limit)
		return HELIO_OK;
	q->written++;
	if (!q->begun)
		rc = sink->series(sink->arg, &head, err);
	q->begun = true;
	return rc == HELIO_OK ? sink->row(sink->arg, values, err) : rc;
}

static enum helio_rc
write_pair(struct show *q, const char *a, const char *b, struct helio_err *err)
{
	const struct iql_value values[] = { iql_text(a), iql_text(b) };

	return write_values(q, values, err);
}

static enum helio_rc
write_name(struct show *q, const char *name, struct helio_err *err)
{
	return write_pair(q, name, NULL, err);
}

/* ---- what is fixed ---- */

static enum helio_rc
show_databases(struct show *q, struct helio_err *err)
{
	static const char *const columns[] = { "name" };

	begin_list(q, "databases", columns, 1);
	return write_name(q, IQL_DATABASE, err);
}

static enum helio_rc
policy_values(void *arg, const struct iql_value *values,
    struct helio_err *err)
{
	return write_values(arg, values, err);
}

static enum helio_rc
show_policies(struct show *q, struct helio_err *err)
{
	static const char *const columns[] = { "name", "duration",
	    "shardGroupDuration", "replicaN", "default" };
	const struct iql_policy_sink sink = { policy_values, q };

	begin_list(q, NULL, columns, IQL_POLICY_COLUMNS);
	return iql_policies(q->run->tx, &sink, err);
}

/* ---- what is stored ---- */

/* The series of a measurement that the condition leaves. */
static enum helio_rc
matching(struct show *q, const char *measurement, bool virtual,
    struct iql_series_list *ret, struct helio_err *err)
{
	struct iql_keys fields = { 0 };
	const struct iql_filter filter = { &fields, q->where, virtual };
	enum helio_rc rc = iql_field_keys(q->run, measurement, &fields, err);

	return rc == HELIO_OK ? iql_series_filter(q->run, measurement,
	    &filter, ret, err) : rc;
}

static enum helio_rc
show_measurement(struct show *q, const char *measurement,
    struct helio_err *err)
{
	struct iql_series_list list = { 0 };
	enum helio_rc rc;

	if (q->where == NULL)
		return write_name(q, measurement, err);
	rc = matching(q, measurement, false, &list, err);
	return rc == HELIO_OK && list.n > 0 ? write_name(q, measurement, err) :
	    rc;
}

static enum helio_rc
show_field_keys(struct show *q, const char *measurement,
    struct helio_err *err)
{
	static const char *const columns[] = { "fieldKey", "fieldType" };
	struct iql_keys fields = { 0 };
	enum helio_rc rc = iql_field_keys(q->run, measurement, &fields, err);

	begin_list(q, measurement, columns, 2);
	for (size_t i = 0; i < fields.n && rc == HELIO_OK; i++)
		rc = write_pair(q, fields.key[i].name,
		    telemetry_type_name(fields.key[i].type), err);
	return rc;
}

static enum helio_rc
show_tag_keys(struct show *q, const char *measurement, struct helio_err *err)
{
	static const char *const columns[] = { "tagKey" };
	struct iql_series_list list = { 0 };
	struct iql_keys tags = { 0 };
	enum helio_rc rc = matching(q, measurement, true, &list, err);

	iql_tag_keys(q->run->arena, &list, &tags);
	begin_list(q, measurement, columns, 1);
	for (size_t i = 0; i < tags.n && rc == HELIO_OK; i++)
		rc = write_name(q, tags.key[i].name, err);
	return rc;
}

static bool
key_is_wanted(const struct iql_statement *s, const char *name)
{
	bool named = false;

	if (s->key_regex != NULL)
		return iql_regex_match(s->key_regex, name, strlen(name)) ==
		    (s->key_op == IQL_MATCH);
	for (size_t i = 0; i < s->n_keys; i++)
		named |= strcmp(s->keys[i], name) == 0;
	return named == (s->key_op == IQL_EQ);
}

/* The values of one tag, each once. */
static enum helio_rc
show_values_of(struct show *q, const struct iql_series_list *list,
    const char *name, struct helio_err *err)
{
	struct iql_keys values = { 0 };
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < list->n; i++) {
		const char *value = iql_series_tag(&list->series[i], name);

		if (*value != '\0')
			iql_keys_add(q->run->arena, &values, value,
			    TELEMETRY_TEXT);
	}
	for (size_t i = 0; i < values.n && rc == HELIO_OK; i++)
		rc = write_pair(q, name, values.key[i].name, err);
	return rc;
}

static enum helio_rc
show_tag_values(struct show *q, const char *measurement,
    struct helio_err *err)
{
	static const char *const columns[] = { "key", "value" };
	struct iql_series_list list = { 0 };
	struct iql_keys tags = { 0 };
	enum helio_rc rc = matching(q, measurement, true, &list, err);

	iql_tag_keys(q->run->arena, &list, &tags);
	begin_list(q, measurement, columns, 2);
	for (size_t i = 0; i < tags.n && rc == HELIO_OK; i++)
		if (key_is_wanted(q->s, tags.key[i].name))
			rc = show_values_of(q, &list, tags.key[i].name, err);
	return rc;
}

/* Line protocol escapes what parts names, tags and values. */
static void
add_escaped(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == ',' || *text == '=' || *text == ' ')
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
}

static enum helio_rc
write_series(struct show *q, const char *measurement,
    const struct iql_series *series, struct helio_err *err)
{
	struct buf key = BUF_INIT;
	enum helio_rc rc;

	add_escaped(&key, measurement);
	for (size_t i = 0; i < series->n_tags; i++) {
		buf_addc(&key, ',');
		add_escaped(&key, series->tags[i].name);
		buf_addc(&key, '=');
		add_escaped(&key, series->tags[i].value);
	}
	rc = key.failed ? err_set(err, HELIO_E_NO_MEMORY, "%s", "") :
	    write_name(q, key.data, err);
	buf_free(&key);
	return rc;
}

static enum helio_rc
show_series(struct show *q, const char *measurement, struct helio_err *err)
{
	struct iql_series_list list = { 0 };
	enum helio_rc rc = matching(q, measurement, false, &list, err);

	for (size_t i = 0; i < list.n && rc == HELIO_OK; i++)
		rc = write_series(q, measurement, &list.series[i], err);
	return rc;
}

/* ---- all of it ---- */

static const char *const name_column[] = { "name" };
static const char *const key_column[] = { "key" };

static const struct {
	enum helio_rc	(*whole)(struct show *, struct helio_err *);
	enum helio_rc	(*measurement)(struct show *, const char *,
			    struct helio_err *);
	/* of a list over all measurements */
	const char	*name;
	const char	*const *columns;
} verbs[] = {
	[IQL_SHOW_DATABASES] = { .whole = show_databases },
	[IQL_SHOW_POLICIES] = { .whole = show_policies },
	[IQL_SHOW_MEASUREMENTS] = { NULL, show_measurement, "measurements",
	    name_column },
	[IQL_SHOW_FIELD_KEYS] = { .measurement = show_field_keys },
	[IQL_SHOW_TAG_KEYS] = { .measurement = show_tag_keys },
	[IQL_SHOW_TAG_VALUES] = { .measurement = show_tag_values },
	[IQL_SHOW_SERIES] = { NULL, show_series, NULL, key_column },
};

static enum helio_rc
split_where(struct show *q, struct helio_err *err)
{
	struct iql_range range = { IQL_TIME_MIN, IQL_TIME_MAX };
	struct iql_fault fault;

	if (iql_split_time(q->run->arena, q->s->where, q->run->now_ns, &range,
	    &q->where, &fault))
		return HELIO_OK;
	return err_field(err, IQL_FIELD, "%s at char %zu", fault.text,
	    fault.at + 1);
}

enum helio_rc
iql_show(struct iql_run *run, const struct iql_statement *s,
    struct helio_err *err)
{
	struct show q = { .run = run, .s = s };
	struct iql_keys measurements = { 0 };
	enum helio_rc rc;

	if (verbs[s->verb].whole != NULL)
		return verbs[s->verb].whole(&q, err);
	rc = split_where(&q, err);
	if (rc == HELIO_OK)
		rc = iql_measurements(run, s->sources, s->n_sources,
		    &measurements, err);
	if (verbs[s->verb].columns != NULL)
		begin_list(&q, verbs[s->verb].name, verbs[s->verb].columns, 1);
	for (size_t i = 0; i < measurements.n && rc == HELIO_OK; i++)
		rc = verbs[s->verb].measurement(&q, measurements.key[i].name,
		    err);
	return rc;
}
