/*
 * Users and tokens: login, sliding expiry, back-off against guessing.
 * Tokens are 64 random characters of which only a hash is stored; a token
 * lives for three hours after its last use (seed: "Token Expiry").
 */
#ifndef HELIO_API_AUTH_H
#define HELIO_API_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/rc.h"
#include "store/store.h"

struct auth;

struct auth_options {
	struct store	*store;
	int64_t		 ttl_us;	/* of an unused token; 0: 3 h */
	/* a new expiry is stored when it has moved by this much; 0: 60 s;
	 * never more than half of ttl_us */
	int64_t		 save_after_us;
	int64_t		(*now_us)(void *);	/* NULL: the store's clock */
	void		*now_arg;
};

enum helio_rc	 auth_new(const struct auth_options *, struct auth **ret,
		    struct helio_err *);
void		 auth_free(struct auth *);

enum { TOKEN_TEXT_MAX = 128 };	/* longer ones are not looked at */

/*
 * The token in an Authorization header: `Token token=XXX` (also quoted) or
 * `Bearer XXX`, the scheme in any case.  False when there is none; the header
 * may be NULL.
 */
bool		 auth_header(const char *header, char out[TOKEN_TEXT_MAX + 1]);

/*
 * Who holds this token: a cache in front of the store.  Changes to users made
 * here count at once, those of other processes within two seconds.  E_AUTH when
 * unknown, expired or the user is not active; E_BUSY when the store is.
 * Extends the token.
 */
enum helio_rc	 auth_token(struct auth *, const char *token,
		    struct caller *ret, struct helio_err *);
/* The same of the cache alone, which never waits; false: ask the store. */
bool		 auth_token_known(struct auth *, const char *token,
		    struct caller *ret);

struct auth_login {
	struct row	*user;			/* in the arena given */
	char		 token[TOKEN_SIZE];
	int64_t		 expires_us;
};
/*
 * Check username and password and issue a token.  Blocks (argon2 with its 19
 * MiB, one write): on a worker.  E_AUTH; E_THROTTLED with *retry_after_s set
 * after too many failures for this name from this peer, or for the peer.
 * Unknown names and inactive users cost as much as others.
 */
enum helio_rc	 auth_login(struct auth *, struct arena *, const char *username,
		    const char *password, const char *peer,
		    struct auth_login *ret, unsigned *retry_after_s,
		    struct helio_err *);
/*
 * Who has this name and password, without a token: throttled and checked as a
 * login, E_AUTH.  Blocks.  What was right is remembered for a minute, and
 * forgotten when any user changes here.
 */
enum helio_rc	 auth_password(struct auth *, const char *username,
		    const char *password, const char *peer, struct caller *ret,
		    unsigned *retry_after_s, struct helio_err *);
/* The same from memory alone; false: not remembered.  Does not block. */
bool		 auth_password_known(struct auth *, const char *username,
		    const char *password, struct caller *ret);
/*
 * Is this the username of an active user whom the caller may see; with
 * password: is it theirs (throttled like logins, blocks).
 */
struct auth_check {
	const struct caller *caller;
	const char	*username;
	const char	*password;	/* NULL: only the name */
	const char	*peer;
};
enum helio_rc	 auth_check_user(struct auth *, const struct auth_check *,
		    bool *ret, unsigned *retry_after_s, struct helio_err *);
/* Delete a token, inside a transaction ... */
enum helio_rc	 auth_logout(struct tx *, const char *token,
		    struct helio_err *);
/* ... and forget it, after the commit. */
void		 auth_forget(struct auth *, const char *token);

#endif
