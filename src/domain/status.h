/*
 * Tells the outbox that a unit's enable status or state changed (seed:
 * channel product-status).
 */
#ifndef HELIO_DOMAIN_STATUS_H
#define HELIO_DOMAIN_STATUS_H

#include "store/store.h"

/* What is known to the caller; the rest is read. */
struct status {
	const char	*enabled_status;	/* NULL: from the history */
	int64_t		 state;			/* 0: from the state */
	const char	*user;			/* who made the change */
};

/* Put the event into the transaction; product as it was read before. */
enum helio_rc	 status_publish(struct tx *, const struct row *product,
		    const struct status *, struct helio_err *);

#endif
