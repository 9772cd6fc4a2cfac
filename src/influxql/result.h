/*
 * Where results go: series of rows, one after the other.  The form (JSON,
 * CSV, lists by field) is the receiver's business.
 */
#ifndef HELIO_INFLUXQL_RESULT_H
#define HELIO_INFLUXQL_RESULT_H

#include "base/rc.h"
#include "influxql/value.h"

struct iql_series_head {
	const char	*name;		/* measurement; NULL: none */
	const char	*const *tag_names;	/* of GROUP BY, ascending */
	const char	*const *tag_values;	/* "" where not set */
	size_t		 n_tags;
	const char	*const *columns;
	size_t		 n_columns;
};

/* Anything but OK ends the query with that code. */
struct iql_sink {
	/* Rows of another series follow; borrowed until the next call. */
	enum helio_rc	(*series)(void *arg, const struct iql_series_head *,
			    struct helio_err *);
	/* One value per column; texts are borrowed until it returns. */
	enum helio_rc	(*row)(void *arg, const struct iql_value *,
			    struct helio_err *);
	void		*arg;
};

#endif
