/* See password.h. */
#include "api/password.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/crypto.h"
#include "base/times.h"

enum {
	SLOTS = 256,			/* pairs remembered */
	PAIR_MAX = 2048,		/* bytes of name and password as sent */
};

static const int64_t life_us = 60 * US_PER_S;

/* ---- where they stand ---- */

/* "name:password" cut in two; false when there is no colon. */
static bool
cut(char *pair, const char **ret_name, const char **ret_password)
{
	char *colon = strchr(pair, ':');

	if (colon == NULL || colon == pair)
		return false;
	*colon = '\0';
	*ret_name = pair;
	*ret_password = colon + 1;
	return true;
}

static bool
from_header(struct arena *arena, const char *header, const char **ret_name,
    const char **ret_password)
{
	char pair[PAIR_MAX];
	size_t n;

	if (strncasecmp(header, "Basic ", 6) == 0)
		return base64_text(header + 6, pair, sizeof(pair), &n) &&
		    cut(arena_strndup(arena, pair, n), ret_name,
		    ret_password);
	if (strncasecmp(header, "Token ", 6) == 0 &&
	    strlen(header) < PAIR_MAX)
		return cut(arena_strdup(arena, header + 6), ret_name,
		    ret_password);
	return false;
}

bool
password_given(struct http_request *http, const char **ret_name,
    const char **ret_password)
{
	const char *header = http_header(http, "Authorization");

	if (header != NULL)
		return from_header(http_arena(http), header, ret_name,
		    ret_password);
	*ret_name = http_param(http, "u");
	*ret_password = http_param(http, "p");
	if (*ret_name != NULL && **ret_name != '\0' && *ret_password != NULL)
		return true;
	*ret_name = *ret_password = NULL;
	return false;
}

/* ---- which were right ---- */

struct slot {
	char		 hash[HASH_HEX_SIZE];
	int64_t		 until_us;	/* 0: empty */
	struct caller	 caller;
};

struct password_cache {
	pthread_mutex_t	 lock;
	char		 key[TOKEN_SIZE];	/* random, of this process */
	uint64_t	 epoch;
	struct slot	 slot[SLOTS];
};

struct password_cache *
password_cache_new(void)
{
	struct password_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	pthread_mutex_init(&cache->lock, NULL);
	token_new(cache->key);
	return cache;
}

void
password_cache_free(struct password_cache *cache)
{
	if (cache == NULL)
		return;
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

/* The slot where a pair is kept, if it is: chosen by its hash. */
static struct slot *
slot_of(struct password_cache *cache, const char *name, const char *password,
    char hash[HASH_HEX_SIZE])
{
	const struct hmac_part part[] = {
		{ name, strlen(name) + 1 }, { password, strlen(password) },
	};
	char byte[3];

	hmac_sha256_hex(cache->key, TOKEN_SIZE - 1, part, 2, hash);
	memcpy(byte, hash, 2);
	byte[2] = '\0';
	return &cache->slot[strtoul(byte, NULL, 16)];
}

bool
password_cache_find(struct password_cache *cache, const char *name,
    const char *password, int64_t now_us, struct caller *ret)
{
	char hash[HASH_HEX_SIZE];
	struct slot *slot = slot_of(cache, name, password, hash);
	bool found;

	pthread_mutex_lock(&cache->lock);
	found = slot->until_us > now_us &&
	    slot->until_us <= now_us + life_us &&
	    crypto_equal(slot->hash, hash, HASH_HEX_SIZE);
	if (found)
		*ret = slot->caller;
	pthread_mutex_unlock(&cache->lock);
	return found;
}

uint64_t
password_cache_epoch(struct password_cache *cache)
{
	uint64_t epoch;

	pthread_mutex_lock(&cache->lock);
	epoch = cache->epoch;
	pthread_mutex_unlock(&cache->lock);
	return epoch;
}

void
password_cache_put(struct password_cache *cache, const char *name,
    const char *password, int64_t now_us, uint64_t epoch,
    const struct caller *caller)
{
	char hash[HASH_HEX_SIZE];
	struct slot *slot = slot_of(cache, name, password, hash);

	pthread_mutex_lock(&cache->lock);
	if (epoch == cache->epoch) {
		memcpy(slot->hash, hash, sizeof(hash));
		slot->until_us = now_us + life_us;
		slot->caller = *caller;
	}
	pthread_mutex_unlock(&cache->lock);
}

void
password_cache_clear(struct password_cache *cache)
{
	pthread_mutex_lock(&cache->lock);
	cache->epoch++;
	for (size_t i = 0; i < SLOTS; i++)
		cache->slot[i].until_us = 0;
	pthread_mutex_unlock(&cache->lock);
}
