/*
 * The token cache: shards with a lock each, in them sets of a few entries;
 * in a full set the one unused for longest makes room.
 */
#include "api/token_cache.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	SHARDS = 64, SETS = 64, WAYS = 4,	/* 16384 tokens */
};

struct key {
	unsigned char	 b[crypto_shorthash_siphashx24_BYTES];
};

struct entry {
	struct key	 key;
	uint64_t	 epoch;
	int64_t		 used_us;	/* 0: free */
	int64_t		 read_us;	/* from the store */
	int64_t		 expires_us;
	int64_t		 saved_us;	/* the expiry stored, or on its way */
	struct caller	 caller;
};

struct shard {
	pthread_mutex_t	 lock;
	uint64_t	 epoch;		/* tokens of the shard were dropped */
	struct entry	 set[SETS][WAYS];
};

struct token_cache {
	struct token_cache_options opt;
	unsigned char	 secret[crypto_shorthash_siphashx24_KEYBYTES];
	atomic_uint_least64_t epoch;	/* all were to be read again */
	struct shard	*shard;
};

struct token_cache *
token_cache_new(const struct token_cache_options *opt)
{
	struct token_cache *c = calloc(1, sizeof(*c));
	size_t i;

	if (c == NULL)
		return NULL;
	c->opt = *opt;
	randombytes_buf(c->secret, sizeof(c->secret));
	/* several MB, of which the system gives what is touched */
	c->shard = calloc(SHARDS, sizeof(*c->shard));
	if (c->shard == NULL) {
		free(c);
		return NULL;
	}
	for (i = 0; i < SHARDS; i++)
		pthread_mutex_init(&c->shard[i].lock, NULL);
	return c;
}

void
token_cache_free(struct token_cache *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < SHARDS; i++)
		pthread_mutex_destroy(&c->shard[i].lock);
	free(c->shard);
	free(c);
}

static struct key
key_of(const struct token_cache *c, const char *token)
{
	struct key key;

	crypto_shorthash_siphashx24(key.b, (const unsigned char *)token,
	    strlen(token), c->secret);
	return key;
}

static struct shard *
lock_shard(struct token_cache *c, const struct key *key)
{
	struct shard *s = &c->shard[key->b[0] % SHARDS];

	pthread_mutex_lock(&s->lock);
	return s;
}

static struct entry *
set_of(struct shard *s, const struct key *key)
{
	return s->set[key->b[1] % SETS];
}

static struct entry *
find(struct shard *s, const struct key *key)
{
	struct entry *set = set_of(s, key);
	size_t i;

	for (i = 0; i < WAYS; i++)
		if (set[i].used_us != 0 &&
		    memcmp(&set[i].key, key, sizeof(*key)) == 0)
			return &set[i];
	return NULL;
}

/* A free entry, or the one unused for longest, cleared for this key. */
static struct entry *
replace_oldest(struct shard *s, const struct key *key)
{
	struct entry *set = set_of(s, key), *oldest = set;
	size_t i;

	for (i = 1; i < WAYS; i++)
		if (set[i].used_us < oldest->used_us)
			oldest = &set[i];
	memset(oldest, 0, sizeof(*oldest));
	oldest->key = *key;
	return oldest;
}

/* Both only grow: the sum is the same when neither has changed. */
static uint64_t
epoch_of(const struct token_cache *c, const struct shard *s)
{
	return s->epoch + atomic_load_explicit(&c->epoch,
	    memory_order_acquire);
}

uint64_t
token_cache_epoch(struct token_cache *c, const char *token)
{
	const struct key key = key_of(c, token);
	struct shard *s = lock_shard(c, &key);
	uint64_t epoch = epoch_of(c, s);

	pthread_mutex_unlock(&s->lock);
	return epoch;
}

/* Move the expiry; returns it when it is time to store it, else 0. */
static int64_t
slide(const struct token_cache *c, struct entry *e, int64_t now_us)
{
	e->used_us = now_us;
	if (e->expires_us < now_us + c->opt.ttl_us)
		e->expires_us = now_us + c->opt.ttl_us;
	if (e->expires_us - e->saved_us < c->opt.save_after_us)
		return 0;
	e->saved_us = e->expires_us;
	return e->saved_us;
}

static bool
is_fresh(const struct token_cache *c, const struct shard *s,
    const struct entry *e, int64_t now_us)
{
	return e->epoch == epoch_of(c, s) && e->expires_us > now_us &&
	    now_us >= e->read_us && now_us - e->read_us < c->opt.reread_us;
}

bool
token_cache_use(struct token_cache *c, const char *token,
    int64_t now_us, struct caller *ret, int64_t *ret_save)
{
	const struct key key = key_of(c, token);
	struct shard *s = lock_shard(c, &key);
	struct entry *e = find(s, &key);
	bool ok = e != NULL && is_fresh(c, s, e, now_us);

	if (ok) {
		*ret_save = slide(c, e, now_us);
		*ret = e->caller;
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}

bool
token_cache_put(struct token_cache *c, const char *token,
    const struct token_state *state, uint64_t epoch, int64_t now_us,
    int64_t *ret_save)
{
	const struct key key = key_of(c, token);
	struct shard *s = lock_shard(c, &key);
	struct entry *e = find(s, &key);
	bool ok = state->expires_us > now_us ||
	    (e != NULL && e->expires_us > now_us);

	if (ok && e == NULL)
		e = replace_oldest(s, &key);
	if (ok) {
		if (e->saved_us < state->expires_us)
			e->saved_us = state->expires_us;
		if (e->expires_us < e->saved_us)
			e->expires_us = e->saved_us;
		e->caller = state->caller;
		e->epoch = epoch;
		e->read_us = now_us;
		*ret_save = slide(c, e, now_us);
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}

void
token_cache_drop(struct token_cache *c, const char *token)
{
	const struct key key = key_of(c, token);
	struct shard *s = lock_shard(c, &key);
	struct entry *e = find(s, &key);

	if (e != NULL)
		memset(e, 0, sizeof(*e));
	s->epoch++;
	pthread_mutex_unlock(&s->lock);
}

void
token_cache_renew(struct token_cache *c)
{
	atomic_fetch_add_explicit(&c->epoch, 1, memory_order_acq_rel);
}
