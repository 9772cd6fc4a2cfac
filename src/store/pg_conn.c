/* Connections to the server; commands in the pipeline and their answers. */
#include "store/pg.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/log.h"
#include "base/times.h"

enum {
	/* What the server's own limit for queries may be late. */
	GRACE_MS = 1000,
	IDLE_MS = 60000,	/* a writer that says nothing in a transaction
				 * holds everybody up: its end */
	PAUSE_MS = 100,		/* a read looks at the clock */
	EMPTY_MAX = 8,		/* ends of nothing among the answers */
};

/*
 * What the URL may overrule stands before it, what it may not, behind.  A
 * server that is gone without a word is noticed within half a minute.
 */
static const char *const connect_options[][2] = {
	{ "fallback_application_name", "helio" },
	{ "connect_timeout", "3" },
	{ "keepalives_idle", "10" },
	{ "keepalives_interval", "5" },
	{ "keepalives_count", "3" },
	{ "tcp_user_timeout", "20000" },
	{ "dbname", NULL },
	{ "client_encoding", "UTF8" },
};

static const char *const role_settings[] = {
	[DB_WRITER] = "SET default_transaction_isolation = 'read committed';"
	    "SET default_transaction_read_only = off;"
	    "SET statement_timeout = 0;"
	    "SELECT set_config('synchronous_commit', 'on', false) WHERE "
	    "current_setting('synchronous_commit') <> 'remote_apply';",
	[DB_READER] = "SET idle_in_transaction_session_timeout = 0;"
	    "SET default_transaction_isolation = 'repeatable read';"
	    "SET default_transaction_read_only = on;",
};

static void
ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

static enum helio_rc
make_settings(struct db *db, struct helio_err *err)
{
	const struct store_options *o = pg_folder_options(db->folder);
	enum helio_rc rc = HELIO_OK;
	char text[1024];
	PGresult *res;

	(void)snprintf(text, sizeof(text), "SET client_min_messages = error;"
	    "SET jit = off; SET standard_conforming_strings = on;"
	    "SET lock_timeout = %u; SET statement_timeout = %u;"
	    "SET idle_in_transaction_session_timeout = %d;%s", o->busy_ms,
	    o->query_ms, IDLE_MS, role_settings[db->role]);
	res = PQexec(db->c, text);
	if (PQresultStatus(res) != PGRES_COMMAND_OK &&
	    PQresultStatus(res) != PGRES_TUPLES_OK)
		rc = PQstatus(db->c) == CONNECTION_OK ? pg_fail(res, err) :
		    pg_fail_lost(db->c, err);
	PQclear(res);
	return rc;
}

/*
 * A read waits by itself, and looks at the clock now and then: asking poll()
 * before each would cost a third of the system calls.
 */
static bool
make_patient(PGconn *c)
{
	struct timeval pause = { .tv_usec = PAUSE_MS * 1000 };
	int flags = fcntl(PQsocket(c), F_GETFL);

	return flags >= 0 &&
	    fcntl(PQsocket(c), F_SETFL, flags & ~O_NONBLOCK) == 0 &&
	    setsockopt(PQsocket(c), SOL_SOCKET, SO_RCVTIMEO, &pause,
	    sizeof(pause)) == 0;
}

static PGconn *
connect_url(const char *url)
{
	enum { N = sizeof(connect_options) / sizeof(connect_options[0]) };
	const char *key[N + 1], *value[N + 1];

	for (size_t i = 0; i < N; i++) {
		key[i] = connect_options[i][0];
		value[i] = connect_options[i][1] != NULL ?
		    connect_options[i][1] : url;
	}
	key[N] = value[N] = NULL;
	return PQconnectdbParams(key, value, 1);
}

enum helio_rc
pg_connect(struct db *db, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	if (pg_folder_is_down(db->folder))
		return err_set(err, HELIO_E_IO, "database: no connection");
	db->c = connect_url(pg_folder_url(db->folder));
	if (db->c == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	(void)PQsetNoticeReceiver(db->c, ignore_notice, NULL);
	if (PQstatus(db->c) != CONNECTION_OK)
		rc = pg_fail_lost(db->c, err);
	if (rc == HELIO_OK)
		rc = make_settings(db, err);
	if (rc == HELIO_OK && (PQenterPipelineMode(db->c) != 1 ||
	    PQsetnonblocking(db->c, 1) != 0 || !make_patient(db->c)))
		rc = pg_fail_lost(db->c, err);
	pg_folder_set_down(db->folder, rc != HELIO_OK);
	if (rc != HELIO_OK)
		pg_disconnect(db);
	return rc;
}

void
pg_disconnect(struct db *db)
{
	PGconn *c = db->c;
	struct helio_err ignored;

	db->c = NULL;
	stmt_cache_clear(&db->cache);
	(void)pg_stmt_forget(db, &ignored);
	PQfinish(c);
	db->unread = 0;
	db->unsynced = false;
	db->begun = db->owes = false;
	db->failed = db->open;
}

bool
pg_is_connected(const struct db *db)
{
	return db->c != NULL && PQstatus(db->c) == CONNECTION_OK;
}

/* ---- sending ---- */

/* The connection is of no use any more. */
static enum helio_rc
lost(struct db *db, struct helio_err *err)
{
	enum helio_rc rc = pg_fail_lost(db->c, err);

	db->transient = true;
	pg_disconnect(db);
	return rc;
}

void
pg_count(struct db *db)
{
	db->unread++;
}

enum helio_rc
pg_put(struct db *db, const char *text, struct helio_err *err)
{
	if (!pg_is_connected(db) || PQsendQueryParams(db->c, text, 0, NULL,
	    NULL, NULL, NULL, PG_BINARY) != 1)
		return lost(db, err);
	pg_count(db);
	return HELIO_OK;
}

void
pg_sync(struct db *db)
{
	struct helio_err ignored;

	if (!pg_is_connected(db))
		return;
	err_clear(&ignored);
	if (PQpipelineSync(db->c) != 1 || PQflush(db->c) < 0)
		(void)lost(db, &ignored);
	else
		db->unsynced = true;
}

void
pg_push(struct db *db)
{
	struct helio_err ignored;

	err_clear(&ignored);
	if (pg_is_connected(db) && PQflush(db->c) < 0)
		(void)lost(db, &ignored);
}

/* ---- answers ---- */

static enum helio_rc
wait_for_input(struct db *db, struct helio_err *err)
{
	if (PQflush(db->c) < 0 || PQconsumeInput(db->c) != 1)
		return lost(db, err);
	if (db->deadline_ms != 0 &&
	    time_monotonic_ms() > db->deadline_ms + GRACE_MS) {
		pg_disconnect(db);
		return err_set(err, HELIO_E_BUSY, "the query took too long");
	}
	return HELIO_OK;
}

/* The answer of the oldest command. */
static enum helio_rc
next_answer(struct db *db, PGresult **ret, struct helio_err *err)
{
	PGresult *res, *answer = NULL;
	enum helio_rc rc = HELIO_OK;
	unsigned empty = 0;

	for (;;) {
		while (rc == HELIO_OK && PQisBusy(db->c))
			rc = wait_for_input(db, err);
		if (rc != HELIO_OK)
			break;
		res = PQgetResult(db->c);
		if (res == NULL && answer != NULL)
			break;
		if (PQstatus(db->c) != CONNECTION_OK ||
		    (res == NULL && ++empty > EMPTY_MAX)) {
			PQclear(res);
			rc = lost(db, err);
			break;
		}
		if (res == NULL)
			continue;
		if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
			db->unsynced = false;
			PQclear(res);
			continue;
		}
		PQclear(answer);
		answer = res;
	}
	if (rc == HELIO_OK)
		*ret = answer;
	else
		PQclear(answer);
	return rc;
}

int64_t
pg_number(const PGresult *res, int column)
{
	uint64_t big = 0;
	uint32_t small;

	if (PQntuples(res) == 0 || PQgetisnull(res, 0, column))
		return 0;
	if (PQgetlength(res, 0, column) == sizeof(small)) {
		memcpy(&small, PQgetvalue(res, 0, column), sizeof(small));
		return (int32_t)__builtin_bswap32(small);
	}
	if (PQgetlength(res, 0, column) == 1)
		return *PQgetvalue(res, 0, column);
	if (PQgetlength(res, 0, column) == sizeof(big))
		memcpy(&big, PQgetvalue(res, 0, column), sizeof(big));
	return (int64_t)__builtin_bswap64(big);
}

/* What one answer means for the connection. */
static enum helio_rc
judge(struct db *db, const PGresult *res, struct helio_err *err)
{
	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		return HELIO_OK;
	default:
		break;
	}
	db->transient = pg_is_conflict(res) || pg_is_farewell(res);
	(void)pg_fail(res, err);
	return err->rc;
}

enum helio_rc
pg_answer(struct db *db, PGresult **ret, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK, one;
	struct helio_err ignored;
	PGresult *res = NULL;
	bool farewell = false;

	db->erred = false;
	if (!pg_is_connected(db) || PQsendFlushRequest(db->c) != 1)
		return lost(db, err);
	while (db->unread > 0) {
		PQclear(res);
		res = NULL;
		err_clear(&ignored);
		one = next_answer(db, &res, rc == HELIO_OK ? err : &ignored);
		if (one != HELIO_OK)
			return rc == HELIO_OK ? one : rc;
		db->unread--;
		if (rc == HELIO_OK) {
			rc = judge(db, res, err);
			farewell = rc != HELIO_OK && pg_is_farewell(res);
		}
	}
	db->erred = rc != HELIO_OK;
	if (farewell)
		pg_disconnect(db);
	else if (rc != HELIO_OK)
		pg_sync(db);
	if (rc == HELIO_OK && ret != NULL)
		*ret = res;
	else
		PQclear(res);
	return rc;
}

enum helio_rc
pg_ask(struct db *db, const char *text, PGresult **ret, struct helio_err *err)
{
	enum helio_rc rc = pg_put(db, text, err);

	return rc == HELIO_OK ? pg_answer(db, ret, err) : rc;
}
