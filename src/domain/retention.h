/* Samples that are older than their policy says go, a few series at a time. */
#ifndef HELIO_DOMAIN_RETENTION_H
#define HELIO_DOMAIN_RETENTION_H

#include "outbox/outbox.h"
#include "store/store.h"

/*
 * Handle the outbox event that stands for the next look, and see that there
 * is one: the lease of the outbox lets one of several servers do it.
 */
enum helio_rc	 retention_register(struct outbox *, struct store *,
		    struct helio_err *);
/* One look, for tests and for the handler; false in *ret_all: there is more
 * than one look may take. */
enum helio_rc	 retention_run(struct store *, bool *ret_all,
		    struct helio_err *);

#endif
