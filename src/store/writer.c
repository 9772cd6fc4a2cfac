/*
 * The queue of jobs and the one thread that runs them: whatever waits when a
 * commit ends becomes the next batch and shares one commit (group commit).
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "store/inner.h"

/* How a job of the batch has ended; err only when it failed, and cut to what
 * is used of it. */
struct outcome {
	struct store_job *job;
	enum helio_rc	 rc;
	struct helio_err *err;
};

struct batch {
	struct store	*store;
	struct tx	*tx;
	struct outcome	*outcome;
	size_t		 n;
	bool		 once;		/* its job cannot be run again: what it
					 * reads comes once */
	struct helio_err err;		/* why the batch as a whole failed */
	struct helio_err scratch;
};

/* ---- errors of single jobs ---- */

static size_t
err_used(const struct helio_err *err)
{
	return offsetof(struct helio_err, fault) +
	    err->n_faults * sizeof(err->fault[0]);
}

static void
outcome_fail(struct outcome *o, enum helio_rc rc, const struct helio_err *err)
{
	size_t n = err_used(err);

	free(o->err);
	o->err = malloc(n);
	o->rc = o->err != NULL ? rc : HELIO_E_NO_MEMORY;
	if (o->err != NULL)
		memcpy(o->err, err, n);
}

static void
outcome_tell(struct outcome *o, struct helio_err *scratch)
{
	err_clear(scratch);
	if (o->err != NULL)
		memcpy(scratch, o->err, err_used(o->err));
	else if (o->rc != HELIO_OK)
		(void)store_fail(scratch, o->rc);
	free(o->err);
	o->err = NULL;
	o->job->done(o->job->arg, o->rc, scratch);
}

/* ---- one job ---- */

/* Keep what the job did, or undo it; its code after that. */
static enum helio_rc
job_end(struct tx *tx, enum helio_rc rc, struct helio_err *err)
{
	const struct driver *d = tx->store->driver;
	enum helio_rc end = HELIO_OK;

	if (tx->broken != HELIO_OK) {
		rc = tx->broken;
		*err = tx->broken_err;
	}
	counters_job_end(&tx->store->writer.counters, rc == HELIO_OK);
	if (!tx->marked || !d->alive(tx->db))
		return rc;
	if (rc == HELIO_OK)
		return d->release(tx->db, err);
	end = d->undo(tx->db, &tx->broken_err);
	if (end == HELIO_OK)
		return rc;
	d->rollback(tx->db);
	*err = tx->broken_err;
	return end;
}

static void
job_run(struct batch *b, struct outcome *o)
{
	struct tx *tx = b->tx;
	enum helio_rc rc;

	tx_prepare(tx, o->job->caller);
	tx->writing = true;
	err_clear(&b->scratch);
	rc = o->job->run(tx, o->job->arg, &b->scratch);
	rc = job_end(tx, rc, &b->scratch);
	if (rc != HELIO_OK)
		outcome_fail(o, rc, &b->scratch);
}

/* ---- one batch ---- */

/* Somebody else's commit may have changed anything we remember. */
static void
notice_others(struct store *st)
{
	struct writer *w = &st->writer;

	if (!st->driver->changed_elsewhere(w->tx->db))
		return;
	w->counters.stale = true;
	for (size_t i = 0; i < st->schema->n_tables; i++)
		w->touched[i] = true;
}

static enum helio_rc
batch_begin(struct batch *b)
{
	struct counters *c = &b->store->writer.counters;
	enum helio_rc rc = b->store->driver->begin(b->tx->db, &b->err);

	if (rc != HELIO_OK)
		return rc;
	notice_others(b->store);
	if (!c->stale)
		return HELIO_OK;
	tx_prepare(b->tx, &CALLER_SYSTEM);
	return counters_load(b->tx, c, &b->err);
}

/* False: a failure has ended the transaction of all of them. */
static bool
batch_jobs(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		job_run(b, &b->outcome[i]);
		if (b->store->driver->alive(b->tx->db))
			continue;
		b->err = b->scratch;
		return false;
	}
	return true;
}

static enum helio_rc
batch_commit(struct batch *b)
{
	struct counters *c = &b->store->writer.counters;
	enum helio_rc rc = batch_begin(b);

	if (rc == HELIO_OK && !batch_jobs(b))
		rc = b->err.rc != HELIO_OK ? b->err.rc : HELIO_E_IO;
	if (rc == HELIO_OK) {
		tx_prepare(b->tx, &CALLER_SYSTEM);
		rc = counters_flush(b->tx, c, &b->err);
	}
	if (rc == HELIO_OK)
		rc = b->store->driver->commit(b->tx->db, &b->err);
	if (rc != HELIO_OK) {
		b->store->driver->rollback(b->tx->db);
		counters_lost(c);
	}
	return rc;
}

/* Tell the hooks of tables that were touched, before any job's end is told. */
static void
tell_hooks(struct store *st)
{
	struct writer *w = &st->writer;
	struct commit_hook hook[COMMIT_HOOKS_MAX];
	size_t n;

	count_cache_touched(st->counts, w->touched);
	(void)pthread_mutex_lock(&w->lock);
	n = st->n_hooks;
	memcpy(hook, st->hook, n * sizeof(hook[0]));
	(void)pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < n; i++)
		if (w->touched[hook[i].table->number])
			hook[i].fn(hook[i].table, hook[i].arg);
	memset(w->touched, 0, st->schema->n_tables * sizeof(w->touched[0]));
}

static void
batch_count(struct batch *b, enum helio_rc rc)
{
	struct writer *w = &b->store->writer;
	size_t failed = 0;

	for (size_t i = 0; i < b->n; i++)
		failed += b->outcome[i].rc != HELIO_OK;
	(void)pthread_mutex_lock(&w->lock);
	w->stats.commits += rc == HELIO_OK;
	w->stats.jobs += b->n;
	w->stats.jobs_failed += failed;
	if (b->n > w->stats.batch_largest)
		w->stats.batch_largest = b->n;
	(void)pthread_mutex_unlock(&w->lock);
}

/* As if nothing had run. */
static void
batch_reset(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->outcome[i].err);
		b->outcome[i].err = NULL;
		b->outcome[i].rc = HELIO_OK;
	}
	err_clear(&b->err);
}

/* Until it is kept, or the engine sees no sense in it. */
static enum helio_rc
batch_persist(struct batch *b)
{
	const struct driver *d = b->store->driver;
	enum helio_rc rc = batch_commit(b);

	while (rc != HELIO_OK && !b->once && d->again(b->tx->db)) {
		log_event(LOG_WARN, "store.batch_again",
		    "code=%s jobs=%zu why=" LOG_TEXT, rc_code(rc), b->n,
		    LOG_ARG(err_message(&b->err)));
		batch_reset(b);
		rc = batch_commit(b);
	}
	return rc;
}

static void
batch_run(struct batch *b)
{
	enum helio_rc rc;

	err_clear(&b->err);
	rc = batch_persist(b);
	if (rc == HELIO_OK)
		tell_hooks(b->store);
	else
		log_event(LOG_WARN, "store.batch_failed",
		    "code=%s jobs=%zu why=" LOG_TEXT, rc_code(rc), b->n,
		    LOG_ARG(err_message(&b->err)));
	for (size_t i = 0; i < b->n && rc != HELIO_OK; i++)
		outcome_fail(&b->outcome[i], rc, &b->err);
	batch_count(b, rc);
	for (size_t i = 0; i < b->n; i++)
		outcome_tell(&b->outcome[i], &b->scratch);
	b->n = 0;
	b->store->driver->maintain(b->tx->db);
}

/* ---- the thread ---- */

static void
batch_add(struct batch *b, struct store_job *job)
{
	b->outcome[b->n++] = (struct outcome){ job, HELIO_OK, NULL };
}

static struct timespec
in_one_second(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec++;
	return at;
}

/*
 * Wait for work, under the lock; with caches to keep right, not for longer
 * than a second.  False: nothing came.
 */
static bool
wait_for_work(struct store *st)
{
	struct writer *w = &st->writer;
	struct timespec until = in_one_second();
	int timed_out = 0;

	w->asleep = true;
	while (w->n == 0 && w->alone == NULL && !w->stopping && timed_out == 0)
		timed_out = st->n_hooks == 0 ?
		    pthread_cond_wait(&w->wake, &w->lock) :
		    pthread_cond_timedwait(&w->wake, &w->lock, &until);
	w->asleep = false;
	return timed_out == 0;
}

static void
take_jobs(struct batch *b)
{
	struct writer *w = &b->store->writer;

	while (w->first != NULL && b->n < b->store->o.batch_max) {
		batch_add(b, w->first);
		w->first = w->first->next;
		w->n--;
	}
	if (w->first == NULL)
		w->last = &w->first;
}

static void
run_alone(struct batch *b)
{
	struct writer *w = &b->store->writer;
	const struct driver *d = b->store->driver;
	enum helio_rc rc;

	batch_add(b, w->alone);
	w->alone = NULL;
	(void)pthread_mutex_unlock(&w->lock);
	err_clear(&b->err);
	rc = d->bulk(b->tx->db, true, &b->err);
	if (rc == HELIO_OK) {
		b->once = true;
		batch_run(b);
		b->once = false;
		rc = d->bulk(b->tx->db, false, &b->err);
	}
	if (rc != HELIO_OK && b->n > 0) {
		outcome_fail(&b->outcome[0], rc, &b->err);
		outcome_tell(&b->outcome[0], &b->scratch);
		b->n = 0;
	}
	(void)pthread_mutex_lock(&w->lock);
}

static void
run_some(struct batch *b)
{
	struct writer *w = &b->store->writer;

	if (w->alone != NULL) {
		run_alone(b);
		return;
	}
	take_jobs(b);
	(void)pthread_mutex_unlock(&w->lock);
	batch_run(b);
	(void)pthread_mutex_lock(&w->lock);
}

static void
look_round(struct store *st)
{
	struct writer *w = &st->writer;

	(void)pthread_mutex_unlock(&w->lock);
	notice_others(st);
	tell_hooks(st);
	(void)pthread_mutex_lock(&w->lock);
}

static void *
writer_main(void *arg)
{
	struct batch *b = arg;
	struct writer *w = &b->store->writer;

	(void)pthread_mutex_lock(&w->lock);
	while (w->n > 0 || w->alone != NULL || !w->stopping) {
		if (w->n > 0 || w->alone != NULL)
			run_some(b);
		else if (!wait_for_work(b->store))
			look_round(b->store);
	}
	(void)pthread_mutex_unlock(&w->lock);
	free(b->outcome);
	free(b);
	return NULL;
}

enum helio_rc
writer_start(struct store *st, struct helio_err *err)
{
	struct writer *w = &st->writer;
	struct batch *b = calloc(1, sizeof(*b));

	w->last = &w->first;
	w->touched = calloc(st->schema->n_tables + 1, sizeof(*w->touched));
	if (b == NULL || w->touched == NULL ||
	    !counters_init(&w->counters, st->schema->n_tables))
		goto fail;
	*b = (struct batch){ .store = st, .tx = w->tx };
	if (st->o.batch_max == 0)
		st->o.batch_max = 1;
	b->outcome = calloc(st->o.batch_max, sizeof(*b->outcome));
	if (b->outcome == NULL ||
	    pthread_create(&w->thread, NULL, writer_main, b) != 0)
		goto fail;
	w->started = true;
	return HELIO_OK;
fail:
	if (b != NULL)
		free(b->outcome);
	free(b);
	return store_fail(err, HELIO_E_NO_MEMORY);
}

void
writer_stop(struct store *st)
{
	struct writer *w = &st->writer;

	if (w->started) {
		(void)pthread_mutex_lock(&w->lock);
		w->stopping = true;
		(void)pthread_cond_signal(&w->wake);
		(void)pthread_mutex_unlock(&w->lock);
		(void)pthread_join(w->thread, NULL);
	}
	counters_free(&w->counters);
	free(w->touched);
	(void)pthread_mutex_destroy(&w->lock);
	(void)pthread_cond_destroy(&w->wake);
}

/* ---- giving it work ---- */

enum helio_rc
store_submit(struct store *st, struct store_job *job, struct helio_err *err)
{
	struct writer *w = &st->writer;
	enum helio_rc rc = HELIO_OK;

	job->next = NULL;
	(void)pthread_mutex_lock(&w->lock);
	if (w->stopping) {
		rc = HELIO_E_STOPPING;
	} else if (w->n >= st->o.queue_max) {
		rc = HELIO_E_BUSY;
	} else {
		*w->last = job;
		w->last = &job->next;
		w->n++;
		if (w->asleep)
			(void)pthread_cond_signal(&w->wake);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return rc == HELIO_OK ? rc : store_fail(err, rc);
}

/* A thread that waits for its job. */
struct waiter {
	pthread_mutex_t	 lock;
	pthread_cond_t	 ended;
	bool		 over;
	enum helio_rc	 rc;
	struct helio_err *err;
	enum helio_rc	(*run)(struct tx *, void *, struct helio_err *);
	void		*arg;
};

static enum helio_rc
waiter_run(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct waiter *wait = arg;

	return wait->run(tx, wait->arg, err);
}

static void
waiter_done(void *arg, enum helio_rc rc, struct helio_err *err)
{
	struct waiter *wait = arg;

	(void)pthread_mutex_lock(&wait->lock);
	wait->over = true;
	wait->rc = rc;
	if (rc != HELIO_OK)
		*wait->err = *err;
	(void)pthread_cond_signal(&wait->ended);
	(void)pthread_mutex_unlock(&wait->lock);
}

static void
waiter_wait(struct waiter *wait)
{
	(void)pthread_mutex_lock(&wait->lock);
	while (!wait->over)
		(void)pthread_cond_wait(&wait->ended, &wait->lock);
	(void)pthread_mutex_unlock(&wait->lock);
}

static enum helio_rc
submit_alone(struct store *st, struct store_job *job, struct helio_err *err)
{
	struct writer *w = &st->writer;
	enum helio_rc rc = HELIO_OK;

	(void)pthread_mutex_lock(&w->lock);
	if (w->stopping)
		rc = HELIO_E_STOPPING;
	else if (w->alone != NULL)
		rc = HELIO_E_BUSY;
	else
		w->alone = job;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	return rc == HELIO_OK ? rc : store_fail(err, rc);
}

static enum helio_rc
run_and_wait(struct store *st, const struct caller *caller,
    struct waiter *wait,
    enum helio_rc (*submit)(struct store *, struct store_job *,
    struct helio_err *), struct helio_err *err)
{
	struct store_job job = { .caller = caller, .run = waiter_run,
	    .done = waiter_done, .arg = wait };
	enum helio_rc rc;

	if (pthread_equal(pthread_self(), st->writer.thread))
		return err_set(err, HELIO_E_INTERNAL,
		    "the writer thread cannot wait for itself");
	(void)pthread_mutex_init(&wait->lock, NULL);
	(void)pthread_cond_init(&wait->ended, NULL);
	wait->err = err;
	rc = submit(st, &job, err);
	if (rc == HELIO_OK) {
		waiter_wait(wait);
		rc = wait->rc;
	}
	(void)pthread_mutex_destroy(&wait->lock);
	(void)pthread_cond_destroy(&wait->ended);
	return rc;
}

enum helio_rc
store_write(struct store *st, const struct caller *caller,
    enum helio_rc (*run)(struct tx *, void *, struct helio_err *), void *arg,
    struct helio_err *err)
{
	struct waiter wait = { .run = run, .arg = arg };

	return run_and_wait(st, caller, &wait, store_submit, err);
}

enum helio_rc
writer_alone(struct store *st, const struct caller *caller,
    enum helio_rc (*run)(struct tx *, void *, struct helio_err *), void *arg,
    struct helio_err *err)
{
	struct waiter wait = { .run = run, .arg = arg };

	return run_and_wait(st, caller, &wait, submit_alone, err);
}

void
store_stats(const struct store *st, struct store_stats *ret)
{
	struct writer *w = &((struct store *)st)->writer;

	(void)pthread_mutex_lock(&w->lock);
	*ret = w->stats;
	ret->queue_len = w->n;
	(void)pthread_mutex_unlock(&w->lock);
	ret->lane_answered = atomic_load(&st->lanes.answered);
	ret->lane_lost = atomic_load(&st->lanes.lost);
}
