/* Threads that take work from a ring. */
#include "api/worker.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct work {
	void	(*run)(void *);
	void	*arg;
};

struct ended {
	bool		 is_set;
	pthread_t	 thread;
};

struct workers {
	pthread_mutex_t	 lock;
	pthread_cond_t	 some;		/* the ring is not empty, or stopping */
	pthread_cond_t	 none;		/* the last thread ends */
	struct work	*ring;
	size_t		 cap, first, n;
	bool		 stopping;
	unsigned	 wanted;	/* threads, with those lent */
	unsigned	 running;
	struct ended	 ended;		/* the last, to be joined */
};

/* This thread ends, seen off by the next that does, so that one is left to
 * join; *ret_before is for this one.  The lock is held. */
static void
leave(struct workers *w, struct ended *ret_before)
{
	*ret_before = w->ended;
	w->ended = (struct ended){ true, pthread_self() };
	if (--w->running == 0)
		pthread_cond_signal(&w->none);
}

/* The next piece, or false when all is done and no more will come, or there is
 * a thread too many: this one has left then. */
static bool
take(struct workers *w, struct work *ret, struct ended *ret_before)
{
	bool got;

	pthread_mutex_lock(&w->lock);
	while (w->n == 0 && !w->stopping && w->running <= w->wanted)
		pthread_cond_wait(&w->some, &w->lock);
	got = w->n > 0 && w->running <= w->wanted;
	if (got) {
		*ret = w->ring[w->first];
		w->first = (w->first + 1) % w->cap;
		w->n--;
	} else {
		leave(w, ret_before);
	}
	pthread_mutex_unlock(&w->lock);
	return got;
}

static void
see_off(const struct ended *ended)
{
	if (ended->is_set)
		pthread_join(ended->thread, NULL);
}

static void *
worker_run(void *arg)
{
	struct workers *w = arg;
	struct ended before;
	struct work work;

	while (take(w, &work, &before))
		work.run(work.arg);
	see_off(&before);
	return NULL;
}

/* The lock is held. */
static bool
add_thread(struct workers *w)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, worker_run, w) != 0)
		return false;
	w->running++;
	return true;
}

enum helio_rc
workers_new(unsigned threads, size_t queue_max, struct workers **ret,
    struct helio_err *err)
{
	struct workers *w;
	bool all;

	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory for workers");
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->some, NULL);
	pthread_cond_init(&w->none, NULL);
	w->cap = queue_max;
	w->wanted = threads;
	w->ring = calloc(queue_max, sizeof(*w->ring));
	pthread_mutex_lock(&w->lock);
	while (w->ring != NULL && w->running < threads && add_thread(w))
		;
	all = w->running == threads;
	pthread_mutex_unlock(&w->lock);
	if (!all) {
		workers_free(w);
		return err_set(err, HELIO_E_NO_MEMORY,
		    "cannot start %u worker threads", threads);
	}
	*ret = w;
	return HELIO_OK;
}

enum helio_rc
workers_push(struct workers *w, void (*run)(void *), void *arg,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	pthread_mutex_lock(&w->lock);
	if (w->stopping) {
		rc = HELIO_E_STOPPING;
	} else if (w->n == w->cap) {
		rc = HELIO_E_BUSY;
	} else {
		w->ring[(w->first + w->n++) % w->cap] =
		    (struct work){ run, arg };
		pthread_cond_signal(&w->some);
	}
	pthread_mutex_unlock(&w->lock);
	if (rc == HELIO_E_BUSY)
		return err_set(err, rc, "The server is busy. Please try again");
	return rc == HELIO_OK ? rc : err_set(err, rc, "%s", rc_text(rc));
}

enum helio_rc
workers_lend(struct workers *w, struct helio_err *err)
{
	bool added = true;

	pthread_mutex_lock(&w->lock);
	w->wanted++;
	/* one may be about to end that need not any more */
	if (w->running < w->wanted)
		added = add_thread(w);
	if (!added)
		w->wanted--;
	pthread_mutex_unlock(&w->lock);
	return added ? HELIO_OK : err_set(err, HELIO_E_NO_MEMORY,
	    "no thread for a reply that is streamed");
}

void
workers_return(struct workers *w)
{
	pthread_mutex_lock(&w->lock);
	w->wanted--;
	/* whoever comes first for more work is the one too many */
	pthread_mutex_unlock(&w->lock);
}

void
workers_free(struct workers *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_broadcast(&w->some);
	while (w->running > 0)
		pthread_cond_wait(&w->none, &w->lock);
	pthread_mutex_unlock(&w->lock);
	see_off(&w->ended);
	pthread_cond_destroy(&w->some);
	pthread_cond_destroy(&w->none);
	pthread_mutex_destroy(&w->lock);
	free(w->ring);
	free(w);
}
