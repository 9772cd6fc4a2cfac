/*
 * Tokens: got, kept, renewed and shared.
 *
 * A helio_keeper holds the token of one account at one service.  It may be
 * used by any number of helio_http handles in any number of threads; with a
 * file, by several processes too.  Of all who need a new token at the same
 * time one asks the service and the others wait for it.  A token is renewed
 * a margin before it expires, and once when an answer says that it is no
 * good.  After a failed login the next one is put off, longer each time.
 *
 * Secrets are kept in memory that is locked, left out of core files and wiped
 * when freed (what libcurl and the kernel hold of a request in flight is not).
 */
#ifndef HELIO_TOKEN_H
#define HELIO_TOKEN_H

#include "helio/http.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- a token ---- */

typedef struct helio_token helio_token;

/* expires_us: microseconds since 1970 UTC, 0: it does not.  refresh may be
 * NULL.  NULL: no memory. */
helio_token	*helio_token_new(const char *access, const char *refresh,
		    int64_t expires_us);
void		 helio_token_free(helio_token *);	/* NULL is allowed */
const char	*helio_token_access(const helio_token *);	/* borrowed */
const char	*helio_token_refresh(const helio_token *);	/* or NULL */
int64_t		 helio_token_expires_us(const helio_token *);

/* ---- how a service gives tokens ---- */

typedef struct helio_grant {
	size_t		 size;		/* sizeof(helio_grant): it may grow */
	const char	*name;		/* for error trails: "token of ops" */
	const char	*header;	/* that carries it; NULL: "Authorization" */
	const char	*prefix;	/* before it; NULL: "Bearer " */
	/* The request for a token, with a whole URL, made anew each time.
	 * refresh: the text to renew with, or NULL: from the beginning. */
	helio_code	(*ask)(void *arg, const char *refresh, helio_call **ret,
			    helio_error *);
	/* The token in the answer, whatever its status; failing with
	 * HELIO_DENIED for a refresh means that ask is called without. */
	helio_code	(*take)(void *arg, const helio_reply *, helio_token **ret,
			    helio_error *);
	void		(*free)(void *arg);	/* or NULL */
} helio_grant;

/* ---- keeper ---- */

/* Texts of the grant are copied.  ask NULL: the token given is all there is.
 * arg is moved in, also on failure.  NULL: no memory. */
helio_keeper	*helio_keeper_new(const helio_grant *, void *arg);
/* One more owner of the same keeper; each calls helio_keeper_free(). */
helio_keeper	*helio_keeper_share(helio_keeper *);
void		 helio_keeper_free(helio_keeper *);

/*
 * Keep the token in this file: JSON, mode 0600, replaced in one step, locked
 * while a new one is got.  Only a token of the same url and username (NULL:
 * any) is taken from it.  Before the keeper is shared.  HELIO_LOCAL: memory;
 * a file that is missing or unreadable is no token.
 */
helio_code	 helio_keeper_file(helio_keeper *, const char *path, const char *url,
		    const char *username, helio_error *);
/* Renew so many milliseconds before it expires (60000).  Before sharing. */
void		 helio_keeper_margin(helio_keeper *, long ms);
/* Put off a login after a failure: first and longest pause in milliseconds
 * (1000, 60000), doubled each time.  Before sharing. */
void		 helio_keeper_back_off(helio_keeper *, long first_ms, long most_ms);

/* Use this token from now on (and keep it in the file); takes token. */
helio_code	 helio_keeper_put(helio_keeper *, helio_token *token, helio_error *);
/* Forget the token, here and in the file. */
void		 helio_keeper_drop(helio_keeper *);
/* A copy of what is kept, to be freed; NULL: nothing, expired, or no memory. */
helio_token	*helio_keeper_token(helio_keeper *);

/* ---- OAuth 2.0 (RFC 6749) ---- */

/* Fill in what the service wants and leave the rest zero. */
typedef struct helio_oauth {
	size_t		 size;		/* sizeof(helio_oauth) */
	const char	*url;		/* of the token endpoint */
	const char	*client_id, *client_secret;
	const char	*username, *password;	/* password grant; NULL: client
					 * credentials */
	const char	*scope;		/* or NULL */
	bool		 client_in_body;	/* else HTTP Basic */
	bool		 json;		/* the body; else a form */
	long		 life_s;	/* of a token whose answer names none */
} helio_oauth;

/* A keeper that gets and refreshes tokens so.  Texts are copied. */
helio_code	 helio_keeper_oauth(const helio_oauth *, helio_keeper **ret, helio_error *);

#ifdef __cplusplus
}
#endif

#endif
