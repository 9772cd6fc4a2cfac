/* test_api_token_cache.c - tokens in memory, with a clock of our own */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "api/token_cache.h"
#include "base/crypto.h"
#include "base/times.h"

enum { TTL = 1000, SAVE_AFTER = 100, REREAD = 50 };
enum { START = 100000 };

static int
setup(void **state)
{
	const struct token_cache_options opt = { TTL, SAVE_AFTER, REREAD };

	*state = crypto_start() ? token_cache_new(&opt) : NULL;
	return *state != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	token_cache_free(*state);
	return 0;
}

static const char *
token_of(int n, char out[24])
{
	snprintf(out, 24, "token%d", n);
	return out;
}

static bool
put(struct token_cache *c, int n, int64_t expires, int64_t now, int64_t *save)
{
	struct token_state state = { .expires_us = expires };
	char text[24];
	uint64_t epoch = token_cache_epoch(c, token_of(n, text));

	state.caller.user_id = n;
	return token_cache_put(c, text, &state, epoch, now, save);
}

static bool
use(struct token_cache *c, int n, int64_t now, int64_t *save)
{
	struct caller caller;
	char text[24];
	bool ok = token_cache_use(c, token_of(n, text), now, &caller, save);

	if (ok)
		assert_int_equal(caller.user_id, n);
	return ok;
}

static void
test_unknown(void **state)
{
	int64_t save;

	assert_false(use(*state, 1, START, &save));
}

static void
test_known(void **state)
{
	int64_t save = -1;

	assert_true(put(*state, 1, START + TTL, START, &save));
	assert_int_equal(save, 0);
	save = -1;
	assert_true(use(*state, 1, START, &save));
	assert_int_equal(save, 0);
	assert_false(use(*state, 2, START, &save));
}

static void
test_expired_is_not_kept(void **state)
{
	int64_t save;

	assert_false(put(*state, 1, START, START, &save));
	assert_false(use(*state, 1, START, &save));
}

static void
test_is_read_again(void **state)
{
	int64_t save;

	put(*state, 1, START + TTL, START, &save);
	assert_true(use(*state, 1, START + REREAD - 1, &save));
	assert_false(use(*state, 1, START + REREAD, &save));
	put(*state, 1, START + TTL, START + REREAD, &save);
	assert_true(use(*state, 1, START + REREAD + 1, &save));
}

static void
test_expiry_slides(void **state)
{
	int64_t now, save;

	/* The store never hears of it: use alone keeps the token alive. */
	for (now = START; now < START + 5 * TTL; now += TTL / 2)
		assert_true(put(*state, 1, START + TTL, now, &save));
	assert_false(put(*state, 1, START + TTL, now + TTL, &save));
}

static void
test_is_saved_when_it_has_moved(void **state)
{
	int64_t save;

	put(*state, 1, START + TTL, START, &save);
	assert_true(use(*state, 1, START + REREAD - 1, &save));
	assert_int_equal(save, 0);
	put(*state, 1, START + TTL, START + REREAD, &save);
	assert_int_equal(save, 0);
	put(*state, 1, START + TTL, START + SAVE_AFTER, &save);
	assert_int_equal(save, START + SAVE_AFTER + TTL);
	/* only once */
	assert_true(use(*state, 1, START + SAVE_AFTER, &save));
	assert_int_equal(save, 0);
	/* also when the store has not yet got it */
	put(*state, 1, START + TTL, START + SAVE_AFTER + REREAD, &save);
	assert_int_equal(save, 0);
}

static void
test_dropped(void **state)
{
	char text[24];
	int64_t save;

	put(*state, 1, START + TTL, START, &save);
	token_cache_drop(*state, token_of(1, text));
	assert_false(use(*state, 1, START, &save));
}

static void
test_dropped_while_read(void **state)
{
	struct token_state s = { .expires_us = START + TTL };
	char text[24];
	uint64_t epoch = token_cache_epoch(*state, token_of(1, text));
	int64_t save;

	token_cache_drop(*state, text);
	token_cache_put(*state, text, &s, epoch, START, &save);
	assert_false(use(*state, 1, START, &save));
}

static void
test_renewed(void **state)
{
	int64_t save;

	put(*state, 1, START + TTL, START, &save);
	put(*state, 2, START + TTL, START, &save);
	token_cache_renew(*state);
	assert_false(use(*state, 1, START, &save));
	assert_false(use(*state, 2, START, &save));
	put(*state, 1, START + TTL, START, &save);
	assert_true(use(*state, 1, START, &save));
}

static void
test_renewed_while_read(void **state)
{
	struct token_state s = { .expires_us = START + TTL };
	char text[24];
	uint64_t epoch = token_cache_epoch(*state, token_of(1, text));
	int64_t save;

	token_cache_renew(*state);
	token_cache_put(*state, text, &s, epoch, START, &save);
	assert_false(use(*state, 1, START, &save));
}

static void
test_clock_set_back(void **state)
{
	int64_t save;

	put(*state, 1, START + TTL, START, &save);
	assert_false(use(*state, 1, START - 1, &save));
}

static void
test_more_tokens_than_room(void **state)
{
	enum { N = 60000 };
	int64_t save;
	int i;

	for (i = 0; i < N; i++)
		assert_true(put(*state, i, START + TTL, START, &save));
	assert_true(use(*state, N - 1, START, &save));
}

struct user {
	struct token_cache *cache;
	atomic_int	*saves;
	int		 seed;
};

static void *
use_much(void *arg)
{
	struct user *u = arg;
	char text[24];
	int64_t save, now = START;
	int i, n;

	for (i = 0; i < 20000; i++) {
		n = (i * 31 + u->seed) % 50;
		now += i % 4 == 0;
		if (!use(u->cache, n, now, &save))
			put(u->cache, n, START + TTL, now, &save);
		if (i % 1000 == 0)
			token_cache_renew(u->cache);
		if (i % 500 == 0)
			token_cache_drop(u->cache, token_of(n, text));
		atomic_fetch_add(u->saves, save != 0);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	enum { N = 4 };
	struct user user[N];
	pthread_t t[N];
	atomic_int saves = 0;
	int i;

	for (i = 0; i < N; i++) {
		user[i] = (struct user){ *state, &saves, i };
		assert_int_equal(pthread_create(&t[i], NULL, use_much,
		    &user[i]), 0);
	}
	for (i = 0; i < N; i++)
		pthread_join(t[i], NULL);
	assert_true(saves > 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_unknown),
		TEST(test_known),
		TEST(test_expired_is_not_kept),
		TEST(test_is_read_again),
		TEST(test_expiry_slides),
		TEST(test_is_saved_when_it_has_moved),
		TEST(test_dropped),
		TEST(test_dropped_while_read),
		TEST(test_renewed),
		TEST(test_renewed_while_read),
		TEST(test_clock_set_back),
		TEST(test_more_tokens_than_room),
		TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
