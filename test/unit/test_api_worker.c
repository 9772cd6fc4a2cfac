/* test_api_worker.c - worker threads and their queue */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
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
		cmocka_unit_test(test_free_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
