/* Statements by their text; see stmt_cache.h. */
#include "store/stmt_cache.h"

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

static struct kept **
bucket_of(struct stmt_cache *c, uint64_t hash)
{
	return &c->bucket[hash & (STMT_BUCKETS - 1)];
}

static void
list_remove(struct stmt_cache *c, struct kept *s)
{
	*(s->newer != NULL ? &s->newer->older : &c->newest) = s->older;
	*(s->older != NULL ? &s->older->newer : &c->oldest) = s->newer;
	s->newer = s->older = NULL;
}

static void
list_add(struct stmt_cache *c, struct kept *s)
{
	s->older = c->newest;
	*(c->newest != NULL ? &c->newest->newer : &c->oldest) = s;
	c->newest = s;
}

static void
cache_drop(struct stmt_cache *c, struct kept *s)
{
	struct kept **at = bucket_of(c, s->hash);

	while (*at != s)
		at = &(*at)->chain;
	*at = s->chain;
	list_remove(c, s);
	c->n--;
	c->end(s, c->arg);
}

/* Make room for one more; statements in use stay. */
static bool
cache_evict(struct stmt_cache *c)
{
	struct kept *s = c->oldest;

	if (c->n < STMTS_MAX)
		return true;
	while (s != NULL && s->busy)
		s = s->newer;
	if (s != NULL)
		cache_drop(c, s);
	return s != NULL;
}

bool
stmt_name(struct kept *s, const char *text, size_t n)
{
	s->text = malloc(n + 1);
	if (s->text == NULL)
		return false;
	memcpy(s->text, text, n);
	s->text[n] = '\0';
	s->len = n;
	s->hash = text_hash(text, n);
	return true;
}

struct kept *
stmt_cache_find(struct stmt_cache *c, const char *text, size_t n)
{
	uint64_t hash = text_hash(text, n);
	struct kept *s = *bucket_of(c, hash);

	while (s != NULL && (s->hash != hash || s->len != n || s->busy ||
	    memcmp(s->text, text, n) != 0))
		s = s->chain;
	if (s != NULL) {
		list_remove(c, s);
		list_add(c, s);
	}
	return s;
}

void
stmt_cache_add(struct stmt_cache *c, struct kept *s)
{
	struct kept **at = bucket_of(c, s->hash);

	if (!cache_evict(c))
		return;
	s->kept = true;
	s->chain = *at;
	*at = s;
	list_add(c, s);
	c->n++;
}

void
stmt_cache_clear(struct stmt_cache *c)
{
	while (c->newest != NULL)
		cache_drop(c, c->newest);
}
