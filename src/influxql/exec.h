/*
 * Running statements over what is stored.
 *
 *   parse -> statement -> plan (what to read, which columns) -> series, in
 *   groups -> blocks of columns, masked by the condition -> folds by bucket,
 *   or rows -> sink
 *
 *   parse.c parse_expr.c lex.c  text to statements
 *   cond.c      time and tags in conditions
 *   plan.c      names, functions and columns of a SELECT, checked
 *   series.c    series of a measurement, their tags, groups of them
 *   feed.c      rows of a group: one series after the other, or merged
 *   mask.c      the rows of a block that satisfy a condition
 *   fold.c      values that do not depend on order; collect.c  those that
 *               need all points; stream.c  from point to point
 *   calls.c     one call of a function over a group; fill.c  empty buckets
 *   select.c    SELECT; show.c  SHOW
 *
 * Whose data is seen follows from the transaction's caller alone.
 */
#ifndef HELIO_INFLUXQL_EXEC_H
#define HELIO_INFLUXQL_EXEC_H

#include "influxql/ast.h"
#include "influxql/parse.h"
#include "influxql/result.h"
#include "store/store.h"

/* What one statement may cost; 0 anywhere: the default. */
struct iql_limits {
	uint64_t	rows;		/* stored rows looked at */
	unsigned	ms;		/* time */
	size_t		series;		/* that match */
	size_t		points;		/* held in memory at once */
	size_t		buckets;	/* of one group and function */
	size_t		columns;	/* of series merged in time order */
	bool		one_unit;	/* series are looked up, not searched:
					 * the condition names the product_imei */
};

/*
 * Run one statement.  E_INVALID: the statement cannot be run, in `field` (as
 * err_field() names it); E_QUERY: it is over a limit, time among them, which
 * the message names.
 */
struct iql_context {
	struct tx	*tx;
	struct arena	*arena;		/* for this statement */
	int64_t		 now_ns;
	const struct iql_limits *limits;	/* NULL: defaults */
	const struct iql_sink *sink;
	/* How long the sink has waited, which is not the statement's time;
	 * looked at as it grows.  NULL: it does not wait. */
	const int64_t	*waited_ms;
};

enum helio_rc	 iql_run(const struct iql_context *, const struct iql_statement *,
		    struct helio_err *);

/* The data base and its one retention policy, as SHOW names them. */
#define IQL_DATABASE	"heliograph"

#endif
