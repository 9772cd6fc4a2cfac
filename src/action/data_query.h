/* The arguments of a telemetry read, from texts to a query.  No I/O. */
#ifndef HELIO_ACTION_DATA_QUERY_H
#define HELIO_ACTION_DATA_QUERY_H

#include "action/action.h"
#include "telemetry/telemetry.h"

enum {
	DATA_START, DATA_END, DATA_FIELDS, DATA_MEASUREMENT, DATA_LIMIT,
	DATA_TAGS, DATA_WHERE, DATA_DS_INTERVAL, DATA_DS_FUNCTION,
	DATA_DS_FUCNTION,
	DATA_ARGS,
};

/* Faults go to err; E_INVALID when there are any. */
enum helio_rc	 data_query_read(struct action_call *,
		    struct telemetry_query *ret, struct helio_err *);

#endif
