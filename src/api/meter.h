/*
 * How many requests came and how long they took, for /metrics.  Counted per
 * event loop without locks; added up when somebody asks.
 */
#ifndef HELIO_API_METER_H
#define HELIO_API_METER_H

#include <stddef.h>
#include <stdint.h>

#include "api/api.h"

struct meter;

struct meter_request {
	unsigned	 loop;
	const struct api_route *route;	/* NULL: there was none */
	unsigned	 number;	/* of the route, as it was added */
	unsigned	 status;	/* 0: the client went away */
	size_t		 reply_bytes;
	int64_t		 took_us;
};

struct meter	*meter_new(void);		/* NULL: no memory */
void		 meter_free(struct meter *);	/* NULL is allowed */
/* How many routes there are; before the first request. */
void		 meter_routes(struct meter *, size_t n);
/* From any loop; never blocks. */
void		 meter_count(struct meter *, const struct meter_request *);
/* The same, of what a route counts. */
void		 meter_tally(struct meter *, unsigned loop, enum api_tally,
		    uint64_t n);
/* In the text format of Prometheus, version 0.0.4. */
void		 meter_print(const struct meter *, struct buf *out);

#endif
