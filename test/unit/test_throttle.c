/* test_throttle.c - back-off, with a clock of our own */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "api/throttle.h"
#include "base/crypto.h"
#include "base/times.h"

static const int64_t start = INT64_C(1600000000) * US_PER_S;

static int
setup(void **state)
{
	*state = crypto_start() ? throttle_new() : NULL;
	return *state != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	throttle_free(*state);
	return 0;
}

static void
fail_often(struct throttle *t, const char *name, const char *peer,
    unsigned times, int64_t now)
{
	while (times-- > 0)
		throttle_failed(t, name, peer, now);
}

static void
test_new_name_is_free(void **state)
{
	assert_int_equal(throttle_wait(*state, "ann", "10.0.0.1", start), 0);
}

static void
test_first_failures_are_free(void **state)
{
	fail_often(*state, "ann", "10.0.0.1", THROTTLE_FREE, start);
	assert_int_equal(throttle_wait(*state, "ann", "10.0.0.1", start), 0);
}

static void
test_delay_doubles(void **state)
{
	int64_t now = start;
	unsigned expect = 1, i;

	fail_often(*state, "ann", "10.0.0.1", THROTTLE_FREE, now);
	for (i = 0; i < 10; i++) {
		throttle_failed(*state, "ann", "10.0.0.1", now);
		assert_int_equal(throttle_wait(*state, "ann", "10.0.0.1",
		    now), expect);
		now += expect * US_PER_S;
		assert_int_equal(throttle_wait(*state, "ann", "10.0.0.1",
		    now), 0);
		expect *= 2;
	}
}

static void
test_delay_is_bounded(void **state)
{
	fail_often(*state, "ann", "10.0.0.1", 90, start);
	assert_int_equal(throttle_wait(*state, "ann", "10.0.0.1", start),
	    THROTTLE_MAX_S);
}

static void
test_wait_is_rounded_up(void **state)
{
	fail_often(*state, "ann", "10.0.0.1", THROTTLE_FREE + 1, start);
	assert_int_equal(throttle_wait(*state, "ann", "10.0.0.1",
	    start + US_PER_S - 1), 1);
}

static void
test_success_forgets(void **state)
{
	fail_often(*state, "ann", "10.0.0.1", 8, start);
	throttle_succeeded(*state, "ann", "10.0.0.1");
	assert_int_equal(throttle_wait(*state, "ann", "10.0.0.1", start), 0);
	fail_often(*state, "ann", "10.0.0.1", THROTTLE_FREE, start);
	assert_int_equal(throttle_wait(*state, "ann", "10.0.0.1", start), 0);
}

static void
test_names_are_apart(void **state)
{
	fail_often(*state, "ann", "10.0.0.1", 8, start);
	assert_int_equal(throttle_wait(*state, "bob", "10.0.0.1", start), 0);
}

static void
test_nobody_is_locked_out_from_elsewhere(void **state)
{
	fail_often(*state, "ann", "10.0.0.1", 99, start);
	assert_int_equal(throttle_wait(*state, "ann", "10.0.0.2", start), 0);
}

static void
test_idle_names_are_forgotten(void **state)
{
	int64_t later = start + (THROTTLE_FORGET_S + 1) * US_PER_S;

	fail_often(*state, "ann", "10.0.0.1", 20, start);
	assert_int_equal(throttle_wait(*state, "ann", "10.0.0.1", later), 0);
	fail_often(*state, "ann", "10.0.0.1", THROTTLE_FREE, later);
	assert_int_equal(throttle_wait(*state, "ann", "10.0.0.1", later), 0);
}

static void
test_clock_set_back_blocks_nobody_for_long(void **state)
{
	fail_often(*state, "ann", "10.0.0.1", 20, start);
	assert_int_equal(throttle_wait(*state, "ann", "10.0.0.1",
	    start - US_PER_DAY), 0);
}

static void
spray(struct throttle *t, const char *peer, unsigned n, int64_t now)
{
	char name[16];

	while (n-- > 0) {
		snprintf(name, sizeof(name), "user%u", n);
		throttle_failed(t, name, peer, now);
	}
}

static void
test_peer_with_many_names_slows_down(void **state)
{
	spray(*state, "10.0.0.1", THROTTLE_PEER_FREE - 1, start);
	assert_int_equal(throttle_wait(*state, "new", "10.0.0.1", start), 0);
	throttle_failed(*state, "last", "10.0.0.1", start);
	assert_int_equal(throttle_wait(*state, "new", "10.0.0.1", start), 1);
	assert_int_equal(throttle_wait(*state, "new", "10.0.0.1",
	    start + US_PER_S), 0);
	assert_int_equal(throttle_wait(*state, "new", "10.0.0.2", start), 0);
}

static void
test_peer_recovers(void **state)
{
	int64_t later = start + THROTTLE_PEER_FREE * US_PER_S;

	spray(*state, "10.0.0.1", THROTTLE_PEER_FREE, start);
	spray(*state, "10.0.0.1", THROTTLE_PEER_FREE - 1, later);
	assert_int_equal(throttle_wait(*state, "new", "10.0.0.1", later), 0);
}

static void
test_ipv6_network_is_one_peer(void **state)
{
	fail_often(*state, "ann", "2001:db8::1", 8, start);
	assert_int_not_equal(throttle_wait(*state, "ann", "2001:db8::2",
	    start), 0);
	assert_int_equal(throttle_wait(*state, "ann", "2001:db8:0:1::1",
	    start), 0);
}

static void
test_mapped_ipv4_is_ipv4(void **state)
{
	fail_often(*state, "ann", "::ffff:10.0.0.1", 8, start);
	assert_int_not_equal(throttle_wait(*state, "ann", "10.0.0.1", start),
	    0);
	assert_int_equal(throttle_wait(*state, "ann", "10.0.0.2", start), 0);
}

/* Far more names than the table holds: bounded, and the latest count. */
static void
test_full_table_keeps_working(void **state)
{
	char peer[32];
	unsigned i;

	for (i = 0; i < 40000; i++) {
		snprintf(peer, sizeof(peer), "10.%u.%u.%u", i >> 16,
		    i >> 8 & 255, i & 255);
		throttle_failed(*state, "ann", peer, start + i);
	}
	fail_often(*state, "bob", "10.0.0.1", 8, start + i);
	assert_int_not_equal(throttle_wait(*state, "bob", "10.0.0.1",
	    start + i), 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_new_name_is_free),
		TEST(test_first_failures_are_free),
		TEST(test_delay_doubles),
		TEST(test_delay_is_bounded),
		TEST(test_wait_is_rounded_up),
		TEST(test_success_forgets),
		TEST(test_names_are_apart),
		TEST(test_nobody_is_locked_out_from_elsewhere),
		TEST(test_idle_names_are_forgotten),
		TEST(test_clock_set_back_blocks_nobody_for_long),
		TEST(test_peer_with_many_names_slows_down),
		TEST(test_peer_recovers),
		TEST(test_ipv6_network_is_one_peer),
		TEST(test_mapped_ipv4_is_ipv4),
		TEST(test_full_table_keeps_working),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
