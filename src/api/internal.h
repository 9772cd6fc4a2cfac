/*
 * What the files of src/api share.
 *
 *   api.c      options, start and end; a request's way: begin, handle, finished
 *   call.c     memory of calls
 *   route.c    the tree of routes
 *   body.c     JSON and forms; read.c  the body of a call
 *   reply.c    envelopes; write.c  store jobs that answer
 *   worker.c   threads for what blocks; stream.c  replies that wait for readers
 *   lane.c     questions to a store that waits, from the loops
 *   meter.c    counters of requests; name.c  names of requests
 *   auth.c     tokens, token_cache.c in front of them; login.c passwords,
 *              throttle.c against guessing; auth_routes.c their routes
 */
#ifndef HELIO_API_INTERNAL_H
#define HELIO_API_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/api.h"
#include "api/auth.h"
#include "api/meter.h"
#include "api/password.h"
#include "api/route.h"
#include "api/worker.h"

enum {
	CALL_SHARDS = 16,	/* by event loop */
	LANES_MAX = 256,	/* loops that have one */
};

LIST_HEAD(call_list, api_call);

struct call_pool {
	pthread_mutex_t	 lock;
	struct call_list busy;
	struct call_list idle;		/* kept for reuse */
	unsigned	 n_idle;
};

struct api {
	struct api_options opt;		/* defaults filled in */
	struct routes	*routes;
	struct auth	*auth;
	bool		 waits;		/* the store does: no loop may ask it */
	struct workers	*workers;	/* RUN_WORKER and api_defer() */
	struct workers	*units;		/* AUTH_UNIT: searches do not stop them */
	struct workers	*hashers;	/* passwords: 19 MiB each, so few */
	struct call_pool pool[CALL_SHARDS];
	struct store_lane *lane[LANES_MAX];	/* by event loop, its own; made
					 * when first asked for */
	struct meter	*meter;
	uint64_t	 id_base;	/* random */
	atomic_ullong	 ids;		/* names of requests given so far */
};

/* ---- call.c ---- */

void		 call_pools_init(struct api *);
/* Also of calls that the transport has given up without a word, as it does
 * with those still held when its drain ends. */
void		 call_pools_free(struct api *);
/* A cleared call for a request; NULL: no memory. */
struct api_call	*call_new(struct api *, struct http_request *);
/* Ends its body and keeps it for reuse. */
void		 call_free(struct api_call *);

/* ---- lane.c ---- */

/* What http_app has; ctx is the api. */
void		 lanes_readable(void *ctx, unsigned loop);
void		 lanes_gathered(void *ctx, unsigned loop);
/* When loops and workers have ended. */
void		 lanes_free(struct api *);

/* ---- name.c ---- */

/* Take over the client's X-Request-Id when it is sane, or make a name, and
 * send it back. */
void		 call_name(struct api_call *);

/* ---- reply.c ---- */

/* Copy what is set of an error. */
void		 err_copy(struct helio_err *to, const struct helio_err *from);

#endif
