/*
 * The listener for operators' programs: /livez, /readyz and /metrics.  It has
 * no users and no tokens: it is off by default and belongs on an address that
 * only they can reach.
 */
#ifndef HELIO_SERVER_ADMIN_H
#define HELIO_SERVER_ADMIN_H

#include "api/api.h"

struct admin;

struct admin_options {
	const char	*listen;	/* as http_options.listen */
	const struct api *api;		/* all borrowed */
	const struct http_server *http;
	struct store	*store;
};

enum helio_rc	 admin_start(const struct admin_options *, struct admin **ret,
		    struct helio_err *);
const char	*admin_url(const struct admin *);	/* borrowed */
/* Before what it borrows is stopped: a server that drains is not ready. */
void		 admin_stop(struct admin *);	/* NULL is allowed */

#endif
