/* SQLite's prepared statements in the cache of their connection. */
#include "store/sqlite.h"

#include <stdlib.h>

static void
stmt_free(struct kept *k, void *arg)
{
	struct stmt *s = (struct stmt *)k;

	(void)arg;
	if (s == NULL)
		return;
	(void)sqlite3_finalize(s->st);
	free(s->kept.text);
	free(s);
}

static enum helio_rc
stmt_new(struct db *db, const char *text, size_t n, struct stmt **ret,
    struct helio_err *err)
{
	struct stmt *s = calloc(1, sizeof(*s));
	int code = SQLITE_NOMEM;

	if (s == NULL || !stmt_name(&s->kept, text, n))
		goto fail;
	code = sqlite3_prepare_v3(db->h, s->kept.text, (int)n + 1,
	    SQLITE_PREPARE_PERSISTENT, &s->st, NULL);
	if (code != SQLITE_OK)
		goto fail;
	*ret = s;
	return HELIO_OK;
fail:
	stmt_free((struct kept *)s, NULL);
	return sqlite_fail(db->h, code, err);
}

void
sqlite_cache_init(struct db *db)
{
	db->cache.end = stmt_free;
}

enum helio_rc
sqlite_take(struct db *db, const char *text, size_t n, struct stmt **ret,
    struct helio_err *err)
{
	struct stmt *s = (struct stmt *)stmt_cache_find(&db->cache, text, n);
	enum helio_rc rc;

	if (s == NULL) {
		rc = stmt_new(db, text, n, &s, err);
		if (rc != HELIO_OK)
			return rc;
		stmt_cache_add(&db->cache, &s->kept);
	}
	s->kept.busy = true;
	*ret = s;
	return HELIO_OK;
}

void
sqlite_put(struct db *db, struct stmt *s)
{
	(void)db;
	if (!s->kept.kept) {
		stmt_free(&s->kept, NULL);
		return;
	}
	/* The code of a reset repeats the failure already reported. */
	(void)sqlite3_reset(s->st);
	s->kept.busy = false;
}

void
sqlite_cache_free(struct db *db)
{
	stmt_cache_clear(&db->cache);
}
