/*
 * The rows of a group of series, a stretch of one block at a time: one series
 * after the other, or merged in the order of time.  Private to src/influxql.
 */
#ifndef HELIO_INFLUXQL_FEED_H
#define HELIO_INFLUXQL_FEED_H

#include "influxql/plan.h"
#include "influxql/result.h"

/* Rows lo .. hi - 1 of a block, those whose bit in `mask` is set. */
struct iql_rows {
	const struct iql_series *series;
	const struct telemetry_block *block;
	size_t		 lo, hi;
	const uint64_t	*mask;		/* NULL: every row */
};

struct iql_feed_options {
	const struct iql_plan *plan;	/* bound */
	const struct iql_group *group;
	struct arena	*arena;		/* of the group */
	int64_t		 first_ns, last_ns;
	bool		 merged;
	bool		 descending;
};

struct iql_feed;

/* Ended with iql_feed_close(); nothing is read before the first next. */
struct iql_feed	*iql_feed_open(struct iql_run *,
		    const struct iql_feed_options *);
/* ret->block is NULL at the end; valid until the next call. */
enum helio_rc	 iql_feed_next(struct iql_feed *, struct iql_rows *ret,
		    struct helio_err *);
/* In sequence: no more rows of the series that the last ones were of. */
void		 iql_feed_skip(struct iql_feed *);
void		 iql_feed_close(struct iql_feed *);	/* NULL is allowed */

/* ---- mask.c ---- */

struct iql_masker;

struct iql_masker *iql_masker_new(struct arena *, const struct iql_plan *);
/* Set the bits of the rows that satisfy a condition; `out` has room for all
 * rows of the block. */
void		 iql_mask(struct iql_masker *, const struct iql_expr *,
		    const struct telemetry_block *, uint64_t *out);

#endif
