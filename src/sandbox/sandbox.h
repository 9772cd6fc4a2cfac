/*
 * Sandboxes: local servers that speak the side of a third-party service, so
 * that users and tests need no account there.
 *
 * A sandbox is one row (struct sandbox_kind, listed in list.def): settings
 * with defaults, routes, and a new/free pair for its state.  The shell around
 * it listens, keeps the lock, records what was asked, injects faults and
 * answers the control endpoint below /_control/ (docs/reference/sandboxes.md).
 * To add one: NAME.def with its settings, NAME.c with its row, a line in
 * list.def, its command in src/cmd/sandbox.c.
 */
#ifndef HELIO_SANDBOX_SANDBOX_H
#define HELIO_SANDBOX_SANDBOX_H

#include <jansson.h>

#include "base/json_write.h"
#include "http/http.h"

struct sandbox;

enum {
	SANDBOX_ARGS_MAX = 8,	/* names in braces of one path */
	SANDBOX_TOKEN_SIZE = 41,	/* of sandbox_token(), with NUL */
};

/* One request, and the answer that a handler leaves in it. */
struct sandbox_call {
	struct sandbox	*sandbox;
	struct http_request *http;	/* headers, parameters, arena */
	const char	*body;		/* NUL-terminated, "" when there is none */
	size_t		 n;
	/* parts of the path that the route names in braces, decoded */
	const char	*arg[SANDBOX_ARGS_MAX];
	/* the answer: 404 unless set; see the sandbox_answer_* calls */
	unsigned	 status;
	const char	*content_type;
	struct buf	 out;
	bool		 drop;		/* close without an answer */
};

struct sandbox_setting {
	const char	*name;
	const char	*fallback;
	const char	*help;
};

/* Handlers run one at a time, under the sandbox's lock. */
struct sandbox_route {
	enum http_method method;
	/* "/v1/devices/command/{imei}/send"; a name in braces takes one part,
	 * "*" alone everything.  Below /_control/: for tests, not recorded, no
	 * faults. */
	const char	*path;
	void		(*run)(void *state, struct sandbox_call *);
};

/* Where to listen, for sandboxes that do not speak plain HTTP. */
struct sandbox_place {
	const char	*listen;	/* "ADDR:PORT", port 0 picks one */
	const char	*tls_cert;	/* PEM files, or NULL */
	const char	*tls_key;
};

/*
 * A listener of the sandbox's own (WebSocket).  The shell then serves only
 * /_control/, on another address (--control).  Its threads take the lock
 * themselves, and use sandbox_record(), sandbox_fault(), sandbox_over_limit().
 */
struct sandbox_listener {
	enum helio_rc	(*start)(void *state, const struct sandbox_place *,
			    struct helio_err *);
	const char	*(*url)(const void *state);	/* once started */
	void		(*stop)(void *state);	/* only after a start */
};

struct sandbox_kind {
	const char	*name;		/* "field-device" */
	const struct sandbox_setting *settings;
	size_t		 n_settings;
	const struct sandbox_route *routes;
	size_t		 n_routes;
	/* The settings are known: make the state.  E_INVALID names one. */
	enum helio_rc	(*new)(struct sandbox *, void **ret,
			    struct helio_err *);
	void		(*free)(void *state);
	/* A line below [section] of the configuration; NULL: no sections. */
	enum helio_rc	(*configure)(void *state, const char *section,
			    const char *name, const char *value,
			    struct helio_err *);
	/* The body of an injected or limiting status, NULL: {"error": ..}. */
	void		(*describe)(unsigned status, struct sandbox_call *);
	const struct sandbox_listener *listener;	/* NULL: HTTP */
};

/* All kinds, NULL-terminated (from list.def). */
extern const struct sandbox_kind *const sandbox_kinds[];

#define SANDBOX_SETTINGS(rows_) \
	.settings = rows_, .n_settings = sizeof(rows_) / sizeof((rows_)[0])
#define SANDBOX_ROUTES(rows_) \
	.routes = rows_, .n_routes = sizeof(rows_) / sizeof((rows_)[0])

/* ---- what handlers use ---- */

/* A setting by its index in the kind's table. */
const char	*sandbox_text(const struct sandbox *, size_t setting);
/* The same as a number, 0 when it is none. */
long		 sandbox_number(const struct sandbox *, size_t setting);
/* The sandbox's clock: the wall clock and what /_control/clock added, us. */
int64_t		 sandbox_now_us(const struct sandbox *);
/* Numbers that follow from --seed alone. */
uint64_t	 sandbox_random(struct sandbox *);
/* 40 letters and digits from sandbox_random(). */
void		 sandbox_token(struct sandbox *, char out[SANDBOX_TOKEN_SIZE]);

/* The body as JSON, or NULL; the caller gives it up with json_decref(). */
json_t		*sandbox_json(const struct sandbox_call *);
/* A field of a form body (application/x-www-form-urlencoded), or NULL. */
const char	*sandbox_form(const struct sandbox_call *, const char *name);
/* Answer with a JSON value; takes it.  NULL becomes a 500. */
void		 sandbox_answer(struct sandbox_call *, unsigned status, json_t *);
/* Answer with text of a type (static). */
void		 sandbox_answer_text(struct sandbox_call *, unsigned status,
		    const char *content_type, const char *text);
/* {"error": text} */
void		 sandbox_refuse(struct sandbox_call *, unsigned status,
		    const char *text);

/* ---- for listeners of a sandbox's own ---- */

enum sandbox_fault_kind {
	SANDBOX_NO_FAULT,
	SANDBOX_STATUS,		/* answer this status */
	SANDBOX_DROP,		/* close the connection */
	SANDBOX_MALFORMED,	/* cut the answer in half */
};

struct sandbox_fault {
	enum sandbox_fault_kind kind;
	unsigned	 status;
	unsigned	 retry_after_s;	/* 0: do not say */
};

void		 sandbox_lock(struct sandbox *);
void		 sandbox_unlock(struct sandbox *);
/* All below: the lock is held. */
/* Keep a message for /_control/requests; method such as "RECV". */
void		 sandbox_record(struct sandbox *, const char *method,
		    const char *target, const char *body, size_t n);
/* The fault due for the next message about this path (--fail). */
struct sandbox_fault sandbox_fault(struct sandbox *, const char *path);
/* Count one request; true when --limit refuses it. */
bool		 sandbox_over_limit(struct sandbox *);
/* How long answers wait (--delay), ms. */
unsigned	 sandbox_delay_ms(const struct sandbox *);

/* ---- running one ---- */

struct sandbox_options {
	const char	*listen;
	const char	*control;	/* of a kind with its own listener */
	const char	*config;	/* file, or NULL */
	const char	*fail;		/* faults, or NULL */
	const char	*tls_cert;
	const char	*tls_key;
	long		 delay_ms;
	long		 limit;		/* requests an hour; 0: none */
	long		 seed;
	/* n_settings values, NULL where not given; or NULL */
	const char	*const *set;
};

/*
 * Start a sandbox.  E_INVALID: a setting, a line of the file or a fault makes
 * no sense; E_IO: the file or the address does not work.  *ret is stopped
 * with sandbox_stop().
 */
enum helio_rc	 sandbox_start(const struct sandbox_kind *,
		    const struct sandbox_options *, struct sandbox **ret,
		    struct helio_err *);
const char	*sandbox_url(const struct sandbox *);
/* Where /_control/ is, without the path. */
const char	*sandbox_control_url(const struct sandbox *);
/* Answers what waits, closes and frees; NULL is allowed. */
void		 sandbox_stop(struct sandbox *);

#endif
