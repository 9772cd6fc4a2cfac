/* The ceiling of the telemetry (telemetry_max): what the log says of it. */
#ifndef HELIO_DOMAIN_CEILING_H
#define HELIO_DOMAIN_CEILING_H

#include "store/store.h"

struct ceiling;

/*
 * Set the ceiling (bytes; 0: none) and watch it: the log is told once when
 * 90 % are reached, once when it is full, and when there is room again.  The
 * caller frees *ret after the store is closed.
 */
enum helio_rc	 ceiling_watch(struct store *, int64_t most,
		    struct ceiling **ret, struct helio_err *);
void		 ceiling_free(struct ceiling *);	/* NULL is allowed */

#endif
