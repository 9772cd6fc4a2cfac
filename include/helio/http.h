/*
 * HTTP for clients of services: one call at a time, or many at once.
 *
 * A helio_loop carries calls; a helio_http says how one service is reached
 * (address, limits, certificates, token); a helio_call is one request; a
 * helio_reply its answer.
 *
 *	helio_call *call = helio_call_new("GET", "/v1/things");
 *	helio_call_query(call, "limit", "10");
 *	code = helio_http_send(http, call, &reply, &error);
 *
 * Blocking: helio_http_send().  In an event loop: helio_http_start(), then
 * poll helio_loop_fd() for reading, at most helio_loop_timeout_ms() long, and
 * call helio_loop_run(), which calls back what is done.
 *
 * Threads: a loop and all that lives on it (http, calls) belong to one thread
 * at a time.  Different loops share nothing; a helio_keeper (helio/token.h)
 * may be shared by all of them.
 *
 * Tried again, with growing pauses: a request that certainly had no effect
 * (no connection was made, or 429 or 503 with a Retry-After), and one that
 * may be repeated (every method but POST and PATCH, unless told otherwise)
 * when the answer was lost.  TLS certificates and names are always checked.
 */
#ifndef HELIO_HTTP_H
#define HELIO_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helio/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct helio_options helio_options;
typedef struct helio_loop helio_loop;
typedef struct helio_http helio_http;
typedef struct helio_call helio_call;
typedef struct helio_reply helio_reply;
typedef struct helio_keeper helio_keeper;

/* ---- options: set before the handle is made, copied by it ---- */

helio_options	*helio_options_new(void);	/* NULL: no memory */
void		 helio_options_free(helio_options *);	/* NULL is allowed */
/* "https://host[:port][/path]": what call targets are put behind. */
void		 helio_options_url(helio_options *, const char *);
/* One try within so many milliseconds, answer and all (30000). */
void		 helio_options_timeout(helio_options *, long ms);
/* Its connection within so many milliseconds (10000). */
void		 helio_options_connect_timeout(helio_options *, long ms);
/* How often a request is tried again (3); what is, stands at the top. */
void		 helio_options_retries(helio_options *, unsigned);
/* The pause before the first repetition and the longest one, in milliseconds
 * (200, 10000); doubled each time, with up to half of jitter either way. */
void		 helio_options_back_off(helio_options *, long first_ms, long most_ms);
/* A Retry-After beyond this many seconds is not waited for: the answer is
 * given as it is (60). */
void		 helio_options_retry_after_max(helio_options *, long s);
/* A longer body is HELIO_MALFORMED, and not read to its end (256 MiB). */
void		 helio_options_reply_max(helio_options *, size_t bytes);
/* PEM file to trust instead of the system's; for tests and private servers. */
void		 helio_options_ca_file(helio_options *, const char *path);
/* A header of every call to the service; kept as a secret. */
void		 helio_options_header(helio_options *, const char *name, const char *value);
/* The loop to live on (borrowed, must outlive the handle); otherwise the
 * handle makes one of its own. */
void		 helio_options_loop(helio_options *, helio_loop *);
/* Get tokens from this keeper (shared, see helio_keeper_share()). */
void		 helio_options_keeper(helio_options *, helio_keeper *);

/* ---- loop ---- */

helio_loop	*helio_loop_new(void);	/* NULL: no memory or descriptors */
/* Calls under way are dropped without being called back. */
void		 helio_loop_free(helio_loop *);
/* The one descriptor to poll for reading, the same for the loop's life.  It
 * stays the loop's: do not read or close it. */
int		 helio_loop_fd(const helio_loop *);
/* Milliseconds until helio_loop_run() is due although nothing is readable;
 * -1: no such time.  Ask again before each poll. */
long		 helio_loop_timeout_ms(const helio_loop *);
/* Go on with all calls as far as possible without waiting, and call back
 * those that are done.  Callbacks may start, cancel and free calls, but not
 * free the loop. */
void		 helio_loop_run(helio_loop *);
/* Wait until something happens, at most ms milliseconds (-1: for ever), and
 * run.  Returns when a signal was caught, too. */
void		 helio_loop_wait(helio_loop *, long ms);
/* How many calls are under way. */
size_t		 helio_loop_pending(const helio_loop *);

/* ---- a service ---- */

/* Connects nowhere yet.  The options may be freed. */
helio_code	 helio_http_new(const helio_options *, helio_http **ret, helio_error *);
/* Its calls that are under way are dropped without being called back.  Not
 * from a callback, when the loop is its own. */
void		 helio_http_free(helio_http *);
helio_loop	*helio_http_loop(helio_http *);		/* borrowed */
/* Which answers mean that the token is no good any more, and that the call is
 * to be sent once more with a new one; without this, those of status 401. */
typedef bool	 helio_denied(void *arg, const helio_reply *);
void		 helio_http_denied(helio_http *, helio_denied *, void *arg);
/* Get a new token now, whatever is kept.  HELIO_DENIED: no keeper, or the
 * service refuses.  Blocks. */
helio_code	 helio_http_login(helio_http *, helio_error *);

/* ---- a call ---- */

/*
 * target: what follows the URL of the options ("/v1/x?y=1", sent as given),
 * or a whole "https://..": its origin must be that of the options for token
 * and option headers to go with it.  Texts are copied, and wiped on free.
 * Lack of memory in a setter is told when the call is sent.
 */
helio_call	*helio_call_new(const char *method, const char *target);
/* Cancels it when it is under way. */
void		 helio_call_free(helio_call *);
/* One more path segment, a slash before it, percent-encoded (RFC 3986; "~" is
 * plain). */
void		 helio_call_path(helio_call *, const char *segment);
/* One more query pair, in the order of the calls, percent-encoded. */
void		 helio_call_query(helio_call *, const char *name, const char *value);
/* The same, sent exactly as given. */
void		 helio_call_query_raw(helio_call *, const char *name, const char *value);
void		 helio_call_header(helio_call *, const char *name, const char *value);
/* The body; type NULL: "application/json".  Replaces an earlier one. */
void		 helio_call_body(helio_call *, const char *type, const void *, size_t n);
/* One more field of a form body (application/x-www-form-urlencoded). */
void		 helio_call_form(helio_call *, const char *name, const char *value);
/* HTTP Basic (RFC 7617) instead of a token. */
void		 helio_call_basic(helio_call *, const char *user, const char *password);
/* No token and none of the options' headers. */
void		 helio_call_anonymous(helio_call *);
/* Other limits than the options': of one try, and of repetitions. */
void		 helio_call_timeout(helio_call *, long ms);
void		 helio_call_retries(helio_call *, unsigned);
/* May it be sent again after a lost answer? */
void		 helio_call_repeatable(helio_call *, bool);
/* Follow so many redirections of a GET or HEAD (0), within the same origin;
 * what leads elsewhere is given as the answer. */
void		 helio_call_redirects(helio_call *, unsigned most);

/*
 * Send and wait.  HELIO_DONE: *ret is the answer, whatever its status; the
 * caller frees it.  The call can be sent again afterwards, changed or not.
 * Other calls of the loop go on meanwhile, and are called back.
 */
helio_code	 helio_http_send(helio_http *, helio_call *, helio_reply **ret, helio_error *);

/* What is called when a call is done: reply (the callee's to free) with
 * HELIO_DONE, else NULL and an error.  The call may be freed or sent again. */
typedef void	 helio_done(void *arg, helio_call *, helio_code, helio_reply *,
		    const helio_error *);
/*
 * Begin; done is called from helio_loop_run(), never from here.  done may be
 * NULL: then ask helio_call_is_done() and take the outcome.  An error here
 * (HELIO_BAD_INPUT, HELIO_LOCAL) means that nothing has begun.
 */
helio_code	 helio_http_start(helio_http *, helio_call *, helio_done *, void *arg,
		    helio_error *);
bool		 helio_call_is_done(const helio_call *);
/* Of a call that is done: as helio_http_send() answers.  Once. */
helio_code	 helio_call_take(helio_call *, helio_reply **ret, helio_error *);
/* Give it up: it is not called back.  Nothing if it is not under way.  What
 * was asked may have happened. */
void		 helio_call_cancel(helio_call *);

/* ---- a reply ---- */

int		 helio_reply_status(const helio_reply *);	/* 200 */
/* NUL-terminated; *ret_n (may be NULL) without the NUL.  Borrowed. */
const char	*helio_reply_body(const helio_reply *, size_t *ret_n);
/* A header's value (name without case), or NULL.  Borrowed, until the next
 * header is asked for. */
const char	*helio_reply_header(const helio_reply *, const char *name);
/* Is it a yes (2xx)?  Else HELIO_UNAVAILABLE (429, 5xx) or HELIO_REFUSED, with
 * the status and what the body says of the reason. */
helio_code	 helio_reply_check(const helio_reply *, helio_error *);
void		 helio_reply_free(helio_reply *);	/* NULL is allowed */

#ifdef __cplusplus
}
#endif

#endif
