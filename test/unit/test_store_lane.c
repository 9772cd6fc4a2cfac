/*
 * test_store_lane.c - lanes: what becomes of questions, over a driver of our
 * own that answers what the test says; and over a database, where there is one.
 */
#include "store_fixture.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/inner.h"
#include "store/lane.h"
#include "store/stmt_cache.h"

enum { ASKED_MAX = 300, ANSWERS_MAX = 16, PATIENCE_MS = 20000 };

/* ---- who asks ---- */

struct asker {
	struct store_question q;
	struct helio_err err;
	int64_t		 count;
	unsigned	 rows, done, lost;
	int64_t		 key;		/* of the last row */
	enum helio_rc	 rc, each_rc;
};

static void
on_count(void *arg, int64_t rows)
{
	struct asker *a = arg;

	assert_int_equal(a->rows, 0);
	a->count = rows;
}

static enum helio_rc
on_row(const struct row *row, void *arg, struct helio_err *err)
{
	struct asker *a = arg;

	(void)err;
	a->rows++;
	a->key = row_key(row).i;
	return a->each_rc;
}

static void
on_done(void *arg, enum helio_rc rc)
{
	struct asker *a = arg;

	a->done++;
	a->rc = rc;
}

static void
on_lost(void *arg)
{
	((struct asker *)arg)->lost++;
}

static bool
ask(struct store_lane *l, struct asker *a, const struct query *query,
    bool count)
{
	memset(a, 0, offsetof(struct asker, err));
	a->count = a->key = -1;
	a->rows = a->done = a->lost = 0;
	a->rc = a->each_rc = HELIO_OK;
	err_clear(&a->err);
	a->q = (struct store_question){
		.caller = &CALLER_SYSTEM, .query = query,
		.count = count ? on_count : NULL, .each = on_row,
		.done = on_done, .lost = on_lost, .arg = a, .err = &a->err,
	};
	return store_lane_ask(l, &a->q);
}

/* ---- a driver that answers what it is told ---- */

struct lane {
	unsigned	 closed;
};

struct answer {
	enum lane_answer what;
	int64_t		 number;	/* of the one row; 0: none */
	enum helio_rc	 rc;
};

/* One per test. */
struct fake {
	struct driver	 driver;
	struct store	 store;
	struct schema	*schema;
	struct arena	*arena;
	struct lane	 lane;
	bool		 gone;		/* the connection is */
	struct store_lane *l;
	struct asker	 asker[ASKED_MAX];
	unsigned	 opened, puts, sends, refuse_after;
	char		 text[2048];	/* of the last put */
	struct answer	 answer[ANSWERS_MAX];
	size_t		 n, next;
};

static struct fake fake;

static enum helio_rc
fake_open(struct folder *folder, struct lane **ret, struct helio_err *err)
{
	(void)folder;
	(void)err;
	fake.opened++;
	*ret = &fake.lane;
	return HELIO_OK;
}

static void
fake_close(struct lane *l)
{
	if (l != NULL)
		l->closed++;
}

static int
fake_fd(const struct lane *l)
{
	return l->closed == 0 && !fake.gone ? 77 : -1;
}

static bool
fake_put(struct lane *l, const struct sql *sql)
{
	(void)l;
	if (fake.puts >= fake.refuse_after)
		return false;
	fake.puts++;
	snprintf(fake.text, sizeof(fake.text), "%.*s", (int)sql->text.len,
	    sql->text.data);
	return true;
}

static void
fake_send(struct lane *l)
{
	(void)l;
	fake.sends++;
}

static void
fake_read(struct lane *l)
{
	(void)l;
}

static enum lane_answer
fake_next(struct lane *l, struct helio_err *err)
{
	const struct answer *a = &fake.answer[fake.next];

	(void)l;
	if (fake.next == fake.n)
		return LANE_NOTHING;
	fake.next++;
	if (a->what == LANE_REFUSED)
		err_set(err, a->rc, "no");
	return a->what;
}

/* The number is the key, or the count, which stands behind the name. */
static enum helio_rc
fake_rows(struct lane *l, const struct db_sink *sink, struct helio_err *err)
{
	const struct answer *a = &fake.answer[fake.next - 1];

	(void)l;
	if (a->number == 0)
		return HELIO_OK;
	for (size_t i = 0; i < sink->n; i++)
		sink->v[i] = value_int(a->number);
	return sink->row(sink->arg, err);
}

static int
fake_setup(void **state)
{
	struct helio_err err;

	(void)state;
	memset(&fake, 0, sizeof(fake));
	err_clear(&err);
	fake.driver = (struct driver){
		.dialect = &SQL_PG, .waits = true, .lane_open = fake_open,
		.lane_close = fake_close, .lane_fd = fake_fd,
		.lane_put = fake_put, .lane_send = fake_send,
		.lane_read = fake_read, .lane_next = fake_next,
		.lane_rows = fake_rows,
	};
	fake.schema = fixture_schema(FIXTURE_SCHEMA);
	fake.store.driver = &fake.driver;
	fake.store.schema = fake.schema;
	fake.store.o.query_ms = 10000;
	fake.refuse_after = UINT32_MAX;
	fake.arena = arena_new();
	assert_int_equal(own_schema_read(&fake.store.own, &err), HELIO_OK);
	fake.l = store_lane_new(&fake.store);
	assert_non_null(fake.l);
	return 0;
}

static int
fake_teardown(void **state)
{
	(void)state;
	store_lane_free(fake.l);
	schema_free(fake.store.own);
	schema_free(fake.schema);
	arena_free(fake.arena);
	return 0;
}

static void
bring_up(void)
{
	fake.lane.closed = 0;
	store_lane_open(fake.l);
	assert_int_equal(store_lane_join(fake.l), 77);
	assert_true(store_lane_is_up(fake.l));
}

static struct query
one_hub(struct arena *arena, const struct schema *schema, int64_t key)
{
	struct query q = query_all(schema_table(schema, "hub"));

	q.where = cond_compare(arena, q.table->key, OP_EQ, value_int(key));
	return q;
}

static bool
ask_hub(unsigned n)
{
	struct query q = one_hub(fake.arena, fake.schema, n);

	return ask(fake.l, &fake.asker[n], &q, false);
}

static bool
ask_list(unsigned n)
{
	struct query q = query_all(schema_table(fake.schema, "hub"));

	return ask(fake.l, &fake.asker[n], &q, true);
}

/* Let these answers come in. */
static void
answers(const struct answer *a, size_t n)
{
	memcpy(fake.answer, a, n * sizeof(*a));
	fake.n = n;
	fake.next = 0;
	store_lane_read(fake.l);
	assert_int_equal(fake.next, n);
}

#define ANSWERS(...) do { \
	const struct answer list[] = { __VA_ARGS__ }; \
	answers(list, sizeof(list) / sizeof(list[0])); \
} while (0)

static void
assert_end(unsigned n, unsigned done, unsigned lost)
{
	assert_int_equal(fake.asker[n].done, done);
	assert_int_equal(fake.asker[n].lost, lost);
}

static void
test_a_lane_is_closed_at_first(void **state)
{
	(void)state;
	assert_false(store_lane_is_up(fake.l));
	assert_false(ask_hub(0));
	assert_int_equal(store_lane_join(fake.l), -1);
	assert_true(store_lane_wants(fake.l));
	assert_false(store_lane_wants(fake.l));	/* said just now */
	bring_up();
	assert_false(store_lane_wants(fake.l));
	assert_int_equal(store_lane_join(fake.l), -1);
}

static void
test_only_a_store_that_waits_has_lanes(void **state)
{
	(void)state;
	fake.driver.lane_open = NULL;
	assert_null(store_lane_new(&fake.store));
}

static void
test_a_second_connection_takes_the_place_of_the_first(void **state)
{
	(void)state;
	store_lane_open(fake.l);
	store_lane_open(fake.l);
	assert_int_equal(fake.opened, 2);
	assert_int_equal(fake.lane.closed, 1);
}

static void
test_one_row(void **state)
{
	(void)state;
	bring_up();
	assert_true(ask_hub(5));
	assert_int_equal(fake.sends, 0);
	store_lane_send(fake.l);
	store_lane_send(fake.l);
	assert_int_equal(fake.sends, 1);
	assert_end(5, 0, 0);
	ANSWERS({ LANE_ROWS, 5, HELIO_OK });
	assert_end(5, 1, 0);
	assert_int_equal(fake.asker[5].rc, HELIO_OK);
	assert_int_equal(fake.asker[5].rows, 1);
	assert_int_equal(fake.asker[5].key, 5);
	assert_int_equal(fake.store.lanes.answered, 1);
}

static void
test_no_row(void **state)
{
	(void)state;
	bring_up();
	assert_true(ask_hub(5));
	ANSWERS({ LANE_ROWS, 0, HELIO_OK });
	assert_end(5, 1, 0);
	assert_int_equal(fake.asker[5].rc, HELIO_OK);
	assert_int_equal(fake.asker[5].rows, 0);
}

static void
test_a_count_comes_before_its_rows(void **state)
{
	struct asker *a = &fake.asker[1];

	(void)state;
	bring_up();
	assert_true(ask_list(1));
	assert_int_equal(fake.puts, 2);
	ANSWERS({ LANE_ROWS, 42, HELIO_OK });
	assert_end(1, 0, 0);
	assert_int_equal(a->count, 42);
	ANSWERS({ LANE_ROWS, 7, HELIO_OK });
	assert_end(1, 1, 0);
	assert_int_equal(a->key, 7);
}

static void
test_a_table_without_a_counter_has_no_rows(void **state)
{
	(void)state;
	bring_up();
	assert_true(ask_list(1));
	ANSWERS({ LANE_ROWS, 0, HELIO_OK }, { LANE_ROWS, 0, HELIO_OK });
	assert_end(1, 1, 0);
	assert_int_equal(fake.asker[1].count, 0);
}

static void
test_only_whole_tables_are_counted(void **state)
{
	struct query q = one_hub(fake.arena, fake.schema, 1);

	(void)state;
	bring_up();
	assert_false(ask(fake.l, &fake.asker[0], &q, true));
	assert_int_equal(fake.puts, 0);
}

static void
test_the_callers_scope_applies(void **state)
{
	struct query q = one_hub(fake.arena, fake.schema, 1);

	(void)state;
	bring_up();
	assert_true(ask(fake.l, &fake.asker[0], &q, false));
	assert_null(strstr(fake.text, " AND "));
	fake.asker[1].q = fake.asker[0].q;
	fake.asker[1].q.caller = &FIXTURE_ENTITY;
	fake.asker[1].q.arg = &fake.asker[1];
	fake.asker[1].q.err = &fake.asker[1].err;
	assert_true(store_lane_ask(fake.l, &fake.asker[1].q));
	assert_non_null(strstr(fake.text, " AND "));
	ANSWERS({ LANE_ROWS, 1, HELIO_OK }, { LANE_ROWS, 0, HELIO_OK });
	assert_end(0, 1, 0);
	assert_end(1, 1, 0);
}

static void
test_what_is_not_put_is_not_taken(void **state)
{
	(void)state;
	bring_up();
	fake.refuse_after = 0;
	assert_false(ask_hub(1));
	assert_false(ask_list(2));
	store_lane_send(fake.l);	/* the preparations */
	assert_int_equal(fake.sends, 1);
	assert_end(1, 0, 0);
	assert_end(2, 0, 0);
}

/* The rows are only being prepared, when their count is already asked for. */
static void
test_half_a_question_is_lost(void **state)
{
	(void)state;
	bring_up();
	fake.refuse_after = 1;
	assert_true(ask_list(1));
	ANSWERS({ LANE_ROWS, 42, HELIO_OK });
	assert_end(1, 0, 1);
	assert_int_equal(fake.store.lanes.lost, 1);
	assert_int_equal(fake.store.lanes.answered, 0);
}

static void
test_too_late_is_an_answer_and_skipped_is_none(void **state)
{
	(void)state;
	bring_up();
	assert_true(ask_list(1));
	assert_true(ask_hub(2));
	ANSWERS({ LANE_REFUSED, 0, HELIO_E_BUSY }, { LANE_SKIPPED, 0, 0 },
	    { LANE_SKIPPED, 0, 0 });
	assert_end(1, 1, 0);
	assert_int_equal(fake.asker[1].rc, HELIO_E_BUSY);
	assert_string_equal(fake.asker[1].err.message, "no");
	assert_end(2, 0, 1);
	assert_true(store_lane_is_up(fake.l));
	assert_true(ask_hub(3));
	ANSWERS({ LANE_ROWS, 3, HELIO_OK });
	assert_end(3, 1, 0);
}

static void
test_other_refusals_are_asked_elsewhere(void **state)
{
	(void)state;
	bring_up();
	assert_true(ask_hub(1));
	assert_true(ask_list(2));
	ANSWERS({ LANE_REFUSED, 0, HELIO_E_INTERNAL }, { LANE_ROWS, 4, 0 },
	    { LANE_REFUSED, 0, HELIO_E_IO });
	assert_end(1, 0, 1);
	assert_end(2, 0, 1);
	assert_int_equal(fake.asker[2].err.rc, HELIO_OK);
}

static void
test_who_takes_the_rows_may_fail(void **state)
{
	(void)state;
	bring_up();
	assert_true(ask_hub(1));
	fake.asker[1].each_rc = HELIO_E_NO_MEMORY;
	ANSWERS({ LANE_ROWS, 1, HELIO_OK });
	assert_end(1, 1, 0);
	assert_int_equal(fake.asker[1].rc, HELIO_E_NO_MEMORY);
}

static void
test_a_lost_connection_loses_all(void **state)
{
	(void)state;
	bring_up();
	assert_true(ask_hub(1));
	assert_true(ask_list(2));
	store_lane_send(fake.l);
	assert_true(ask_hub(3));
	ANSWERS({ LANE_ROWS, 1, HELIO_OK }, { LANE_LOST, 0, 0 });
	assert_end(1, 1, 0);
	assert_end(2, 0, 1);
	assert_end(3, 0, 1);
	assert_false(store_lane_is_up(fake.l));
	assert_int_equal(fake.lane.closed, 1);
	assert_false(ask_hub(4));
	assert_true(store_lane_wants(fake.l));
	bring_up();
	assert_true(ask_hub(4));
	ANSWERS({ LANE_ROWS, 4, HELIO_OK });
	assert_end(4, 1, 0);
}

/* It was lost by writing: nothing will be readable. */
static void
test_a_connection_lost_by_sending(void **state)
{
	(void)state;
	bring_up();
	assert_true(ask_hub(1));
	fake.gone = true;
	store_lane_send(fake.l);
	assert_end(1, 0, 1);
	assert_false(store_lane_is_up(fake.l));
}

/* One message is one snapshot: it is not sent in pieces. */
static void
test_much_is_sent_before_the_round_ends(void **state)
{
	unsigned n = 0;

	(void)state;
	bring_up();
	while (fake.sends == 0 && n < ASKED_MAX)
		assert_true(ask_hub(n++));
	assert_in_range(n, 8, 32);
}

static void
test_a_long_key_goes_another_way(void **state)
{
	struct query q = query_all(schema_table(fake.schema, "network"));
	char key[2000];

	(void)state;
	bring_up();
	memset(key, 'x', sizeof(key));
	q.where = cond_compare(fake.arena, q.table->key, OP_EQ,
	    value_textn(key, sizeof(key)));
	assert_false(ask(fake.l, &fake.asker[0], &q, false));
	assert_int_equal(fake.puts, 0);
}

static void
test_so_many_are_under_way_and_no_more(void **state)
{
	unsigned n = 0;

	(void)state;
	bring_up();
	while (n < ASKED_MAX && ask_hub(n))
		n++;
	assert_in_range(n, 100, ASKED_MAX - 1);
}

/* Whoever comes now would wait for something slow. */
static void
test_nobody_queues_behind_a_late_answer(void **state)
{
	unsigned n = 1, ms = 0;

	(void)state;
	bring_up();
	assert_true(ask_hub(0));
	for (; ask_hub(n); ms += 20) {
		n = n < 200 ? n + 1 : n;
		assert_in_range(ms, 0, PATIENCE_MS);
		(void)usleep(20000);
	}
	ANSWERS({ LANE_ROWS, 1, HELIO_OK });
	assert_true(ask_hub(n));
}

/* And those who came before are sent elsewhere. */
static void
test_a_late_answer_sheds_those_behind_it(void **state)
{
	unsigned ms = 0;

	(void)state;
	bring_up();
	assert_true(ask_hub(0));
	assert_true(ask_list(1));
	assert_true(ask_hub(2));
	for (; fake.asker[2].lost == 0; ms += 20) {
		store_lane_send(fake.l);
		assert_in_range(ms, 0, PATIENCE_MS);
		(void)usleep(20000);
	}
	assert_end(0, 0, 0);
	assert_end(1, 0, 1);
	assert_end(2, 0, 1);
	ANSWERS({ LANE_ROWS, 7, HELIO_OK });
	assert_end(0, 1, 0);
	assert_false(ask_hub(3));
	ANSWERS({ LANE_ROWS, 1, 0 }, { LANE_ROWS, 1, 0 }, { LANE_ROWS, 1, 0 });
	assert_end(1, 0, 1);
	assert_true(ask_hub(3));
	ANSWERS({ LANE_ROWS, 3, HELIO_OK });
	assert_end(3, 1, 0);
	assert_int_equal(fake.asker[3].key, 3);
}

static void
test_silence_ends(void **state)
{
	unsigned ms = 0;

	(void)state;
	fake.store.o.query_ms = 1;
	bring_up();
	assert_true(ask_hub(0));
	for (; fake.asker[0].done == 0; ms += 20) {
		store_lane_send(fake.l);
		assert_in_range(ms, 0, PATIENCE_MS);
		(void)usleep(20000);
	}
	assert_int_equal(fake.asker[0].rc, HELIO_E_BUSY);
	assert_false(store_lane_is_up(fake.l));
}

static void
test_the_end_is_told(void **state)
{
	(void)state;
	bring_up();
	assert_true(ask_hub(0));
	assert_true(ask_list(1));
	store_lane_free(fake.l);
	fake.l = NULL;
	assert_int_equal(fake.lane.closed, 1);
	for (unsigned i = 0; i < 2; i++) {
		assert_end(i, 1, 0);
		assert_int_equal(fake.asker[i].rc, HELIO_E_STOPPING);
	}
}

/* ---- on a database ---- */

static int64_t
new_hub(struct fixture *f, const char *name)
{
	int64_t key = 0;

	assert_int_equal(fixture_insert(f, NULL, "hub", CELLS({ "name",
	    value_text(name) }), &key), HELIO_OK);
	return key;
}

/* A lane that is up, a hub with key 1, and memory. */
static struct store_lane *
real_begin(struct fixture *f, struct arena **ret_arena)
{
	struct store_lane *l = store_lane_new(f->store);

	assert_non_null(l);
	store_lane_open(l);
	assert_true(store_lane_join(l) >= 0);
	assert_int_equal(new_hub(f, "first"), 1);
	*ret_arena = arena_new();
	return l;
}

static void
real_end(struct store_lane *l, struct arena *arena)
{
	store_lane_free(l);
	arena_free(arena);
}

/* The descriptor is not told twice: find what is readable by trying. */
static void
read_until(struct store_lane *l, const struct asker *a)
{
	for (int ms = 0; a->done + a->lost == 0; ms++) {
		store_lane_send(l);
		assert_in_range(ms, 0, PATIENCE_MS);
		(void)usleep(1000);
		store_lane_read(l);
	}
}

/* Ask until it is taken: at first it is only prepared. */
static void
asked(struct store_lane *l, struct asker *a, const struct query *q,
    bool count)
{
	for (int ms = 0; !ask(l, a, q, count); ms++) {
		assert_in_range(ms, 0, PATIENCE_MS);
		store_lane_send(l);
		(void)usleep(1000);
		store_lane_read(l);
	}
}

static void
asked_and_told(struct store_lane *l, struct asker *a, const struct query *q,
    bool count)
{
	do {
		asked(l, a, q, count);
		read_until(l, a);
	} while (a->lost > 0 && store_lane_is_up(l));
}

static void
test_a_database_answers(void **state)
{
	struct fixture *f = *state;
	struct arena *arena = NULL;
	struct store_lane *l = real_begin(f, &arena);
	struct query all = query_all(schema_table(f->schema, "hub")), one;
	struct asker a;
	int64_t key;

	for (unsigned i = 2; i <= 20; i++) {
		key = new_hub(f, "h");
		one = one_hub(arena, f->schema, key);
		asked_and_told(l, &a, &one, false);
		assert_int_equal(a.rc, HELIO_OK);
		assert_int_equal(a.key, key);
		asked_and_told(l, &a, &all, true);
		assert_int_equal(a.count, i);
		assert_int_equal(a.rows, i);
	}
	one = one_hub(arena, f->schema, key + 1);
	asked_and_told(l, &a, &one, false);
	assert_int_equal(a.rows, 0);
	real_end(l, arena);
}

/* More than a connection keeps: old ones are forgotten. */
static void
test_many_statements(void **state)
{
	struct fixture *f = *state;
	struct arena *arena = NULL;
	struct store_lane *l = real_begin(f, &arena);
	const struct cond *parts[2 * STMTS_MAX];
	struct query q = one_hub(arena, f->schema, 1);
	struct asker a;

	for (size_t i = 0; i < 2 * STMTS_MAX; i++)
		parts[i] = cond_compare(arena, q.table->key, OP_EQ,
		    value_int(1));
	for (size_t round = 0; round < 2; round++)
		for (size_t i = 1; i <= STMTS_MAX + 20; i++) {
			q.where = cond_all(arena, parts, i);
			asked_and_told(l, &a, &q, false);
			assert_int_equal(a.rows, 1);
		}
	real_end(l, arena);
}

/* What the server refuses takes the rest of the message along, once. */
static void
test_a_refusal_and_those_behind_it(void **state)
{
	struct fixture *f = *state;
	struct arena *arena = NULL;
	struct store_lane *l = real_begin(f, &arena);
	struct query notes = query_all(schema_table(f->schema, "note"));
	struct query hub = one_hub(arena, f->schema, 1);
	struct asker a, b;

	asked_and_told(l, &a, &notes, false);
	asked_and_told(l, &b, &hub, false);
	(void)test_database_sql(f->database, "DROP TABLE note");
	assert_true(ask(l, &a, &notes, false));
	assert_true(ask(l, &b, &hub, false));
	read_until(l, &a);
	read_until(l, &b);
	assert_int_equal(a.lost + b.lost, 2);
	asked_and_told(l, &b, &hub, false);
	assert_int_equal(b.rows, 1);
	real_end(l, arena);
}

static void
test_what_cannot_be_prepared_is_tried_once(void **state)
{
	struct fixture *f = *state;
	struct arena *arena = NULL;
	struct store_lane *l = real_begin(f, &arena);
	struct query notes = query_all(schema_table(f->schema, "note"));
	struct query hub = one_hub(arena, f->schema, 1);
	struct asker a, b;

	(void)test_database_sql(f->database, "DROP TABLE note");
	for (unsigned i = 0; i < 5; i++) {
		assert_false(ask(l, &a, &notes, false));
		asked_and_told(l, &b, &hub, false);
		assert_int_equal(b.rows, 1);
	}
	assert_true(f->store->lanes.lost <= 1);
	real_end(l, arena);
}

static void
test_a_connection_that_is_cut(void **state)
{
	struct fixture *f = *state;
	struct arena *arena = NULL;
	struct store_lane *l = real_begin(f, &arena);
	struct query hub = one_hub(arena, f->schema, 1);
	struct asker a;

	asked_and_told(l, &a, &hub, false);
	(void)test_database_sql(f->database, "SELECT count("
	    "pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
	    "pid <> pg_backend_pid() AND datname = current_database() AND "
	    "application_name = current_setting('application_name') AND "
	    "query LIKE '%\"hub\"%'");
	if (ask(l, &a, &hub, false))
		read_until(l, &a);
	for (int ms = 0; store_lane_is_up(l); ms++) {
		assert_in_range(ms, 0, PATIENCE_MS);
		(void)usleep(1000);
		store_lane_read(l);
	}
	assert_int_equal(a.done, 0);
	assert_true(store_lane_wants(l));
	store_lane_open(l);
	assert_true(store_lane_join(l) >= 0);
	asked_and_told(l, &a, &hub, false);
	assert_int_equal(a.rc, HELIO_OK);
	real_end(l, arena);
}

#define FAKE(name) cmocka_unit_test_setup_teardown(name, fake_setup, \
	fake_teardown)
#define REAL(name) cmocka_unit_test_setup_teardown(name, fixture_setup, \
	fixture_teardown)

enum { REALS = 5 };		/* those that need a database */

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE(test_a_lane_is_closed_at_first),
		FAKE(test_only_a_store_that_waits_has_lanes),
		FAKE(test_a_second_connection_takes_the_place_of_the_first),
		FAKE(test_one_row),
		FAKE(test_no_row),
		FAKE(test_a_count_comes_before_its_rows),
		FAKE(test_a_table_without_a_counter_has_no_rows),
		FAKE(test_only_whole_tables_are_counted),
		FAKE(test_the_callers_scope_applies),
		FAKE(test_what_is_not_put_is_not_taken),
		FAKE(test_half_a_question_is_lost),
		FAKE(test_too_late_is_an_answer_and_skipped_is_none),
		FAKE(test_other_refusals_are_asked_elsewhere),
		FAKE(test_who_takes_the_rows_may_fail),
		FAKE(test_a_lost_connection_loses_all),
		FAKE(test_a_connection_lost_by_sending),
		FAKE(test_much_is_sent_before_the_round_ends),
		FAKE(test_a_long_key_goes_another_way),
		FAKE(test_so_many_are_under_way_and_no_more),
		FAKE(test_nobody_queues_behind_a_late_answer),
		FAKE(test_a_late_answer_sheds_those_behind_it),
		FAKE(test_silence_ends),
		FAKE(test_the_end_is_told),
		REAL(test_a_database_answers),
		REAL(test_many_statements),
		REAL(test_a_refusal_and_those_behind_it),
		REAL(test_what_cannot_be_prepared_is_tried_once),
		REAL(test_a_connection_that_is_cut),
	};

	const size_t n = sizeof(tests) / sizeof(tests[0]);

	return _cmocka_run_group_tests("store_lane", tests,
	    getenv("HELIO_TEST_DATABASE") != NULL ? n : n - REALS, NULL, NULL);
}
