/* Asking /query, for `helio telemetry`. */
#ifndef HELIO_CMD_SAMPLE_QUERY_H
#define HELIO_CMD_SAMPLE_QUERY_H

#include "cmd/sample_rows.h"
#include "helio/helio.h"

/*
 * Send one statement.  EXIT_OK: all rows were given.  Otherwise it was said on
 * standard error what is wrong, but for too_large.
 */
int	sample_query(helio_client *, const char *statement,
	    struct sample_rows *);

#endif
