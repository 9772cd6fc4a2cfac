/*
 * The C client of Heliograph itself: requests with a token that is got, kept
 * and renewed, and the signed protocol of units.
 *
 * Handles are opaque and come in new/free pairs; free takes NULL.  Nothing
 * is global: use one client per thread, or lock around it; several clients
 * may share a keeper, and several processes a token file.  Texts given are
 * copied; texts returned are borrowed from the handle they were asked of,
 * until its next call or free.  Codes and errors: helio/error.h.
 */
#ifndef HELIO_HELIO_H
#define HELIO_HELIO_H

#include "helio/http.h"
#include "helio/json.h"
#include "helio/token.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- options (the others: helio/http.h) ---- */

/* Log in with these when there is no token or it has expired. */
void		 helio_options_user(helio_options *, const char *name, const char *password);
/* A token to begin with. */
void		 helio_options_token(helio_options *, const char *);
/* Keep the token in this file (mode 0600), shared between processes. */
void		 helio_options_token_file(helio_options *, const char *path);

/* ---- client ---- */

typedef struct helio_client helio_client;

/* The URL is required.  Reads the token file; connects nowhere yet.  The
 * options may be freed. */
helio_code	 helio_client_new(const helio_options *, helio_client **ret, helio_error *);
void		 helio_client_free(helio_client *);
/* Get a new token with the user's password, and keep it. */
helio_code	 helio_client_login(helio_client *, helio_error *);
/* The token in use, or NULL. */
const char	*helio_client_token(helio_client *);
/* What it is made of, to share or to send calls of one's own; borrowed. */
helio_http	*helio_client_http(helio_client *);
helio_keeper	*helio_client_keeper(helio_client *);

/*
 * One request, path with /v1; body (n bytes, may be NULL) is sent as JSON.
 * Logs in when there is no token, and once more after a 401.  *ret is the
 * answer, also a 4xx or 5xx; the caller frees it.
 */
helio_code	 helio_request(helio_client *, const char *method, const char *path,
		    const char *body, size_t n, helio_reply **ret, helio_error *);

/*
 * Walk the rows of a table: path as "/v1/products"; q, JSON as the API
 * describes it (filters, order_by), or NULL.  See helio_pager_next(); the
 * client must outlive the pager.
 */
helio_code	 helio_list(helio_client *, const char *path, const char *q,
		    helio_pager **ret, helio_error *);

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
