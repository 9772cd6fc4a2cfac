/*
 * The PostgreSQL engine.  All servers on one database have one writer among
 * them: a transaction for writing holds an advisory lock from its beginning
 * to its end, so batches are serial, as those of one process are.  What was
 * decided on a row that a job has looked at stays true until it has written.
 */
#include "store/pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/log.h"
#include "base/times.h"

enum {
	TRIES_MAX = 10,		/* of one batch */
	PAUSE_MS = 20,		/* before the second, then doubling */
	PAUSE_MAX_MS = 500,
	/* To ask what became of a commit whose answer was lost; longer than
	 * the server needs to notice that its client is gone. */
	RESOLVE_MS = 30000,
	RESOLVE_PAUSE_MS = 50,
	FETCH_ROWS = 1000,	/* of a cursor at once */
	MANY_ROWS = 10000,	/* written: what the planner knew is no more */
};

#define WRITE_LOCK "SELECT pg_advisory_xact_lock(1212501067, " \
	"hashtext(current_schema()))"
#define ASK_VERSION "SELECT version FROM helio_version"

/* ---- connections ---- */

struct db *
pg_new(struct folder *f, enum db_role role)
{
	struct db *db = calloc(1, sizeof(*db));
	char token[TOKEN_SIZE];

	if (db == NULL)
		return NULL;
	db->folder = f;
	db->role = role;
	token_new(token);
	(void)snprintf(db->writer, sizeof(db->writer), "%.*s",
	    (int)sizeof(db->writer) - 1, token);
	pg_stmt_init(db);
	return db;
}

void
pg_close(struct db *db)
{
	if (db == NULL)
		return;
	pg_disconnect(db);
	pg_stmt_free(db);
	free(db);
}

static enum helio_rc
db_open(struct folder *f, enum db_role role, struct db **ret,
    struct helio_err *err)
{
	struct db *db = role == DB_WRITER ? pg_folder_first(f) : NULL;
	enum helio_rc rc;

	if (db != NULL) {
		*ret = db;
		return HELIO_OK;
	}
	db = pg_new(f, role);
	if (db == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	rc = pg_connect(db, err);
	if (rc == HELIO_OK)
		*ret = db;
	else
		pg_close(db);
	return rc;
}

static void
db_limit_ms(struct db *db, unsigned ms)
{
	db->deadline_ms = ms == 0 ? 0 : time_monotonic_ms() + ms;
}

static void
db_more_ms(struct db *db, int64_t ms)
{
	if (db->deadline_ms != 0)
		db->deadline_ms += ms;
}

/* The writer's connection, with the installation's lock. */
static enum helio_rc
connect_writer(struct db *db, struct helio_err *err)
{
	enum helio_rc rc = pg_connect(db, err);

	if (rc == HELIO_OK)
		rc = pg_folder_lock(db->folder, db, err);
	if (rc == HELIO_OK)
		log_event(LOG_INFO, "store.connected", "pid=%d",
		    PQbackendPID(db->c));
	else if (rc == HELIO_E_IO)
		db->transient = true;
	return rc;
}

/* ---- transactions ---- */

static void
tx_clear(struct db *db, bool open)
{
	db->open = open;
	db->failed = db->begun = db->used = false;
	db->marks = db->cursors = 0;
	db->dirty = db->wrote = db->erred = false;
	db->transient = db->unknown = false;
}

static void
note_version(struct db *db, const PGresult *res)
{
	int64_t version = pg_number(res, 0);

	db->elsewhere = db->elsewhere || version != db->version;
	db->version = version;
}

static enum helio_rc
put_begin(struct db *db, struct helio_err *err)
{
	static const char *const commands[] = { "BEGIN", WRITE_LOCK };
	static const char *const bulk[] = {
		"SET CONSTRAINTS ALL DEFERRED",
		"SET LOCAL idle_in_transaction_session_timeout = 0",
	};
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < 2 && rc == HELIO_OK; i++)
		rc = pg_put_kept(db, commands[i], err);
	if (rc == HELIO_OK)
		rc = pg_stmt_forget(db, err);
	for (size_t i = 0; i < 2 && rc == HELIO_OK && db->bulk; i++)
		rc = pg_put(db, bulk[i], err);
	return rc == HELIO_OK ? pg_put_kept(db, ASK_VERSION, err) : rc;
}

/* The lock and the version of the store come in the same round trip. */
static enum helio_rc
begin_write(struct db *db, struct helio_err *err)
{
	PGresult *res = NULL;
	enum helio_rc rc = HELIO_OK;

	if (!pg_is_connected(db))
		rc = connect_writer(db, err);
	if (rc == HELIO_OK)
		rc = put_begin(db, err);
	if (rc == HELIO_OK)
		rc = pg_answer(db, &res, err);
	if (rc == HELIO_OK)
		note_version(db, res);
	PQclear(res);
	return rc;
}

static enum helio_rc
db_begin(struct db *db, struct helio_err *err)
{
	enum helio_rc rc;

	tx_clear(db, true);
	if (db->role == DB_WRITER)
		rc = begin_write(db, err);
	else
		rc = pg_is_connected(db) ? HELIO_OK : pg_connect(db, err);
	db->failed = rc != HELIO_OK;
	return rc;
}

static bool
db_alive(struct db *db)
{
	return db->open && !db->failed;
}

static void
rollback_write(struct db *db)
{
	struct helio_err ignored;

	err_clear(&ignored);
	if (pg_is_connected(db) && pg_put_kept(db, "ROLLBACK", &ignored) == HELIO_OK)
		(void)pg_answer(db, NULL, &ignored);
}

/* The end of a snapshot is told with the next one, or by db_rest(). */
static void
rollback_read(struct db *db)
{
	db->owes = db->owes || db->begun;
}

static void
db_rest(struct db *db)
{
	struct helio_err ignored;

	if (!db->owes)
		return;
	err_clear(&ignored);
	db->owes = false;
	if (pg_put_kept(db, "COMMIT", &ignored) == HELIO_OK)
		pg_push(db);
}

/* The server hears of a snapshot with its first query. */
static enum helio_rc
put_snapshot(struct db *db, struct helio_err *err)
{
	enum helio_rc rc;

	if (db->role == DB_WRITER || db->begun)
		return HELIO_OK;
	rc = pg_put_kept(db, db->owes ? "COMMIT AND CHAIN" : "BEGIN", err);
	db->begun = rc == HELIO_OK;
	db->owes = false;
	return rc == HELIO_OK ? pg_stmt_forget(db, err) : rc;
}

/* What has failed, and how, is kept for db_again(). */
static void
db_rollback(struct db *db)
{
	bool transient = db->transient, unknown = db->unknown;

	if (!db->open)
		return;
	if (db->role == DB_WRITER)
		rollback_write(db);
	else
		rollback_read(db);
	tx_clear(db, false);
	db->transient = transient;
	db->unknown = unknown;
}

/* ---- the end of a transaction ---- */

/* With the lock: the transaction that we ask about has ended. */
static enum helio_rc
ask_kept(struct db *db, bool *ret, struct helio_err *err)
{
	enum helio_rc rc = begin_write(db, err);

	if (rc == HELIO_OK)
		rc = pg_commit_kept(db, ret, err);
	rollback_write(db);
	return rc;
}

/*
 * The connection was lost while a commit was under way: what became of it?
 * The database knows, once it can be asked.  False: it could not.
 */
static bool
find_out(struct db *db, bool *ret_kept)
{
	int64_t until = time_monotonic_ms() + RESOLVE_MS;
	struct helio_err err;

	do {
		err_clear(&err);
		if (ask_kept(db, ret_kept, &err) == HELIO_OK)
			return true;
		(void)usleep(RESOLVE_PAUSE_MS * 1000);
	} while (time_monotonic_ms() < until);
	log_event(LOG_ERROR, "store.commit_unknown", "why=" LOG_TEXT,
	    LOG_ARG(err_message(&err)));
	return false;
}

static enum helio_rc
settle(struct db *db, struct helio_err *err)
{
	bool kept = false;

	db->unknown = !find_out(db, &kept);
	db->transient = !db->unknown;
	if (db->unknown)
		return err_set(err, HELIO_E_UNKNOWN, "%s", "");
	log_event(LOG_WARN, "store.commit_asked", "kept=%s",
	    kept ? "yes" : "no");
	if (!kept)
		return err->rc;
	err_clear(err);
	return HELIO_OK;
}

static enum helio_rc
send_commit(struct db *db, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	PGresult *res = NULL;

	if (db->wrote)
		rc = pg_commit_note(db, err);
	if (rc == HELIO_OK)
		rc = pg_put_kept(db, "COMMIT", err);
	if (rc == HELIO_OK)
		rc = pg_answer(db, &res, err);
	if (rc == HELIO_OK && strcmp(PQcmdStatus(res), "COMMIT") != 0)
		rc = err_set(err, HELIO_E_INTERNAL,
		    "the transaction had failed before its end");
	PQclear(res);
	return rc;
}

static enum helio_rc
commit_write(struct db *db, struct helio_err *err)
{
	enum helio_rc rc;

	if (db->failed)
		return err_set(err, HELIO_E_IO, "database: no connection");
	rc = send_commit(db, err);
	if (rc == HELIO_OK) {
		db->version += db->wrote;
		return rc;
	}
	/* an answer that says no is an answer */
	if (pg_is_connected(db) || !db->wrote)
		return rc;
	return settle(db, err);
}

static enum helio_rc
db_commit(struct db *db, struct helio_err *err)
{
	enum helio_rc rc = commit_write(db, err);

	if (rc != HELIO_OK) {
		db_rollback(db);
		return rc;
	}
	tx_clear(db, false);
	db->give_up_ms = 0;
	db->tries = 0;
	return rc;
}

/* Shorter outages than busy_ms are waited out; in longer ones each batch has
 * one attempt. */
static bool
db_again(struct db *db)
{
	int64_t now = time_monotonic_ms();
	unsigned pause = PAUSE_MS << (db->tries < 5 ? db->tries : 5);

	if (db->give_up_ms == 0)
		db->give_up_ms = now +
		    pg_folder_options(db->folder)->busy_ms;
	if (!db->transient || db->unknown || now >= db->give_up_ms ||
	    ++db->tries > TRIES_MAX) {
		db->tries = 0;
		return false;
	}
	(void)usleep((pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS) * 1000);
	return true;
}

/* ---- marks: sent with what follows them ---- */

static enum helio_rc
put_alive(struct db *db, const char *text, struct helio_err *err)
{
	if (!db_alive(db))
		return pg_fail_lost(db->c, err);
	return pg_put_kept(db, text, err);
}

static enum helio_rc
db_mark(struct db *db, struct helio_err *err)
{
	enum helio_rc rc = put_alive(db, "SAVEPOINT m", err);

	if (rc == HELIO_OK) {
		db->marks++;
		db->dirty = false;
	}
	return rc;
}

static enum helio_rc
db_release(struct db *db, struct helio_err *err)
{
	db->marks--;
	db->dirty = true;
	return put_alive(db, "RELEASE m", err);
}

static enum helio_rc
db_undo(struct db *db, struct helio_err *err)
{
	enum helio_rc rc = put_alive(db, "ROLLBACK TO m", err);

	return rc == HELIO_OK ? db_release(db, err) : rc;
}

/* ---- statements ---- */

/*
 * After a refusal the server takes no more until the transaction goes back to
 * a savepoint.
 */
static void
go_back(struct db *db, bool guarded)
{
	struct helio_err ignored;

	err_clear(&ignored);
	if (!pg_is_connected(db) || db->transient ||
	    (!guarded && (db->marks == 0 || db->dirty)))
		db->failed = true;
	else if (guarded)
		(void)pg_put_kept(db, "ROLLBACK TO g", &ignored);
	else
		(void)pg_put_kept(db, "ROLLBACK TO m", &ignored);
}

/* A job's mark will do for its first statement; later ones, which the job may
 * survive, have a savepoint each. */
static enum helio_rc
put_guard(struct db *db, const struct sql *sql, bool *guarded,
    struct helio_err *err)
{
	*guarded = db->marks > 0 && db->dirty && !sql->sure;
	return *guarded ? put_alive(db, "SAVEPOINT g", err) : HELIO_OK;
}

static enum helio_rc
run_put(struct db *db, const struct sql *sql, int64_t *changes,
    struct helio_err *err)
{
	PGresult *res = NULL;
	enum helio_rc rc = pg_put_sql(db, sql, err);

	if (rc == HELIO_OK)
		rc = pg_answer(db, &res, err);
	if (rc == HELIO_OK && changes != NULL)
		*changes = strtoll(PQcmdTuples(res), NULL, 10);
	if (rc == HELIO_OK && db->bulk)
		db->bulk_rows += strtoll(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	return rc;
}

static enum helio_rc
db_run(struct db *db, const struct sql *sql, int64_t *changes,
    struct helio_err *err)
{
	bool guarded = false;
	enum helio_rc rc;

	if (!db_alive(db))
		return pg_fail_lost(db->c, err);
	db->erred = false;
	db->wrote = true;
	rc = put_guard(db, sql, &guarded, err);
	if (rc == HELIO_OK)
		rc = run_put(db, sql, changes, err);
	if (rc != HELIO_OK && (db->erred || !pg_is_connected(db)))
		go_back(db, guarded);
	db->dirty = db->dirty || rc == HELIO_OK;
	if (guarded && db_alive(db))
		(void)put_alive(db, "RELEASE g", err);
	return rc;
}

static enum helio_rc
query(struct db *db, const struct sql *sql, PGresult **ret,
    struct helio_err *err)
{
	enum helio_rc rc;

	rc = pg_in_time(db, err);
	if (rc != HELIO_OK)
		return rc;
	rc = put_snapshot(db, err);
	if (rc == HELIO_OK)
		rc = pg_put_sql(db, sql, err);
	if (rc == HELIO_OK)
		rc = pg_answer(db, ret, err);
	db->used = db->used || rc == HELIO_OK;
	return rc;
}

/* A snapshot that has seen nothing yet may move to a new connection, when
 * the old one turns out to be gone. */
static enum helio_rc
query_anew(struct db *db, const struct sql *sql, PGresult **ret,
    struct helio_err *err)
{
	enum helio_rc rc = query(db, sql, ret, err);

	if (rc != HELIO_E_IO || db->role != DB_READER || db->used ||
	    db->bulk || pg_is_connected(db))
		return rc;
	err_clear(err);
	rc = pg_connect(db, err);
	return rc == HELIO_OK ? query(db, sql, ret, err) : rc;
}

/* Rows of a query without end, some at a time. */
static enum helio_rc
each_cursor(struct db *db, const struct sql *sql, const struct db_sink *sink,
    struct helio_err *err)
{
	unsigned number = ++db->cursors;
	enum helio_rc rc = pg_put_cursor(db, sql, number, err);
	PGresult *res = NULL;
	char fetch[64], end[32];
	int n = FETCH_ROWS;

	(void)snprintf(fetch, sizeof(fetch), "FETCH %d FROM c%u", FETCH_ROWS,
	    number);
	(void)snprintf(end, sizeof(end), "CLOSE c%u", number);
	while (rc == HELIO_OK && n == FETCH_ROWS) {
		rc = pg_ask(db, fetch, &res, err);
		if (rc != HELIO_OK)
			break;
		n = PQntuples(res);
		rc = pg_rows(db, res, sink, err);
		PQclear(res);
		res = NULL;
	}
	if (pg_is_connected(db) && !db->erred)
		(void)pg_ask(db, end, NULL, err);
	return rc;
}

static enum helio_rc
db_each(struct db *db, const struct sql *sql, const struct db_sink *sink,
    struct helio_err *err)
{
	PGresult *res = NULL;
	enum helio_rc rc;

	if (!db_alive(db))
		return pg_fail_lost(db->c, err);
	if (db->bulk && db->role == DB_READER)
		return each_cursor(db, sql, sink, err);
	db->erred = false;
	rc = query_anew(db, sql, &res, err);
	db->failed = rc != HELIO_OK && (db->erred || !pg_is_connected(db));
	if (rc == HELIO_OK)
		rc = pg_rows(db, res, sink, err);
	PQclear(res);
	return rc;
}

static enum helio_rc
db_has_table(struct db *db, const char *name, bool *ret, struct helio_err *err)
{
	PGresult *res = NULL;
	struct sql sql;
	enum helio_rc rc;

	sql_init(&sql, &SQL_PG);
	buf_adds(&sql.text, "SELECT count(*) FROM pg_class WHERE relname = "
	    "$1::text AND relkind = 'r' AND "
	    "relnamespace = current_schema()::regnamespace");
	sql.args = calloc(1, sizeof(*sql.args));
	if (sql.args == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	sql.args[0] = value_text(name);
	sql.n_args = 1;
	rc = query(db, &sql, &res, err);
	if (rc == HELIO_OK)
		*ret = pg_number(res, 0) > 0;
	PQclear(res);
	sql_free(&sql);
	return rc;
}

static bool
db_changed_elsewhere(struct db *db)
{
	struct helio_err ignored;
	PGresult *res = NULL;
	enum helio_rc rc = HELIO_OK;
	bool changed;

	err_clear(&ignored);
	if (!db->open) {
		if (!pg_is_connected(db))
			rc = connect_writer(db, &ignored);
		if (rc == HELIO_OK && pg_ask(db, ASK_VERSION, &res,
		    &ignored) == HELIO_OK)
			note_version(db, res);
		pg_sync(db);
		PQclear(res);
	}
	changed = db->elsewhere;
	db->elsewhere = false;
	return changed;
}

#define OUR_TABLES "SELECT string_agg(oid::regclass::text, ', ') " \
	"FROM pg_class WHERE relkind = 'r' AND " \
	"relnamespace = current_schema()::regnamespace"

/*
 * How many rows there are and which pages all may see, now and not when the
 * server gets round to it: without that, pages and counts are planned for
 * empty tables.  It is no failure of the import when it cannot be done.
 */
static void
look_over_tables(struct db *db)
{
	struct helio_err ignored;
	PGresult *res = NULL;
	char *text = NULL;

	err_clear(&ignored);
	if (pg_is_connected(db) &&
	    pg_ask(db, OUR_TABLES, &res, &ignored) == HELIO_OK &&
	    asprintf(&text, "VACUUM (ANALYZE) %s",
	    PQgetvalue(res, 0, 0)) > 0) {
		pg_sync(db);
		(void)pg_ask(db, text, NULL, &ignored);
		pg_sync(db);
		free(text);
	}
	PQclear(res);
}

/* For a snapshot: cursors, which want a transaction that was begun. */
static enum helio_rc
db_bulk(struct db *db, bool on, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	if (!on && db->bulk_rows >= MANY_ROWS)
		look_over_tables(db);
	db->bulk_rows = 0;
	if (db->role == DB_READER && on && !db->bulk) {
		rc = put_snapshot(db, err);
		if (rc == HELIO_OK)
			rc = pg_put(db, "SET LOCAL statement_timeout = 0", err);
	}
	db->bulk = on && rc == HELIO_OK;
	return rc;
}

static void
db_maintain(struct db *db)
{
	(void)db;
}

const struct driver DRIVER_PG = {
	.name = "postgresql",
	.dialect = &SQL_PG,
	.place = "database",
	.waits = true,
	.readers_max = 32,
	.folder_open = pg_folder_open,
	.folder_share = pg_folder_share,
	.folder_close = pg_folder_close,
	.folder_remove = pg_folder_remove,
	.open = db_open,
	.close = pg_close,
	.begin = db_begin,
	.commit = db_commit,
	.again = db_again,
	.rollback = db_rollback,
	.rest = db_rest,
	.alive = db_alive,
	.mark = db_mark,
	.release = db_release,
	.undo = db_undo,
	.run = db_run,
	.each = db_each,
	.limit_ms = db_limit_ms,
	.more_ms = db_more_ms,
	.lane_open = pg_lane_open,
	.lane_close = pg_lane_close,
	.lane_fd = pg_lane_fd,
	.lane_put = pg_lane_put,
	.lane_send = pg_lane_send,
	.lane_read = pg_lane_read,
	.lane_next = pg_lane_next,
	.lane_rows = pg_lane_rows,
	.has_table = db_has_table,
	.changed_elsewhere = db_changed_elsewhere,
	.bulk = db_bulk,
	.maintain = db_maintain,
	.check = pg_check,
};
