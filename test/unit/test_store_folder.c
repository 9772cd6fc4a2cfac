/* The data folder: making, opening, growing with the schema, running full,
 * sharing it between processes and threads. */
#include "store_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY(i) value_int(i)

static const char v1[] =
    "version 1\n"
    "table hub\n"
    "	key hub_id int\n"
    "	field name text\n"
    "	scope all\n";
static const char v2[] =
    "version 2\n"
    "table hub\n"
    "	key hub_id int\n"
    "	field name text\n"
    "	field floor int required default 3\n"
    "	field serial text unique\n"
    "	scope all\n"
    "table shop\n"
    "	key shop_id int\n"
    "	field hub_id int -> hub\n"
    "	scope all\n";
static const char v3[] =
    "version 3\n"
    "table hub\n"
    "	key hub_id int\n"
    "	field name int\n"
    "	field floor int required default 3\n"
    "	field serial text unique\n"
    "	scope all\n";

static struct fixture *
of(void **state)
{
	return *state;
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static enum helio_rc
insert_entity(struct fixture *f, int64_t *ret)
{
	char name[32];
	static atomic_uint n;

	snprintf(name, sizeof(name), "entity %u", ++n);
	return fixture_insert(f, NULL, "entity", (const struct cell[]){
	    { "name", value_text(name) }, { NULL, { 0 } } }, ret);
}

/* ---- folder ---- */

static void
folder_is_private(void **state)
{
	struct fixture *f = of(state);

	assert_int_equal(mode_of(f->dir), 0700);
	if (f->database != NULL) {
		assert_int_equal(mode_of(fixture_path(f, "database")), 0600);
		return;
	}
	assert_int_equal(mode_of(fixture_path(f, "helio.db")), 0600);
	assert_int_equal(mode_of(fixture_path(f, "helio.db-wal")), 0600);
	assert_int_equal(mode_of(fixture_path(f, "lock")), 0600);
}

static void
close_leaves_no_log(void **state)
{
	struct fixture *f = of(state);
	struct stat st;

	SQLITE_ONLY(f);
	assert_int_equal(insert_entity(f, NULL), HELIO_OK);
	store_close(f->store);
	f->store = NULL;
	assert_true(stat(fixture_path(f, "helio.db-wal"), &st) != 0 ||
	    st.st_size == 0);
}

static void
no_folder_is_named(void **state)
{
	struct fixture *f = of(state);

	f->options.path = "/nowhere/at/all";
	assert_int_equal(fixture_open(f), HELIO_E_NOT_FOUND);
	assert_non_null(strstr(err_message(&f->err), "helio init"));
	f->options.path = f->dir;
	assert_int_equal(fixture_open(f), HELIO_E_NOT_FOUND);
}

static void
create_does_not_overwrite(void **state)
{
	struct fixture *f = of(state);

	store_close(f->store);
	f->store = NULL;
	f->options.create = true;
	assert_int_equal(fixture_open(f), HELIO_E_CONFLICT);
}

static void
exclusive_and_shared_exclude_each_other(void **state)
{
	struct fixture *f = of(state);
	struct store_options o = f->options;
	struct store *other = NULL;

	o.exclusive = true;
	assert_int_equal(store_open(&o, &other, &f->err), HELIO_E_CONFLICT);
	o.exclusive = false;
	assert_int_equal(store_open(&o, &other, &f->err), HELIO_OK);
	store_close(other);
	store_close(f->store);
	f->store = NULL;
	f->options.exclusive = true;
	assert_int_equal(fixture_open(f), HELIO_OK);
	o.busy_ms = 30;
	assert_int_equal(store_open(&o, &other, &f->err), HELIO_E_CONFLICT);
}

static void
garbage_is_no_database(void **state)
{
	struct fixture *f = of(state);
	FILE *file;

	SQLITE_ONLY(f);
	store_close(f->store);
	f->store = NULL;
	file = fopen(fixture_path(f, "helio.db"), "w");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		fputs("not a database ", file);
	fclose(file);
	assert_int_equal(fixture_open(f), HELIO_E_IO);
}

/* ---- migration ---- */

static void
use_schema(struct fixture *f, const char *text)
{
	store_close(f->store);
	f->store = NULL;
	schema_free(f->schema);
	f->schema = fixture_schema(text);
	f->options.schema = f->schema;
}

static void
make_v1(struct fixture *f)
{
	use_schema(f, v1);
	f->options.create = true;
	assert_int_equal(fixture_open(f), HELIO_OK);
	f->options.create = false;
	assert_int_equal(fixture_insert(f, NULL, "hub",
	    CELLS(TEXT("name", "old")), NULL), HELIO_OK);
}

static void
folder_grows_with_the_schema(void **state)
{
	struct fixture *f = of(state);

	make_v1(f);
	use_schema(f, v2);
	assert_int_equal(fixture_open(f), HELIO_OK);
	assert_int_equal(fixture_int(f, "hub", KEY(1), "floor"), 3);
	assert_int_equal(fixture_insert(f, NULL, "shop",
	    CELLS(INT("hub_id", 1)), NULL), HELIO_OK);
	assert_int_equal(fixture_insert(f, NULL, "shop",
	    CELLS(INT("hub_id", 2)), NULL), HELIO_E_INVALID);
	assert_int_equal(fixture_count(f, NULL, "hub"), 1);
	assert_int_equal(fixture_bad(f), 0);
	fixture_reopen(f);
}

static void
destructive_change_is_refused_and_named(void **state)
{
	struct fixture *f = of(state);

	make_v1(f);
	use_schema(f, v2);
	assert_int_equal(fixture_open(f), HELIO_OK);
	use_schema(f, v3);
	assert_int_equal(fixture_open(f), HELIO_E_CONFLICT);
	assert_non_null(strstr(err_message(&f->err), "hub.name"));
	assert_non_null(strstr(err_message(&f->err), "shop"));
	use_schema(f, v2);
	assert_int_equal(fixture_open(f), HELIO_OK);
}

static void
newer_folder_is_refused(void **state)
{
	struct fixture *f = of(state);

	make_v1(f);
	use_schema(f, v2);
	assert_int_equal(fixture_open(f), HELIO_OK);
	use_schema(f, v1);
	assert_int_equal(fixture_open(f), HELIO_E_CONFLICT);
	assert_non_null(strstr(err_message(&f->err), "newer"));
}

/* The clock is asked once a migration has begun: crash there. */
static int64_t
die_now(void *arg)
{
	(void)arg;
	_exit(42);
}

static int64_t
die_late(void *arg)
{
	static int calls;

	(void)arg;
	if (++calls == 2)
		_exit(42);
	return 1;
}

static void
crash_in_child(struct fixture *f, int64_t (*clock)(void *))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		f->options.now_us = clock;
		(void)fixture_open(f);
		if (f->store != NULL)
			(void)insert_entity(f, NULL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

static void
crash_in_migration_leaves_the_old(void **state)
{
	struct fixture *f = of(state);

	make_v1(f);
	use_schema(f, v2);
	crash_in_child(f, die_now);
	use_schema(f, v1);
	assert_int_equal(fixture_open(f), HELIO_OK);
	assert_int_equal(fixture_count(f, NULL, "hub"), 1);
	use_schema(f, v2);
	assert_int_equal(fixture_open(f), HELIO_OK);
	assert_int_equal(fixture_bad(f), 0);
}

static void
crash_in_a_job_leaves_nothing(void **state)
{
	struct fixture *f = of(state);
	int64_t key = 0;

	assert_int_equal(insert_entity(f, &key), HELIO_OK);
	store_close(f->store);
	f->store = NULL;
	crash_in_child(f, die_late);
	assert_int_equal(fixture_open(f), HELIO_OK);
	assert_int_equal(fixture_count(f, NULL, "entity"), 1);
	assert_int_equal(fixture_bad(f), 0);
}

/* ---- no room ---- */

static void
file_limit(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static enum helio_rc
insert_large(struct tx *tx, void *arg, struct helio_err *err)
{
	char *text = arena_alloc(tx_arena(tx), 20000);
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "note"));

	memset(text, 'x', 19999);
	row_set_text(row, "text", text);
	(void)arg;
	return tx_insert(tx, row, err);
}

static void
full_disk_keeps_nothing_and_recovers(void **state)
{
	struct fixture *f = of(state);
	enum helio_rc rc = HELIO_OK;
	struct stat st;
	int n = 0;

	SQLITE_ONLY(f);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(fixture_run(f, insert_large, NULL), HELIO_OK);
	assert_int_equal(stat(fixture_path(f, "helio.db-wal"), &st), 0);
	file_limit((rlim_t)st.st_size + 100000);
	while (rc == HELIO_OK && n < 100) {
		rc = fixture_run(f, insert_large, NULL);
		n += rc == HELIO_OK;
	}
	file_limit(RLIM_INFINITY);
	assert_int_equal(rc, HELIO_E_DISK_FULL);
	assert_int_equal(fixture_count(f, NULL, "note"), n + 1);
	assert_int_equal(fixture_bad(f), 0);
	assert_int_equal(fixture_run(f, insert_large, NULL), HELIO_OK);
	assert_int_equal(fixture_count(f, NULL, "note"), n + 2);
	fixture_reopen(f);
	assert_int_equal(fixture_count(f, NULL, "note"), n + 2);
	assert_int_equal(fixture_bad(f), 0);
}

/* ---- other processes ---- */

static void
other_process_s_rows_are_counted_and_numbered(void **state)
{
	struct fixture *f = of(state);
	struct fixture other = *f;
	int64_t key = 0;

	assert_int_equal(insert_entity(f, &key), HELIO_OK);
	other.store = NULL;
	other.options.now_arg = &other;
	assert_int_equal(fixture_open(&other), HELIO_OK);
	for (int i = 1; i < 10; i++) {
		assert_int_equal(insert_entity(i % 2 ? &other : f, &key),
		    HELIO_OK);
		assert_int_equal(key, i + 1);
	}
	assert_int_equal(fixture_count(f, NULL, "entity"), 10);
	store_close(other.store);
	assert_int_equal(fixture_bad(f), 0);
}

static void
count_commit(const struct schema_table *t, void *arg)
{
	(void)t;
	++*(int *)arg;
}

/* It might have been any table, so each cache is told. */
static void
other_process_s_commit_is_told_to_hooks(void **state)
{
	struct fixture *f = of(state);
	struct fixture other = *f;
	int told = 0;

	assert_int_equal(insert_entity(f, NULL), HELIO_OK);
	store_on_commit(f->store, "user", count_commit, &told);
	assert_int_equal(insert_entity(f, NULL), HELIO_OK);
	assert_int_equal(told, 0);
	other.store = NULL;
	other.options.now_arg = &other;
	assert_int_equal(fixture_open(&other), HELIO_OK);
	assert_int_equal(insert_entity(&other, NULL), HELIO_OK);
	store_close(other.store);
	assert_int_equal(insert_entity(f, NULL), HELIO_OK);
	store_close(f->store);
	f->store = NULL;
	assert_int_equal(told, 1);
}

struct blocker {
	pthread_mutex_t	 lock;
	pthread_cond_t	 moved;
	int		 step;
};

static void
blocker_go(struct blocker *b, int step)
{
	pthread_mutex_lock(&b->lock);
	if (step > b->step)
		b->step = step;
	pthread_cond_broadcast(&b->moved);
	pthread_mutex_unlock(&b->lock);
}

static void
blocker_await(struct blocker *b, int step)
{
	pthread_mutex_lock(&b->lock);
	while (b->step < step)
		pthread_cond_wait(&b->moved, &b->lock);
	pthread_mutex_unlock(&b->lock);
}

static enum helio_rc
hold(struct tx *tx, void *arg, struct helio_err *err)
{
	(void)tx;
	(void)err;
	blocker_go(arg, 1);
	blocker_await(arg, 2);
	return HELIO_OK;
}

static void
on_held(void *arg, enum helio_rc rc, struct helio_err *err)
{
	(void)err;
	assert_int_equal(rc, HELIO_OK);
	blocker_go(arg, 3);
}

#define BLOCKER { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }

static void
busy_when_another_process_writes_for_long(void **state)
{
	struct fixture *f = of(state);
	struct fixture other = *f;
	struct blocker b = BLOCKER;
	struct store_job job = { .caller = &CALLER_SYSTEM, .run = hold,
	    .done = on_held, .arg = &b };

	other.store = NULL;
	other.options.busy_ms = 20;
	other.options.now_arg = &other;
	assert_int_equal(fixture_open(&other), HELIO_OK);
	assert_int_equal(store_submit(f->store, &job, &f->err), HELIO_OK);
	blocker_await(&b, 1);
	assert_int_equal(insert_entity(&other, NULL), HELIO_E_BUSY);
	blocker_go(&b, 2);
	blocker_await(&b, 3);
	assert_int_equal(insert_entity(&other, NULL), HELIO_OK);
	store_close(other.store);
}

/* ---- the queue ---- */

static void
full_queue_is_busy_and_stats_tell(void **state)
{
	struct fixture *f = of(state);
	struct blocker b = BLOCKER, c = BLOCKER;
	struct store_job held = { .caller = &CALLER_SYSTEM, .run = hold,
	    .done = on_held, .arg = &b };
	struct store_job waiting = { .caller = &CALLER_SYSTEM, .run = hold,
	    .done = on_held, .arg = &c };
	struct store_job late = waiting;
	struct store_stats stats;

	f->options.queue_max = 1;
	fixture_reopen(f);
	assert_int_equal(store_submit(f->store, &held, &f->err), HELIO_OK);
	blocker_await(&b, 1);
	assert_int_equal(store_submit(f->store, &waiting, &f->err), HELIO_OK);
	assert_int_equal(store_submit(f->store, &late, &f->err), HELIO_E_BUSY);
	store_stats(f->store, &stats);
	assert_int_equal(stats.queue_len, 1);
	blocker_go(&c, 2);
	blocker_go(&b, 2);
	blocker_await(&b, 3);
	blocker_await(&c, 3);
	store_stats(f->store, &stats);
	assert_int_equal(stats.jobs, 2);
}

enum { MANY = 300 };	/* more snapshots than there can be */

static enum helio_rc
slow_walk(const struct row *row, void *arg, struct helio_err *err)
{
	(void)row;
	(void)arg;
	(void)err;
	(void)usleep(30000);
	return HELIO_OK;
}

static enum helio_rc
insert_many(struct tx *tx, void *arg, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	(void)arg;
	for (int i = 0; i < 3000 && rc == HELIO_OK; i++)
		rc = tx_insert(tx, fixture_row(tx, "note",
		    CELLS(TEXT("text", "abc"))), err);
	return rc;
}

/* A row function that takes its time uses up the query's. */
static void
long_query_ends_busy(void **state)
{
	struct fixture *f = of(state);
	struct tx *tx = NULL;
	struct query q;

	f->options.query_ms = 20;
	fixture_reopen(f);
	assert_int_equal(fixture_run(f, insert_many, NULL), HELIO_OK);
	assert_int_equal(store_read(f->store, &CALLER_SYSTEM, &tx, &f->err),
	    HELIO_OK);
	q = query_all(tx_table(tx, "note"));
	assert_int_equal(tx_each(tx, &q, slow_walk, NULL, &f->err),
	    HELIO_E_BUSY);
	store_read_end(tx);
	assert_int_equal(fixture_count(f, NULL, "note"), 3000);
}

static enum helio_rc
walk_asking(const struct row *row, void *arg, struct helio_err *err)
{
	struct tx *tx = arg;
	struct query q = query_all(row->table);

	(void)err;
	(void)usleep(100);
	(void)tx_exists(tx, &q);
	return HELIO_OK;
}

/* A query within another's walk gives that no more time. */
static void
queries_share_the_deadline(void **state)
{
	struct fixture *f = of(state);
	struct tx *tx = NULL;
	struct query q;

	f->options.query_ms = 20;
	fixture_reopen(f);
	assert_int_equal(fixture_run(f, insert_many, NULL), HELIO_OK);
	assert_int_equal(store_read(f->store, &CALLER_SYSTEM, &tx, &f->err),
	    HELIO_OK);
	q = query_all(tx_table(tx, "note"));
	assert_int_equal(tx_each(tx, &q, walk_asking, tx, &f->err),
	    HELIO_E_BUSY);
	store_read_end(tx);
}

static void
snapshots_run_out(void **state)
{
	struct fixture *f = of(state);
	struct tx *tx[MANY] = { NULL };
	enum helio_rc rc = HELIO_OK;
	size_t n = 0;

	f->options.busy_ms = 10;
	fixture_reopen(f);
	while (n < MANY && rc == HELIO_OK) {
		rc = store_read(f->store, &CALLER_SYSTEM, &tx[n], &f->err);
		n += rc == HELIO_OK;
	}
	assert_int_equal(rc, HELIO_E_BUSY);
	while (n > 0)
		store_read_end(tx[--n]);
	assert_int_equal(fixture_count(f, NULL, "note"), 0);
}

/* ---- threads ---- */

enum { THREADS = 8, ROUNDS = 60 };

struct party {
	struct fixture	*f;
	pthread_t	 thread;
	bool		 writes;
	int64_t		 last, failures;
};

static enum helio_rc
insert_or_fail(struct tx *tx, void *arg, struct helio_err *err)
{
	struct party *p = arg;
	enum helio_rc rc = tx_insert(tx, fixture_row(tx, "note",
	    CELLS(TEXT("text", "t"))), err);

	if (rc == HELIO_OK && p->failures > 0)
		return err_set(err, HELIO_E_CONFLICT, "every third");
	return rc;
}

static void *
write_much(void *arg)
{
	struct party *p = arg;
	struct helio_err err;

	for (int i = 0; i < ROUNDS; i++) {
		err_clear(&err);
		p->failures = i % 3 == 0;
		p->last += store_write(p->f->store, &CALLER_SYSTEM,
		    insert_or_fail, p, &err) == HELIO_OK;
	}
	return NULL;
}

static enum helio_rc
add_one(const struct row *row, void *arg, struct helio_err *err)
{
	(void)row;
	(void)err;
	++*(int64_t *)arg;
	return HELIO_OK;
}

/* The counter and the rows of one snapshot always agree. */
static void *
read_much(void *arg)
{
	struct party *p = arg;
	struct helio_err err;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t counted = -1, walked = 0;
		struct tx *tx = NULL;
		struct query q;

		err_clear(&err);
		if (store_read(p->f->store, &CALLER_SYSTEM, &tx, &err) !=
		    HELIO_OK)
			continue;
		q = query_all(tx_table(tx, "note"));
		(void)tx_count(tx, &q, &counted, &err);
		(void)tx_each(tx, &q, add_one, &walked, &err);
		p->failures += counted != walked || counted < p->last;
		p->last = counted;
		store_read_end(tx);
	}
	return NULL;
}

static void
threads_write_and_read_together(void **state)
{
	struct fixture *f = of(state);
	struct party p[THREADS];
	int64_t kept = 0;

	for (int i = 0; i < THREADS; i++) {
		p[i] = (struct party){ .f = f, .writes = i % 2 == 0 };
		assert_int_equal(pthread_create(&p[i].thread, NULL,
		    p[i].writes ? write_much : read_much, &p[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(p[i].thread, NULL), 0);
		if (p[i].writes)
			kept += p[i].last;
		else
			assert_int_equal(p[i].failures, 0);
	}
	assert_int_equal(kept, THREADS / 2 * (ROUNDS - ROUNDS / 3));
	assert_int_equal(fixture_count(f, NULL, "note"), kept);
	assert_int_equal(fixture_bad(f), 0);
}

/* ---- the log ---- */

static enum helio_rc
insert_megabyte(struct tx *tx, void *arg, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	for (int i = 0; i < 50 && rc == HELIO_OK; i++)
		rc = insert_large(tx, arg, err);
	return rc;
}

struct reading {
	struct fixture	*f;
	pthread_t	 thread;
	atomic_bool	*stop;
};

static void *
read_always(void *arg)
{
	struct reading *r = arg;
	struct helio_err err;

	while (!atomic_load(r->stop)) {
		struct tx *tx = NULL;
		struct query q;
		int64_t n = 0;

		err_clear(&err);
		if (store_read(r->f->store, &CALLER_SYSTEM, &tx, &err) !=
		    HELIO_OK)
			continue;
		q = query_all(tx_table(tx, "note"));
		q.limit = 20;
		(void)tx_each(tx, &q, add_one, &n, &err);
		store_read_end(tx);
	}
	return NULL;
}

/* Readers that never all rest must not make the log grow for ever: it ends
 * up shorter than half of what was written. */
static void
log_stays_short_under_readers(void **state)
{
	struct fixture *f = of(state);
	struct reading r[3];
	atomic_bool stop = false;
	struct stat st = { 0 };
	off_t written = 0;

	SQLITE_ONLY(f);
	for (int i = 0; i < 3; i++) {
		r[i] = (struct reading){ .f = f, .stop = &stop };
		assert_int_equal(pthread_create(&r[i].thread, NULL,
		    read_always, &r[i]), 0);
	}
	do {
		assert_int_equal(fixture_run(f, insert_megabyte, NULL),
		    HELIO_OK);
		written += 1000 * 1000;
		assert_int_equal(stat(fixture_path(f, "helio.db-wal"), &st), 0);
	} while (written < 2 * st.st_size && written < 1000 * 1000 * 1000);
	atomic_store(&stop, true);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_join(r[i].thread, NULL), 0);
	assert_true(written >= 2 * st.st_size);
}

/* ---- doctor ---- */

static void
print_to(void *arg, const struct store_finding *finding)
{
	char *text = arg;

	if (!finding->ok)
		strncat(text, finding->text, 500);
}

static void
doctor_finds_damage(void **state)
{
	struct fixture *f = of(state);
	char text[4096] = "";
	unsigned bad = 0;

	assert_int_equal(insert_entity(f, NULL), HELIO_OK);
	(void)fixture_sql(f, "INSERT INTO hub(hub_id, name, entity_id, floor) "
	    "VALUES (9, 'x', 77, 0)");
	assert_int_equal(fixture_open(f), HELIO_OK);
	assert_int_equal(store_doctor(f->store, print_to, text, &bad, &f->err),
	    HELIO_OK);
	assert_int_equal(bad, 3);
	assert_non_null(strstr(text, "entity_id"));
	assert_non_null(strstr(text, "its counter says 0"));
	assert_non_null(strstr(text, "beyond the last number"));
}

#define OPENED(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, \
    fixture_teardown)
#define CLOSED(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup_closed, \
    fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OPENED(folder_is_private),
		OPENED(close_leaves_no_log),
		CLOSED(no_folder_is_named),
		OPENED(create_does_not_overwrite),
		OPENED(exclusive_and_shared_exclude_each_other),
		OPENED(garbage_is_no_database),
		CLOSED(folder_grows_with_the_schema),
		CLOSED(destructive_change_is_refused_and_named),
		CLOSED(newer_folder_is_refused),
		CLOSED(crash_in_migration_leaves_the_old),
		OPENED(crash_in_a_job_leaves_nothing),
		OPENED(full_disk_keeps_nothing_and_recovers),
		OPENED(other_process_s_rows_are_counted_and_numbered),
		OPENED(other_process_s_commit_is_told_to_hooks),
		OPENED(busy_when_another_process_writes_for_long),
		OPENED(full_queue_is_busy_and_stats_tell),
		OPENED(long_query_ends_busy),
		OPENED(queries_share_the_deadline),
		OPENED(snapshots_run_out),
		OPENED(threads_write_and_read_together),
		OPENED(log_stays_short_under_readers),
		OPENED(doctor_finds_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
