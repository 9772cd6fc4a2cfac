/* Conditions: the range of time in them, and what is left of them. */
#ifndef HELIO_INFLUXQL_COND_H
#define HELIO_INFLUXQL_COND_H

#include "influxql/parse.h"

struct iql_range {
	int64_t	first_ns, last_ns;	/* both included */
	bool	has_first, has_last;	/* the condition names that bound */
};

/*
 * Take the comparisons of `time` out of a condition: *ret_rest is what is left
 * (NULL: nothing), *range is narrowed to what they say.  They count wherever
 * they stand under AND; under OR they are a fault.  False: *fault says why.
 */
bool	iql_split_time(struct arena *, struct iql_expr *where, int64_t now_ns,
	    struct iql_range *range, struct iql_expr **ret_rest,
	    struct iql_fault *fault);
/*
 * A condition as it reads for one series.  `tag` tells the value of a name that
 * is a tag ("" for one that is not set), or NULL for a field.  The result is
 * the condition itself, a shorter copy, or one of the two constants.
 */
struct iql_expr *iql_specialise(struct arena *, struct iql_expr *,
	    const char *(*tag)(const struct iql_expr *, void *), void *arg);
/* A constant, as iql_specialise gives them. */
bool	iql_is_constant(const struct iql_expr *, bool *ret);

#endif
