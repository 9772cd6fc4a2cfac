/* What auth.c and login.c share. */
#ifndef HELIO_API_AUTH_INTERNAL_H
#define HELIO_API_AUTH_INTERNAL_H

#include <pthread.h>

#include "api/auth.h"
#include "api/password.h"
#include "api/throttle.h"
#include "api/token_cache.h"

struct auth {
	struct auth_options opt;	/* defaults filled in */
	struct token_cache *tokens;
	struct throttle	*throttle;
	struct password_cache *passwords;
	pthread_mutex_t	 lock;
	char		 dummy[PASSWORD_HASH_SIZE];	/* for unknown names */
};

int64_t		 auth_now_us(const struct auth *);
/* E_AUTH: not active. */
enum helio_rc	 auth_caller_of(const struct row *user, struct caller *ret,
		    struct helio_err *);

#endif
