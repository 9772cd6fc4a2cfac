/* Threads that take work from a ring. */
#include "api/worker.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct work {
	void	(*run)(void *);
	void	*arg;
};

struct workers {
	pthread_mutex_t	 lock;
	pthread_cond_t	 some;		/* the ring is not empty, or stopping */
	struct work	*ring;
	size_t		 cap, first, n;
	bool		 stopping;
	unsigned	 n_threads;
	pthread_t	 thread[];
};

/* The next piece, or false when all is done and no more will come. */
static bool
take(struct workers *w, struct work *ret)
{
	bool got;

	pthread_mutex_lock(&w->lock);
	while (w->n == 0 && !w->stopping)
		pthread_cond_wait(&w->some, &w->lock);
	got = w->n > 0;
	if (got) {
		*ret = w->ring[w->first];
		w->first = (w->first + 1) % w->cap;
		w->n--;
	}
	pthread_mutex_unlock(&w->lock);
	return got;
}

static void *
worker_run(void *arg)
{
	struct workers *w = arg;
	struct work work;

	while (take(w, &work))
		work.run(work.arg);
	return NULL;
}

enum helio_rc
workers_new(unsigned threads, size_t queue_max, struct workers **ret,
    struct helio_err *err)
{
	struct workers *w;

	w = calloc(1, sizeof(*w) + threads * sizeof(w->thread[0]));
	if (w == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory for workers");
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->some, NULL);
	w->cap = queue_max;
	w->ring = calloc(queue_max, sizeof(*w->ring));
	while (w->ring != NULL && w->n_threads < threads &&
	    pthread_create(&w->thread[w->n_threads], NULL, worker_run, w) == 0)
		w->n_threads++;
	if (w->n_threads < threads) {
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

void
workers_free(struct workers *w)
{
	unsigned i;

	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_broadcast(&w->some);
	pthread_mutex_unlock(&w->lock);
	for (i = 0; i < w->n_threads; i++)
		pthread_join(w->thread[i], NULL);
	pthread_cond_destroy(&w->some);
	pthread_mutex_destroy(&w->lock);
	free(w->ring);
	free(w);
}
