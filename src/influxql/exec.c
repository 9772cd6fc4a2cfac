/* A statement: limits filled in, then SELECT or SHOW. */
#include "influxql/exec.h"

#include <string.h>

#include "base/times.h"
#include "influxql/select.h"

static const struct iql_limits defaults = {
	.rows = 500000000,
	.ms = 10000,
	.series = 100000,
	.points = 1000000,
	.buckets = 100000,
	.columns = 4096,
};

static bool
is_late(const struct iql_run *run)
{
	int64_t waited_ms = run->waited_ms != NULL ? *run->waited_ms : 0;

	return time_monotonic_ms() - waited_ms >= run->ends_ms;
}

enum helio_rc
iql_check_time(struct iql_run *run, struct helio_err *err)
{
	if (!is_late(run))
		return HELIO_OK;
	return err_set(err, HELIO_E_QUERY, "The query took longer than %u s "
	    "(query_deadline): take a shorter range or fewer series",
	    run->limits.ms / 1000);
}

enum helio_rc
iql_count_rows(struct iql_run *run, size_t n, struct helio_err *err)
{
	run->rows += n;
	if (run->rows <= run->limits.rows)
		return iql_check_time(run, err);
	return err_set(err, HELIO_E_QUERY, "More than %llu stored rows would "
	    "be read (query_rows): take a shorter range or fewer "
	    "series", (unsigned long long)run->limits.rows);
}

enum helio_rc
iql_hold_points(struct iql_run *run, size_t n, struct helio_err *err)
{
	run->points += n;
	if (run->points <= run->limits.points)
		return HELIO_OK;
	return err_set(err, HELIO_E_QUERY, "More than %zu points would be held "
	    "at once: take a shorter range, a longer interval or fewer series",
	    run->limits.points);
}

void *
iql_grow(struct arena *arena, void *old, size_t n, size_t *cap, size_t size)
{
	void *grown;

	if (n < *cap)
		return old;
	*cap = *cap > 0 ? 2 * *cap : 16;
	grown = arena_alloc(arena, *cap * size);
	if (n > 0)
		memcpy(grown, old, n * size);
	return grown;
}

static struct iql_limits
fill_in(const struct iql_limits *given)
{
	struct iql_limits l = given != NULL ? *given : defaults;

	l.rows = l.rows != 0 ? l.rows : defaults.rows;
	l.ms = l.ms != 0 ? l.ms : defaults.ms;
	l.series = l.series != 0 ? l.series : defaults.series;
	l.points = l.points != 0 ? l.points : defaults.points;
	l.buckets = l.buckets != 0 ? l.buckets : defaults.buckets;
	l.columns = l.columns != 0 ? l.columns : defaults.columns;
	return l;
}

enum helio_rc
iql_run(const struct iql_context *context, const struct iql_statement *s,
    struct helio_err *err)
{
	struct iql_run run = {
		.tx = context->tx, .arena = context->arena,
		.now_ns = context->now_ns, .sink = context->sink,
		.limits = fill_in(context->limits),
		.waited_ms = context->waited_ms,
	};
	enum helio_rc rc;

	run.ends_ms = time_monotonic_ms() + run.limits.ms -
	    (run.waited_ms != NULL ? *run.waited_ms : 0);
	rc = s->verb == IQL_SELECT ? iql_select(&run, s, err) :
	    iql_show(&run, s, err);
	/* the store counts the same time and may be the first to say so */
	if (rc == HELIO_E_BUSY && is_late(&run))
		rc = iql_check_time(&run, err);
	return rc;
}
