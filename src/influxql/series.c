/* Series of a measurement: tags, scope's work done by the scan, groups. */
#include "influxql/series.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *
iql_series_tag(const struct iql_series *series, const char *name)
{
	for (size_t i = 0; i < series->n_tags; i++)
		if (strcmp(series->tags[i].name, name) == 0)
			return series->tags[i].value;
	return "";
}

/* ---- the register ---- */

enum { IN_MAX = 500 };		/* units asked for by name; more: all */

static const char *const virtual_tags[] = { "entity_id", "product_type_id" };
enum { VIRTUALS = 2 };

bool
iql_is_virtual(const char *name)
{
	for (size_t i = 0; i < VIRTUALS; i++)
		if (strcmp(virtual_tags[i], name) == 0)
			return true;
	return false;
}

/* One unit; sorted by imei once all are known. */
struct unit {
	const char	*imei;
	const char	*tag[VIRTUALS];
};

struct loader {
	struct iql_run	*run;
	struct iql_series_list list;
	struct unit	*units;
	size_t		 n_units, cap_units;
	const char	*text;		/* of the last number, which */
	int64_t		 number;	/* often comes again */
	size_t		 which;		/* virtual tag being read */
};

static int
by_imei(const void *a, const void *b)
{
	const struct unit *one = a, *other = b;

	return strcmp(one->imei, other->imei);
}

static struct unit *
find_unit(struct loader *l, const char *imei)
{
	const struct unit key = { .imei = imei };

	return l->n_units == 0 ? NULL :
	    bsearch(&key, l->units, l->n_units, sizeof(key), by_imei);
}

/* The units of the series loaded that lack a tag of the register. */
static void
add_units(struct loader *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->list.n; i++) {
		const char *imei = iql_series_tag(&l->list.series[i],
		    "product_imei");

		if (*imei == '\0')
			continue;
		l->units = iql_grow(l->run->arena, l->units, l->n_units,
		    &l->cap_units, sizeof(*l->units));
		l->units[l->n_units++] = (struct unit){ .imei = imei };
	}
	if (l->n_units > 1)
		qsort(l->units, l->n_units, sizeof(*l->units), by_imei);
	for (size_t i = 0; i < l->n_units; i++)
		if (n == 0 || by_imei(&l->units[n - 1], &l->units[i]) != 0)
			l->units[n++] = l->units[i];
	l->n_units = n;
}

static const char *
number_text(struct loader *l, int64_t number)
{
	if (l->text == NULL || l->number != number) {
		l->text = arena_printf(l->run->arena, "%" PRId64, number);
		l->number = number;
	}
	return l->text;
}

/* Later rows win: the entity a unit was given last. */
static enum helio_rc
each_unit(const struct row *row, void *arg, struct helio_err *err)
{
	struct loader *l = arg;
	struct unit *unit = find_unit(l, row_text(row, "product_imei"));

	if (unit != NULL && !row_is_null(row, virtual_tags[l->which]))
		unit->tag[l->which] = number_text(l,
		    row_int(row, virtual_tags[l->which]));
	return HELIO_OK;
}

/* Rows of those units, by name when they are few. */
static const struct cond *
units_cond(struct loader *l, const struct schema_table *table)
{
	struct arena *arena = l->run->arena;
	struct value *values;

	if (l->n_units > IN_MAX)
		return cond_true();
	values = arena_alloc(arena, (l->n_units + 1) * sizeof(*values));
	for (size_t i = 0; i < l->n_units; i++)
		values[i] = value_text(l->units[i].imei);
	return cond_in(arena, schema_field(table, "product_imei"), values,
	    l->n_units);
}

static enum helio_rc
read_register(struct loader *l, struct helio_err *err)
{
	struct iql_run *run = l->run;
	struct query query = query_all(tx_table(run->tx,
	    "product_entity_linker"));
	const struct cond *parts[2];
	enum helio_rc rc;

	parts[0] = units_cond(l, query.table);
	parts[1] = cond_is_null(run->arena, query.table, "date_removed");
	query.where = cond_all(run->arena, parts, 2);
	l->which = 0;
	rc = tx_each(run->tx, &query, each_unit, l, err);
	if (rc != HELIO_OK)
		return rc;
	query = query_all(tx_table(run->tx, "product"));
	query.where = units_cond(l, query.table);
	l->which = 1;
	return tx_each(run->tx, &query, each_unit, l, err);
}

static int
by_name(const void *a, const void *b)
{
	const struct telemetry_tag *one = a, *other = b;

	return strcmp(one->name, other->name);
}

/* A series' own tags win. */
static void
add_virtual(struct loader *l, struct iql_series *series)
{
	const struct unit *unit = find_unit(l, iql_series_tag(series,
	    "product_imei"));
	struct telemetry_tag *tags;
	size_t n = series->n_tags;

	if (unit == NULL)
		return;
	tags = arena_alloc(l->run->arena, (n + VIRTUALS) * sizeof(*tags));
	memcpy(tags, series->tags, n * sizeof(*tags));
	for (size_t i = 0; i < VIRTUALS; i++)
		if (unit->tag[i] != NULL &&
		    *iql_series_tag(series, virtual_tags[i]) == '\0')
			tags[n++] = (struct telemetry_tag){
				virtual_tags[i], unit->tag[i],
			};
	qsort(tags, n, sizeof(*tags), by_name);
	series->tags = tags;
	series->n_tags = n;
}

/* ---- loading ---- */

static enum helio_rc
each_series(const struct telemetry_series_info *info, void *arg,
    struct helio_err *err)
{
	struct loader *l = arg;
	struct arena *arena = l->run->arena;
	struct telemetry_tag *tags;

	if (l->list.n == l->run->limits.series)
		return err_set(err, HELIO_E_QUERY, "More than %zu series "
		    "match: name a tag, such as product_imei",
		    l->run->limits.series);
	l->list.series = iql_grow(arena, l->list.series, l->list.n,
	    &l->list.cap, sizeof(*l->list.series));
	tags = arena_alloc(arena, (info->n_tags + 1) * sizeof(*tags));
	for (size_t i = 0; i < info->n_tags; i++) {
		tags[i].name = arena_strdup(arena, info->tags[i].name);
		tags[i].value = arena_strdup(arena, info->tags[i].value);
	}
	l->list.series[l->list.n++] = (struct iql_series){
		.id = info->id, .tags = tags, .n_tags = info->n_tags,
	};
	return HELIO_OK;
}

static bool
names_unit(const struct telemetry_tag *tags, size_t n)
{
	while (n > 0 && strcmp(tags[n - 1].name, "product_imei") != 0)
		n--;
	return n > 0;
}

enum helio_rc
iql_series_load(struct iql_run *run, const char *measurement,
    const struct telemetry_tag *tags, size_t n_tags, bool virtual,
    struct iql_series_list *ret, struct helio_err *err)
{
	struct loader l = { .run = run };
	enum helio_rc rc;

	if (run->limits.one_unit && !names_unit(tags, n_tags))
		return err_set(err, HELIO_E_QUERY, "More than the series of "
		    "one unit would be looked at: name a product_imei");
	rc = telemetry_each_series(run->tx, measurement, tags, n_tags,
	    each_series, &l, err);
	if (rc == HELIO_OK && virtual) {
		add_units(&l);
		rc = l.n_units > 0 ? read_register(&l, err) : HELIO_OK;
		for (size_t i = 0; rc == HELIO_OK && i < l.list.n; i++)
			add_virtual(&l, &l.list.series[i]);
	}
	if (rc == HELIO_OK)
		*ret = l.list;
	return rc;
}

/* ---- groups ---- */

/* A series with the values it is grouped by. */
struct keyed {
	struct iql_series series;
	const char	**values;
	size_t		 n;
	size_t		 order;		/* as it was loaded */
};

static int
compare_values(const struct keyed *a, const struct keyed *b)
{
	int order = 0;

	for (size_t i = 0; i < a->n && order == 0; i++)
		order = strcmp(a->values[i], b->values[i]);
	return order;
}

static int
by_values(const void *a, const void *b)
{
	const struct keyed *one = a, *other = b;
	int order = compare_values(one, other);

	return order != 0 ? order :
	    (one->order > other->order) - (one->order < other->order);
}

static struct keyed *
add_keys(struct arena *arena, const struct iql_series_list *list,
    const char *const *names, size_t n_names)
{
	struct keyed *keyed = arena_alloc(arena,
	    (list->n + 1) * sizeof(*keyed));

	for (size_t i = 0; i < list->n; i++) {
		keyed[i].series = list->series[i];
		keyed[i].order = i;
		keyed[i].n = n_names;
		keyed[i].values = arena_alloc(arena,
		    (n_names + 1) * sizeof(*keyed[i].values));
		for (size_t j = 0; j < n_names; j++)
			keyed[i].values[j] = iql_series_tag(&list->series[i],
			    names[j]);
	}
	return keyed;
}

void
iql_series_group(struct arena *arena, struct iql_series_list *list,
    const char *const *names, size_t n_names, struct iql_group **ret,
    size_t *ret_n)
{
	struct keyed *keyed = add_keys(arena, list, names, n_names);
	struct iql_group *groups = arena_alloc(arena,
	    (list->n + 1) * sizeof(*groups));
	size_t n = 0;

	if (list->n > 1)
		qsort(keyed, list->n, sizeof(*keyed), by_values);
	for (size_t i = 0; i < list->n; i++) {
		list->series[i] = keyed[i].series;
		if (i == 0 || compare_values(&keyed[i - 1], &keyed[i]) != 0)
			groups[n++] = (struct iql_group){
				.values = keyed[i].values,
				.series = &list->series[i],
			};
		groups[n - 1].n++;
	}
	*ret = groups;
	*ret_n = n;
}
