/*
 * The token cache: shards with a lock each, in them sets of a few entries;
 * in a full set the one unused for longest makes room.
 */
#include "api/token_cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	SHARDS = 64, SETS = 64, WAYS = 4,	/* 16384 tokens */
	KEY_SIZE = HASH_HEX_SIZE - 1,
};

struct entry {
	char		 key[KEY_SIZE];	/* all zero: unused */
	uint64_t	 epoch;
	int64_t		 used_us;
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

/* A number below 256^2 from four hex digits. */
static unsigned
digits(const char *s)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < 4; i++)
		n = n << 4 | (unsigned)(s[i] <= '9' ? s[i] - '0' :
		    s[i] - 'a' + 10);
	return n;
}

/* The shard of a hash, locked. */
static struct shard *
lock_shard(struct token_cache *c, const char *hash)
{
	struct shard *s = &c->shard[digits(hash) % SHARDS];

	pthread_mutex_lock(&s->lock);
	return s;
}

static struct entry *
find(struct shard *s, const char *hash)
{
	struct entry *set = s->set[digits(hash + 4) % SETS];
	size_t i;

	for (i = 0; i < WAYS; i++)
		if (memcmp(set[i].key, hash, KEY_SIZE) == 0)
			return &set[i];
	return NULL;
}

static struct entry *
find_oldest(struct shard *s, const char *hash)
{
	struct entry *set = s->set[digits(hash + 4) % SETS], *oldest = set;
	size_t i;

	for (i = 1; i < WAYS; i++)
		if (set[i].used_us < oldest->used_us)
			oldest = &set[i];
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
token_cache_epoch(struct token_cache *c, const char hash[HASH_HEX_SIZE])
{
	struct shard *s = lock_shard(c, hash);
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
token_cache_use(struct token_cache *c, const char hash[HASH_HEX_SIZE],
    int64_t now_us, struct caller *ret, int64_t *ret_save)
{
	struct shard *s = lock_shard(c, hash);
	struct entry *e = find(s, hash);
	bool ok = e != NULL && is_fresh(c, s, e, now_us);

	if (ok) {
		*ret_save = slide(c, e, now_us);
		*ret = e->caller;
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}

bool
token_cache_put(struct token_cache *c, const char hash[HASH_HEX_SIZE],
    const struct token_state *state, uint64_t epoch, int64_t now_us,
    int64_t *ret_save)
{
	struct shard *s = lock_shard(c, hash);
	struct entry *e = find(s, hash);
	bool ok = state->expires_us > now_us ||
	    (e != NULL && e->expires_us > now_us);

	if (ok && e == NULL) {
		e = find_oldest(s, hash);
		memset(e, 0, sizeof(*e));
		memcpy(e->key, hash, KEY_SIZE);
	}
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
token_cache_drop(struct token_cache *c, const char hash[HASH_HEX_SIZE])
{
	struct shard *s = lock_shard(c, hash);
	struct entry *e = find(s, hash);

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
