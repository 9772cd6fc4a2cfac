/* What auth.c and login.c share. */
#ifndef HELIO_API_AUTH_INTERNAL_H
#define HELIO_API_AUTH_INTERNAL_H

#include <pthread.h>

#include "api/auth.h"
#include "api/throttle.h"
#include "api/token_cache.h"

struct auth {
	struct auth_options opt;	/* defaults filled in */
	struct token_cache *tokens;
	struct throttle	*throttle;
	pthread_mutex_t	 lock;
	char		 dummy[PASSWORD_HASH_SIZE];	/* for unknown names */
};

int64_t		 auth_now_us(const struct auth *);

#endif
