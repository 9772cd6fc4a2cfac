/*
 * Functions over a group's rows: from rows to points, one list per call.
 * Private to src/influxql.
 */
#ifndef HELIO_INFLUXQL_CALLS_H
#define HELIO_INFLUXQL_CALLS_H

#include "influxql/feed.h"

/* A value of a function.  `v` null: an empty bucket. */
struct iql_point {
	int64_t		 at_ns;
	struct iql_value v;
	const struct iql_value *aux;	/* by slot: what stood beside it */
};

struct iql_list {
	struct iql_point *p;
	size_t		 n, cap;
};

/* Buckets of GROUP BY time; interval 0: all time is one. */
struct iql_buckets {
	int64_t		 interval_ns, offset_ns;
	int64_t		 only_ns;	/* the time of the one bucket */
};

/* Number of the bucket that holds a time, when it begins. */
int64_t		 iql_bucket_of(const struct iql_buckets *, int64_t at_ns);
int64_t		 iql_bucket_start(const struct iql_buckets *, int64_t number);

/* One call under way. */
struct iql_leaf {
	struct iql_run	*run;
	struct arena	*arena;		/* the group's */
	const struct iql_plan *plan;
	const struct iql_expr *expr;	/* the leaf's call */
	struct iql_buckets buckets;
	int64_t		 first_ns, last_ns;	/* rows that count */
	bool		 in_order;	/* rows come in the order of time */
	bool		 descending;	/* .. from the last */
	bool		 counts;	/* count(distinct()) */
	bool		 found;		/* a value of the series at hand */
	size_t		 column;	/* of the feed */
	struct iql_list	 list;		/* the result */
	void		*state;		/* the kind's own */
	uint64_t	*present;	/* scratch: mask and presence */
	size_t		 cap_present;
};

/* What one kind of function does with rows. */
struct iql_kind_ops {
	void		(*begin)(struct iql_leaf *);
	/* Rows with a value: `mask` (NULL: all) includes presence. */
	enum helio_rc	(*rows)(struct iql_leaf *, const struct iql_rows *,
			    const struct telemetry_column *, struct helio_err *);
	enum helio_rc	(*finish)(struct iql_leaf *, struct helio_err *);
};

extern const struct iql_kind_ops iql_fold_ops;		/* fold.c */
extern const struct iql_kind_ops iql_collect_ops;	/* collect.c */
extern const struct iql_kind_ops iql_stream_ops;	/* stream.c */

enum helio_rc	 iql_add_point(struct iql_leaf *, struct iql_list *,
		    const struct iql_point *, struct helio_err *);
/* A value that outlives its block. */
struct iql_value iql_keep(struct arena *, struct iql_value);
/* What stands beside a row, for the names that are shown; NULL when none. */
const struct iql_value *iql_capture(struct iql_leaf *, const struct iql_rows *,
		    size_t row);
/* The values of a row for all names: fields and tags, borrowed. */
void		 iql_read_row(const struct iql_plan *, const struct iql_rows *,
		    size_t row, struct iql_value *slots);

/* ---- stream.c ---- */

/* A function from point to point, over a list: the result replaces it. */
enum helio_rc	 iql_stream_list(struct iql_leaf *, const struct iql_expr *call,
		    struct iql_list *list, struct helio_err *);

/* ---- fill.c ---- */

/* Points for the empty buckets between first and last (in the list's
 * direction); from the first point on when first_ns is IQL_TIME_MIN. */
enum helio_rc	 iql_fill(struct iql_leaf *, struct iql_list *list,
		    struct helio_err *);

/* The number of fill(), in the type of what it stands for. */
struct iql_value iql_fill_value(const struct iql_statement *, enum iql_type);

/* ---- calls.c ---- */

/*
 * Run all calls of a bound plan over a group: one list per call, in the order
 * of the statement, in `lists`.
 */
enum helio_rc	 iql_run_calls(struct iql_run *, const struct iql_plan *,
		    const struct iql_group *, struct arena *,
		    struct iql_list *lists, struct helio_err *);

#endif
