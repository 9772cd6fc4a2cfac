/* A table of fixed size, by a hash of statement and arguments. */
#include "store/count_cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	ENTRIES = 256,
	KEY_MAX = 4096,		/* bytes; larger statements are not kept */
	/* Other processes write, too (helio user add), and tell nobody. */
	KEEP_MS = 2000,
};

struct entry {
	char		*key;		/* owned; NULL: none */
	size_t		 n;
	uint64_t	 tables[SQL_TABLE_WORDS];
	uint64_t	 as_of;
	int64_t		 until_ms;
	int64_t		 count;
};

struct count_cache {
	atomic_ullong	 commits;
	_Atomic uint64_t *touched;	/* by table: the last commit to do so */
	size_t		 n_tables;
	pthread_mutex_t	 lock;		/* for the entries */
	struct entry	 entry[ENTRIES];
};

struct count_cache *
count_cache_new(size_t n_tables)
{
	struct count_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->touched = calloc(n_tables + 1, sizeof(*c->touched));
	if (c->touched == NULL) {
		free(c);
		return NULL;
	}
	c->n_tables = n_tables;
	(void)pthread_mutex_init(&c->lock, NULL);
	return c;
}

void
count_cache_free(struct count_cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < ENTRIES; i++)
		free(c->entry[i].key);
	(void)pthread_mutex_destroy(&c->lock);
	free((void *)c->touched);
	free(c);
}

uint64_t
count_cache_now(const struct count_cache *c)
{
	return atomic_load(&c->commits);
}

void
count_cache_touched(struct count_cache *c, const bool *tables)
{
	uint64_t commit = atomic_load(&c->commits) + 1;

	/* The tables first: who reads the new number must see them. */
	for (size_t i = 0; i < c->n_tables; i++)
		if (tables[i])
			atomic_store(&c->touched[i], commit);
	atomic_store(&c->commits, commit);
}

/* ---- keys ---- */

static void
add_value(struct buf *key, struct value v)
{
	buf_add(key, &v.type, sizeof(v.type));
	if (v.type == VALUE_TEXT || v.type == VALUE_BLOB) {
		buf_add(key, &v.n, sizeof(v.n));
		buf_add(key, v.s, v.n);
	} else if (v.type != VALUE_NULL) {
		buf_add(key, &v.i, sizeof(v.i));
	}
}

/* The statement and its arguments as bytes; false when they are too many. */
static bool
make_key(const struct sql *sql, struct buf *key)
{
	buf_add(key, sql->text.data, sql->text.len + 1);
	for (size_t i = 0; i < sql->n_args && key->len <= KEY_MAX; i++)
		add_value(key, sql->args[i]);
	return key->len <= KEY_MAX && !key->failed;
}

/* FNV-1a; where two keys meet, the later one stays. */
static struct entry *
slot(struct count_cache *c, const struct buf *key)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < key->len; i++)
		h = (h ^ (uint8_t)key->data[i]) * UINT64_C(1099511628211);
	return &c->entry[(h ^ h >> 32) % ENTRIES];
}

/* ---- entries ---- */

static bool
is_true(const struct count_cache *c, const struct entry *e, int64_t now_ms)
{
	if (now_ms > e->until_ms)
		return false;
	for (size_t i = 0; i < c->n_tables; i++)
		if ((e->tables[i / 64] >> i % 64 & 1) != 0 &&
		    atomic_load(&c->touched[i]) > e->as_of)
			return false;
	return true;
}

bool
count_cache_find(struct count_cache *c, const struct sql *sql, int64_t now_ms,
    int64_t *ret)
{
	struct buf key = BUF_INIT;
	const struct entry *e;
	bool found = false;

	if (make_key(sql, &key)) {
		(void)pthread_mutex_lock(&c->lock);
		e = slot(c, &key);
		found = e->key != NULL && e->n == key.len &&
		    memcmp(e->key, key.data, key.len) == 0 &&
		    is_true(c, e, now_ms);
		if (found)
			*ret = e->count;
		(void)pthread_mutex_unlock(&c->lock);
	}
	buf_free(&key);
	return found;
}

void
count_cache_keep(struct count_cache *c, const struct sql *sql,
    uint64_t as_of, int64_t now_ms, int64_t count)
{
	struct buf key = BUF_INIT;
	struct entry *e;

	if (make_key(sql, &key)) {
		(void)pthread_mutex_lock(&c->lock);
		e = slot(c, &key);
		free(e->key);
		e->as_of = as_of;
		e->until_ms = now_ms + KEEP_MS;
		e->count = count;
		memcpy(e->tables, sql->tables, sizeof(e->tables));
		e->key = buf_take(&key, &e->n);
		(void)pthread_mutex_unlock(&c->lock);
	}
	buf_free(&key);
}
