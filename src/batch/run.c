/*
 * The run: the caller's thread reads and checks rows, others work on them.
 * One lock guards everything but the work itself.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/times.h"
#include "batch/input.h"
#include "batch/record.h"

enum {
	TRIES = 5,
	HOLD_MS = 1000,		/* the first usual pause; doubles */
	HOLD_MOST_MS = 60000,
	PROGRESS_MS = 200,
	LOOK_MS = 100,		/* how often the stop flag is looked at */
};

struct run {
	const struct batch_job *job;
	const struct batch_how *how;
	struct batch_input *input;
	struct batch_done *done;
	struct batch_out *out;
	unsigned	 concurrency;
	pthread_mutex_t	 lock;		/* of what follows */
	pthread_cond_t	 changed;
	struct batch_own *next;		/* a row for any worker, or NULL */
	unsigned	 working;	/* rows given out and not recorded */
	bool		 over;		/* no more rows come */
	bool		 end;		/* for some reason: begin no more */
	enum batch_end	 why_end;
	struct buf	*why;
	int64_t		 hold_ms;	/* nobody begins before (monotonic) */
	int64_t		 next_ms;	/* the next row may begin: the rate */
	int64_t		 began_ms, told_ms;
	struct batch_figures *figures;
};

struct worker {
	struct run	*run;
	void		*own;		/* from the job's open */
	bool		 open, started;
	pthread_t	 thread;
};

/* ---- waiting, with the lock held ---- */

static void
wait_ms(struct run *run, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&run->changed, &run->lock, &until);
}

/* The first reason counts. */
static void
end_run(struct run *run, enum batch_end end, const char *why)
{
	if (run->end)
		return;
	run->end = true;
	run->why_end = end;
	if (why != NULL)
		buf_adds(run->why, why);
	pthread_cond_broadcast(&run->changed);
}

/* Has the run ended, by a signal perhaps? */
static bool
has_ended(struct run *run)
{
	if (run->how->stop != NULL && *run->how->stop != 0)
		end_run(run, BATCH_END_STOPPED, NULL);
	return run->end;
}

/* Until that time; false: the run ended meanwhile. */
static bool
wait_until(struct run *run, const int64_t *at_ms)
{
	int64_t left;

	while (!has_ended(run)) {
		left = *at_ms - time_monotonic_ms();
		if (left <= 0)
			return true;
		wait_ms(run, left < LOOK_MS ? left : LOOK_MS);
	}
	return false;
}

/* ---- recording, with the lock held ---- */

static void
tell_progress(struct run *run, bool now)
{
	int64_t now_ms = time_monotonic_ms();

	run->figures->elapsed_ms = now_ms - run->began_ms;
	if (run->how->progress == NULL ||
	    (!now && now_ms - run->told_ms < PROGRESS_MS))
		return;
	run->told_ms = now_ms;
	run->how->progress(run->how->progress_arg, run->figures);
}

static void
count_failure(struct run *run)
{
	const struct batch_figures *f = run->figures;

	if (run->how->failures_max > 0 &&
	    f->failed + f->bad >= run->how->failures_max)
		end_run(run, BATCH_END_TOO_MANY, "too many rows have failed");
}

static void
write_result(struct run *run, const struct batch_row *row,
    const char *outcome, const struct batch_result *result)
{
	const char *name = row->n > 0 ? batch_value(row,
	    run->job->columns[0]) : NULL;

	if (!batch_out_add(run->out, row->no, name, outcome, result))
		end_run(run, BATCH_END_LOCAL, strerror(errno));
	tell_progress(run, false);
}

/* The result first: a row recorded as done must have one. */
static void
record(struct run *run, const struct batch_own *own,
    enum batch_outcome outcome, const struct batch_result *result)
{
	const char *name = batch_value(&own->row, run->job->columns[0]);
	char key[BATCH_KEY_SIZE];

	if (outcome == BATCH_DONE) {
		run->figures->done++;
		write_result(run, &own->row, "done", result);
		batch_key(&own->row, key);
		if (!batch_done_add(run->done, key, &own->row, name))
			end_run(run, BATCH_END_LOCAL, strerror(errno));
		return;
	}
	run->figures->failed++;
	write_result(run, &own->row, "failed", result);
	count_failure(run);
	if (outcome == BATCH_STOP)
		end_run(run, BATCH_END_TOO_MANY, result->message.len > 0 ?
		    result->message.data : "it makes no sense to go on");
}

/* A line that is no row, or not fit to be tried. */
static void
record_bad(struct run *run, const struct batch_row *row, struct buf *message)
{
	struct batch_result result = { .message = *message };

	run->figures->bad++;
	write_result(run, row, "bad", &result);
	count_failure(run);
}

/* ---- workers ---- */

static void
result_free(struct batch_result *result)
{
	buf_free(&result->message);
	buf_free(&result->data);
	*result = (struct batch_result){ 0 };
}

/* The service is busy: hold everybody back for that long. */
static void
hold(struct run *run, const struct batch_result *result, unsigned tries)
{
	int64_t ms = result->wait_ms, until_ms;

	if (ms <= 0) {
		ms = HOLD_MS;
		for (unsigned i = 1; i < tries && ms < HOLD_MOST_MS; i++)
			ms *= 2;
		ms = ms / 2 + random_below((uint32_t)ms);
	}
	until_ms = time_monotonic_ms() + ms;
	if (until_ms > run->hold_ms)
		run->hold_ms = until_ms;
}

/* Work on a row, again as long as the service is busy; unlocked meanwhile. */
static enum batch_outcome
work_on(struct worker *worker, const struct batch_own *own,
    struct batch_result *result)
{
	struct run *run = worker->run;
	unsigned most = run->how->tries > 0 ? run->how->tries : TRIES;
	enum batch_outcome outcome;

	for (unsigned tries = 1;; tries++) {
		pthread_mutex_unlock(&run->lock);
		outcome = run->job->row(run->job->arg, worker->own, &own->row,
		    result);
		pthread_mutex_lock(&run->lock);
		if (outcome != BATCH_AGAIN)
			return outcome;
		hold(run, result, tries);
		if (tries == most || !wait_until(run, &run->hold_ms))
			return BATCH_FAILED;
		result_free(result);
	}
}

static void
work(struct worker *worker, struct batch_own *own)
{
	struct run *run = worker->run;
	struct batch_result result = { 0 };
	enum batch_outcome outcome = work_on(worker, own, &result);

	record(run, own, outcome, &result);
	result_free(&result);
	batch_own_free(own);
	free(own);
	run->working--;
	pthread_cond_broadcast(&run->changed);
}

static void *
work_all(void *arg)
{
	struct worker *worker = arg;
	struct run *run = worker->run;
	struct batch_own *own;

	pthread_mutex_lock(&run->lock);
	for (;;) {
		while (run->next == NULL && !run->over)
			pthread_cond_wait(&run->changed, &run->lock);
		if (run->next == NULL)
			break;
		own = run->next;
		run->next = NULL;
		work(worker, own);
	}
	pthread_mutex_unlock(&run->lock);
	return NULL;
}

/* ---- the caller's thread ---- */

/* A place, the end of a pause, and the rate; false: the run has ended. */
static bool
wait_for_turn(struct run *run)
{
	int64_t now_ms;

	do {
		while (!has_ended(run) && (run->next != NULL ||
		    run->working >= run->concurrency))
			wait_ms(run, LOOK_MS);
		if (!wait_until(run, &run->next_ms) ||
		    !wait_until(run, &run->hold_ms))
			return false;
	} while (run->working >= run->concurrency);
	now_ms = time_monotonic_ms();
	if (run->how->rate > 0)
		run->next_ms = (run->next_ms > now_ms - 1000 ?
		    run->next_ms : now_ms) +
		    (int64_t)(1000 / run->how->rate);
	return true;
}

static bool
is_fit(struct run *run, const struct batch_row *row, struct buf *message)
{
	return run->job->check == NULL ||
	    run->job->check(run->job->arg, row, message);
}

/* A row that was read: to be skipped, told, or given to a worker (which then
 * owns it). */
static bool
give_out(struct run *run, struct batch_own *own)
{
	static const struct batch_result nothing;
	char key[BATCH_KEY_SIZE];

	batch_key(&own->row, key);
	if (batch_done_before(run->done, key)) {
		run->figures->skipped++;
		return false;
	}
	if (run->how->dry_run) {
		run->figures->done++;
		write_result(run, &own->row, "would be done", &nothing);
		return false;
	}
	if (!wait_for_turn(run))
		return false;
	run->next = own;
	run->working++;
	pthread_cond_broadcast(&run->changed);
	return true;
}

/* One record of the input; false at its end. */
static bool
feed_one(struct run *run, struct batch_own *own, bool *ret_given)
{
	struct buf message = BUF_INIT;
	enum batch_read got;
	bool fit;

	got = batch_input_next(run->input, own, &message);
	fit = got == BATCH_READ_ROW && is_fit(run, &own->row, &message);
	pthread_mutex_lock(&run->lock);
	if (got == BATCH_READ_FAILED && !has_ended(run))
		end_run(run, BATCH_END_LOCAL, message.data);
	if (got == BATCH_READ_ROW || got == BATCH_READ_BAD)
		run->figures->read++;
	if (fit)
		*ret_given = give_out(run, own);
	else if (got == BATCH_READ_ROW || got == BATCH_READ_BAD)
		record_bad(run, &own->row, &message);
	got = has_ended(run) ? BATCH_READ_END : got;
	pthread_mutex_unlock(&run->lock);
	buf_free(&message);
	return got == BATCH_READ_ROW || got == BATCH_READ_BAD;
}

static void
feed(struct run *run)
{
	bool more = true, given;

	while (more) {
		struct batch_own *own = calloc(1, sizeof(*own));

		given = false;
		if (own != NULL) {
			more = feed_one(run, own, &given);
		} else {
			pthread_mutex_lock(&run->lock);
			end_run(run, BATCH_END_LOCAL, "no memory");
			pthread_mutex_unlock(&run->lock);
			more = false;
		}
		if (!given && own != NULL) {
			batch_own_free(own);
			free(own);
		}
	}
}

/* Wait for the rows that are being worked on. */
static void
drain(struct run *run)
{
	pthread_mutex_lock(&run->lock);
	while (run->working > 0) {
		has_ended(run);
		wait_ms(run, LOOK_MS);
	}
	run->over = true;
	pthread_cond_broadcast(&run->changed);
	tell_progress(run, true);
	pthread_mutex_unlock(&run->lock);
}

static bool
start_worker(struct run *run, struct worker *worker)
{
	const struct batch_job *job = run->job;

	worker->run = run;
	if (job->open != NULL) {
		worker->own = job->open(job->arg);
		worker->open = worker->own != NULL;
		if (!worker->open)
			return false;
	}
	worker->started = pthread_create(&worker->thread, NULL, work_all,
	    worker) == 0;
	return worker->started;
}

static void
end_worker(struct run *run, struct worker *worker)
{
	if (worker->started)
		pthread_join(worker->thread, NULL);
	if (worker->open && run->job->close != NULL)
		run->job->close(run->job->arg, worker->own);
}

static void
run_workers(struct run *run)
{
	struct worker workers[BATCH_CONCURRENCY_MAX] = { 0 };
	unsigned n = run->how->dry_run ? 0 : run->concurrency;
	bool ok = true;

	for (unsigned i = 0; ok && i < n; i++)
		ok = start_worker(run, &workers[i]);
	pthread_mutex_lock(&run->lock);
	if (!ok)
		end_run(run, BATCH_END_LOCAL, "no worker can be started");
	pthread_mutex_unlock(&run->lock);
	if (ok)
		feed(run);
	drain(run);
	for (unsigned i = 0; i < n; i++)
		end_worker(run, &workers[i]);
}

static void
start_lock(struct run *run)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&run->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&run->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static bool
open_files(struct run *run)
{
	const char *resume = run->how->resume;

	/* a dry run leaves nothing behind */
	if (run->how->dry_run && resume != NULL && access(resume, F_OK) != 0)
		resume = NULL;
	run->done = batch_done_open(resume, run->job->name, run->why);
	if (run->done == NULL)
		return false;
	run->input = batch_input_open(run->how, run->job, run->why);
	if (run->input == NULL)
		return false;
	run->out = batch_out_open(run->how, run->job->columns[0], run->why);
	return run->out != NULL;
}

static enum batch_end
outcome(const struct run *run)
{
	if (run->end)
		return run->why_end;
	return run->figures->failed + run->figures->bad > 0 ?
	    BATCH_END_SOME_FAILED : BATCH_END_OK;
}

enum batch_end
batch_run(const struct batch_job *job, const struct batch_how *how,
    struct batch_figures *figures, struct buf *why)
{
	struct run run = {
		.job = job, .how = how, .figures = figures, .why = why,
		.concurrency = how->concurrency > 0 ? how->concurrency : 1,
		.began_ms = time_monotonic_ms(),
	};

	*figures = (struct batch_figures){ 0 };
	if (run.concurrency > BATCH_CONCURRENCY_MAX)
		run.concurrency = BATCH_CONCURRENCY_MAX;
	start_lock(&run);
	if (open_files(&run))
		run_workers(&run);
	else
		end_run(&run, BATCH_END_LOCAL, NULL);
	batch_input_close(run.input);
	batch_done_close(run.done);
	if (!batch_out_close(run.out))
		end_run(&run, BATCH_END_LOCAL, strerror(errno));
	pthread_cond_destroy(&run.changed);
	pthread_mutex_destroy(&run.lock);
	return outcome(&run);
}
