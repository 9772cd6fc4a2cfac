/* test_api_worker.c - worker threads and their queue */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "api/worker.h"

struct gate {
	pthread_mutex_t	lock;
	pthread_cond_t	moved;
	int		entered;
	int		open;
};

static struct workers *
start(unsigned threads, size_t queue)
{
	struct workers *w = NULL;
	struct helio_err err;

	err_clear(&err);
	assert_int_equal(workers_new(threads, queue, &w, &err), HELIO_OK);
	return w;
}

static void
count(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void
wait_at_gate(void *arg)
{
	struct gate *g = arg;

	pthread_mutex_lock(&g->lock);
	g->entered++;
	pthread_cond_broadcast(&g->moved);
	while (!g->open)
		pthread_cond_wait(&g->moved, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

static void
wait_entered(struct gate *g, int n)
{
	pthread_mutex_lock(&g->lock);
	while (g->entered < n)
		pthread_cond_wait(&g->moved, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

static void
open_gate(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->open = 1;
	pthread_cond_broadcast(&g->moved);
	pthread_mutex_unlock(&g->lock);
}

static void
test_all_work_is_done_before_the_end(void **state)
{
	struct workers *w = start(3, 1000);
	struct helio_err err;
	atomic_int n = 0;
	int i;

	err_clear(&err);
	for (i = 0; i < 1000; i++)
		assert_int_equal(workers_push(w, count, &n, &err), HELIO_OK);
	workers_free(w);
	assert_int_equal(n, 1000);
}

static void
test_full_queue_is_busy(void **state)
{
	struct gate gate = { PTHREAD_MUTEX_INITIALIZER,
	    PTHREAD_COND_INITIALIZER, 0, 0 };
	struct workers *w = start(2, 3);
	struct helio_err err;
	atomic_int n = 0;
	int i;

	err_clear(&err);
	for (i = 0; i < 2; i++)
		assert_int_equal(workers_push(w, wait_at_gate, &gate, &err),
		    HELIO_OK);
	wait_entered(&gate, 2);
	for (i = 0; i < 3; i++)
		assert_int_equal(workers_push(w, count, &n, &err), HELIO_OK);
	assert_int_equal(workers_push(w, count, &n, &err), HELIO_E_BUSY);
	assert_int_equal(err.rc, HELIO_E_BUSY);
	open_gate(&gate);
	workers_free(w);
	assert_int_equal(n, 3);
}

struct producer {
	struct workers	*w;
	atomic_int	*n;
	int		 taken;
};

static void *
produce(void *arg)
{
	struct producer *p = arg;
	struct helio_err err;
	int i;

	err_clear(&err);
	for (i = 0; i < 2000; i++)
		if (workers_push(p->w, count, p->n, &err) == HELIO_OK)
			p->taken++;
	return NULL;
}

static void
test_many_producers(void **state)
{
	enum { N = 4 };
	struct workers *w = start(2, 64);
	struct producer p[N];
	pthread_t t[N];
	atomic_int n = 0;
	int i, taken = 0;

	for (i = 0; i < N; i++) {
		p[i] = (struct producer){ w, &n, 0 };
		assert_int_equal(pthread_create(&t[i], NULL, produce, &p[i]),
		    0);
	}
	for (i = 0; i < N; i++) {
		pthread_join(t[i], NULL);
		taken += p[i].taken;
	}
	workers_free(w);
	assert_int_equal(n, taken);
}

struct lender {
	struct workers	*w;
	struct gate	 gate;
};

static void
lend_and_wait(void *arg)
{
	struct lender *l = arg;
	struct helio_err err;

	err_clear(&err);
	assert_int_equal(workers_lend(l->w, &err), HELIO_OK);
	wait_at_gate(&l->gate);
	workers_return(l->w);
}

struct crowd {
	atomic_int	now, most, done;
};

static void
join_crowd(void *arg)
{
	struct crowd *c = arg;
	int n = atomic_fetch_add(&c->now, 1) + 1;

	for (int most = c->most; n > most &&
	    !atomic_compare_exchange_weak(&c->most, &most, n); )
		;
	for (int i = 0; i < 50; i++)
		sched_yield();
	atomic_fetch_sub(&c->now, 1);
	atomic_fetch_add(&c->done, 1);
}

static void
push_crowd(struct workers *w, struct crowd *c)
{
	struct helio_err err;

	err_clear(&err);
	for (int i = 0; i < 100; i++)
		assert_int_equal(workers_push(w, join_crowd, c, &err),
		    HELIO_OK);
	while (c->done < 100)
		sched_yield();
}

/* However many threads wait for something else, one works: no fewer and, when
 * they are back, no more. */
static void
test_lent_threads_are_replaced(void **state)
{
	enum { LENDERS = 3 };
	struct workers *w = start(1, 200);
	struct lender lender[LENDERS];
	struct crowd during = { 0 }, after = { 0 };
	struct helio_err err;

	err_clear(&err);
	for (int i = 0; i < LENDERS; i++) {
		lender[i] = (struct lender){ w, { PTHREAD_MUTEX_INITIALIZER,
		    PTHREAD_COND_INITIALIZER, 0, 0 } };
		assert_int_equal(workers_push(w, lend_and_wait, &lender[i],
		    &err), HELIO_OK);
		wait_entered(&lender[i].gate, 1);
	}
	push_crowd(w, &during);
	assert_int_equal(during.most, 1);
	for (int i = 0; i < LENDERS; i++)
		open_gate(&lender[i].gate);
	push_crowd(w, &after);
	assert_int_equal(after.most, 1);
	workers_free(w);
}

/* Its stand-in is idle when it comes back, and work comes in: both of them
 * find that they are one too many. */
static void
lend_and_push(void *arg)
{
	struct producer *p = arg;
	struct helio_err err;

	err_clear(&err);
	if (workers_lend(p->w, &err) != HELIO_OK)
		return;
	for (int i = 0; i < 20; i++)
		sched_yield();
	workers_return(p->w);
	if (workers_push(p->w, count, p->n, &err) == HELIO_OK)
		p->taken++;
}

/* Threads come and go while work comes in: there is always one for it. */
static void
test_work_meets_a_thread(void **state)
{
	struct workers *w = start(1, 10);
	atomic_int n = 0;
	struct producer p = { w, &n, 0 };
	struct helio_err err;

	err_clear(&err);
	for (int i = 0; i < 300; i++) {
		assert_int_equal(workers_push(w, lend_and_push, &p, &err),
		    HELIO_OK);
		while (n <= i)
			sched_yield();
	}
	workers_free(w);
	assert_int_equal(p.taken, 300);
}

static void
test_end_waits_for_lent_threads(void **state)
{
	struct lender lender = { start(2, 10), { PTHREAD_MUTEX_INITIALIZER,
	    PTHREAD_COND_INITIALIZER, 0, 1 } };
	struct helio_err err;
	atomic_int n = 0;

	err_clear(&err);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(workers_push(lender.w, lend_and_wait, &lender,
		    &err), HELIO_OK);
		assert_int_equal(workers_push(lender.w, count, &n, &err),
		    HELIO_OK);
	}
	workers_free(lender.w);
	assert_int_equal(lender.gate.entered, 5);
	assert_int_equal(n, 5);
}

static void
test_free_of_nothing(void **state)
{
	workers_free(NULL);
	workers_free(start(1, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_work_is_done_before_the_end),
		cmocka_unit_test(test_full_queue_is_busy),
		cmocka_unit_test(test_many_producers),
		cmocka_unit_test(test_lent_threads_are_replaced),
		cmocka_unit_test(test_work_meets_a_thread),
		cmocka_unit_test(test_end_waits_for_lent_threads),
		cmocka_unit_test(test_free_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
