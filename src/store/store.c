/* Opening and closing the store, and its pool of snapshots. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/times.h"
#include "store/inner.h"
#include "store/place.h"

void
store_options_init(struct store_options *o)
{
	*o = (struct store_options){
		.busy_ms = 5000,
		.query_ms = 10000,
		.batch_max = 256,
		.queue_max = 4096,
		.count_ms = 2,
	};
}

int64_t
store_now_us(const struct store *st)
{
	return st->o.now_us != NULL ? st->o.now_us(st->o.now_arg) :
	    time_now_us();
}

bool
store_waits(const struct store *st)
{
	return st->driver->waits;
}

void
store_on_change(struct store *st, store_change_fn fn, void *arg)
{
	st->on_change = fn;
	st->on_change_arg = arg;
}

void
store_on_commit(struct store *st, const char *table, store_commit_fn fn,
    void *arg)
{
	const struct schema_table *t = schema_table(st->schema, table);

	(void)pthread_mutex_lock(&st->writer.lock);
	if (t == NULL || st->n_hooks == COMMIT_HOOKS_MAX)
		abort();
	st->hook[st->n_hooks++] = (struct commit_hook){ t, fn, arg };
	/* From now on it looks round now and then. */
	(void)pthread_cond_signal(&st->writer.wake);
	(void)pthread_mutex_unlock(&st->writer.lock);
}

/* ---- open, close ---- */

static void
cond_init_monotonic(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(cond, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static struct store *
store_new(const struct store_options *o)
{
	struct store *st = calloc(1, sizeof(*st));

	if (st == NULL)
		return NULL;
	st->driver = &DRIVER_SQLITE;
	st->o = *o;
	st->o.path = strdup(o->path);
	st->o.database = NULL;
	st->schema = o->schema;
	(void)pthread_mutex_init(&st->pool.lock, NULL);
	cond_init_monotonic(&st->pool.freed);
	st->pool.last = &st->pool.idle;
	(void)pthread_mutex_init(&st->writer.lock, NULL);
	cond_init_monotonic(&st->writer.wake);
	return st;
}

/* The engine, by where the installation lives. */
static enum helio_rc
choose_driver(struct store *st, const char *database, struct helio_err *err)
{
	char *url = NULL;
	enum helio_rc rc = place_find(st->o.path, database, &url, err);

	st->o.database = url;
	if (url != NULL)
		st->driver = &DRIVER_PG;
	st->pool.n_max = st->o.readers_max > 0 ? st->o.readers_max :
	    st->driver->readers_max;
	return rc;
}

static enum helio_rc
store_start(struct store *st, const char *database, struct helio_err *err)
{
	const struct driver *d;
	enum helio_rc rc;

	st->counts = count_cache_new(st->schema->n_tables);
	if (st->o.path == NULL || st->counts == NULL)
		return store_fail(err, HELIO_E_NO_MEMORY);
	rc = choose_driver(st, database, err);
	d = st->driver;
	if (rc == HELIO_OK)
		rc = own_schema_read(&st->own, err);
	if (rc == HELIO_OK)
		rc = d->folder_open(&st->o, &st->folder, err);
	if (rc == HELIO_OK)
		rc = tx_new(st, DB_WRITER, &st->writer.tx, err);
	if (rc == HELIO_OK)
		rc = migrate(st, st->writer.tx, err);
	if (rc == HELIO_OK && !st->o.exclusive)
		rc = d->folder_share(st->folder, st->writer.tx->db, err);
	if (rc == HELIO_OK)
		rc = writer_start(st, err);
	return rc;
}

enum helio_rc
store_open(const struct store_options *o, struct store **ret,
    struct helio_err *err)
{
	struct store *st = store_new(o);
	enum helio_rc rc;

	if (st == NULL)
		return store_fail(err, HELIO_E_NO_MEMORY);
	rc = store_start(st, o->database, err);
	if (rc == HELIO_OK)
		*ret = st;
	else
		store_abandon(st);
	return rc;
}

static void
pool_close(struct pool *p)
{
	struct tx *tx;

	while ((tx = p->idle) != NULL) {
		p->idle = tx->next;
		tx_free(tx);
	}
	(void)pthread_mutex_destroy(&p->lock);
	(void)pthread_cond_destroy(&p->freed);
}

static void
store_end(struct store *st, bool remove)
{
	writer_stop(st);
	pool_close(&st->pool);
	tx_free(st->writer.tx);
	if (st->folder != NULL && remove)
		st->driver->folder_remove(st->folder);
	if (st->folder != NULL)
		st->driver->folder_close(st->folder);
	schema_free(st->own);
	count_cache_free(st->counts);
	if (st->o.database != NULL)
		explicit_bzero((char *)st->o.database,
		    strlen(st->o.database));
	free((char *)st->o.database);
	free((char *)st->o.path);
	free(st);
}

void
store_close(struct store *st)
{
	if (st != NULL)
		store_end(st, false);
}

void
store_abandon(struct store *st)
{
	if (st != NULL)
		store_end(st, true);
}

/* ---- snapshots ---- */

static struct timespec
after_ms(unsigned ms)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += (long)(ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_nsec -= 1000000000;
		at.tv_sec++;
	}
	return at;
}

/*
 * An idle snapshot, or the right to open one more (*ret NULL), or E_BUSY when
 * neither comes free in time.
 */
static enum helio_rc
pool_take(struct store *st, struct tx **ret, struct helio_err *err)
{
	struct pool *p = &st->pool;
	struct timespec until = { 0 };
	enum helio_rc rc = HELIO_OK;

	(void)pthread_mutex_lock(&p->lock);
	while (p->idle == NULL && p->n_open >= p->n_max && !p->refusing) {
		if (until.tv_sec == 0)
			until = after_ms(st->o.busy_ms);
		if (pthread_cond_timedwait(&p->freed, &p->lock, &until) != 0)
			break;
	}
	*ret = NULL;
	if (p->refusing) {
		rc = HELIO_E_STOPPING;
	} else if (p->idle != NULL) {
		*ret = p->idle;
		p->idle = p->idle->next;
		p->last = p->idle != NULL ? p->last : &p->idle;
		p->n_idle--;
	} else if (p->n_open < p->n_max) {
		p->n_open++;
	} else {
		rc = HELIO_E_BUSY;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return rc == HELIO_OK ? rc : store_fail(err, rc);
}

/*
 * Give a snapshot back; NULL: the right to open one.  Connections take turns,
 * and when nobody is reading all of them rest: none keeps an old snapshot.
 */
static void
pool_put(struct store *st, struct tx *tx)
{
	struct pool *p = &st->pool;

	(void)pthread_mutex_lock(&p->lock);
	if (tx != NULL) {
		tx->next = NULL;
		*p->last = tx;
		p->last = &tx->next;
		p->n_idle++;
	} else {
		p->n_open--;
	}
	for (tx = p->idle; tx != NULL && p->n_idle == p->n_open; tx = tx->next)
		st->driver->rest(tx->db);
	(void)pthread_cond_signal(&p->freed);
	(void)pthread_mutex_unlock(&p->lock);
}

void
store_refuse_reads(struct store *st, bool on)
{
	struct pool *p = &st->pool;

	(void)pthread_mutex_lock(&p->lock);
	p->refusing = on;
	(void)pthread_cond_broadcast(&p->freed);
	(void)pthread_mutex_unlock(&p->lock);
}

enum helio_rc
store_read(struct store *st, const struct caller *caller, struct tx **ret,
    struct helio_err *err)
{
	struct tx *tx = NULL;
	enum helio_rc rc = pool_take(st, &tx, err);

	if (rc != HELIO_OK)
		return rc;
	if (tx == NULL)
		rc = tx_new(st, DB_READER, &tx, err);
	if (rc == HELIO_OK) {
		tx_prepare(tx, caller);
		tx->as_of = count_cache_now(st->counts);
		st->driver->limit_ms(tx->db, st->o.query_ms);
		rc = st->driver->begin(tx->db, err);
	}
	if (rc == HELIO_OK)
		*ret = tx;
	else
		pool_put(st, tx);
	return rc;
}

void
tx_waited(struct tx *tx, int64_t ms)
{
	tx->store->driver->more_ms(tx->db, ms);
}

void
store_read_end(struct tx *tx)
{
	if (tx == NULL)
		return;
	tx->store->driver->rollback(tx->db);
	arena_reset(tx->arena);
	pool_put(tx->store, tx);
}
