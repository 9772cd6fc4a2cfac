/*
 * The server process: the only place that wires store, api, routes, outbox
 * and listeners together, and that knows of signals.
 */
#ifndef HELIO_SERVER_SERVER_H
#define HELIO_SERVER_SERVER_H

#include "server/config.h"

/*
 * Serve a data folder until SIGTERM or SIGINT; prints `listening on URL` on
 * stdout when ready.  Returns HELIO_OK after a clean stop.
 */
enum helio_rc	server_run(const char *data, const struct config *,
		    struct helio_err *);

#endif
