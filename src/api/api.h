/*
 * The way of every request: find the route, authenticate, check the
 * permission, read the body, run, answer with an envelope.  Routes come from
 * tables: the schema's resources (src/rest), the actions (src/action), the
 * unit protocol (src/device).  The permission check and the caller's scope
 * are applied here and in the store, nowhere else.
 */
#ifndef HELIO_API_API_H
#define HELIO_API_API_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/rc.h"
#include "http/http.h"
#include "i18n/i18n.h"
#include "store/lane.h"
#include "store/store.h"

struct api;
struct api_call;

enum {
	API_ARGS_MAX = 4,
	API_ID_MAX = 64,	/* bytes of an X-Request-Id that is taken over */
};

enum api_auth {
	AUTH_NONE,	/* anybody: /home, /auth/login */
	AUTH_USER,	/* a token; the route's level applies */
	AUTH_UNIT,	/* the route checks the unit's signature itself */
	AUTH_PASSWORD,	/* as AUTH_USER, or name and password in one of the
			 * ways that clients of InfluxDB have: HTTP Basic,
			 * `Token NAME:PASSWORD`, u= and p= in the query */
};

enum api_where {
	RUN_LOOP,	/* on the event loop: must take microseconds; with a
			 * large body, or a store that waits for another
			 * process, on a worker all the same; but see `ask` */
	RUN_WORKER,	/* on a worker thread: may take long, may block; but
			 * see `soon` */
};

/* What routes count of their own. */
enum api_tally {
#define TALLY(id, name, label, help) TALLY_##id,
#include "api/tally.def"
#undef TALLY
	API_TALLIES
};

/*
 * One route.  `path` is below /v1 with {names} for arguments:
 * "products/{product_imei}/enable"; elsewhere with a slash in front: "/docs".
 * Literal parts win over arguments.
 */
struct api_route {
	enum http_method method;	/* GET serves HEAD too */
	const char	*path;
	enum api_auth	 auth;
	enum level	 level;		/* AUTH_USER, AUTH_PASSWORD: least level */
	enum api_where	 where;
	/* bytes; 0: the configured one, 16 KB for AUTH_NONE.  More than the
	 * configured one makes it an upload with the longer deadline. */
	size_t		 body_max;
	/*
	 * Answers the call exactly once: api_reply*, api_fail, or later from
	 * a store job.
	 */
	void		(*run)(struct api_call *);
	const void	*data;	/* the route's own: a table, an action */
	const char	*help;		/* one line */
	/* How call->err is told to the reader, a body for api_fail() and
	 * headers of its own; NULL: the envelope. */
	void		(*describe)(struct api_call *, struct buf *out);
	/*
	 * What a loop tries first in place of `run` on a worker thread, for
	 * requests without a body; may be NULL.  False: nothing was answered,
	 * `run` is to do it.  `ask`, where the store waits: answers the call
	 * now or after an api_ask().  `soon`, where it does not: answers the
	 * call now, if that takes next to no time.
	 */
	bool		(*ask)(struct api_call *);
	bool		(*soon)(struct api_call *);
};

struct api_call {
	struct api	*api;
	struct http_request *http;
	const struct api_route *route;	/* never NULL inside a route */
	struct arena	*arena;		/* the request's */
	struct caller	 caller;	/* who asks; or CALLER_UNIT */
	enum language	 language;	/* of messages in the reply */
	const char	*arg[API_ARGS_MAX];	/* of the path, decoded */
	json_t		*body;	/* after api_read_body(); freed with the call */
	/* AUTH_PASSWORD: given, and still to be checked; private */
	const char	*username, *password;
	unsigned	 retry_after_s;	/* for a 429, 503 or 507; 0: the usual */
	unsigned	 number;	/* of the route; private */
	bool		 unsettled;	/* who asks is yet to be found out; private */
	/* the request's name in replies and logs: the client's, or made */
	char		 id[API_ID_MAX + 1];
	LIST_ENTRY(api_call) link;	/* private */
	struct helio_err err;	/* last: the rest is cleared for each call */
};

struct api_options {
	struct store	*store;
	unsigned	 workers;	/* threads for users, and as many for units;
					 * 0: one per core, four when the store
					 * waits */
	int64_t		 token_ttl_us;	/* 0: 3 hours */
	size_t		 body_max;	/* bytes of a request body; 0: 1 MB */
	unsigned	 body_deadline_ms;	/* 0: 30 s */
	unsigned	 upload_deadline_ms;	/* larger bodies; 0: 120 s */
	/* what one query of samples may take; 0: the query language's own */
	unsigned	 query_ms;
	uint64_t	 query_rows;
	bool		 access_log;	/* a line for each request */
};

enum helio_rc	 api_new(const struct api_options *, struct api **ret,
		    struct helio_err *);
void		 api_free(struct api *);	/* after http_stop() */
/* Add routes before serving; the array must outlive the api.  Aborts on two
 * routes with one method and path. */
void		 api_add_routes(struct api *, const struct api_route *,
		    size_t n);
/* The callbacks for http_start(). */
struct http_app	 api_app(struct api *);
struct store	*api_store(const struct api *);
/* The options in force, borrowed. */
const struct api_options *api_options(const struct api *);
/* Walk all routes (manual, OpenAPI, tests). */
void		 api_each_route(const struct api *,
		    void (*each)(const struct api_route *, void *), void *arg);
/* "GET" ..; "" for one that no route has. */
const char	*api_method_name(enum http_method);
/* What /metrics tells of requests, appended. */
void		 api_metrics(const struct api *, struct buf *out);
/* Hand work to a worker thread; E_BUSY when the queue is full, E_STOPPING. */
enum helio_rc	 api_defer(struct api *, void (*work)(void *), void *arg,
		    struct helio_err *);

/* ---- inside a route ---- */

/*
 * Read the body into call->body: a JSON value whatever the content type says,
 * or a form (flat object of strings; *ret_form true, which may be NULL), or
 * NULL when empty.  Of members with one name the last counts.
 * E_DECODE (data names the place), E_MEDIA, E_TOO_LARGE (too many values).
 */
enum helio_rc	 api_read_body(struct api_call *, bool *ret_form);

/* Count n of something; from any thread, never blocks. */
void		 api_count(struct api_call *, enum api_tally, uint64_t n);

/* {"status":"success","message":..,"data":..}; data_json is one JSON value or
 * NULL for null.  Takes the buffer's bytes. */
void		 api_reply(struct api_call *, unsigned status,
		    const char *message, struct buf *data_json);
/*
 * A message in the language that the request asks for, and the headers that
 * say so: once for each reply that holds one.  api_reply() and api_fail() do
 * so by themselves.
 */
const char	*api_message(struct api_call *, const char *);
/* A body that is no envelope (resources); takes it. */
void		 api_reply_json(struct api_call *, unsigned status,
		    struct buf *body);
/*
 * The error envelope for call->err, with the headers that belong to it
 * (WWW-Authenticate, Retry-After).
 */
void		 api_fail(struct api_call *);
/*
 * Answer with a body that is made while it is sent: http_stream_new() and
 * http_stream_end(), between which another worker takes the place of this one.
 * On a worker only.  api_stream_end() is the last use of the call.
 */
enum helio_rc	 api_stream_new(struct api_call *, struct helio_err *);
void		 api_stream_end(struct api_call *, bool whole);
/* Log what the reader is not told of call->err; api_fail() does. */
void		 api_log_failure(const struct api_call *);
/*
 * Write the envelope for any error, in English (used by the transport, where
 * there is no call):
 * {"status","message","data"[,"validation_errors"]}.  Faults are in `data`;
 * those of E_INVALID and E_CONSTRAINT make it a "validation-error" and stand
 * under both names (seed: change_state).  What an E_INTERNAL or E_IO has to
 * say is for the log, the reader gets the code's text.
 */
void		 api_error_body(const struct helio_err *, struct buf *out);

/*
 * On the loop, where the store waits: ask it without waiting.  False: it takes
 * no questions at this moment.
 */
bool		 api_ask(struct api_call *, struct store_question *);
/* The question was lost: `run` does it all, on a worker thread. */
void		 api_run(struct api_call *);

/*
 * Run a job in the store for this call, then `reply` (on the writer thread,
 * short).  When the job fails the error envelope is sent and `reply` is not
 * called.
 */
void		 api_write(struct api_call *,
		    enum helio_rc (*run)(struct tx *, void *arg,
			struct helio_err *),
		    void (*reply)(struct api_call *, void *arg), void *arg);
/*
 * The same, waiting for the job's end: on a worker, for calls that hold so
 * much memory that no more of them may be under way than there are workers.
 */
void		 api_write_wait(struct api_call *,
		    enum helio_rc (*run)(struct tx *, void *arg,
			struct helio_err *),
		    void (*reply)(struct api_call *, void *arg), void *arg);

#endif
