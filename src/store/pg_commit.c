/*
 * Whether a commit was kept whose answer was lost.  Every writer has a row of
 * its own, and each of its batches leaves its number there: it is kept with
 * the batch or not at all.  Who holds the writers' lock knows that the batch
 * has ended, so the row is the last word, whatever became of connection and
 * server.  (The server's own pg_xact_status() is none: after a crash, a number
 * that never reached the disk is given to another transaction.)
 */
#include "store/pg.h"

#include <string.h>

/* Of writers that are no more.  A row is needed for as long as a commit is
 * asked about, half a minute. */
#define SWEEP "DELETE FROM helio_commit WHERE writer IN (SELECT writer FROM " \
	"helio_commit WHERE written_at < now() - interval '1 day' " \
	"FOR UPDATE SKIP LOCKED)"
#define NOTE "WITH mine AS (INSERT INTO helio_commit VALUES ($1::text, " \
	"$2::bigint, now()) ON CONFLICT (writer) DO UPDATE SET " \
	"batch = excluded.batch, written_at = excluded.written_at) " \
	"UPDATE helio_version SET version = version + 1"
#define ASK "SELECT count(*) FROM helio_commit WHERE writer = $1::text AND " \
	"batch = $2::bigint"

/* Of the writer's name and its batch's number. */
static enum helio_rc
put(struct db *db, const char *text, struct helio_err *err)
{
	struct value args[] = { value_text(db->writer),
	    value_int(db->batch) };
	const struct sql sql = {
		.dialect = &SQL_PG,
		/* borrowed, and not written to */
		.text = { (char *)(uintptr_t)text, strlen(text), 0, false },
		.args = args,
		.n_args = sizeof(args) / sizeof(args[0]),
	};

	return pg_put_sql(db, &sql, err);
}

enum helio_rc
pg_commit_note(struct db *db, struct helio_err *err)
{
	db->batch++;
	return put(db, NOTE, err);
}

enum helio_rc
pg_commit_kept(struct db *db, bool *ret, struct helio_err *err)
{
	PGresult *res = NULL;
	enum helio_rc rc = put(db, ASK, err);

	if (rc == HELIO_OK)
		rc = pg_answer(db, &res, err);
	if (rc == HELIO_OK)
		*ret = pg_number(res, 0) > 0;
	PQclear(res);
	return rc;
}

enum helio_rc
pg_commit_make(struct db *db, struct helio_err *err)
{
	return pg_ask(db, "CREATE TABLE helio_commit (writer text PRIMARY KEY, "
	    "batch bigint NOT NULL, written_at timestamptz NOT NULL)", NULL,
	    err);
}

enum helio_rc
pg_commit_sweep(struct db *db, struct helio_err *err)
{
	return pg_ask(db, SWEEP, NULL, err);
}
