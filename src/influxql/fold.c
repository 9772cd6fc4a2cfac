/*
 * Functions whose value does not depend on the order of rows: an accumulator
 * per bucket, fed with stretches of columns.
 */
#include "influxql/calls.h"

#include <math.h>
#include <string.h>

struct acc {
	int64_t		 n;
	int64_t		 at_ns;		/* of the point chosen */
	struct iql_value best;		/* the point chosen; least */
	union {
		double	 f;		/* sum, or mean */
		int64_t	 i;
	};
	union {
		double	 f2;		/* sum of squares; greatest */
		int64_t	 i2;
	};
	const struct iql_value *aux;
	size_t		 row;		/* chosen in this stretch, or NONE */
};

#define NONE	SIZE_MAX

/* Rows lo .. hi - 1 of a column in one bucket. */
struct span {
	const struct telemetry_column *column;
	const int64_t	*at_ns;
	size_t		 lo, hi;
	const uint64_t	*mask;
};

#define EACH_ROW(i, s)							\
	for (size_t i = iql_mask_next((s)->mask, (s)->lo, (s)->hi);	\
	    i < (s)->hi; i = iql_mask_next((s)->mask, i + 1, (s)->hi))

typedef void (*fold_fn)(struct acc *, const struct span *);

/* ---- numbers ---- */

static void
count_any(struct acc *a, const struct span *s)
{
	EACH_ROW(i, s)
		a->n++;
}

static void
sum_float(struct acc *a, const struct span *s)
{
	double sum = a->f;

	EACH_ROW(i, s) {
		sum += s->column->f[i];
		a->n++;
	}
	a->f = sum;
}

static void
sum_int(struct acc *a, const struct span *s)
{
	uint64_t sum = (uint64_t)a->i;

	EACH_ROW(i, s) {
		sum += (uint64_t)s->column->i[i];
		a->n++;
	}
	a->i = (int64_t)sum;
}

static void
stddev_one(struct acc *a, double value)
{
	double delta = value - a->f;

	a->n++;
	a->f += delta / (double)a->n;
	a->f2 += delta * (value - a->f);
}

static void
stddev_float(struct acc *a, const struct span *s)
{
	EACH_ROW(i, s)
		stddev_one(a, s->column->f[i]);
}

static void
stddev_int(struct acc *a, const struct span *s)
{
	EACH_ROW(i, s)
		stddev_one(a, (double)s->column->i[i]);
}

static void
spread_float(struct acc *a, const struct span *s)
{
	EACH_ROW(i, s) {
		double value = s->column->f[i];

		if (a->n == 0 || value < a->f)
			a->f = value;
		if (a->n == 0 || value > a->f2)
			a->f2 = value;
		a->n++;
	}
}

static void
spread_int(struct acc *a, const struct span *s)
{
	EACH_ROW(i, s) {
		int64_t value = s->column->i[i];

		if (a->n == 0 || value < a->i)
			a->i = value;
		if (a->n == 0 || value > a->i2)
			a->i2 = value;
		a->n++;
	}
}

/* ---- points chosen ---- */

static void
choose(struct acc *a, const struct span *s, size_t row)
{
	a->n++;
	a->at_ns = s->at_ns[row];
	a->best = iql_cell(s->column, row);
	a->row = row;
}

/* Of equal values the earlier one. */
#define EXTREME(name, cells, member, operator)				\
static void								\
name(struct acc *a, const struct span *s)				\
{									\
	EACH_ROW(i, s)							\
		if (a->n == 0 || s->column->cells[i] operator		\
		    a->best.member || (s->at_ns[i] < a->at_ns &&	\
		    s->column->cells[i] == a->best.member))		\
			choose(a, s, i);				\
}

EXTREME(min_float, f, f, <)
EXTREME(max_float, f, f, >)
EXTREME(min_int, i, i, <)
EXTREME(max_int, i, i, >)

/* At one time the greater value counts. */
static void
consider(struct acc *a, const struct span *s, size_t row, bool wanted)
{
	struct iql_value v = iql_cell(s->column, row);

	if (a->n == 0 || wanted || (s->at_ns[row] == a->at_ns &&
	    iql_compare(&v, &a->best) > 0))
		choose(a, s, row);
}

static void
first_any(struct acc *a, const struct span *s)
{
	EACH_ROW(i, s) {
		consider(a, s, i, s->at_ns[i] < a->at_ns);
		if (i + 1 < s->hi && s->at_ns[i + 1] > s->at_ns[i])
			break;
	}
}

/* The last row of a stretch that a mask has; `hi` when none. */
static size_t
last_row(const struct span *s)
{
	size_t i = s->hi;

	while (i > s->lo)
		if (iql_mask_has(s->mask, --i))
			return i;
	return s->hi;
}

static void
last_any(struct acc *a, const struct span *s)
{
	bool up = s->at_ns[s->hi - 1] >= s->at_ns[s->lo];
	size_t i = up ? last_row(s) : iql_mask_next(s->mask, s->lo, s->hi);

	if (i < s->hi)
		consider(a, s, i, s->at_ns[i] > a->at_ns);
}

static const struct {
	fold_fn		 f, i, other;
} folds[FUNCS] = {
	[FUNC_count] = { count_any, count_any, count_any },
	[FUNC_sum] = { sum_float, sum_int, NULL },
	[FUNC_mean] = { sum_float, sum_int, NULL },
	[FUNC_min] = { min_float, min_int, min_int },
	[FUNC_max] = { max_float, max_int, max_int },
	[FUNC_first] = { first_any, first_any, first_any },
	[FUNC_last] = { last_any, last_any, last_any },
	[FUNC_spread] = { spread_float, spread_int, NULL },
	[FUNC_stddev] = { stddev_float, stddev_int, NULL },
};

static fold_fn
fold_of(const struct iql_leaf *leaf, enum telemetry_type type)
{
	if (type == TELEMETRY_FLOAT)
		return folds[leaf->expr->func->id].f;
	if (type == TELEMETRY_INT)
		return folds[leaf->expr->func->id].i;
	return folds[leaf->expr->func->id].other;
}

/* ---- buckets ---- */

/* Accumulators of buckets first .. first + n - 1; grows at both ends. */
struct fold {
	struct acc	*acc;
	int64_t		 first;
	size_t		 n;
	enum telemetry_type type;
};

static void
begin(struct iql_leaf *leaf)
{
	leaf->state = arena_alloc(leaf->arena, sizeof(struct fold));
}

/* Room for buckets low .. high. */
static enum helio_rc
widen(struct iql_leaf *leaf, int64_t low, int64_t high, struct helio_err *err)
{
	struct fold *fold = leaf->state;
	size_t n = (size_t)(high - low) + 1, more = n - fold->n;
	struct acc *acc;
	enum helio_rc rc;

	if (n > leaf->run->limits.buckets)
		return err_set(err, HELIO_E_QUERY, "More than %zu intervals: "
		    "take a longer one or a shorter range",
		    leaf->run->limits.buckets);
	/* twice as many as before, so that copying stays cheap */
	if (fold->n > 0 && n < 2 * fold->n &&
	    2 * fold->n <= leaf->run->limits.buckets) {
		n = 2 * fold->n;
		more = n - fold->n;
		if (low < fold->first)
			low = fold->first - (int64_t)more;
	}
	rc = iql_hold_points(leaf->run, more, err);
	if (rc != HELIO_OK)
		return rc;
	acc = arena_alloc(leaf->arena, n * sizeof(*acc));
	if (fold->n > 0)
		memcpy(acc + (fold->first - low), fold->acc,
		    fold->n * sizeof(*acc));
	fold->acc = acc;
	fold->first = low;
	fold->n = n;
	return HELIO_OK;
}

static enum helio_rc
acc_of(struct iql_leaf *leaf, int64_t bucket, struct acc **ret,
    struct helio_err *err)
{
	struct fold *fold = leaf->state;
	enum helio_rc rc = HELIO_OK;

	if (fold->n == 0)
		rc = widen(leaf, bucket, bucket, err);
	else if (bucket < fold->first)
		rc = widen(leaf, bucket, fold->first + (int64_t)fold->n - 1,
		    err);
	else if (bucket - fold->first >= (int64_t)fold->n)
		rc = widen(leaf, fold->first, bucket, err);
	if (rc == HELIO_OK)
		*ret = &fold->acc[bucket - fold->first];
	return rc;
}

/* The end of the stretch from lo on that is in the bucket of its first row. */
static size_t
bucket_end(const struct iql_leaf *leaf, const struct iql_rows *rows,
    size_t lo, int64_t *ret_bucket)
{
	const int64_t *at = rows->block->at_ns;
	size_t low = lo + 1, high = rows->hi, middle;
	int64_t bucket = iql_bucket_of(&leaf->buckets, at[lo]);

	*ret_bucket = bucket;
	if (leaf->buckets.interval_ns == 0 ||
	    iql_bucket_of(&leaf->buckets, at[rows->hi - 1]) == bucket)
		return rows->hi;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (iql_bucket_of(&leaf->buckets, at[middle]) == bucket)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum helio_rc
fold_rows(struct iql_leaf *leaf, const struct iql_rows *rows,
    const struct telemetry_column *column, struct helio_err *err)
{
	struct fold *fold = leaf->state;
	fold_fn add = fold_of(leaf, column->type);
	struct span s = { column, rows->block->at_ns, .mask = rows->mask };
	enum helio_rc rc = HELIO_OK;
	struct acc *acc = NULL;
	int64_t bucket;

	fold->type = column->type;
	for (s.lo = rows->lo; s.lo < rows->hi && add != NULL; s.lo = s.hi) {
		s.hi = bucket_end(leaf, rows, s.lo, &bucket);
		rc = acc_of(leaf, bucket, &acc, err);
		if (rc != HELIO_OK)
			return rc;
		acc->row = NONE;
		add(acc, &s);
		if (acc->row == NONE)
			continue;
		acc->best = iql_keep(leaf->arena, acc->best);
		acc->aux = iql_capture(leaf, rows, acc->row);
	}
	return rc;
}

/* ---- values ---- */

static struct iql_value
value_of(const struct iql_leaf *leaf, const struct acc *a)
{
	const struct fold *fold = leaf->state;
	bool whole = fold->type == TELEMETRY_INT;

	switch (leaf->expr->func->id) {
	case FUNC_count:
		return iql_int(a->n);
	case FUNC_sum:
		return whole ? iql_int(a->i) : iql_float(a->f);
	case FUNC_mean:
		return iql_float((whole ? (double)a->i : a->f) /
		    (double)a->n);
	case FUNC_spread:
		return whole ? iql_int((int64_t)((uint64_t)a->i2 -
		    (uint64_t)a->i)) : iql_float(a->f2 - a->f);
	case FUNC_stddev:
		return a->n < 2 ? iql_float(NAN) :
		    iql_float(sqrt(a->f2 / (double)(a->n - 1)));
	default:
		return a->best;
	}
}

static enum helio_rc
finish(struct iql_leaf *leaf, struct helio_err *err)
{
	const struct fold *fold = leaf->state;
	bool at_point = leaf->plan->selects && leaf->buckets.interval_ns == 0;
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < fold->n && rc == HELIO_OK; i++) {
		const struct acc *a = &fold->acc[i];
		struct iql_point point = { .aux = a->aux };

		if (a->n == 0)
			continue;
		point.at_ns = at_point ? a->at_ns : iql_bucket_start(
		    &leaf->buckets, fold->first + (int64_t)i);
		point.v = value_of(leaf, a);
		rc = iql_add_point(leaf, &leaf->list, &point, err);
	}
	return rc;
}

const struct iql_kind_ops iql_fold_ops = { begin, fold_rows, finish };
