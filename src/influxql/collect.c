/*
 * Functions that need all points of a bucket at once.  In order of time a
 * bucket is finished when the next begins; else all are kept and sorted at the
 * end.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "influxql/calls.h"

struct collect {
	struct iql_list	 points;	/* of the bucket, or of all time */
	int64_t		 bucket;	/* that is being filled */
	uint64_t	 seen;		/* sample(): points in it so far */
};

static void
begin(struct iql_leaf *leaf)
{
	leaf->state = arena_alloc(leaf->arena, sizeof(struct collect));
}

/* ---- orders ---- */

static int
by_time(const void *a, const void *b)
{
	const struct iql_point *x = a, *y = b;
	int order = (x->at_ns > y->at_ns) - (x->at_ns < y->at_ns);

	return order != 0 ? order : iql_compare(&x->v, &y->v);
}

/* Of equal values the earlier one first. */
static int
by_value(const void *a, const void *b)
{
	const struct iql_point *x = a, *y = b;
	int order = iql_compare(&x->v, &y->v);

	return order != 0 ? order : (x->at_ns > y->at_ns) -
	    (x->at_ns < y->at_ns);
}

static int
greatest_first(const void *a, const void *b)
{
	const struct iql_point *x = a, *y = b;
	int order = iql_compare(&y->v, &x->v);

	return order != 0 ? order : (x->at_ns > y->at_ns) -
	    (x->at_ns < y->at_ns);
}

static double
as_float(const struct iql_value *v)
{
	return v->type == IQL_T_FLOAT ? v->f : (double)v->i;
}

/* ---- functions: n points (at least one) in place to how many are left ---- */

static size_t
do_median(const struct iql_leaf *leaf, struct iql_point *p, size_t n)
{
	double low, high;

	qsort(p, n, sizeof(*p), by_value);
	high = as_float(&p[n / 2].v);
	low = as_float(&p[(n - 1) / 2].v);
	p[0].v = iql_float(low + (high - low) / 2);
	return 1;
}

/* The most frequent value: of those with as many, the one that came first. */
static size_t
do_mode(const struct iql_leaf *leaf, struct iql_point *p, size_t n)
{
	size_t best = 0, best_n = 0, run = 0;

	qsort(p, n, sizeof(*p), by_value);
	for (size_t i = 1; i <= n; i++) {
		if (i < n && iql_compare(&p[i].v, &p[run].v) == 0)
			continue;
		if (i - run > best_n || (i - run == best_n && best_n > 1 &&
		    p[run].at_ns < p[best].at_ns)) {
			best = run;
			best_n = i - run;
		}
		run = i;
	}
	p[0] = p[best];
	return 1;
}

static size_t
do_distinct(const struct iql_leaf *leaf, struct iql_point *p, size_t n)
{
	size_t left = 1;

	qsort(p, n, sizeof(*p), by_value);
	for (size_t i = 1; i < n; i++)
		if (iql_compare(&p[i].v, &p[left - 1].v) != 0)
			p[left++] = p[i];
		else if (leaf->descending)	/* the last one counts */
			p[left - 1] = p[i];
	qsort(p, left, sizeof(*p), by_time);
	return left;
}

/* Nearest rank. */
static size_t
do_percentile(const struct iql_leaf *leaf, struct iql_point *p, size_t n)
{
	const struct iql_expr *a = leaf->expr->args[1];
	double share = a->kind == IQL_INTEGER ? (double)a->i : a->f;
	double rank = floor((double)n * share / 100.0 + 0.5) - 1;

	if (rank < 0 || rank >= (double)n)
		return 0;
	qsort(p, n, sizeof(*p), by_value);
	p[0] = p[(size_t)rank];
	return 1;
}

static size_t
cut(const struct iql_leaf *leaf, struct iql_point *p, size_t n)
{
	size_t max = (size_t)leaf->expr->args[1]->i;

	if (n > max)
		n = max;
	qsort(p, n, sizeof(*p), by_time);
	return n;
}

static size_t
do_top(const struct iql_leaf *leaf, struct iql_point *p, size_t n)
{
	qsort(p, n, sizeof(*p), greatest_first);
	return cut(leaf, p, n);
}

static size_t
do_bottom(const struct iql_leaf *leaf, struct iql_point *p, size_t n)
{
	qsort(p, n, sizeof(*p), by_value);
	return cut(leaf, p, n);
}

static size_t
do_sample(const struct iql_leaf *leaf, struct iql_point *p, size_t n)
{
	return cut(leaf, p, n);
}

static size_t	(*const functions[FUNCS])(const struct iql_leaf *,
		    struct iql_point *, size_t) = {
	[FUNC_median] = do_median, [FUNC_mode] = do_mode,
	[FUNC_distinct] = do_distinct, [FUNC_percentile] = do_percentile,
	[FUNC_top] = do_top, [FUNC_bottom] = do_bottom,
	[FUNC_sample] = do_sample,
};

/* ---- a bucket ---- */

/* Do the results keep the time of their points? */
static bool
keeps_time(const struct iql_leaf *leaf)
{
	switch (leaf->expr->func->id) {
	case FUNC_top:
	case FUNC_bottom:
	case FUNC_sample:
		return true;
	case FUNC_percentile:
		return leaf->plan->selects && leaf->buckets.interval_ns == 0;
	default:
		return false;
	}
}

static enum helio_rc
add_results(struct iql_leaf *leaf, struct iql_point *p, size_t n,
    int64_t bucket, struct helio_err *err)
{
	bool keeps = keeps_time(leaf);
	enum helio_rc rc = HELIO_OK;

	if (leaf->counts && n > 0) {
		p[0].v = iql_int((int64_t)n);
		n = 1;
	}
	for (size_t i = 0; i < n && rc == HELIO_OK; i++) {
		if (!keeps)
			p[i].at_ns = iql_bucket_start(&leaf->buckets, bucket);
		rc = iql_add_point(leaf, &leaf->list, &p[i], err);
	}
	return rc;
}

static enum helio_rc
finish_bucket(struct iql_leaf *leaf, struct iql_point *p, size_t n,
    int64_t bucket, struct helio_err *err)
{
	if (n == 0)
		return HELIO_OK;
	n = functions[leaf->expr->func->id](leaf, p, n);
	return add_results(leaf, p, n, bucket, err);
}

static enum helio_rc
flush(struct iql_leaf *leaf, struct helio_err *err)
{
	struct collect *c = leaf->state;
	enum helio_rc rc = finish_bucket(leaf, c->points.p, c->points.n,
	    c->bucket, err);

	leaf->run->points -= c->points.n;
	c->points.n = 0;
	c->seen = 0;
	return rc;
}

/* ---- rows ---- */

/* The place of a new point among those sampled: the end, that of one it
 * replaces (each point has the same chance), or none. */
static size_t
sample_place(const struct iql_leaf *leaf, struct collect *c)
{
	size_t max = (size_t)leaf->expr->args[1]->i;
	uint64_t place;

	c->seen++;
	if (c->points.n < max)
		return c->points.n;
	place = c->seen <= UINT32_MAX ? random_below((uint32_t)c->seen) : max;
	return place < max ? (size_t)place : SIZE_MAX;
}

static enum helio_rc
keep_row(struct iql_leaf *leaf, const struct iql_rows *rows,
    const struct telemetry_column *column, size_t row, struct helio_err *err)
{
	struct collect *c = leaf->state;
	struct iql_point point = {
		.at_ns = rows->block->at_ns[row],
	};
	size_t place = SIZE_MAX;

	if (leaf->expr->func->id == FUNC_sample && leaf->in_order) {
		place = sample_place(leaf, c);
		if (place == SIZE_MAX)
			return HELIO_OK;
	}
	point.v = iql_keep(leaf->arena, iql_cell(column, row));
	point.aux = iql_capture(leaf, rows, row);
	if (place < c->points.n) {
		c->points.p[place] = point;
		return HELIO_OK;
	}
	return iql_add_point(leaf, &c->points, &point, err);
}

static enum helio_rc
collect_rows(struct iql_leaf *leaf, const struct iql_rows *rows,
    const struct telemetry_column *column, struct helio_err *err)
{
	struct collect *c = leaf->state;
	enum helio_rc rc = HELIO_OK;
	int64_t bucket;

	for (size_t i = iql_mask_next(rows->mask, rows->lo, rows->hi);
	    i < rows->hi && rc == HELIO_OK;
	    i = iql_mask_next(rows->mask, i + 1, rows->hi)) {
		bucket = iql_bucket_of(&leaf->buckets,
		    rows->block->at_ns[i]);
		if (leaf->in_order && bucket != c->bucket)
			rc = flush(leaf, err);
		c->bucket = bucket;
		if (rc == HELIO_OK)
			rc = keep_row(leaf, rows, column, i, err);
	}
	return rc;
}

/* Points of all buckets, out of order. */
static enum helio_rc
finish_sorted(struct iql_leaf *leaf, struct helio_err *err)
{
	struct collect *c = leaf->state;
	struct iql_point *p = c->points.p;
	size_t n = c->points.n, lo, hi;
	enum helio_rc rc = HELIO_OK;

	if (n > 1)
		qsort(p, n, sizeof(*p), by_time);
	for (lo = 0; lo < n && rc == HELIO_OK; lo = hi) {
		int64_t bucket = iql_bucket_of(&leaf->buckets, p[lo].at_ns);

		for (hi = lo + 1; hi < n; hi++)
			if (iql_bucket_of(&leaf->buckets, p[hi].at_ns) !=
			    bucket)
				break;
		rc = finish_bucket(leaf, p + lo, hi - lo, bucket, err);
	}
	return rc;
}

static enum helio_rc
finish(struct iql_leaf *leaf, struct helio_err *err)
{
	return leaf->in_order ? flush(leaf, err) : finish_sorted(leaf, err);
}

const struct iql_kind_ops iql_collect_ops = { begin, collect_rows, finish };
