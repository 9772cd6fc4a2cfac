/*
 * Queries that nobody waits for.  What goes out together ends with one Sync:
 * an implicit transaction, which at the reader's isolation is one snapshot,
 * with no command that begins or ends it.  A query that is refused takes those
 * behind it in the same message along; they are said to be skipped.
 */
#include "store/pg.h"

#include <fcntl.h>
#include <stdlib.h>

enum {
	AWAITED_MAX = 1024,
	PUT_MAX = 4,		/* commands that one query may make */
	EMPTY_MAX = 8,		/* ends of nothing among the answers */
};

/* A command whose answer is still to come. */
struct awaited {
	enum {
		QUERY, PREPARE, DESCRIBE, FORGET,
	}		 what;
	struct pg_stmt	*stmt;		/* PREPARE, DESCRIBE */
};

struct lane {
	struct db	*db;
	struct awaited	 ring[AWAITED_MAX];
	unsigned	 first, n;
	unsigned	 syncs;		/* sent and not answered */
	bool		 unsent;	/* something was put in since */
	PGresult	*rows;		/* of the query answered last, or NULL */
};

/* ---- start and end ---- */

static bool
make_impatient(PGconn *c)
{
	int flags = fcntl(PQsocket(c), F_GETFL);

	return flags >= 0 &&
	    fcntl(PQsocket(c), F_SETFL, flags | O_NONBLOCK) == 0;
}

enum helio_rc
pg_lane_open(struct folder *f, struct lane **ret, struct helio_err *err)
{
	struct lane *l = calloc(1, sizeof(*l));
	enum helio_rc rc = HELIO_OK;

	if (l == NULL || (l->db = pg_new(f, DB_READER)) == NULL)
		rc = err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	if (rc == HELIO_OK)
		rc = pg_connect(l->db, err);
	if (rc == HELIO_OK && !make_impatient(l->db->c))
		rc = pg_fail_lost(l->db->c, err);
	if (rc == HELIO_OK)
		*ret = l;
	else
		pg_lane_close(l);
	return rc;
}

void
pg_lane_close(struct lane *l)
{
	if (l == NULL)
		return;
	PQclear(l->rows);
	pg_close(l->db);
	free(l);
}

int
pg_lane_fd(const struct lane *l)
{
	return pg_is_connected(l->db) ? PQsocket(l->db->c) : -1;
}

/* ---- asking ---- */

static void
await(struct lane *l, int what, struct pg_stmt *stmt)
{
	struct awaited *a = &l->ring[(l->first + l->n++) % AWAITED_MAX];

	a->what = what;
	a->stmt = stmt;
	l->unsent = true;
}

/* Only when nothing is under way: what is awaited may speak of them. */
static void
forget(struct lane *l)
{
	unsigned before = l->db->unread;
	struct helio_err ignored;

	err_clear(&ignored);
	(void)pg_stmt_forget(l->db, &ignored);
	for (; before < l->db->unread; before++)
		await(l, FORGET, NULL);
}

/* Its types are known by the time of the next query like this one. */
static void
prepare(struct lane *l, struct pg_stmt *s)
{
	struct helio_err ignored;

	if (s->refused || s->name[0] != '\0')
		return;
	err_clear(&ignored);
	if (pg_put_prepare(l->db, s, &ignored) != HELIO_OK) {
		pg_disconnect(l->db);
		return;
	}
	await(l, PREPARE, s);
	await(l, DESCRIBE, s);
}

bool
pg_lane_put(struct lane *l, const struct sql *sql)
{
	struct helio_err ignored;
	struct pg_stmt *s;

	if (sql->failed || sql->text.failed)
		return false;
	if (l->n == 0 && pg_is_connected(l->db))
		forget(l);
	if (!pg_is_connected(l->db) || l->n + PUT_MAX > AWAITED_MAX)
		return false;
	s = pg_stmt_find(l->db, &sql->text);
	if (s == NULL)
		return false;
	if (s->types == NULL) {
		prepare(l, s);
		return false;
	}
	err_clear(&ignored);
	if (pg_put_bound(l->db, sql, s, &ignored) != HELIO_OK)
		return false;
	await(l, QUERY, NULL);
	return true;
}

void
pg_lane_send(struct lane *l)
{
	if (!l->unsent || !pg_is_connected(l->db))
		return;
	l->unsent = false;
	l->syncs++;
	pg_sync(l->db);
}

/* ---- answers ---- */

void
pg_lane_read(struct lane *l)
{
	if (pg_is_connected(l->db) && PQconsumeInput(l->db->c) != 1)
		pg_disconnect(l->db);
}

/* NULL: the rest has not come, or the connection is gone. */
static PGresult *
next_result(struct lane *l)
{
	struct db *db = l->db;
	unsigned empty = 0;
	PGresult *res;

	while (pg_is_connected(db) && l->n + l->syncs > 0 &&
	    !PQisBusy(db->c)) {
		res = PQgetResult(db->c);
		if (res == NULL && ++empty > EMPTY_MAX)
			pg_disconnect(db);
		if (res == NULL)
			continue;
		if (PQresultStatus(res) != PGRES_PIPELINE_SYNC)
			return res;
		l->syncs -= l->syncs > 0;
		PQclear(res);
	}
	return NULL;
}

/* Of a statement that is being prepared. */
static void
take_prepared(struct pg_stmt *s, int what, const PGresult *res)
{
	struct helio_err ignored;

	err_clear(&ignored);
	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
		if (what == DESCRIBE)
			(void)pg_stmt_described(s, res, &ignored);
		break;
	case PGRES_PIPELINE_ABORTED:
		s->name[0] = '\0';	/* another time */
		break;
	default:
		s->refused = true;
	}
}

static enum lane_answer
take_query(struct lane *l, PGresult *res, struct helio_err *err)
{
	switch (PQresultStatus(res)) {
	case PGRES_TUPLES_OK:
		PQclear(l->rows);
		l->rows = res;
		return LANE_ROWS;
	case PGRES_PIPELINE_ABORTED:
		PQclear(res);
		return LANE_SKIPPED;
	default:
		break;
	}
	(void)pg_fail(res, err);
	if (pg_is_farewell(res))
		pg_disconnect(l->db);
	PQclear(res);
	return pg_is_connected(l->db) ? LANE_REFUSED : LANE_LOST;
}

enum lane_answer
pg_lane_next(struct lane *l, struct helio_err *err)
{
	struct awaited a;
	PGresult *res;

	while ((res = next_result(l)) != NULL) {
		/* an answer to nothing: its farewell */
		if (l->n == 0) {
			pg_disconnect(l->db);
			PQclear(res);
			break;
		}
		a = l->ring[l->first];
		l->first = (l->first + 1) % AWAITED_MAX;
		l->n--;
		l->db->unread--;
		if (a.what == QUERY)
			return take_query(l, res, err);
		if (a.stmt != NULL)
			take_prepared(a.stmt, a.what, res);
		PQclear(res);
	}
	return pg_is_connected(l->db) ? LANE_NOTHING : LANE_LOST;
}

enum helio_rc
pg_lane_rows(struct lane *l, const struct db_sink *sink,
    struct helio_err *err)
{
	enum helio_rc rc = pg_rows(l->db, l->rows, sink, err);

	PQclear(l->rows);
	l->rows = NULL;
	return rc;
}
