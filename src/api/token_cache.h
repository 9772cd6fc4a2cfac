/*
 * Tokens seen lately and who holds them: what makes authentication cost
 * less than a microsecond.  A bounded table of fixed size, safe between
 * threads, that knows no store: the caller brings what it has read and the
 * clock.  Tokens themselves are not kept, only a keyed hash (SipHash, 128 bits,
 * a key per process), which costs a twentieth of the stored SHA-256.
 */
#ifndef HELIO_API_TOKEN_CACHE_H
#define HELIO_API_TOKEN_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/caller.h"

struct token_cache;

struct token_cache_options {
	int64_t	 ttl_us;	/* life after the last use */
	int64_t	 save_after_us;	/* say so when the expiry has moved by this */
	int64_t	 reread_us;	/* what was read is good for so long */
};

/* What the store says of a token. */
struct token_state {
	struct caller	 caller;
	int64_t		 expires_us;
};

struct token_cache *token_cache_new(const struct token_cache_options *);
/* NULL is allowed */
void		 token_cache_free(struct token_cache *);
/*
 * Who holds the token; its expiry moves.  False: not known, not
 * known lately or expired; read the store.  *ret_save is an expiry to be
 * stored, or 0; each is given to one caller only.
 */
bool		 token_cache_use(struct token_cache *, const char *token,
		    int64_t now_us, struct caller *ret, int64_t *ret_save);
/*
 * To be asked before reading the store and given to token_cache_put(), so
 * that what has changed meanwhile is not kept.
 */
uint64_t	 token_cache_epoch(struct token_cache *, const char *token);
/*
 * Keep what the store said and use it once.  False: expired; an expiry that
 * was not stored yet counts, if it is known here.
 */
bool		 token_cache_put(struct token_cache *, const char *token,
		    const struct token_state *, uint64_t epoch, int64_t now_us,
		    int64_t *ret_save);
/* Forget one token (deleted). */
void		 token_cache_drop(struct token_cache *, const char *token);
/* Read every token again at its next use (users have changed). */
void		 token_cache_renew(struct token_cache *);

#endif
