/* Questions under way on a lane, and what becomes of them; see lane.h. */
#include "store/lane.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/times.h"
#include "store/inner.h"

enum {
	QUESTIONS_MAX = 256,	/* under way */
	/*
	 * Sent at once, before the round ends: what goes out together is one
	 * snapshot, so none of it may go out before the last was asked.
	 */
	GATHER_MAX = 24,
	KEY_MAX = 512,		/* bytes of arguments, for the same reason */
	LATE_MS = 100,		/* nobody queues behind what takes longer */
	GRACE_MS = 1000,	/* the server's own limit may be late */
	OPEN_MS = 2000,		/* between attempts */
};

STAILQ_HEAD(question_list, store_question);

struct store_lane {
	struct store	*store;
	struct lane	*lane;		/* NULL: closed */
	struct lane	*_Atomic opened;	/* not joined yet; may be NULL */
	struct question_list asked;	/* oldest first */
	unsigned	 n, gathered;	/* of them all, and not sent yet */
	unsigned	 orphans;	/* answers to come behind those of
				 * `asked`, which nobody wants any more */
	int64_t		 since_ms;	/* waiting for the oldest, if any */
	int64_t		 open_at_ms;
	struct sql	 sql;
	struct arena	*arena;
};

/* ---- start and end ---- */

struct store_lane *
store_lane_new(struct store *st)
{
	struct store_lane *l;

	if (st->driver->lane_open == NULL)
		return NULL;
	l = calloc(1, sizeof(*l));
	if (l == NULL || (l->arena = arena_new()) == NULL) {
		free(l);
		return NULL;
	}
	l->store = st;
	STAILQ_INIT(&l->asked);
	sql_init(&l->sql, st->driver->dialect);
	return l;
}

static struct store_question *
take_oldest(struct store_lane *l)
{
	struct store_question *q = STAILQ_FIRST(&l->asked);

	if (q != NULL) {
		STAILQ_REMOVE_HEAD(&l->asked, next);
		l->n--;
	}
	return q;
}

static void
lose(struct store_lane *l, struct store_question *q)
{
	atomic_fetch_add(&l->store->lanes.lost, 1);
	q->lost(q->arg);
}

/* Close the connection; what was under way ends with the code, or, when that
 * is OK, is lost. */
static void
give_up(struct store_lane *l, enum helio_rc rc)
{
	struct store_question *q;

	l->store->driver->lane_close(l->lane);
	l->lane = NULL;
	l->gathered = l->orphans = 0;
	while ((q = take_oldest(l)) != NULL) {
		if (rc == HELIO_OK)
			lose(l, q);
		else
			q->done(q->arg, store_fail(q->err, rc));
	}
}

void
store_lane_close(struct store_lane *l)
{
	if (l->lane == NULL)
		return;
	log_event(LOG_WARN, "store.lane_lost", "questions=%u", l->n);
	give_up(l, HELIO_OK);
}

void
store_lane_free(struct store_lane *l)
{
	if (l == NULL)
		return;
	if (l->lane != NULL)
		give_up(l, HELIO_E_STOPPING);
	l->store->driver->lane_close(atomic_exchange(&l->opened, NULL));
	sql_free(&l->sql);
	arena_free(l->arena);
	free(l);
}

/* ---- connections ---- */

bool
store_lane_is_up(const struct store_lane *l)
{
	return l->lane != NULL;
}

bool
store_lane_wants(struct store_lane *l)
{
	int64_t now = time_monotonic_ms();

	if (l->lane != NULL || now < l->open_at_ms)
		return false;
	l->open_at_ms = now + OPEN_MS;
	return true;
}

void
store_lane_open(struct store_lane *l)
{
	const struct driver *d = l->store->driver;
	struct lane *lane = NULL;
	struct helio_err err;

	err_clear(&err);
	if (d->lane_open(l->store->folder, &lane, &err) == HELIO_OK)
		d->lane_close(atomic_exchange(&l->opened, lane));
}

int
store_lane_join(struct store_lane *l)
{
	if (l->lane != NULL || atomic_load(&l->opened) == NULL)
		return -1;
	l->lane = atomic_exchange(&l->opened, NULL);
	return l->store->driver->lane_fd(l->lane);
}

/* ---- asking ---- */

static bool
has_room(const struct store_lane *l)
{
	return l->n < QUESTIONS_MAX && l->orphans == 0 && (l->n == 0 ||
	    time_monotonic_ms() - l->since_ms <= LATE_MS);
}

static size_t
args_size(const struct sql *sql)
{
	size_t n = 0;

	for (size_t i = 0; i < sql->n_args; i++)
		if (sql->args[i].type == VALUE_TEXT ||
		    sql->args[i].type == VALUE_BLOB)
			n += sql->args[i].n;
	return n;
}

static bool
put_rows(struct store_lane *l, const struct query *query,
    const struct caller *scope)
{
	sql_reset(&l->sql);
	sql_select(&l->sql, query, scope, l->arena);
	return args_size(&l->sql) <= KEY_MAX &&
	    l->store->driver->lane_put(l->lane, &l->sql);
}

static bool
put_count(struct store_lane *l, const struct query *query,
    const struct caller *scope)
{
	struct query counter;

	if (!counter_covers(query, scope, l->arena))
		return false;
	counter = counter_query(l->store, query->table, l->arena);
	return put_rows(l, &counter, NULL);
}

/* When only the first of two can be put, its answer is still to come. */
static bool
put_parts(struct store_lane *l, struct store_question *q)
{
	const struct caller *scope = q->caller->global ? NULL : q->caller;

	if (q->count != NULL && !put_count(l, q->query, scope))
		return false;
	q->parts = q->count != NULL;
	if (put_rows(l, q->query, scope))
		q->parts++;
	else
		q->skipped = true;
	return q->parts > 0;
}

static void
send_gathered(struct store_lane *l)
{
	if (l->gathered > 0 && l->lane != NULL)
		l->store->driver->lane_send(l->lane);
	l->gathered = 0;
}

bool
store_lane_ask(struct store_lane *l, struct store_question *q)
{
	bool put;

	if (l->lane == NULL || !has_room(l))
		return false;
	q->table = q->query->table;
	q->rc = HELIO_OK;
	q->skipped = false;
	put = put_parts(l, q);
	arena_reset(l->arena);
	l->gathered++;
	if (put) {
		if (l->n++ == 0)
			l->since_ms = time_monotonic_ms();
		STAILQ_INSERT_TAIL(&l->asked, q, next);
	}
	if (l->gathered >= GATHER_MAX)
		send_gathered(l);
	return put;
}

/* The oldest question is a slow one: those behind it need not wait for it. */
static void
shed(struct store_lane *l)
{
	struct store_question *slow = take_oldest(l), *q;

	while ((q = take_oldest(l)) != NULL) {
		l->orphans += q->parts;
		lose(l, q);
	}
	STAILQ_INSERT_HEAD(&l->asked, slow, next);
	l->n = 1;
}

void
store_lane_send(struct store_lane *l)
{
	const unsigned limit = l->store->o.query_ms;
	int64_t ms;

	send_gathered(l);
	if (l->lane != NULL && l->store->driver->lane_fd(l->lane) < 0)
		store_lane_close(l);
	if (l->n + l->orphans == 0)
		return;
	ms = time_monotonic_ms() - l->since_ms;
	if (limit > 0 && ms > limit + GRACE_MS)
		give_up(l, HELIO_E_BUSY);
	else if (l->n > 1 && ms > LATE_MS)
		shed(l);
}

/* ---- answers ---- */

static enum helio_rc
count_row(const struct row *row, void *arg, struct helio_err *err)
{
	(void)err;
	*(int64_t *)arg = row_int(row, "row_count");
	return HELIO_OK;
}

static enum helio_rc
read_rows(struct store_lane *l, const struct schema_table *table,
    enum helio_rc (*each)(const struct row *, void *, struct helio_err *),
    void *arg, struct helio_err *err)
{
	struct row_walk walk;
	struct db_sink sink = row_walk_begin(&walk, l->arena, table, each, arg);
	enum helio_rc rc = l->store->driver->lane_rows(l->lane, &sink, err);

	arena_reset(l->arena);
	return rc;
}

static enum helio_rc
read_part(struct store_lane *l, struct store_question *q)
{
	int64_t rows = 0;
	enum helio_rc rc;

	if (q->count == NULL || (q->parts == 1 && !q->skipped))
		return read_rows(l, q->table, q->each, q->arg, q->err);
	rc = read_rows(l, own_table(l->store, OWN_COUNT), count_row, &rows,
	    q->err);
	if (rc == HELIO_OK)
		q->count(q->arg, rows);
	return rc;
}

/* Of refusals, only that there was no time is the last word. */
static void
end_part(struct store_lane *l, struct store_question *q)
{
	if (--q->parts > 0)
		return;
	(void)take_oldest(l);
	if (q->skipped && q->rc != HELIO_E_BUSY) {
		lose(l, q);
		return;
	}
	atomic_fetch_add(&l->store->lanes.answered, 1);
	q->done(q->arg, q->rc);
}

static void
take_answer(struct store_lane *l, enum lane_answer answer,
    const struct helio_err *refusal)
{
	struct store_question *q = STAILQ_FIRST(&l->asked);

	if (q == NULL) {
		l->orphans--;
		return;
	}
	if (answer == LANE_ROWS && q->rc == HELIO_OK) {
		q->rc = read_part(l, q);
	} else {
		q->skipped = true;
		if (answer == LANE_REFUSED && refusal->rc == HELIO_E_BUSY)
			q->rc = err_set(q->err, refusal->rc, "%s",
			    refusal->message);
	}
	end_part(l, q);
}

void
store_lane_read(struct store_lane *l)
{
	const struct driver *d = l->store->driver;
	enum lane_answer answer = LANE_NOTHING;
	struct helio_err err;
	bool some = false;

	if (l->lane == NULL)
		return;
	err_clear(&err);
	d->lane_read(l->lane);
	while ((answer = d->lane_next(l->lane, &err)) != LANE_NOTHING &&
	    answer != LANE_LOST) {
		take_answer(l, answer, &err);
		some = true;
	}
	if (answer == LANE_LOST)
		store_lane_close(l);
	else if (some && l->n + l->orphans > 0)
		l->since_ms = time_monotonic_ms();
}
