/*
 * What the files of the NetSapiens client share.
 *
 *   message.c       messages and sessions: their requests
 *   subscription.c  subscriptions: theirs
 *   phone.c         calls: theirs
 *   request.c       what those have in common
 *   records.c       answers, read
 *   grant.c         tokens: how they are asked for
 *   client.c        the account, and the calls that block
 */
#ifndef HELIO_CONNECTOR_NETSAPIENS_INTERNAL_H
#define HELIO_CONNECTOR_NETSAPIENS_INTERNAL_H

#include <jansson.h>

#include "base/buf.h"
#include "helio/netsapiens.h"

#define PBX_ROOT "/ns-api/v2"

enum {
	PBX_PAGE = 100,		/* what the service gives unasked */
	PBX_PAGE_MAX = 1000,	/* and at most */
	PBX_TIME_SIZE = 20,	/* "2024-12-09 22:27:11" */
};

/* ---- request.c ---- */

/* A request below PBX_ROOT; the segments end with NULL. */
helio_call	*pbx_call(const char *method, const char *const *segments);

/* A JSON object in the making; a member that is lost shows at the end. */
struct pbx_body {
	json_t		*root;
	bool		 failed;
};

struct pbx_body	 pbx_body(void);
/* Add a member unless its value is NULL. */
void		 pbx_put(struct pbx_body *, const char *name, const char *value);
/* Add a JSON value (taken). */
void		 pbx_put_json(struct pbx_body *, const char *name, json_t *);
/* Hand over a call (taken, also when it fails), with a body (emptied) unless
 * that is NULL. */
helio_code	 pbx_finish(helio_call *, struct pbx_body *, helio_call **ret,
		    helio_error *);
/* text, or what stands for it. */
const char	*pbx_or(const char *text, const char *fallback);
/* HELIO_BAD_INPUT unless there is such a text. */
helio_code	 pbx_need(const char *text, const char *name, helio_error *);

/* ---- records.c ---- */

struct helio_pbx_records {
	json_t		*root;
	char		*text;		/* last one asked for */
};

/* Take a JSON value (also when it fails). */
helio_code	 pbx_records(json_t *root, helio_pbx_records **ret, helio_error *);
/* Read n bytes of an answer. */
helio_code	 pbx_parse(const char *, size_t n, helio_pbx_records **ret,
		    helio_error *);
/* "2024-12-09 22:27:11" of a time in microseconds. */
void		 pbx_time(int64_t at_us, char out[PBX_TIME_SIZE]);

/* ---- grant.c ---- */

/* Secrets are in secret memory. */
struct pbx_account {
	char		*base;		/* "https://api.example.com" */
	char		*user;
	char		*client_id, *client_secret, *password;
	json_t		*told;		/* the last token's reply, or NULL */
};

void		 pbx_account_free(struct pbx_account *);	/* NULL is allowed */
/* A keeper of the account's tokens; the account is borrowed. */
helio_keeper	*pbx_keeper(struct pbx_account *);

#endif
