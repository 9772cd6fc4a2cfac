/* What SHOW RETENTION POLICIES lists.  Private to src/influxql. */
#ifndef HELIO_INFLUXQL_POLICIES_H
#define HELIO_INFLUXQL_POLICIES_H

#include "influxql/run.h"

enum { IQL_POLICY_COLUMNS = 5 };	/* name, duration, shard's duration,
					 * replicas, is it the default */

struct iql_policy_sink {
	enum helio_rc	(*row)(void *arg, const struct iql_value *values,
			    struct helio_err *);
	void		*arg;
};

enum helio_rc	 iql_policies(struct tx *, const struct iql_policy_sink *,
		    struct helio_err *);

#endif
