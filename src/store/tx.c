/* Snapshots and transactions from the inside: identity, scope, queries. */
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "store/inner.h"

enum helio_rc
store_fail(struct helio_err *err, enum helio_rc rc)
{
	return err_set(err, rc, "%s", "");
}

enum helio_rc
tx_new(struct store *st, enum db_role role, struct tx **ret,
    struct helio_err *err)
{
	struct tx *tx = calloc(1, sizeof(*tx));
	enum helio_rc rc;

	if (tx == NULL || (tx->arena = arena_new()) == NULL) {
		free(tx);
		return store_fail(err, HELIO_E_NO_MEMORY);
	}
	tx->store = st;
	sql_init(&tx->sql, st->driver->dialect);
	rc = st->driver->open(st->folder, role, &tx->db, err);
	if (rc == HELIO_OK)
		*ret = tx;
	else
		tx_free(tx);
	return rc;
}

void
tx_free(struct tx *tx)
{
	if (tx == NULL)
		return;
	tx->store->driver->close(tx->db);
	sql_free(&tx->sql);
	arena_free(tx->arena);
	free(tx);
}

void
tx_prepare(struct tx *tx, const struct caller *caller)
{
	arena_reset(tx->arena);
	tx->caller = *caller;
	tx->now_us = store_now_us(tx->store);
	tx->unscoped = 0;
	tx->writing = tx->marked = false;
	tx->broken = HELIO_OK;
}

struct arena *
tx_arena(struct tx *tx)
{
	return tx->arena;
}

const struct caller *
tx_caller(const struct tx *tx)
{
	return &tx->caller;
}

int64_t
tx_now_us(const struct tx *tx)
{
	return tx->now_us;
}

const struct schema_table *
tx_table(const struct tx *tx, const char *name)
{
	const struct schema_table *t = schema_table(tx->store->schema, name);

	if (t == NULL)
		abort();
	return t;
}

void
tx_unscoped(struct tx *tx)
{
	tx->unscoped++;
}

void
tx_scoped(struct tx *tx)
{
	if (tx->unscoped == 0)
		abort();
	tx->unscoped--;
}

const struct caller *
tx_scope(const struct tx *tx)
{
	return tx->unscoped > 0 || tx->caller.global ? NULL : &tx->caller;
}

/* ---- failures ---- */

enum helio_rc
tx_break(struct tx *tx, enum helio_rc rc, const struct helio_err *err)
{
	if (tx->broken == HELIO_OK) {
		tx->broken = rc;
		tx->broken_err = *err;
	}
	return rc;
}

/* A statement was refused for what it says, and nothing else is wrong. */
static bool
is_refusal(enum helio_rc rc)
{
	return rc == HELIO_E_CONSTRAINT || rc == HELIO_E_TOO_LARGE ||
	    rc == HELIO_E_INTERNAL;
}

/* Set when a job first writes: jobs that only look cost nothing. */
enum helio_rc
tx_mark(struct tx *tx, struct helio_err *err)
{
	enum helio_rc rc;

	if (!tx->writing)
		return err_set(err, HELIO_E_INTERNAL,
		    "a snapshot cannot write");
	if (tx->marked)
		return HELIO_OK;
	rc = tx->store->driver->mark(tx->db, err);
	if (rc != HELIO_OK)
		return tx_break(tx, rc, err);
	tx->marked = true;
	return HELIO_OK;
}

enum helio_rc
tx_run(struct tx *tx, int64_t *changes, struct helio_err *err)
{
	enum helio_rc rc = tx_mark(tx, err);

	if (rc != HELIO_OK)
		return rc;
	rc = tx->store->driver->run(tx->db, &tx->sql, changes, err);
	if (rc != HELIO_OK && !is_refusal(rc))
		return tx_break(tx, rc, err);
	return rc;
}

void
tx_touch(struct tx *tx, const struct schema_table *t, int64_t rows)
{
	struct writer *w = &tx->store->writer;

	w->touched[t->number] = true;
	if (rows != 0 && !t->internal)
		counters_add(&w->counters, t, rows);
}

/* ---- queries ---- */

static enum helio_rc
walk_row(void *arg, struct helio_err *err)
{
	const struct row_walk *w = arg;

	return w->each(w->row, w->arg, err);
}

struct db_sink
row_walk_begin(struct row_walk *w, struct arena *arena,
    const struct schema_table *table,
    enum helio_rc (*each)(const struct row *, void *, struct helio_err *),
    void *arg)
{
	*w = (struct row_walk){ row_new(arena, table), each, arg };
	w->row->set = UINT64_MAX >> (64 - table->n_fields);
	return (struct db_sink){ w->row->v, table->n_fields, walk_row, w };
}

enum helio_rc
tx_each(struct tx *tx, const struct query *q,
    enum helio_rc (*each)(const struct row *, void *, struct helio_err *),
    void *arg, struct helio_err *err)
{
	struct row_walk w;
	struct db_sink sink = row_walk_begin(&w, tx->arena, q->table, each,
	    arg);

	sql_reset(&tx->sql);
	sql_select(&tx->sql, q, tx_scope(tx), tx->arena);
	return tx->store->driver->each(tx->db, &tx->sql, &sink, err);
}

struct keep {
	struct arena	*arena;
	struct row	*row;
};

static enum helio_rc
keep_row(const struct row *row, void *arg, struct helio_err *err)
{
	struct keep *k = arg;

	(void)err;
	if (k->row == NULL)
		k->row = row_copy(k->arena, row);
	return HELIO_OK;
}

enum helio_rc
tx_find(struct tx *tx, const struct query *q, struct row **ret,
    struct helio_err *err)
{
	struct keep k = { tx->arena, NULL };
	struct query one = *q;
	enum helio_rc rc;

	if (one.limit != 0)
		one.limit = 1;
	rc = tx_each(tx, &one, keep_row, &k, err);
	if (rc == HELIO_OK)
		*ret = k.row;
	return rc;
}

enum helio_rc
tx_first(struct tx *tx, const struct query *q, struct row **ret,
    struct helio_err *err)
{
	struct row *row = NULL;
	enum helio_rc rc = tx_find(tx, q, &row, err);

	if (rc == HELIO_OK && row == NULL)
		return store_fail(err, HELIO_E_NOT_FOUND);
	if (rc == HELIO_OK)
		*ret = row;
	return rc;
}

enum helio_rc
tx_find_key(struct tx *tx, const struct schema_table *t, struct value key,
    struct row **ret, struct helio_err *err)
{
	struct query q = query_all(t);

	q.where = cond_compare(tx->arena, t->key, OP_EQ, key);
	return tx_find(tx, &q, ret, err);
}

enum helio_rc
tx_get(struct tx *tx, const struct schema_table *t, struct value key,
    struct row **ret, struct helio_err *err)
{
	struct query q = query_all(t);

	q.where = cond_compare(tx->arena, t->key, OP_EQ, key);
	return tx_first(tx, &q, ret, err);
}

static enum helio_rc
note_row(const struct row *row, void *arg, struct helio_err *err)
{
	(void)row;
	(void)err;
	*(bool *)arg = true;
	return HELIO_OK;
}

enum helio_rc
tx_has(struct tx *tx, const struct query *q, bool *ret, struct helio_err *err)
{
	struct query one = *q;
	bool found = false;
	enum helio_rc rc;

	if (one.limit != 0)
		one.limit = 1;
	rc = tx_each(tx, &one, note_row, &found, err);
	if (rc == HELIO_OK)
		*ret = found;
	return rc;
}

bool
tx_exists(struct tx *tx, const struct query *q)
{
	struct helio_err err;
	bool found = false;
	enum helio_rc rc;

	err_clear(&err);
	rc = tx_has(tx, q, &found, &err);
	if (rc != HELIO_OK)
		(void)tx_break(tx, rc, &err);
	return found;
}

/* ---- counting ---- */

bool
counter_covers(const struct query *q, const struct caller *scope,
    struct arena *arena)
{
	if (q->table->internal || q->n_group > 0)
		return false;
	if (q->where != NULL && q->where->kind != COND_TRUE)
		return false;
	for (size_t i = 0; i < q->n_order; i++)
		if (q->order[i].relation != NULL)
			return false;
	return scope == NULL || scope_cond(arena, q->table, scope) == NULL;
}

struct query
counter_query(const struct store *st, const struct schema_table *t,
    struct arena *arena)
{
	struct query q = query_all(own_table(st, OWN_COUNT));

	q.where = cond_compare(arena, q.table->key, OP_EQ,
	    value_text(t->name));
	return q;
}

static enum helio_rc
counted_rows(struct tx *tx, const struct schema_table *t, int64_t *ret,
    struct helio_err *err)
{
	struct query q;
	struct row *row = NULL;
	enum helio_rc rc;

	if (tx->writing) {
		*ret = counters_rows(&tx->store->writer.counters, t);
		return HELIO_OK;
	}
	q = counter_query(tx->store, t, tx->arena);
	tx_unscoped(tx);
	rc = tx_find(tx, &q, &row, err);
	tx_scoped(tx);
	if (rc == HELIO_OK)
		*ret = row != NULL ? row_int(row, "row_count") : 0;
	return rc;
}

static int64_t
window(int64_t rows, const struct query *q)
{
	int64_t left = rows > q->offset ? rows - q->offset : 0;

	return q->limit >= 0 && q->limit < left ? q->limit : left;
}

static enum helio_rc
count_done(void *arg, struct helio_err *err)
{
	(void)arg;
	(void)err;
	return HELIO_OK;
}

/* Run the count in tx->sql. */
static enum helio_rc
run_count(struct tx *tx, int64_t *ret, struct helio_err *err)
{
	struct value v = value_int(0);
	struct db_sink sink = { &v, 1, count_done, NULL };
	enum helio_rc rc;

	rc = tx->store->driver->each(tx->db, &tx->sql, &sink, err);
	if (rc == HELIO_OK)
		*ret = v.i;
	return rc;
}

enum helio_rc
tx_count_rows(struct tx *tx, const struct query *q, int64_t *ret,
    struct helio_err *err)
{
	sql_reset(&tx->sql);
	sql_count(&tx->sql, q, tx_scope(tx), tx->arena);
	return run_count(tx, ret, err);
}

enum helio_rc
tx_totals(struct tx *tx, const struct query *q, const struct total *total,
    size_t n, struct value *ret, struct helio_err *err)
{
	struct db_sink sink = { ret, n, count_done, NULL };

	sql_reset(&tx->sql);
	sql_totals(&tx->sql, q, total, n, tx_scope(tx), tx->arena);
	return tx->store->driver->each(tx->db, &tx->sql, &sink, err);
}

/* For snapshots: what was dear to count is kept. */
static enum helio_rc
count_kept(struct tx *tx, const struct query *q, int64_t *ret,
    struct helio_err *err)
{
	int64_t began_ms = time_monotonic_ms(), now_ms;
	struct store *st = tx->store;
	enum helio_rc rc;

	sql_reset(&tx->sql);
	sql_count(&tx->sql, q, tx_scope(tx), tx->arena);
	if (count_cache_find(st->counts, &tx->sql, began_ms, ret))
		return HELIO_OK;
	rc = run_count(tx, ret, err);
	now_ms = time_monotonic_ms();
	if (rc == HELIO_OK && now_ms - began_ms >= st->o.count_ms)
		count_cache_keep(st->counts, &tx->sql, tx->as_of, now_ms,
		    *ret);
	return rc;
}

enum helio_rc
tx_count(struct tx *tx, const struct query *q, int64_t *ret,
    struct helio_err *err)
{
	int64_t rows = 0;
	enum helio_rc rc;

	if (!counter_covers(q, tx_scope(tx), tx->arena))
		return tx->writing ? tx_count_rows(tx, q, ret, err) :
		    count_kept(tx, q, ret, err);
	rc = counted_rows(tx, q->table, &rows, err);
	if (rc == HELIO_OK)
		*ret = window(rows, q);
	return rc;
}

/* ---- named sums ---- */

enum helio_rc
tx_sum(struct tx *tx, const char *name, struct value *ret,
    struct helio_err *err)
{
	struct row *row = NULL;
	enum helio_rc rc;

	if (tx->writing) {
		*ret = sums_get(&tx->store->writer.counters.sums, name);
		return HELIO_OK;
	}
	tx_unscoped(tx);
	rc = tx_find_key(tx, own_table(tx->store, OWN_COUNT),
	    value_text(sums_key(tx->arena, name)), &row, err);
	tx_scoped(tx);
	if (rc == HELIO_OK)
		*ret = row != NULL ? row_get(row, "row_count") :
		    (struct value){ .type = VALUE_NULL };
	return rc;
}

enum helio_rc
tx_sum_set(struct tx *tx, const char *name, int64_t value,
    struct helio_err *err)
{
	if (!sums_set(&tx->store->writer.counters.sums, name, value))
		return store_fail(err, HELIO_E_NO_MEMORY);
	return HELIO_OK;
}

void
tx_sum_add(struct tx *tx, const char *name, int64_t change)
{
	sums_add(&tx->store->writer.counters.sums, name, change);
}

struct value
store_sum(const struct store *st, const char *name)
{
	return sums_get(&st->writer.counters.sums, name);
}
