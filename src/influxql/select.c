/* SELECT: measurements, groups, rows. */
#include "influxql/select.h"

#include <string.h>

#include "influxql/calls.h"

enum { GROUP_KEEP = 1 << 20 };	/* bytes kept from group to group */

struct select {
	struct iql_run	*run;
	const struct iql_statement *s;
	struct iql_plan	 plan;
	struct iql_keys	 measurements;
	struct telemetry_scan **scans;	/* one per measurement, as .. */
	struct iql_keys	*fields;
	/* the group being written */
	const struct iql_group *group;
	struct arena	*arena;		/* emptied after each group */
	struct iql_value *slots;
	struct iql_value *row;		/* time and columns */
	struct iql_cells *cells;	/* of a stretch; NULL: row by row */
	uint64_t	*shown;		/* rows of it that show something */
	size_t		 cap_shown;	/* words */
	bool		 begun;		/* the sink knows the series */
	int64_t		 skipped, written;
};

/* ---- rows out ---- */

static enum helio_rc
begin_series(struct select *q, struct helio_err *err)
{
	const struct iql_series_head head = {
		.name = q->plan.measurement, .tag_names = q->plan.tags,
		.tag_values = q->group->values, .n_tags = q->plan.n_tags,
		.columns = q->plan.titles,
		.n_columns = q->plan.n_columns + 1,
	};

	if (q->begun)
		return HELIO_OK;
	q->begun = true;
	return q->run->sink->series(q->run->sink->arg, &head, err);
}

static bool
is_enough(const struct select *q)
{
	return q->s->limit > 0 && q->written >= q->s->limit;
}

/* The slots hold the row's values. */
static enum helio_rc
write_row(struct select *q, int64_t at_ns, struct helio_err *err)
{
	enum helio_rc rc;

	if (q->skipped < q->s->offset) {
		q->skipped++;
		return HELIO_OK;
	}
	if (is_enough(q))
		return HELIO_OK;
	q->written++;
	rc = begin_series(q, err);
	if (rc != HELIO_OK)
		return rc;
	q->row[0] = iql_time(at_ns);
	for (size_t i = 0; i < q->plan.n_columns; i++)
		q->row[i + 1] = iql_eval(q->plan.columns[i], q->slots, true);
	return q->run->sink->row(q->run->sink->arg, q->row, err);
}

/* ---- raw rows ---- */

/* A row counts when a field that is shown has a value. */
static bool
shows_field(const struct select *q, const struct iql_rows *rows, size_t row)
{
	for (size_t i = 0; i < q->plan.n_refs; i++) {
		const struct iql_ref *ref = &q->plan.refs[i];

		if (ref->shown && ref->is_field && telemetry_present(
		    &rows->block->columns[ref->column], row))
			return true;
	}
	return false;
}

static enum helio_rc
write_each(struct select *q, const struct iql_rows *rows,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	for (size_t i = iql_mask_next(rows->mask, rows->lo, rows->hi);
	    i < rows->hi && rc == HELIO_OK && !is_enough(q);
	    i = iql_mask_next(rows->mask, i + 1, rows->hi)) {
		if (!shows_field(q, rows, i))
			continue;
		iql_read_row(&q->plan, rows, i, q->slots);
		rc = write_row(q, rows->block->at_ns[i], err);
	}
	return rc;
}

/* ---- many rows at once ---- */

/* The name that a column is, when it is that alone. */
static const struct iql_ref *
plain_ref(const struct select *q, const struct iql_expr *e)
{
	if (e->kind != IQL_NAME)
		return NULL;
	for (size_t i = 0; i < q->plan.n_refs; i++)
		if (q->plan.refs[i].slot == e->slot)
			return &q->plan.refs[i];
	return NULL;
}

/* May rows go out as they are stored? */
static bool
is_plain(const struct select *q)
{
	if (q->run->sink->stretch == NULL)
		return false;
	for (size_t i = 0; i < q->plan.n_columns; i++) {
		const struct iql_ref *ref = plain_ref(q, q->plan.columns[i]);

		if (ref == NULL || (ref->is_field &&
		    ref->expr->cast != CAST_NONE &&
		    ref->expr->cast != CAST_FIELD))
			return false;
	}
	return true;
}

/* The mask of rows with a field that is shown; NULL when all are such. */
static const uint64_t *
mask_shown(struct select *q, const struct iql_rows *rows)
{
	size_t words = (rows->block->n + 63) / 64;

	if (words > q->cap_shown) {
		q->shown = arena_alloc(q->arena, words * sizeof(*q->shown));
		q->cap_shown = words;
	}
	memset(q->shown, 0, words * sizeof(*q->shown));
	for (size_t i = 0; i < q->plan.n_columns; i++) {
		const struct telemetry_column *column = q->cells[i].column;

		if (column == NULL || column->n_present == 0)
			continue;
		if (column->present == NULL)
			return rows->mask;
		for (size_t k = 0; k < words; k++)
			q->shown[k] |= column->present[k];
	}
	for (size_t k = 0; k < words && rows->mask != NULL; k++)
		q->shown[k] &= rows->mask[k];
	return q->shown;
}

static void
set_cells(struct select *q, const struct iql_rows *rows)
{
	iql_read_row(&q->plan, rows, rows->lo, q->slots);
	for (size_t i = 0; i < q->plan.n_columns; i++) {
		const struct iql_ref *ref = plain_ref(q, q->plan.columns[i]);

		q->cells[i].column = ref->is_field ?
		    &rows->block->columns[ref->column] : NULL;
		q->cells[i].same = q->slots[ref->slot];
	}
}

static enum helio_rc
write_stretch(struct select *q, const struct iql_rows *rows,
    struct helio_err *err)
{
	struct iql_stretch stretch = {
		.at_ns = rows->block->at_ns, .cells = q->cells,
		.lo = rows->lo, .hi = rows->hi, .most = SIZE_MAX,
	};
	enum helio_rc rc;
	size_t n;

	set_cells(q, rows);
	stretch.mask = mask_shown(q, rows);
	for (; q->skipped < q->s->offset && stretch.lo < stretch.hi;
	    stretch.lo++)
		q->skipped += iql_mask_has(stretch.mask, stretch.lo);
	n = iql_mask_count(stretch.mask, stretch.lo, stretch.hi);
	if (q->s->limit > 0 && (int64_t)n > q->s->limit - q->written)
		n = stretch.most = (size_t)(q->s->limit - q->written);
	if (n == 0)
		return HELIO_OK;
	q->written += (int64_t)n;
	rc = begin_series(q, err);
	return rc == HELIO_OK ? q->run->sink->stretch(q->run->sink->arg,
	    &stretch, err) : rc;
}

static enum helio_rc
write_rows(struct select *q, const struct iql_rows *rows,
    struct helio_err *err)
{
	/* merged series may take turns at every row */
	return q->cells != NULL && rows->hi - rows->lo > 1 ?
	    write_stretch(q, rows, err) : write_each(q, rows, err);
}

static enum helio_rc
select_rows(struct select *q, struct helio_err *err)
{
	const struct iql_feed_options opt = {
		.plan = &q->plan, .group = q->group, .arena = q->arena,
		.first_ns = q->plan.range.first_ns,
		.last_ns = q->plan.range.last_ns,
		.merged = q->group->n > 1,
		.descending = q->s->descending,
	};
	struct iql_feed *feed;
	struct iql_rows rows;
	enum helio_rc rc;

	if (q->group->n > 1 && q->group->n * (q->plan.n_fields + 1) >
	    q->run->limits.columns)
		return err_set(err, HELIO_E_QUERY, "%zu series are too many "
		    "to merge: group by a tag or name one", q->group->n);
	q->cells = is_plain(q) ? arena_alloc(q->arena,
	    (q->plan.n_columns + 1) * sizeof(*q->cells)) : NULL;
	feed = iql_feed_open(q->run, &opt);
	do {
		rc = iql_feed_next(feed, &rows, err);
		if (rc == HELIO_OK && rows.block != NULL)
			rc = write_rows(q, &rows, err);
	} while (rc == HELIO_OK && rows.block != NULL && !is_enough(q));
	iql_feed_close(feed);
	return rc;
}

/* ---- rows of functions ---- */

static enum iql_type
type_of(const struct iql_ref *ref)
{
	static const enum iql_type types[] = {
		[TELEMETRY_FLOAT] = IQL_T_FLOAT, [TELEMETRY_INT] = IQL_T_INT,
		[TELEMETRY_BOOL] = IQL_T_BOOL, [TELEMETRY_TEXT] = IQL_T_TEXT,
	};

	return ref->is_field ? types[ref->type] : IQL_T_TEXT;
}

static enum iql_type
type_of_call(const struct select *q, const struct iql_call *call)
{
	const struct iql_expr *e = call->expr;

	if (!q->plan.refs[call->ref].is_field)
		return IQL_T_NULL;
	while (e->kind == IQL_CALL && e->func->output == OUTPUT_SAME)
		e = e->args[0];
	if (e->kind != IQL_CALL)
		return type_of(&q->plan.refs[call->ref]);
	return e->func->output == OUTPUT_FLOAT ? IQL_T_FLOAT : IQL_T_INT;
}

/* What is shown where there is nothing. */
static void
set_default(struct select *q, struct iql_value *slot, enum iql_type type)
{
	if (q->s->fill == FILL_NUMBER)
		*slot = iql_fill_value(q->s, type == IQL_T_TEXT ?
		    IQL_T_FLOAT : type);
	else if (q->s->fill != FILL_PREVIOUS)
		*slot = iql_null();
}

/* The names beside the point. */
static void
set_aux(struct select *q, const struct iql_point *p)
{
	for (size_t i = 0; i < q->plan.n_refs; i++) {
		const struct iql_ref *ref = &q->plan.refs[i];

		if (!ref->shown)
			continue;
		if (p->aux == NULL ||
		    p->aux[ref->slot].type == IQL_T_NULL)
			set_default(q, &q->slots[ref->slot], type_of(ref));
		else
			q->slots[ref->slot] = p->aux[ref->slot];
	}
}

static void
set_point(struct select *q, const struct iql_call *call,
    const struct iql_point *p)
{
	set_aux(q, p);
	if (p->v.type == IQL_T_NULL)
		set_default(q, &q->slots[call->slot], type_of_call(q, call));
	else
		q->slots[call->slot] = p->v;
}

/* The next time that a list has, in the statement's direction. */
static bool
next_time(const struct select *q, const struct iql_list *lists,
    const size_t *at, int64_t *ret)
{
	bool found = false;

	for (size_t i = 0; i < q->plan.n_calls; i++) {
		int64_t ns;

		if (at[i] == lists[i].n)
			continue;
		ns = lists[i].p[at[i]].at_ns;
		if (!found || (q->s->descending ? ns > *ret : ns < *ret))
			*ret = ns;
		found = true;
	}
	return found;
}

static enum helio_rc
write_points(struct select *q, const struct iql_list *lists,
    struct helio_err *err)
{
	size_t *at = arena_alloc(q->arena,
	    (q->plan.n_calls + 1) * sizeof(*at));
	enum helio_rc rc = HELIO_OK;
	int64_t ns = 0;

	memset(q->slots, 0, (q->plan.n_slots + 1) * sizeof(*q->slots));
	/* fill(previous) does not look at what OFFSET leaves out */
	if (q->plan.n_calls == 1) {
		at[0] = (size_t)q->s->offset < lists[0].n ?
		    (size_t)q->s->offset : lists[0].n;
		q->skipped = q->s->offset;
	}
	while (rc == HELIO_OK && !is_enough(q) &&
	    next_time(q, lists, at, &ns)) {
		for (size_t i = 0; i < q->plan.n_calls; i++) {
			const struct iql_call *call = &q->plan.calls[i];

			if (at[i] < lists[i].n &&
			    lists[i].p[at[i]].at_ns == ns)
				set_point(q, call, &lists[i].p[at[i]++]);
			else
				set_default(q, &q->slots[call->slot],
				    type_of_call(q, call));
		}
		rc = write_row(q, ns, err);
	}
	return rc;
}

static enum helio_rc
select_points(struct select *q, struct helio_err *err)
{
	struct iql_list *lists = arena_alloc(q->arena,
	    (q->plan.n_calls + 1) * sizeof(*lists));
	enum helio_rc rc = iql_run_calls(q->run, &q->plan, q->group, q->arena,
	    lists, err);

	return rc == HELIO_OK ? write_points(q, lists, err) : rc;
}

/* ---- groups and measurements ---- */

static enum helio_rc
select_group(struct select *q, const struct iql_group *group,
    struct helio_err *err)
{
	enum helio_rc rc;

	q->group = group;
	q->begun = false;
	q->skipped = q->written = 0;
	rc = q->plan.n_calls > 0 ? select_points(q, err) :
	    select_rows(q, err);
	q->run->points = 0;
	q->cap_shown = 0;
	arena_reset(q->arena);
	return rc;
}

/* The part of the groups that SLIMIT and SOFFSET leave. */
static void
cut_groups(const struct iql_statement *s, struct iql_group **groups,
    size_t *n)
{
	size_t skip = s->soffset < (int64_t)*n ? (size_t)s->soffset : *n;

	*groups += skip;
	*n -= skip;
	if (s->slimit > 0 && s->slimit < (int64_t)*n)
		*n = (size_t)s->slimit;
}

/* Is any field of the statement one of the measurement's? */
static bool
reads_fields(const struct iql_plan *plan)
{
	for (size_t i = 0; i < plan->n_refs; i++)
		if (plan->refs[i].is_field && plan->refs[i].shown)
			return true;
	for (size_t i = 0; i < plan->n_calls; i++)
		if (plan->refs[plan->calls[i].ref].is_field)
			return true;
	return false;
}

static enum helio_rc
select_measurement(struct select *q, size_t number, struct helio_err *err)
{
	const struct iql_keys *fields = &q->fields[number];
	const struct iql_filter filter = {
		fields, q->plan.where, q->plan.virtual,
	};
	struct iql_series_list list = { 0 };
	struct iql_group *groups;
	enum helio_rc rc;
	size_t n;

	q->plan.measurement = q->measurements.key[number].name;
	q->plan.scan = q->scans[number];
	rc = iql_bind(q->run, &q->plan, fields, err);
	if (rc != HELIO_OK || !reads_fields(&q->plan))
		return rc;
	rc = iql_series_filter(q->run, q->plan.measurement, &filter, &list,
	    err);
	if (rc != HELIO_OK)
		return rc;
	iql_series_group(q->run->arena, &list, q->plan.tags, q->plan.n_tags,
	    &groups, &n);
	cut_groups(q->s, &groups, &n);
	for (size_t i = 0; i < n && rc == HELIO_OK; i++)
		rc = select_group(q, &groups[q->s->descending ? n - 1 - i :
		    i], err);
	/* with the memory it holds */
	telemetry_scan_close(q->scans[number]);
	q->scans[number] = NULL;
	return rc;
}

/* The fields of each measurement, and of all together; tags where a star or a
 * pattern asks for them. */
static enum helio_rc
read_keys(struct select *q, struct iql_keys *all, struct iql_keys *tags,
    struct helio_err *err)
{
	struct iql_run *run = q->run;
	enum helio_rc rc;

	rc = iql_measurements(run, q->s->sources, q->s->n_sources,
	    &q->measurements, err);
	q->fields = arena_alloc(run->arena,
	    (q->measurements.n + 1) * sizeof(*q->fields));
	q->scans = arena_alloc(run->arena,
	    (q->measurements.n + 1) * sizeof(*q->scans));
	for (size_t i = 0; i < q->measurements.n && rc == HELIO_OK; i++) {
		struct iql_series_list list = { 0 };

		rc = telemetry_scan_open(run->tx,
		    q->measurements.key[i].name, &q->scans[i], err);
		if (rc == HELIO_OK)
			rc = iql_scan_keys(run, q->scans[i], &q->fields[i],
			    err);
		for (size_t j = 0; j < q->fields[i].n; j++)
			iql_keys_add(run->arena, all,
			    q->fields[i].key[j].name,
			    q->fields[i].key[j].type);
		if (rc != HELIO_OK || !iql_wants_tags(q->s))
			continue;
		rc = iql_series_load(run, q->measurements.key[i].name, NULL,
		    0, false, &list, err);
		iql_tag_keys(run->arena, &list, tags);
	}
	return rc;
}

static enum helio_rc
select_all(struct select *q, struct helio_err *err)
{
	size_t n = q->measurements.n;
	enum helio_rc rc = HELIO_OK;

	q->slots = arena_alloc(q->run->arena,
	    (q->plan.n_slots + 1) * sizeof(*q->slots));
	q->row = arena_alloc(q->run->arena,
	    (q->plan.n_columns + 1) * sizeof(*q->row));
	for (size_t i = 0; i < n && rc == HELIO_OK; i++)
		rc = select_measurement(q, q->s->descending ? n - 1 - i : i,
		    err);
	return rc;
}

static enum helio_rc
plan_and_select(struct select *q, struct helio_err *err)
{
	struct iql_keys fields = { 0 }, tags = { 0 };
	enum helio_rc rc = read_keys(q, &fields, &tags, err);

	if (rc == HELIO_OK)
		rc = iql_plan(q->run, q->s, &fields, &tags, &q->plan, err);
	if (rc != HELIO_OK || q->plan.n_columns == 0)
		return rc;
	q->arena = arena_new();
	if (q->arena == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	arena_keep(q->arena, GROUP_KEEP);
	rc = select_all(q, err);
	arena_free(q->arena);
	return rc;
}

enum helio_rc
iql_select(struct iql_run *run, const struct iql_statement *s,
    struct helio_err *err)
{
	struct select q = { .run = run, .s = s };
	enum helio_rc rc = plan_and_select(&q, err);

	for (size_t i = 0; i < q.measurements.n; i++)
		telemetry_scan_close(q.scans[i]);
	return rc;
}
