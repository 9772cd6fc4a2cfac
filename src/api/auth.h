/*
 * Users and tokens: login, sliding expiry, back-off against guessing.
 * Tokens are 64 random characters of which only a hash is stored; a token
 * lives for three hours after its last use (seed: "Token Expiry").
 */
#ifndef HELIO_API_AUTH_H
#define HELIO_API_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/crypto.h"
#include "base/rc.h"
#include "store/store.h"

struct auth;

struct auth_options {
	struct store	*store;
	int64_t		 ttl_us;		/* of a token after its last use: 3 h */
	int64_t		 save_after_us;		/* a new expiry is stored when it has
						 * moved by this much (60 s) */
	int64_t		(*now_us)(void *);	/* NULL: the store's clock */
	void		*now_arg;
};

enum helio_rc	 auth_new(const struct auth_options *, struct auth **ret, struct helio_err *);
void		 auth_free(struct auth *);

/*
 * Who holds this token: a cache in front of the store, told of changes to
 * users and tokens by commits.  E_AUTH when unknown, expired or the user is not
 * active.  Extends the token.
 */
enum helio_rc	 auth_token(struct auth *, const char *token, struct caller *ret,
		    struct helio_err *);

struct auth_login {
	struct row	*user;			/* in the arena given */
	char		 token[TOKEN_SIZE];
	int64_t		 expires_us;
};
/*
 * Check username and password and issue a token.  Blocks (argon2, one write):
 * on a worker.  E_AUTH; E_THROTTLED with *retry_after_s set after too many
 * failures for the name or the peer.  Unknown names cost as much as known.
 */
enum helio_rc	 auth_login(struct auth *, struct arena *, const char *username,
		    const char *password, const char *peer, struct auth_login *ret,
		    unsigned *retry_after_s, struct helio_err *);
/* Is this username an active user's; with password: is it theirs (throttled
 * like logins, blocks). */
enum helio_rc	 auth_check_user(struct auth *, const char *username,
		    const char *password, const char *peer, bool *ret,
		    unsigned *retry_after_s, struct helio_err *);

#endif
