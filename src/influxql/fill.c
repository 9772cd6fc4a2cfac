/* Points for empty buckets, as InfluxDB's fill() makes them. */
#include "influxql/calls.h"

struct fill {
	struct iql_leaf	*leaf;
	const struct iql_list *in;
	struct iql_list	 out;
	int64_t		 step;		/* interval, with its sign */
	size_t		 next;		/* of `in` */
	bool		 has_last;
	struct iql_point last;		/* of `in`, given out */
};

struct iql_value
iql_fill_value(const struct iql_statement *s, enum iql_type type)
{
	switch (type) {
	case IQL_T_INT:
		return iql_convert(iql_float(s->fill_value), CAST_INTEGER);
	case IQL_T_BOOL:
		return iql_bool(false);
	case IQL_T_TEXT:
		return iql_text("");
	case IQL_T_NULL:
		return iql_null();
	default:
		return iql_float(s->fill_value);
	}
}

/* On the line between the points before and after, counted in intervals. */
static struct iql_value
linear(const struct fill *f, int64_t at_ns)
{
	int64_t interval = f->leaf->buckets.interval_ns;
	const struct iql_point *a = &f->last, *b = &f->in->p[f->next];
	double from, to, x;

	if (!f->has_last || f->next == f->in->n ||
	    (a->v.type != IQL_T_FLOAT && a->v.type != IQL_T_INT) ||
	    b->v.type != a->v.type)
		return iql_null();
	from = a->v.type == IQL_T_INT ? (double)a->v.i : a->v.f;
	to = b->v.type == IQL_T_INT ? (double)b->v.i : b->v.f;
	x = (double)((at_ns - a->at_ns) / interval) /
	    (double)((b->at_ns - a->at_ns) / interval);
	from += (to - from) * x;
	return a->v.type == IQL_T_INT ?
	    iql_convert(iql_float(from), CAST_INTEGER) : iql_float(from);
}

static struct iql_value
value_at(const struct fill *f, int64_t at_ns)
{
	bool counts = f->leaf->expr->func->id == FUNC_count ||
	    f->leaf->counts;

	switch (f->leaf->plan->statement->fill) {
	case FILL_NUMBER:
		return iql_fill_value(f->leaf->plan->statement,
		    f->in->p[0].v.type);
	case FILL_PREVIOUS:
		return f->has_last ? f->last.v : iql_null();
	case FILL_LINEAR:
		return linear(f, at_ns);
	default:
		return counts ? iql_int(0) : iql_null();
	}
}

static enum helio_rc
add_at(struct fill *f, int64_t at_ns, struct helio_err *err)
{
	struct iql_point point = { .at_ns = at_ns };

	if (f->next < f->in->n && f->in->p[f->next].at_ns == at_ns) {
		f->last = point = f->in->p[f->next++];
		f->has_last = true;
	} else {
		point.v = value_at(f, at_ns);
	}
	return iql_add_point(f->leaf, &f->out, &point, err);
}

enum helio_rc
iql_fill(struct iql_leaf *leaf, struct iql_list *list, struct helio_err *err)
{
	const struct iql_buckets *b = &leaf->buckets;
	struct fill f = { .leaf = leaf, .in = list, .step = b->interval_ns };
	int64_t first, last, from, to;
	enum helio_rc rc = HELIO_OK;

	if (list->n == 0)
		return HELIO_OK;
	from = list->p[0].at_ns;
	to = list->p[list->n - 1].at_ns;
	first = iql_bucket_of(b, leaf->descending ? to : from);
	if (leaf->first_ns > IQL_TIME_MIN)
		first = iql_bucket_of(b, leaf->first_ns);
	last = iql_bucket_of(b, leaf->last_ns);
	if ((uint64_t)(last - first) >= leaf->run->limits.buckets)
		return err_set(err, HELIO_E_QUERY, "More than %zu intervals: "
		    "take a longer one or a shorter range",
		    leaf->run->limits.buckets);
	for (int64_t i = 0; i <= last - first && rc == HELIO_OK; i++)
		rc = add_at(&f, iql_bucket_start(b, leaf->descending ?
		    last - i : first + i), err);
	*list = f.out;
	return rc;
}
