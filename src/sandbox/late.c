/* Answers that are given after a while, by a thread of their own. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/times.h"
#include "sandbox/internal.h"

struct waiting {
	TAILQ_ENTRY(waiting) next;
	struct sandbox_call call;
	int64_t		 due_ms;
};

struct late {
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	pthread_cond_t	 changed;
	TAILQ_HEAD(, waiting) all;	/* soonest first */
	bool		 stopping;
};

void
answer_now(struct sandbox_call *call)
{
	if (call->drop) {
		buf_free(&call->out);
		http_drop(call->http);
	} else {
		http_reply(call->http, call->status, call->content_type,
		    &call->out);
	}
}

static void
wait_until(struct late *late, int64_t at_ms)
{
	struct timespec time = { at_ms / 1000, at_ms % 1000 * 1000000 };

	pthread_cond_timedwait(&late->changed, &late->lock, &time);
}

/* The next one to answer, NULL at the end; the lock is held. */
static struct waiting *
next_due(struct late *late)
{
	for (;;) {
		struct waiting *first = TAILQ_FIRST(&late->all);

		if (first != NULL && (late->stopping ||
		    first->due_ms <= time_monotonic_ms())) {
			TAILQ_REMOVE(&late->all, first, next);
			return first;
		}
		if (first != NULL)
			wait_until(late, first->due_ms);
		else if (late->stopping)
			return NULL;
		else
			pthread_cond_wait(&late->changed, &late->lock);
	}
}

static void *
run(void *arg)
{
	struct late *late = arg;
	struct waiting *one;

	pthread_mutex_lock(&late->lock);
	while ((one = next_due(late)) != NULL) {
		pthread_mutex_unlock(&late->lock);
		answer_now(&one->call);
		free(one);
		pthread_mutex_lock(&late->lock);
	}
	pthread_mutex_unlock(&late->lock);
	return NULL;
}

struct late *
late_start(void)
{
	struct late *late = calloc(1, sizeof(*late));
	pthread_condattr_t attributes;

	if (late == NULL)
		return NULL;
	TAILQ_INIT(&late->all);
	pthread_mutex_init(&late->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&late->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&late->thread, NULL, run, late) == 0)
		return late;
	pthread_cond_destroy(&late->changed);
	pthread_mutex_destroy(&late->lock);
	free(late);
	return NULL;
}

static void
insert(struct late *late, struct waiting *one)
{
	struct waiting *at;

	TAILQ_FOREACH(at, &late->all, next) {
		if (at->due_ms > one->due_ms) {
			TAILQ_INSERT_BEFORE(at, one, next);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&late->all, one, next);
}

void
late_answer(struct late *late, struct sandbox_call *call, unsigned ms)
{
	struct waiting *one = calloc(1, sizeof(*one));
	bool waits;

	pthread_mutex_lock(&late->lock);
	waits = one != NULL && !late->stopping;
	if (waits) {
		one->call = *call;
		one->due_ms = time_monotonic_ms() + ms;
		buf_init(&call->out);
		insert(late, one);
		pthread_cond_signal(&late->changed);
	}
	pthread_mutex_unlock(&late->lock);
	if (waits)
		return;
	free(one);
	answer_now(call);
}

void
late_hurry(struct late *late)
{
	pthread_mutex_lock(&late->lock);
	late->stopping = true;
	pthread_cond_signal(&late->changed);
	pthread_mutex_unlock(&late->lock);
}

void
late_stop(struct late *late)
{
	if (late == NULL)
		return;
	late_hurry(late);
	pthread_join(late->thread, NULL);
	pthread_cond_destroy(&late->changed);
	pthread_mutex_destroy(&late->lock);
	free(late);
}
