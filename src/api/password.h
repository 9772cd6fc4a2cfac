/*
 * Names and passwords that come with every request, as clients of InfluxDB
 * send them: where they stand, and which were right a short while ago.
 */
#ifndef HELIO_API_PASSWORD_H
#define HELIO_API_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#include "http/http.h"
#include "store/caller.h"

/*
 * The name and password of a request: `Authorization: Basic ..` or
 * `Token NAME:PASSWORD`, else u= and p= in the query.  False when there are
 * none.  In the request's arena.
 */
bool		 password_given(struct http_request *, const char **ret_name,
		    const char **ret_password);

/* Of each pair only a keyed hash is kept.  Safe between threads. */
struct password_cache;

struct password_cache *password_cache_new(void);	/* NULL: no memory */
void		 password_cache_free(struct password_cache *);	/* NULL is allowed */
bool		 password_cache_find(struct password_cache *, const char *name,
		    const char *password, int64_t now_us, struct caller *ret);
/* What is read before a pair is checked: one put with an old epoch is not
 * kept, since users have changed meanwhile. */
uint64_t	 password_cache_epoch(struct password_cache *);
void		 password_cache_put(struct password_cache *, const char *name,
		    const char *password, int64_t now_us, uint64_t epoch,
		    const struct caller *);
void		 password_cache_clear(struct password_cache *);

#endif
