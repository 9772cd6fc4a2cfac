/*
 * How much of a bare SQLite group-commit loop the store keeps: inserts of a
 * small served table from a number of clients, each waiting for its own
 * durable end before the next.  The ways take turns, a second each, so that
 * what else the machine does hits all of them; prints the median of each and
 * its ratio to the bare loop.
 *
 *	bench/store_commit [clients] [rounds] [folder]
 *
 * loop: one thread, as many inserts per commit as there are clients; no
 *       hand-over between threads: the ceiling
 * bare: client threads, a queue, one thread with nothing but SQLite calls
 * store: client threads with store_write()
 * async: one thread that submits again what has ended, as a server does
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/times.h"
#include "store/store.h"

static const char schema_text[] =
    "version 1\n"
    "table shop\n"
    "	path shops\n"
    "	key shop_id int\n"
    "	field name text(100) required\n"
    "	field phone text\n"
    "	field region int\n"
    "	methods GET OVERVIEW\n"
    "	scope all\n"
    "	index region\n";

enum { CLIENTS_MAX = 1024, ROUNDS_MAX = 100, TURN_MS = 1000 };

struct bench;

struct way {
	const char	*name;
	void		(*open)(struct bench *);
	uint64_t	(*run)(struct bench *);
	void		(*close)(struct bench *);
};

/* One way at work. */
struct bench {
	const struct way *way;
	const struct schema *schema;
	unsigned	 clients;
	int64_t		 until_ms;
	char		 path[256];
	double		 rate[ROUNDS_MAX];
	/* without the store */
	sqlite3		*db;
	sqlite3_stmt	*insert;
	pthread_mutex_t	 lock;
	pthread_cond_t	 work;
	struct client	*first, **last;
	bool		 stop;
	/* store */
	struct store	*store;
};

struct client {
	struct bench	*b;
	pthread_t	 thread;
	uint64_t	 done;
	struct client	*next;
	pthread_cond_t	 ended;
	bool		 over;
	struct store_job job;
};

static void
die(const char *what)
{
	fprintf(stderr, "store_commit: %s\n", what);
	exit(1);
}

static bool
time_left(const struct bench *b)
{
	return time_monotonic_ms() < b->until_ms;
}

/* ---- SQLite alone ---- */

static void
sql(struct bench *b, const char *text)
{
	if (sqlite3_exec(b->db, text, NULL, NULL, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(b->db));
}

static void
bare_open(struct bench *b)
{
	if (sqlite3_open(b->path, &b->db) != SQLITE_OK)
		die("cannot open");
	sql(b, "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
	    "CREATE TABLE shop(shop_id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
	    "phone TEXT, region INTEGER, created_at INTEGER, created_by TEXT,"
	    "modified_at INTEGER, modified_by TEXT) STRICT;"
	    "CREATE INDEX region ON shop(region);");
	if (sqlite3_prepare_v2(b->db, "INSERT INTO shop(name, phone, region, "
	    "created_at, created_by) VALUES (?1, ?2, ?3, ?4, ?5)", -1,
	    &b->insert, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(b->db));
}

static void
bare_insert(struct bench *b, int64_t n)
{
	sqlite3_stmt *st = b->insert;

	sqlite3_bind_text(st, 1, "Corner shop", -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, "+254700000000", -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 3, n % 100);
	sqlite3_bind_int64(st, 4, time_now_us());
	sqlite3_bind_text(st, 5, "system", -1, SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_DONE)
		die(sqlite3_errmsg(b->db));
	sqlite3_reset(st);
}

static void
bare_close(struct bench *b)
{
	sqlite3_finalize(b->insert);
	sqlite3_close(b->db);
}

static uint64_t
run_loop(struct bench *b)
{
	uint64_t n = 0;

	while (time_left(b)) {
		sql(b, "BEGIN IMMEDIATE");
		for (unsigned i = 0; i < b->clients; i++)
			bare_insert(b, (int64_t)n++);
		sql(b, "COMMIT");
	}
	return n;
}

static void *
bare_client(void *arg)
{
	struct client *c = arg;
	struct bench *b = c->b;

	pthread_mutex_lock(&b->lock);
	while (time_left(b)) {
		c->next = NULL;
		c->over = false;
		*b->last = c;
		b->last = &c->next;
		pthread_cond_signal(&b->work);
		while (!c->over)
			pthread_cond_wait(&c->ended, &b->lock);
		c->done++;
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

static void
bare_batch(struct bench *b, struct client *first)
{
	sql(b, "BEGIN IMMEDIATE");
	for (struct client *c = first; c != NULL; c = c->next)
		bare_insert(b, (int64_t)c->done);
	sql(b, "COMMIT");
}

static void *
bare_writer(void *arg)
{
	struct bench *b = arg;
	struct client *first, *next;

	pthread_mutex_lock(&b->lock);
	while (!b->stop || b->first != NULL) {
		if (b->first == NULL) {
			pthread_cond_wait(&b->work, &b->lock);
			continue;
		}
		first = b->first;
		b->first = NULL;
		b->last = &b->first;
		pthread_mutex_unlock(&b->lock);
		bare_batch(b, first);
		pthread_mutex_lock(&b->lock);
		for (; first != NULL; first = next) {
			next = first->next;
			first->over = true;
			pthread_cond_signal(&first->ended);
		}
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/* ---- client threads ---- */

static uint64_t
run_clients(struct bench *b, void *(*client)(void *))
{
	static struct client clients[CLIENTS_MAX];
	uint64_t n = 0;

	for (unsigned i = 0; i < b->clients; i++) {
		clients[i] = (struct client){ .b = b };
		pthread_cond_init(&clients[i].ended, NULL);
		if (pthread_create(&clients[i].thread, NULL, client,
		    &clients[i]) != 0)
			die("no thread");
	}
	for (unsigned i = 0; i < b->clients; i++) {
		pthread_join(clients[i].thread, NULL);
		pthread_cond_destroy(&clients[i].ended);
		n += clients[i].done;
	}
	return n;
}

static uint64_t
run_bare(struct bench *b)
{
	pthread_t writer;
	uint64_t n;

	b->last = &b->first;
	b->stop = false;
	if (pthread_create(&writer, NULL, bare_writer, b) != 0)
		die("no thread");
	n = run_clients(b, bare_client);
	pthread_mutex_lock(&b->lock);
	b->stop = true;
	pthread_cond_signal(&b->work);
	pthread_mutex_unlock(&b->lock);
	pthread_join(writer, NULL);
	return n;
}

/* ---- the store ---- */

static enum helio_rc
insert_shop(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct client *c = arg;
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "shop"));

	row_set_text(row, "name", "Corner shop");
	row_set_text(row, "phone", "+254700000000");
	row_set_int(row, "region", (int64_t)(c->done % 100));
	return tx_insert(tx, row, err);
}

static void *
store_client(void *arg)
{
	struct client *c = arg;
	struct helio_err err;

	err_clear(&err);
	for (; time_left(c->b); c->done++)
		if (store_write(c->b->store, &CALLER_SYSTEM, insert_shop, c,
		    &err) != HELIO_OK)
			die(err_message(&err));
	return NULL;
}

static void
engine_open(struct bench *b)
{
	struct store_options o;
	struct helio_err err;

	store_options_init(&o);
	o.path = b->path;
	o.schema = b->schema;
	o.create = true;
	err_clear(&err);
	if (store_open(&o, &b->store, &err) != HELIO_OK)
		die(err_message(&err));
}

static void
engine_close(struct bench *b)
{
	struct store_stats stats;

	store_stats(b->store, &stats);
	printf("%-6s %.1f jobs per commit, most %llu\n", b->way->name,
	    (double)stats.jobs / (double)stats.commits,
	    (unsigned long long)stats.batch_largest);
	store_close(b->store);
}

static uint64_t
run_store(struct bench *b)
{
	return run_clients(b, store_client);
}

static void
on_done(void *arg, enum helio_rc rc, struct helio_err *err)
{
	struct client *c = arg;
	struct bench *b = c->b;

	if (rc != HELIO_OK)
		die(err_message(err));
	pthread_mutex_lock(&b->lock);
	c->next = b->first;
	b->first = c;
	pthread_cond_signal(&b->work);
	pthread_mutex_unlock(&b->lock);
}

static struct client *
ended_clients(struct bench *b)
{
	struct client *c;

	pthread_mutex_lock(&b->lock);
	while (b->first == NULL)
		pthread_cond_wait(&b->work, &b->lock);
	c = b->first;
	b->first = NULL;
	pthread_mutex_unlock(&b->lock);
	return c;
}

static uint64_t
run_async(struct bench *b)
{
	static struct client clients[CLIENTS_MAX];
	unsigned running = b->clients;
	struct client *c, *next;
	struct helio_err err;
	uint64_t n = 0;

	b->first = NULL;
	for (unsigned i = 0; i < b->clients; i++) {
		clients[i] = (struct client){ .b = b, .job = {
		    .caller = &CALLER_SYSTEM, .run = insert_shop,
		    .done = on_done, .arg = &clients[i] } };
		(void)store_submit(b->store, &clients[i].job, &err);
	}
	while (running > 0)
		for (c = ended_clients(b); c != NULL; c = next) {
			next = c->next;
			c->done++;
			n++;
			if (time_left(b))
				(void)store_submit(b->store, &c->job, &err);
			else
				running--;
		}
	return n;
}

/* ---- turns ---- */

static const struct way ways[] = {
	{ "loop", bare_open, run_loop, bare_close },
	{ "bare", bare_open, run_bare, bare_close },
	{ "store", engine_open, run_store, engine_close },
	{ "async", engine_open, run_async, engine_close },
};
enum { WAYS = sizeof(ways) / sizeof(ways[0]), BARE = 1 };

static void
take_turn(struct bench *b, unsigned round)
{
	int64_t start = time_monotonic_ms();
	uint64_t n;

	b->until_ms = start + TURN_MS;
	n = b->way->run(b);
	b->rate[round] = (double)n * 1000 /
	    (double)(time_monotonic_ms() - start);
}

static int
by_rate(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
report(struct bench *all, unsigned rounds)
{
	for (int i = 0; i < WAYS; i++)
		qsort(all[i].rate, rounds, sizeof(double), by_rate);
	for (int i = 0; i < WAYS; i++)
		printf("%-6s %8.0f commits/s   %.2f of bare\n",
		    all[i].way->name, all[i].rate[rounds / 2],
		    all[i].rate[rounds / 2] / all[BARE].rate[rounds / 2]);
}

int
main(int argc, char **argv)
{
	static struct bench all[WAYS];
	unsigned clients = argc > 1 ? (unsigned)atoi(argv[1]) : 64;
	unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 5;
	struct schema_problems problems;
	struct schema *schema;
	char dir[200];

	if (clients == 0 || clients > CLIENTS_MAX || rounds == 0 ||
	    rounds > ROUNDS_MAX)
		die("usage: store_commit [clients] [rounds] [folder]");
	snprintf(dir, sizeof(dir), "%s/store-commit-XXXXXX",
	    argc > 3 ? argv[3] : "/var/tmp");
	if (mkdtemp(dir) == NULL ||
	    !schema_read(schema_text, strlen(schema_text), &schema, &problems))
		die("cannot start");
	for (int i = 0; i < WAYS; i++) {
		all[i] = (struct bench){ .way = &ways[i], .schema = schema,
		    .clients = clients };
		snprintf(all[i].path, sizeof(all[i].path), "%s/%s", dir,
		    ways[i].name);
		pthread_mutex_init(&all[i].lock, NULL);
		pthread_cond_init(&all[i].work, NULL);
		ways[i].open(&all[i]);
	}
	for (unsigned round = 0; round < rounds; round++)
		for (int i = 0; i < WAYS; i++)
			take_turn(&all[i], round);
	report(all, rounds);
	for (int i = 0; i < WAYS; i++)
		ways[i].close(&all[i]);
	schema_free(schema);
	printf("files are in %s\n", dir);
	return 0;
}
