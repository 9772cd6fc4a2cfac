/*
 * libhelio: the C client of Heliograph.
 *
 * Handles are opaque and come in new/free pairs; free takes NULL.  Nothing
 * is global: use one client per thread, or lock around it; several clients
 * and processes may share one token file.  Texts given are copied; texts
 * returned are borrowed from the handle they were asked of, until its next
 * call or free.  Every call that can fail returns a helio_code and fills the
 * error given (never NULL) with a readable trail.
 */
#ifndef HELIO_HELIO_H
#define HELIO_HELIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a call came to. */
typedef enum {
	HELIO_DONE = 0,		/* an answer came, whatever its status */
	HELIO_UNREACHABLE,	/* no connection, or it broke before an answer */
	HELIO_TIMED_OUT,	/* no answer in time; what was asked may have happened */
	HELIO_DENIED,		/* wrong user or password, or no token to use */
	HELIO_FORGED,		/* the answer's signature is not right */
	HELIO_BAD_INPUT,	/* the call itself makes no sense */
	HELIO_LOCAL,		/* a file, or memory, here */
	HELIO_UNAVAILABLE,	/* a login was answered with 429 or 5xx: later */
} helio_code;

/* A short name: "unreachable". */
const char	*helio_code_name(helio_code);

/* Why a call failed: the last step first ("POST /v1/..: timed out"). */
typedef struct helio_error {
	helio_code	code;
	char		text[512];
} helio_error;

/* ---- options ---- */

typedef struct helio_options helio_options;

helio_options	*helio_options_new(void);	/* NULL: no memory */
void		 helio_options_free(helio_options *);
/* "https://host[:port]"; required. */
void		 helio_options_url(helio_options *, const char *);
/* Log in with these when there is no token or it has expired. */
void		 helio_options_user(helio_options *, const char *name, const char *password);
/* A token to begin with. */
void		 helio_options_token(helio_options *, const char *);
/* Keep the token in this file (mode 0600), shared between processes. */
void		 helio_options_token_file(helio_options *, const char *path);
/* Whole answer within so many milliseconds (30000); connection in 10000. */
void		 helio_options_timeout(helio_options *, long ms);
/* How often a request that certainly had no effect, or may be repeated, is
 * tried again, with back-off and jitter (3). */
void		 helio_options_retries(helio_options *, unsigned);
/* PEM file to trust instead of the system's; for tests and private servers. */
void		 helio_options_ca_file(helio_options *, const char *path);

/* ---- client ---- */

typedef struct helio_client helio_client;
typedef struct helio_reply helio_reply;

/* Reads the token file; connects nowhere yet.  The options may be freed. */
helio_code	 helio_client_new(const helio_options *, helio_client **ret, helio_error *);
void		 helio_client_free(helio_client *);
/* Get a new token with the user's password, and keep it. */
helio_code	 helio_client_login(helio_client *, helio_error *);
/* The token in use, or NULL. */
const char	*helio_client_token(const helio_client *);

/*
 * One request, path with /v1; body (n bytes, may be NULL) is sent as JSON.  Logs in when there is no token, and once more
 * after a 401.  *ret is the answer, also a 4xx or 5xx; the caller frees it.
 */
helio_code	 helio_request(helio_client *, const char *method, const char *path,
		    const char *body, size_t n, helio_reply **ret, helio_error *);

int		 helio_reply_status(const helio_reply *);
const char	*helio_reply_body(const helio_reply *, size_t *ret_n);	/* NUL-terminated */
/* A header's value (name without case), or NULL. */
const char	*helio_reply_header(const helio_reply *, const char *name);
void		 helio_reply_free(helio_reply *);

/* ---- a unit: the signed device protocol ---- */

typedef struct helio_unit helio_unit;

/*
 * A unit that speaks through its own connection.  sequence: the last number
 * it has used (0: none, the server tells where to go on).
 */
helio_code	 helio_unit_new(const helio_options *, const char *imei,
		    const char *device_key, int64_t sequence, helio_unit **ret,
		    helio_error *);
void		 helio_unit_free(helio_unit *);
/* The last sequence number used: store it before power may go. */
int64_t		 helio_unit_sequence(const helio_unit *);
/*
 * One signed request ("/v1/rc_data").  A stale sequence is corrected from the
 * server's answer, once.  HELIO_FORGED when the reply's signature is wrong or
 * missing where the server must sign.
 */
helio_code	 helio_unit_request(helio_unit *, const char *method, const char *path,
		    const char *body, size_t n, helio_reply **ret, helio_error *);

#ifdef __cplusplus
}
#endif

#endif
