/* Prepared statements kept by their text, the least recently used one goes. */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

static uint64_t
text_hash(const char *s, size_t n)
{
	uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ n, word;

	for (; n >= sizeof(word); s += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, s, sizeof(word));
		h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, s, n);
	h = (h ^ word) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 29;
}

static struct stmt **
bucket_of(struct stmt_cache *c, uint64_t hash)
{
	return &c->bucket[hash & (SQLITE_STMT_BUCKETS - 1)];
}

static struct stmt *
cache_find(struct stmt_cache *c, const char *text, size_t n, uint64_t hash)
{
	struct stmt *s = *bucket_of(c, hash);

	while (s != NULL && (s->hash != hash || s->len != n || s->busy ||
	    memcmp(s->text, text, n) != 0))
		s = s->chain;
	return s;
}

static void
list_remove(struct stmt_cache *c, struct stmt *s)
{
	*(s->newer != NULL ? &s->newer->older : &c->newest) = s->older;
	*(s->older != NULL ? &s->older->newer : &c->oldest) = s->newer;
	s->newer = s->older = NULL;
}

static void
list_add(struct stmt_cache *c, struct stmt *s)
{
	s->older = c->newest;
	*(c->newest != NULL ? &c->newest->newer : &c->oldest) = s;
	c->newest = s;
}

static void
stmt_free(struct stmt *s)
{
	if (s == NULL)
		return;
	(void)sqlite3_finalize(s->st);
	free(s->text);
	free(s);
}

static void
cache_drop(struct stmt_cache *c, struct stmt *s)
{
	struct stmt **at = bucket_of(c, s->hash);

	while (*at != s)
		at = &(*at)->chain;
	*at = s->chain;
	list_remove(c, s);
	c->n--;
	stmt_free(s);
}

/* Make room for one more; statements in use stay. */
static bool
cache_evict(struct stmt_cache *c)
{
	struct stmt *s = c->oldest;

	if (c->n < SQLITE_STMTS_MAX)
		return true;
	while (s != NULL && s->busy)
		s = s->newer;
	if (s != NULL)
		cache_drop(c, s);
	return s != NULL;
}

static void
cache_add(struct stmt_cache *c, struct stmt *s)
{
	struct stmt **at = bucket_of(c, s->hash);

	if (!cache_evict(c))
		return;
	s->kept = true;
	s->chain = *at;
	*at = s;
	list_add(c, s);
	c->n++;
}

static enum helio_rc
stmt_new(struct db *db, const char *text, size_t n, struct stmt **ret,
    struct helio_err *err)
{
	struct stmt *s = calloc(1, sizeof(*s));
	int code = SQLITE_NOMEM;

	if (s == NULL || (s->text = malloc(n + 1)) == NULL)
		goto fail;
	memcpy(s->text, text, n);
	s->text[n] = '\0';
	s->len = n;
	s->hash = text_hash(text, n);
	code = sqlite3_prepare_v3(db->h, s->text, (int)n + 1,
	    SQLITE_PREPARE_PERSISTENT, &s->st, NULL);
	if (code != SQLITE_OK)
		goto fail;
	*ret = s;
	return HELIO_OK;
fail:
	stmt_free(s);
	return sqlite_fail(db->h, code, err);
}

enum helio_rc
sqlite_take(struct db *db, const char *text, size_t n, struct stmt **ret,
    struct helio_err *err)
{
	struct stmt_cache *c = &db->cache;
	struct stmt *s = cache_find(c, text, n, text_hash(text, n));
	enum helio_rc rc;

	if (s == NULL) {
		rc = stmt_new(db, text, n, &s, err);
		if (rc != HELIO_OK)
			return rc;
		cache_add(c, s);
	} else {
		list_remove(c, s);
		list_add(c, s);
	}
	s->busy = true;
	*ret = s;
	return HELIO_OK;
}

void
sqlite_put(struct db *db, struct stmt *s)
{
	if (!s->kept) {
		stmt_free(s);
		return;
	}
	/* The code of a reset repeats the failure already reported. */
	(void)sqlite3_reset(s->st);
	s->busy = false;
}

void
sqlite_cache_free(struct db *db)
{
	while (db->cache.newest != NULL)
		cache_drop(&db->cache, db->cache.newest);
}
