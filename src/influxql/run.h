/* One statement under way: what its steps share.  Private to src/influxql. */
#ifndef HELIO_INFLUXQL_RUN_H
#define HELIO_INFLUXQL_RUN_H

#include "influxql/exec.h"

struct iql_run {
	struct tx	*tx;
	struct arena	*arena;		/* the statement's */
	int64_t		 now_ns;
	struct iql_limits limits;	/* filled in */
	const struct iql_sink *sink;
	int64_t		 ends_ms;	/* monotonic: then it is over ... */
	const int64_t	*waited_ms;	/* ... but for this; may be NULL */
	uint64_t	 rows;		/* looked at so far */
	size_t		 points;	/* held now, all calls together */
};

/* "q" is what a fault of a statement is named after. */
#define IQL_FIELD	"q"

/* E_QUERY when the time is used up; for every loop that may be long. */
enum helio_rc	 iql_check_time(struct iql_run *, struct helio_err *);
/* Count rows; E_QUERY when there were too many, or as above. */
enum helio_rc	 iql_count_rows(struct iql_run *, size_t n, struct helio_err *);
/* Count what is held. */
enum helio_rc	 iql_hold_points(struct iql_run *, size_t n, struct helio_err *);

/* Make room for one more element in an arena array. */
void		*iql_grow(struct arena *, void *old, size_t n, size_t *cap,
		    size_t size);

#endif
