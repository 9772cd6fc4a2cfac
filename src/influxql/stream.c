/*
 * Functions from point to point: over rows in the order of time, or over the
 * list that an inner function gave.
 */
#include "influxql/calls.h"

struct stream {
	const struct iql_expr *call;
	struct iql_list	*out;
	bool		 has_last;
	struct iql_point last;		/* the point before */
	/* moving_average */
	double		*window;
	size_t		 n, at;
	double		 sum;
	/* cumulative_sum, integral */
	int64_t		 total;
	double		 area;
	int64_t		 bucket;	/* integral: being measured */
};

enum { WINDOW_MAX = 1000000 };

static double
as_float(const struct iql_value *v)
{
	return v->type == IQL_T_FLOAT ? v->f : (double)v->i;
}

static enum helio_rc
emit(struct iql_leaf *leaf, struct stream *s, int64_t at_ns,
    struct iql_value v, struct helio_err *err)
{
	const struct iql_point point = { .at_ns = at_ns, .v = v };

	return iql_add_point(leaf, s->out, &point, err);
}

/* ---- from the point before ---- */

static struct iql_value
difference(const struct iql_point *a, const struct iql_point *b)
{
	return iql_operate(IQL_SUB, b->v, a->v, true);
}

/* The time between two points, whatever the direction. */
static int64_t
span(const struct iql_leaf *leaf, const struct iql_point *a,
    const struct iql_point *b)
{
	int64_t elapsed = b->at_ns - a->at_ns;

	return leaf->descending ? -elapsed : elapsed;
}

static enum helio_rc
on_difference(struct iql_leaf *leaf, struct stream *s,
    const struct iql_point *p, struct helio_err *err)
{
	struct iql_value d;

	if (!s->has_last || s->last.at_ns == p->at_ns)
		return HELIO_OK;
	d = difference(&s->last, p);
	if (s->call->func->id == FUNC_non_negative_difference &&
	    as_float(&d) < 0)
		return HELIO_OK;
	return emit(leaf, s, p->at_ns, d, err);
}

static enum helio_rc
on_derivative(struct iql_leaf *leaf, struct stream *s,
    const struct iql_point *p, struct helio_err *err)
{
	int64_t unit = iql_call_unit(s->call, leaf->buckets.interval_ns != 0 ?
	    leaf->buckets.interval_ns : INT64_C(1000000000));
	struct iql_value d;
	int64_t elapsed;

	if (!s->has_last || s->last.at_ns == p->at_ns)
		return HELIO_OK;
	d = difference(&s->last, p);
	elapsed = span(leaf, &s->last, p);
	if (s->call->func->id == FUNC_non_negative_derivative &&
	    as_float(&d) < 0)
		return HELIO_OK;
	return emit(leaf, s, p->at_ns, iql_float(elapsed > 0 ? as_float(&d) /
	    ((double)elapsed / (double)unit) : 0), err);
}

static enum helio_rc
on_elapsed(struct iql_leaf *leaf, struct stream *s, const struct iql_point *p,
    struct helio_err *err)
{
	if (!s->has_last)
		return HELIO_OK;
	return emit(leaf, s, p->at_ns, iql_int((p->at_ns - s->last.at_ns) /
	    iql_call_unit(s->call, 1)), err);
}

/* ---- from all points before ---- */

static enum helio_rc
on_cumulative_sum(struct iql_leaf *leaf, struct stream *s,
    const struct iql_point *p, struct helio_err *err)
{
	if (p->v.type == IQL_T_FLOAT) {
		s->sum += p->v.f;
		return emit(leaf, s, p->at_ns, iql_float(s->sum), err);
	}
	s->total = (int64_t)((uint64_t)s->total + (uint64_t)p->v.i);
	return emit(leaf, s, p->at_ns, iql_int(s->total), err);
}

static enum helio_rc
on_moving_average(struct iql_leaf *leaf, struct stream *s,
    const struct iql_point *p, struct helio_err *err)
{
	size_t size = (size_t)s->call->args[1]->i;

	if (size > WINDOW_MAX)
		return err_field(err, IQL_FIELD, "moving_average() takes at "
		    "most %d points", WINDOW_MAX);
	if (s->window == NULL)
		s->window = arena_alloc(leaf->arena,
		    size * sizeof(*s->window));
	if (s->n == size)
		s->sum -= s->window[s->at];
	else
		s->n++;
	s->window[s->at] = as_float(&p->v);
	s->sum += s->window[s->at];
	s->at = (s->at + 1) % size;
	if (s->n < size)
		return HELIO_OK;
	return emit(leaf, s, p->at_ns, iql_float(s->sum / (double)size), err);
}

/* ---- integral: trapezia, cut at the buckets' ends ---- */

/* The value at a time on the line through two points. */
static double
between(const struct iql_point *a, const struct iql_point *b, int64_t at_ns)
{
	double slope = (as_float(&b->v) - as_float(&a->v)) /
	    (double)(b->at_ns - a->at_ns);

	return slope * (double)(at_ns - a->at_ns) + as_float(&a->v);
}

static void
add_area(struct stream *s, const struct iql_point *b, double unit)
{
	s->area += 0.5 * (as_float(&b->v) + as_float(&s->last.v)) *
	    ((double)(b->at_ns - s->last.at_ns) / unit);
	s->last = *b;
}

/* The bucket ends before p: measure up to its end and give it out. */
static enum helio_rc
end_bucket(struct iql_leaf *leaf, struct stream *s, const struct iql_point *p,
    double unit, struct helio_err *err)
{
	int64_t start = iql_bucket_start(&leaf->buckets, s->bucket);
	struct iql_point cut = {
		.at_ns = start + leaf->buckets.interval_ns,
	};
	enum helio_rc rc;

	cut.v = iql_float(between(&s->last, p, cut.at_ns));
	if (s->last.at_ns != cut.at_ns)
		add_area(s, &cut, unit);
	rc = emit(leaf, s, start, iql_float(s->area), err);
	s->area = 0;
	s->bucket = iql_bucket_of(&leaf->buckets, p->at_ns);
	return rc;
}

static enum helio_rc
on_integral(struct iql_leaf *leaf, struct stream *s,
    const struct iql_point *p, struct helio_err *err)
{
	double unit = (double)iql_call_unit(s->call, INT64_C(1000000000));
	enum helio_rc rc = HELIO_OK;

	if (!s->has_last) {
		s->bucket = iql_bucket_of(&leaf->buckets, p->at_ns);
		return HELIO_OK;
	}
	if (s->last.at_ns == p->at_ns)
		return HELIO_OK;
	if (iql_bucket_of(&leaf->buckets, p->at_ns) != s->bucket)
		rc = end_bucket(leaf, s, p, unit, err);
	if (rc == HELIO_OK)
		add_area(s, p, unit);
	return rc;
}

static enum helio_rc
end_integral(struct iql_leaf *leaf, struct stream *s, struct helio_err *err)
{
	bool buckets = leaf->buckets.interval_ns != 0;
	int64_t start = buckets ? iql_bucket_start(&leaf->buckets,
	    s->bucket) : 0;

	if (!s->has_last || s->last.at_ns == start)
		return HELIO_OK;
	return emit(leaf, s, start, iql_float(s->area), err);
}

/* ---- points in ---- */

static enum helio_rc	(*const steps[FUNCS])(struct iql_leaf *,
			    struct stream *, const struct iql_point *,
			    struct helio_err *) = {
	[FUNC_integral] = on_integral,
	[FUNC_difference] = on_difference,
	[FUNC_non_negative_difference] = on_difference,
	[FUNC_derivative] = on_derivative,
	[FUNC_non_negative_derivative] = on_derivative,
	[FUNC_moving_average] = on_moving_average,
	[FUNC_cumulative_sum] = on_cumulative_sum,
	[FUNC_elapsed] = on_elapsed,
};

/* Of several points at one time, differences look at the first. */
static bool
skips_equal(enum iql_func_id id)
{
	return id != FUNC_integral && id != FUNC_elapsed;
}

static enum helio_rc
step(struct iql_leaf *leaf, struct stream *s, const struct iql_point *p,
    struct helio_err *err)
{
	enum helio_rc rc = steps[s->call->func->id](leaf, s, p, err);

	if (!s->has_last || s->last.at_ns != p->at_ns ||
	    !skips_equal(s->call->func->id))
		s->last = *p;
	s->has_last = true;
	return rc;
}

static void
begin(struct iql_leaf *leaf)
{
	struct stream *s = arena_alloc(leaf->arena, sizeof(*s));

	s->call = leaf->expr;
	s->out = &leaf->list;
	leaf->state = s;
}

static enum helio_rc
stream_rows(struct iql_leaf *leaf, const struct iql_rows *rows,
    const struct telemetry_column *column, struct helio_err *err)
{
	struct stream *s = leaf->state;
	enum helio_rc rc = HELIO_OK;

	for (size_t i = iql_mask_next(rows->mask, rows->lo, rows->hi);
	    i < rows->hi && rc == HELIO_OK;
	    i = iql_mask_next(rows->mask, i + 1, rows->hi)) {
		const struct iql_point point = {
			.at_ns = rows->block->at_ns[i],
			.v = iql_cell(column, i),
		};

		rc = step(leaf, s, &point, err);
	}
	/* texts do not outlive their block; only elapsed() meets them */
	s->last.v = iql_keep(leaf->arena, s->last.v);
	return rc;
}

static enum helio_rc
finish(struct iql_leaf *leaf, struct helio_err *err)
{
	return leaf->expr->func->id == FUNC_integral ?
	    end_integral(leaf, leaf->state, err) : HELIO_OK;
}

const struct iql_kind_ops iql_stream_ops = { begin, stream_rows, finish };

enum helio_rc
iql_stream_list(struct iql_leaf *leaf, const struct iql_expr *call,
    struct iql_list *list, struct helio_err *err)
{
	struct iql_list out = { 0 };
	struct stream s = { .call = call, .out = &out };
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < list->n && rc == HELIO_OK; i++)
		if (list->p[i].v.type != IQL_T_NULL)
			rc = step(leaf, &s, &list->p[i], err);
	*list = out;
	return rc;
}
