/*
 * The arguments of a telemetry read, from texts to an InfluxQL statement.  No
 * I/O.
 */
#ifndef HELIO_ACTION_DATA_QUERY_H
#define HELIO_ACTION_DATA_QUERY_H

#include "action/action.h"
#include "influxql/ast.h"
#include "telemetry/telemetry.h"

enum {
	DATA_START, DATA_END, DATA_FIELDS, DATA_MEASUREMENT, DATA_LIMIT,
	DATA_TAGS, DATA_WHERE, DATA_DS_INTERVAL, DATA_DS_FUNCTION,
	DATA_DS_FUCNTION, DATA_DS_ARGUMENT, DATA_FILL,
	DATA_ARGS,
};

struct data_query {
	const char	*measurement;
	struct telemetry_tag tags[TELEMETRY_TAGS_MAX];	/* all must match */
	size_t		 n_tags;
	const char	**fields;	/* NULL: all */
	size_t		 n_fields;
	struct iql_statement *statement;
};

/* Faults go to err; E_INVALID when there are any. */
enum helio_rc	 data_query_read(struct action_call *, struct data_query *ret,
		    struct helio_err *);

#endif
