/* Measurements, fields, tags; the series that a condition leaves. */
#include "influxql/schema.h"

#include <string.h>

#include "influxql/cond.h"

/* ---- sorted keys ---- */

/* Where the name is, or would be. */
static size_t
place_of(const struct iql_keys *keys, const char *name)
{
	size_t low = 0, high = keys->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(keys->key[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct iql_key *
iql_keys_find(const struct iql_keys *keys, const char *name)
{
	size_t at = place_of(keys, name);

	return at < keys->n && strcmp(keys->key[at].name, name) == 0 ?
	    &keys->key[at] : NULL;
}

static unsigned
rank(enum telemetry_type type)
{
	static const unsigned ranks[] = {
		[TELEMETRY_FLOAT] = 0, [TELEMETRY_INT] = 1,
		[TELEMETRY_TEXT] = 2, [TELEMETRY_BOOL] = 3,
	};

	return ranks[type];
}

void
iql_keys_add(struct arena *arena, struct iql_keys *keys, const char *name,
    enum telemetry_type type)
{
	size_t at = place_of(keys, name);

	if (at < keys->n && strcmp(keys->key[at].name, name) == 0) {
		if (rank(type) < rank(keys->key[at].type))
			keys->key[at].type = type;
		return;
	}
	keys->key = iql_grow(arena, keys->key, keys->n, &keys->cap,
	    sizeof(*keys->key));
	memmove(&keys->key[at + 1], &keys->key[at],
	    (keys->n - at) * sizeof(*keys->key));
	keys->key[at] = (struct iql_key){ arena_strdup(arena, name), type };
	keys->n++;
}

/* ---- the catalogue ---- */

struct collect {
	struct arena	*arena;
	struct iql_keys	*keys;
	const struct iql_source *sources;
	size_t		 n;
};

static bool
is_source(const struct collect *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct iql_source *source = &c->sources[i];

		if (source->regex != NULL ?
		    iql_regex_match(source->regex, name, strlen(name)) :
		    strcmp(source->name, name) == 0)
			return true;
	}
	return c->n == 0;
}

static enum helio_rc
each_measurement(const char *name, void *arg, struct helio_err *err)
{
	struct collect *c = arg;

	if (is_source(c, name))
		iql_keys_add(c->arena, c->keys, name, TELEMETRY_FLOAT);
	return HELIO_OK;
}

static bool
has_pattern(const struct iql_source *sources, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sources[i].regex != NULL)
			return true;
	return n == 0;
}

/* Those of the names that there are. */
static enum helio_rc
named_measurements(struct iql_run *run, const struct iql_source *sources,
    size_t n, struct iql_keys *ret, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	bool found;

	for (size_t i = 0; i < n && rc == HELIO_OK; i++) {
		rc = telemetry_has_measurement(run->tx, sources[i].name,
		    &found, err);
		if (rc == HELIO_OK && found)
			iql_keys_add(run->arena, ret, sources[i].name,
			    TELEMETRY_FLOAT);
	}
	return rc;
}

enum helio_rc
iql_measurements(struct iql_run *run, const struct iql_source *sources,
    size_t n, struct iql_keys *ret, struct helio_err *err)
{
	struct collect c = { run->arena, ret, sources, n };

	if (!has_pattern(sources, n))
		return named_measurements(run, sources, n, ret, err);
	return telemetry_each_measurement(run->tx, each_measurement, &c, err);
}

static enum helio_rc
each_field(const char *name, enum telemetry_type type, void *arg,
    struct helio_err *err)
{
	struct collect *c = arg;

	iql_keys_add(c->arena, c->keys, name, type);
	return HELIO_OK;
}

enum helio_rc
iql_field_keys(struct iql_run *run, const char *measurement,
    struct iql_keys *ret, struct helio_err *err)
{
	struct collect c = { run->arena, ret, NULL, 0 };

	return telemetry_each_field(run->tx, measurement, each_field, &c,
	    err);
}

enum helio_rc
iql_scan_keys(struct iql_run *run, const struct telemetry_scan *scan,
    struct iql_keys *ret, struct helio_err *err)
{
	struct collect c = { run->arena, ret, NULL, 0 };

	return telemetry_scan_each_field(scan, each_field, &c, err);
}

void
iql_tag_keys(struct arena *arena, const struct iql_series_list *list,
    struct iql_keys *ret)
{
	for (size_t i = 0; i < list->n; i++)
		for (size_t j = 0; j < list->series[i].n_tags; j++)
			iql_keys_add(arena, ret, list->series[i].tags[j].name,
			    TELEMETRY_TEXT);
}

/* ---- series under a condition ---- */

bool
iql_names_virtual(const struct iql_expr *e)
{
	if (e == NULL)
		return false;
	if (e->kind == IQL_NAME)
		return iql_is_virtual(e->s);
	if (e->kind == IQL_BINARY)
		return iql_names_virtual(e->lhs) || iql_names_virtual(e->rhs);
	for (size_t i = 0; i < e->n_args; i++)
		if (iql_names_virtual(e->args[i]))
			return true;
	return false;
}

struct filter {
	const struct iql_filter *f;
	const struct iql_series *series;
	struct telemetry_tag tags[TELEMETRY_TAGS_MAX];
	size_t		 n_tags;
};

static bool
is_tag(const struct filter *filter, const struct iql_expr *e)
{
	if (e->kind != IQL_NAME || e->cast == CAST_FIELD)
		return false;
	return e->cast == CAST_TAG ||
	    iql_keys_find(filter->f->fields, e->s) == NULL;
}

static const char *
tag_of(const struct iql_expr *e, void *arg)
{
	struct filter *filter = arg;

	return is_tag(filter, e) ? iql_series_tag(filter->series, e->s) :
	    NULL;
}

/* tag = 'value', under AND alone: the store can look for those. */
static void
find_tags(struct filter *filter, const struct iql_expr *e)
{
	const struct iql_expr *name, *text;

	if (e->kind != IQL_BINARY)
		return;
	if (e->op == IQL_AND) {
		find_tags(filter, e->lhs);
		find_tags(filter, e->rhs);
	}
	name = e->lhs->kind == IQL_NAME ? e->lhs : e->rhs;
	text = name == e->lhs ? e->rhs : e->lhs;
	if (e->op != IQL_EQ || text->kind != IQL_STRING || text->n == 0 ||
	    !is_tag(filter, name) || iql_is_virtual(name->s) ||
	    filter->n_tags == TELEMETRY_TAGS_MAX)
		return;
	filter->tags[filter->n_tags++] = (struct telemetry_tag){
		name->s, text->s,
	};
}

/* Keep the series for which the condition is not plainly false. */
static enum helio_rc
keep_matching(struct iql_run *run, struct filter *filter,
    struct iql_series_list *list, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	struct iql_expr *left;
	bool value;
	size_t n = 0;

	for (size_t i = 0; i < list->n && rc == HELIO_OK; i++) {
		rc = iql_check_time(run, err);
		filter->series = &list->series[i];
		left = iql_specialise(run->arena, filter->f->where, tag_of,
		    filter);
		if (!iql_is_constant(left, &value))
			list->series[i].where = left;
		else if (!value)
			continue;
		list->series[n++] = list->series[i];
	}
	list->n = n;
	return rc;
}

enum helio_rc
iql_series_filter(struct iql_run *run, const char *measurement,
    const struct iql_filter *f, struct iql_series_list *ret,
    struct helio_err *err)
{
	struct filter filter = { .f = f };
	enum helio_rc rc;

	if (f->where != NULL)
		find_tags(&filter, f->where);
	rc = iql_series_load(run, measurement, filter.tags, filter.n_tags,
	    f->virtual || iql_names_virtual(f->where), ret, err);
	if (rc == HELIO_OK && f->where != NULL)
		rc = keep_matching(run, &filter, ret, err);
	return rc;
}
