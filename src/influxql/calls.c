/* The calls of a statement over one group. */
#include "influxql/calls.h"

#include <string.h>

/* ---- what the kinds share ---- */

int64_t
iql_bucket_of(const struct iql_buckets *b, int64_t at_ns)
{
	int64_t number, t;

	if (b->interval_ns == 0)
		return 0;
	/* at the ends of time there is no room to subtract */
	if (__builtin_sub_overflow(at_ns, b->offset_ns, &t))
		t = at_ns;
	number = t / b->interval_ns;
	return t % b->interval_ns < 0 ? number - 1 : number;
}

int64_t
iql_bucket_start(const struct iql_buckets *b, int64_t number)
{
	int64_t start;

	if (b->interval_ns == 0)
		return b->only_ns;
	if (__builtin_mul_overflow(number, b->interval_ns, &start) ||
	    __builtin_add_overflow(start, b->offset_ns, &start))
		return number < 0 ? IQL_TIME_MIN : IQL_TIME_MAX;
	return start;
}

enum helio_rc
iql_add_point(struct iql_leaf *leaf, struct iql_list *list,
    const struct iql_point *point, struct helio_err *err)
{
	enum helio_rc rc = iql_hold_points(leaf->run, 1, err);

	if (rc != HELIO_OK)
		return rc;
	list->p = iql_grow(leaf->arena, list->p, list->n, &list->cap,
	    sizeof(*list->p));
	list->p[list->n++] = *point;
	return HELIO_OK;
}

struct iql_value
iql_keep(struct arena *arena, struct iql_value v)
{
	if (v.type == IQL_T_TEXT)
		v.s = arena_strndup(arena, v.s, v.n);
	return v;
}

void
iql_read_row(const struct iql_plan *plan, const struct iql_rows *rows,
    size_t row, struct iql_value *slots)
{
	for (size_t i = 0; i < plan->n_refs; i++) {
		const struct iql_ref *ref = &plan->refs[i];
		struct iql_value *v = &slots[ref->slot];
		const char *tag;

		if (ref->is_field) {
			*v = iql_convert(iql_cell(
			    &rows->block->columns[ref->column], row),
			    ref->expr->cast);
			continue;
		}
		tag = iql_series_tag(rows->series, ref->expr->s);
		*v = *tag != '\0' && (ref->expr->cast == CAST_NONE ||
		    ref->expr->cast == CAST_TAG) ? iql_text(tag) : iql_null();
	}
}

const struct iql_value *
iql_capture(struct iql_leaf *leaf, const struct iql_rows *rows, size_t row)
{
	const struct iql_plan *plan = leaf->plan;
	struct iql_value *aux;
	bool shown = false;

	for (size_t i = 0; i < plan->n_refs; i++)
		shown |= plan->refs[i].shown;
	if (!plan->selects || !shown)
		return NULL;
	aux = arena_alloc(leaf->arena, plan->n_slots * sizeof(*aux));
	iql_read_row(plan, rows, row, aux);
	for (size_t i = 0; i < plan->n_slots; i++)
		aux[i] = iql_keep(leaf->arena, aux[i]);
	return aux;
}

/* ---- setting up ---- */

static const struct iql_kind_ops *const kinds[] = {
	[KIND_FOLD] = &iql_fold_ops, [KIND_COLLECT] = &iql_collect_ops,
	[KIND_STREAM] = &iql_stream_ops,
};

struct calls {
	struct iql_run	*run;
	const struct iql_plan *plan;
	const struct iql_group *group;
	struct arena	*arena;
	struct iql_leaf	*leaf;		/* one per call */
	bool		 merged;
	bool		 descending;
	enum iql_func_id ends;		/* first or last is all that is asked:
					 * one row of a series; else FUNCS */
};

static const struct iql_kind_ops *
ops_of(const struct iql_leaf *leaf)
{
	return kinds[leaf->expr->func->kind];
}

/* Functions around others look one bucket further back. */
static void
widen_range(struct iql_leaf *leaf, const struct iql_expr *call)
{
	int64_t *end = leaf->descending ? &leaf->last_ns : &leaf->first_ns;
	int64_t step = leaf->descending ? leaf->buckets.interval_ns :
	    -leaf->buckets.interval_ns;

	for (; call->args[0]->kind == IQL_CALL; call = call->args[0])
		if (call->func->kind == KIND_STREAM &&
		    call->func->id != FUNC_cumulative_sum &&
		    *end > IQL_TIME_MIN && *end < IQL_TIME_MAX &&
		    __builtin_add_overflow(*end, step, end))
			*end = step < 0 ? IQL_TIME_MIN : IQL_TIME_MAX;
}

static void
set_up_leaf(struct calls *c, struct iql_leaf *leaf,
    const struct iql_call *call)
{
	const struct iql_plan *plan = c->plan;
	const struct iql_statement *s = plan->statement;

	*leaf = (struct iql_leaf){
		.run = c->run, .arena = c->arena, .plan = plan,
		.expr = call->leaf, .first_ns = plan->range.first_ns,
		.last_ns = plan->range.last_ns,
		.in_order = c->merged || c->group->n <= 1,
		.descending = s->descending,
		.column = plan->refs[call->ref].column,
		.buckets = {
			.interval_ns = s->interval_ns,
			.offset_ns = s->offset_ns,
			.only_ns = plan->range.first_ns > IQL_TIME_MIN ?
			    plan->range.first_ns : 0,
		},
	};
	if (call->expr != call->leaf && call->expr->func->id == FUNC_count)
		leaf->counts = true;
	widen_range(leaf, call->expr);
	ops_of(leaf)->begin(leaf);
}

/*
 * Merged where order matters; where so many series would take too much memory,
 * points are collected and sorted, and what goes from point to point is
 * refused.
 */
static enum helio_rc
choose_order(struct calls *c, struct helio_err *err)
{
	size_t open = c->group->n * (c->plan->n_fields + 1);
	bool ordered = false, streams = false;

	for (size_t i = 0; i < c->plan->n_calls; i++) {
		enum iql_func_kind kind = c->plan->calls[i].leaf->func->kind;

		ordered |= kind != KIND_FOLD;
		streams |= kind == KIND_STREAM;
	}
	c->descending = streams && c->plan->statement->interval_ns == 0 &&
	    c->plan->statement->descending;
	if (!ordered || c->group->n <= 1)
		return HELIO_OK;
	c->merged = open <= c->run->limits.columns;
	if (streams && !c->merged)
		return err_set(err, HELIO_E_QUERY, "%zu series are too many "
		    "to merge: group by a tag or name one", c->group->n);
	return HELIO_OK;
}

/*
 * Where all calls are first(), or all last(), without intervals, the earliest
 * (latest) row of a series that has a value says it all.
 */
static enum iql_func_id
one_end(const struct iql_plan *plan)
{
	enum iql_func_id id = plan->calls[0].expr->func->id;

	if ((id != FUNC_first && id != FUNC_last) ||
	    plan->statement->interval_ns != 0)
		return FUNCS;
	for (size_t i = 1; i < plan->n_calls; i++)
		if (plan->calls[i].expr->func->id != id)
			return FUNCS;
	return id;
}

/* ---- rows ---- */

/* The part of the rows within the leaf's own range, whose bounds may be
 * narrower than the feed's. */
static bool
clip(const struct iql_leaf *leaf, struct iql_rows *rows)
{
	const int64_t *at = rows->block->at_ns;

	while (rows->lo < rows->hi && (at[rows->lo] < leaf->first_ns ||
	    at[rows->lo] > leaf->last_ns))
		rows->lo++;
	while (rows->lo < rows->hi && (at[rows->hi - 1] < leaf->first_ns ||
	    at[rows->hi - 1] > leaf->last_ns))
		rows->hi--;
	return rows->lo < rows->hi;
}

/* The mask of the rows and the presence of the column together. */
static const uint64_t *
combine(struct iql_leaf *leaf, const struct iql_rows *rows,
    const struct telemetry_column *column)
{
	size_t words = (rows->block->n + 63) / 64;

	if (rows->mask == NULL || column->present == NULL)
		return rows->mask != NULL ? rows->mask : column->present;
	if (words > leaf->cap_present) {
		leaf->present = arena_alloc(leaf->arena,
		    words * sizeof(*leaf->present));
		leaf->cap_present = words;
	}
	for (size_t i = rows->lo / 64; i <= (rows->hi - 1) / 64; i++)
		leaf->present[i] = rows->mask[i] & column->present[i];
	return leaf->present;
}

static enum helio_rc
feed_leaf(struct iql_leaf *leaf, const struct iql_rows *rows,
    struct helio_err *err)
{
	const struct telemetry_column *column =
	    &rows->block->columns[leaf->column];
	struct iql_rows mine = *rows;

	if (column->n_present == 0 || !clip(leaf, &mine))
		return HELIO_OK;
	mine.mask = combine(leaf, rows, column);
	leaf->found |= iql_mask_next(mine.mask, mine.lo, mine.hi) < mine.hi;
	return ops_of(leaf)->rows(leaf, &mine, column, err);
}

/* Once every call has its value of a series, no more of it is read. */
static void
skip_found(struct calls *c, struct iql_feed *feed)
{
	bool found = true;

	for (size_t i = 0; i < c->plan->n_calls; i++)
		found &= c->leaf[i].found ||
		    !c->plan->refs[c->plan->calls[i].ref].is_field;
	if (found)
		iql_feed_skip(feed);
}

static enum helio_rc
feed_all(struct calls *c, struct iql_feed *feed, struct helio_err *err)
{
	const struct iql_series *series = NULL;
	struct iql_rows rows;
	enum helio_rc rc;

	for (;;) {
		rc = iql_feed_next(feed, &rows, err);
		if (rc != HELIO_OK || rows.block == NULL)
			return rc;
		for (size_t i = 0; i < c->plan->n_calls &&
		    rows.series != series; i++)
			c->leaf[i].found = false;
		series = rows.series;
		for (size_t i = 0; i < c->plan->n_calls &&
		    rc == HELIO_OK; i++)
			if (c->plan->refs[c->plan->calls[i].ref].is_field)
				rc = feed_leaf(&c->leaf[i], &rows, err);
		if (rc != HELIO_OK)
			return rc;
		if (c->ends != FUNCS)
			skip_found(c, feed);
	}
}

/* ---- after the last row ---- */

static void
reverse(struct iql_point *p, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct iql_point one = p[i];

		p[i] = p[n - 1 - i];
		p[n - 1 - i] = one;
	}
}

/* Buckets from the last to the first; the points of one stay in order. */
static void
reverse_buckets(const struct iql_leaf *leaf, struct iql_list *list)
{
	size_t lo, hi;

	reverse(list->p, list->n);
	for (lo = 0; lo < list->n; lo = hi) {
		int64_t bucket = iql_bucket_of(&leaf->buckets,
		    list->p[lo].at_ns);

		for (hi = lo + 1; hi < list->n; hi++)
			if (iql_bucket_of(&leaf->buckets,
			    list->p[hi].at_ns) != bucket)
				break;
		reverse(list->p + lo, hi - lo);
	}
}

/* Do empty buckets show in what this call gives? */
static bool
is_filled(const struct iql_leaf *leaf)
{
	const struct iql_func *func = leaf->expr->func;

	if (leaf->buckets.interval_ns == 0 ||
	    leaf->plan->statement->fill == FILL_NONE)
		return false;
	return func->kind == KIND_FOLD || leaf->counts ||
	    func->id == FUNC_median || func->id == FUNC_mode ||
	    func->id == FUNC_percentile;
}

/* The functions around a list, from the inside. */
static enum helio_rc
apply_outer(struct iql_leaf *leaf, const struct iql_expr *call,
    struct iql_list *list, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	if (call == leaf->expr || call->func->kind != KIND_STREAM)
		return HELIO_OK;
	rc = apply_outer(leaf, call->args[0], list, err);
	return rc == HELIO_OK ? iql_stream_list(leaf, call, list, err) : rc;
}

static enum helio_rc
finish_call(struct calls *c, size_t i, struct iql_list *ret,
    struct helio_err *err)
{
	struct iql_leaf *leaf = &c->leaf[i];
	enum helio_rc rc;

	rc = ops_of(leaf)->finish(leaf, err);
	*ret = leaf->list;
	if (leaf->descending && !c->descending)
		reverse_buckets(leaf, ret);
	if (rc == HELIO_OK && is_filled(leaf))
		rc = iql_fill(leaf, ret, err);
	if (rc == HELIO_OK)
		rc = apply_outer(leaf, c->plan->calls[i].expr, ret, err);
	return rc;
}

enum helio_rc
iql_run_calls(struct iql_run *run, const struct iql_plan *plan,
    const struct iql_group *group, struct arena *arena,
    struct iql_list *lists, struct helio_err *err)
{
	struct calls c = {
		.run = run, .plan = plan, .group = group, .arena = arena,
	};
	struct iql_feed_options opt = {
		.plan = plan, .group = group, .arena = arena,
		.first_ns = IQL_TIME_MAX, .last_ns = IQL_TIME_MIN,
	};
	struct iql_feed *feed;
	enum helio_rc rc = choose_order(&c, err);

	if (rc != HELIO_OK)
		return rc;
	c.leaf = arena_alloc(arena, (plan->n_calls + 1) * sizeof(*c.leaf));
	for (size_t i = 0; i < plan->n_calls; i++) {
		set_up_leaf(&c, &c.leaf[i], &plan->calls[i]);
		if (c.leaf[i].first_ns < opt.first_ns)
			opt.first_ns = c.leaf[i].first_ns;
		if (c.leaf[i].last_ns > opt.last_ns)
			opt.last_ns = c.leaf[i].last_ns;
	}
	c.ends = one_end(plan);
	opt.merged = c.merged;
	opt.descending = c.descending || c.ends == FUNC_last;
	feed = iql_feed_open(run, &opt);
	rc = feed_all(&c, feed, err);
	iql_feed_close(feed);
	for (size_t i = 0; i < plan->n_calls && rc == HELIO_OK; i++)
		rc = finish_call(&c, i, &lists[i], err);
	return rc;
}
