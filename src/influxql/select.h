/* SELECT and SHOW, one statement each.  Private to src/influxql. */
#ifndef HELIO_INFLUXQL_SELECT_H
#define HELIO_INFLUXQL_SELECT_H

#include "influxql/run.h"

enum helio_rc	 iql_select(struct iql_run *, const struct iql_statement *,
		    struct helio_err *);
enum helio_rc	 iql_show(struct iql_run *, const struct iql_statement *,
		    struct helio_err *);

#endif
