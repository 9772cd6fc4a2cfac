/* What the server can say about the soundness of what it holds. */
#include "store/pg.h"

#include <stdio.h>

/* Each row of an answer is a problem, its first column the text. */
static const char *const questions[] = {
	"SELECT 'index ' || i.indexrelid::regclass || ' is not valid; "
	"REINDEX it' FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
	"WHERE NOT i.indisvalid AND "
	"c.relnamespace = current_schema()::regnamespace",
	"SELECT 'constraint ' || conname || ' of ' || conrelid::regclass || "
	"' is not valid; VALIDATE it' FROM pg_constraint WHERE NOT "
	"convalidated AND connamespace = current_schema()::regnamespace",
	"SELECT checksum_failures || ' pages had a wrong checksum' FROM "
	"pg_stat_database WHERE datname = current_database() AND "
	"checksum_failures > 0",
};

/* Walks every B-tree; there when the extension amcheck is, and we may. */
static const char may_walk[] =
    "SELECT count(*) FROM pg_proc p JOIN pg_extension e ON "
    "e.extname = 'amcheck' WHERE p.proname = 'bt_index_check' AND "
    "p.pronargs = 1 AND has_function_privilege(p.oid, 'EXECUTE') AND "
    "p.pronamespace = e.extnamespace";
static const char walk[] =
    "SELECT count(bt_index_check(i.indexrelid)) FROM pg_index i JOIN "
    "pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam "
    "WHERE a.amname = 'btree' AND i.indisvalid AND "
    "c.relnamespace = current_schema()::regnamespace";

static enum helio_rc
ask(struct db *db, const char *question, void (*problem)(void *, const char *),
    void *arg, struct helio_err *err)
{
	PGresult *res = NULL;
	enum helio_rc rc = pg_ask(db, question, &res, err);

	for (int i = 0; rc == HELIO_OK && i < PQntuples(res); i++)
		problem(arg, PQgetvalue(res, i, 0));
	PQclear(res);
	return rc;
}

/* A walk that meets damage fails, and with it the snapshot: it comes with a
 * savepoint. */
static enum helio_rc
walk_indexes(struct db *db, void (*problem)(void *, const char *), void *arg,
    struct helio_err *err)
{
	struct helio_err why;
	enum helio_rc rc = pg_put(db, "SAVEPOINT w", err);

	err_clear(&why);
	if (rc == HELIO_OK && pg_ask(db, walk, NULL, &why) != HELIO_OK) {
		problem(arg, err_message(&why));
		rc = pg_put(db, "ROLLBACK TO w", err);
	}
	return rc;
}

enum helio_rc
pg_check(struct db *db, void (*problem)(void *, const char *), void *arg,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	PGresult *res = NULL;
	bool can_walk;

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if (rc == HELIO_OK)
			rc = ask(db, questions[i], problem, arg, err);
	if (rc == HELIO_OK)
		rc = pg_ask(db, may_walk, &res, err);
	can_walk = rc == HELIO_OK && pg_number(res, 0) > 0;
	PQclear(res);
	return can_walk ? walk_indexes(db, problem, arg, err) : rc;
}
