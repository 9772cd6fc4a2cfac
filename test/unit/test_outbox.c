/* test_outbox.c - events: leases, back-off, dead letters, the thread */
#include "plain_store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "outbox/outbox.h"

#define SECOND	US_PER_S
#define MINUTE	(60 * US_PER_S)

/* What a handler is to answer, and what it was given. */
struct script {
	struct plain_store *plain;
	enum outbox_result answer;
	int64_t		 takes_us;	/* the clock moves by this meanwhile */
	uint32_t	 random;	/* what the jitter draws */
	/* seen */
	unsigned	 calls, attempt;
	int64_t		 id, created_us;
	char		 subject[32], payload[64];
	/* in the handler of a thread: wait to be let go */
	pthread_mutex_t	 lock;
	pthread_cond_t	 changed;
	bool		 hold;
};

static int64_t
script_now(void *arg)
{
	return ((struct script *)arg)->plain->now_us;
}

static uint32_t
script_random(uint32_t below, void *arg)
{
	assert_int_equal(below, 5001);
	return ((struct script *)arg)->random;
}

static enum outbox_result
handle(const struct outbox_item *item, void *arg, char *why, size_t why_size)
{
	struct script *s = arg;
	enum outbox_result answer;

	assert_true(why_size >= 200);
	assert_int_equal(item->event, OUTBOX_PRODUCT_STATUS);
	pthread_mutex_lock(&s->lock);
	s->calls++;
	s->id = item->id;
	s->attempt = item->attempt;
	s->created_us = item->created_us;
	snprintf(s->subject, sizeof(s->subject), "%s", item->subject);
	snprintf(s->payload, sizeof(s->payload), "%s", item->payload);
	s->plain->now_us += s->takes_us;
	pthread_cond_broadcast(&s->changed);
	while (s->hold)
		pthread_cond_wait(&s->changed, &s->lock);
	answer = s->answer;
	pthread_mutex_unlock(&s->lock);
	if (answer != OUTBOX_DONE)
		snprintf(why, why_size, "nobody home");
	return answer;
}

static void
script_init(struct script *s, struct plain_store *plain)
{
	*s = (struct script){ .plain = plain, .random = 2500 };
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
}

static struct outbox *
new_outbox(struct script *s, unsigned batch)
{
	struct outbox_options options;
	struct outbox *outbox = NULL;

	outbox_options_init(&options);
	options.store = s->plain->store;
	options.now_us = script_now;
	options.now_arg = s;
	options.random = script_random;
	if (batch > 0)
		options.batch = batch;
	assert_int_equal(outbox_new(&options, &outbox, &s->plain->err),
	    HELIO_OK);
	outbox_handle(outbox, OUTBOX_PRODUCT_STATUS, handle, s);
	return outbox;
}

struct put {
	int64_t		 due_us;
	unsigned	 n;
	enum helio_rc	 rc;
};

static enum helio_rc
put_run(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct put *put = arg;
	enum helio_rc rc = HELIO_OK;

	for (unsigned i = 0; rc == HELIO_OK && i < put->n; i++)
		rc = outbox_put(tx, OUTBOX_PRODUCT_STATUS, "350000000000017",
		    "{\"state\":\"repair\"}", put->due_us, err);
	return rc != HELIO_OK ? rc : put->rc;
}

static void
put_events(struct plain_store *plain, unsigned n, int64_t due_us)
{
	struct put put = { due_us, n, HELIO_OK };

	plain_store_write(plain, put_run, &put);
}

static unsigned
run_once(struct outbox *outbox, struct plain_store *plain)
{
	unsigned n = 99;

	err_clear(&plain->err);
	if (outbox_run_once(outbox, &n, &plain->err) != HELIO_OK)
		fail_msg("run: %s", err_message(&plain->err));
	return n;
}

static int64_t
waiting_int(struct plain_store *plain, const char *field)
{
	struct tx *tx = plain_store_read(plain);
	struct row *row = plain_store_first(tx, "outbox");
	int64_t n;

	assert_non_null(row);
	n = row_is_null(row, field) ? -1 : row_int(row, field);
	store_read_end(tx);
	return n;
}

/* ---- delivering ---- */

static void
event_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(outbox_event_name(OUTBOX_PRODUCT_STATUS),
	    "product-status");
}

static void
done_is_removed(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	outbox = new_outbox(&s, 0);
	put_events(plain, 1, 0);
	assert_int_equal(run_once(outbox, plain), 1);
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.attempt, 1);
	assert_string_equal(s.subject, "350000000000017");
	assert_string_equal(s.payload, "{\"state\":\"repair\"}");
	assert_int_equal(s.created_us, plain->now_us);
	assert_int_equal(plain_store_count(plain, "outbox"), 0);
	assert_int_equal(plain_store_count(plain, "outbox_dead"), 0);
	assert_int_equal(run_once(outbox, plain), 0);
	outbox_free(outbox);
}

static void
undone_change_leaves_no_event(void **state)
{
	struct plain_store *plain = *state;
	struct put put = { 0, 1, HELIO_E_CONFLICT };

	assert_int_equal(store_write(plain->store, &CALLER_SYSTEM, put_run,
	    &put, &plain->err), HELIO_E_CONFLICT);
	assert_int_equal(plain_store_count(plain, "outbox"), 0);
}

static void
not_before_it_is_due(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	outbox = new_outbox(&s, 0);
	put_events(plain, 1, plain->now_us + MINUTE);
	assert_int_equal(run_once(outbox, plain), 0);
	plain->now_us += MINUTE;
	assert_int_equal(run_once(outbox, plain), 1);
	outbox_free(outbox);
}

static void
without_a_handler_it_stays(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	outbox = new_outbox(&s, 0);
	outbox_handle(outbox, OUTBOX_PRODUCT_STATUS, NULL, NULL);
	put_events(plain, 1, 0);
	plain->now_us += US_PER_DAY;
	assert_int_equal(run_once(outbox, plain), 0);
	assert_int_equal(waiting_int(plain, "attempts"), 0);
	assert_int_equal(waiting_int(plain, "lease_until"), -1);
	outbox_free(outbox);
}

static void
batch_is_limited(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	outbox = new_outbox(&s, 3);
	put_events(plain, 7, 0);
	assert_int_equal(run_once(outbox, plain), 3);
	assert_int_equal(run_once(outbox, plain), 3);
	assert_int_equal(run_once(outbox, plain), 1);
	assert_int_equal(plain_store_count(plain, "outbox"), 0);
	outbox_free(outbox);
}

/* ---- trying again ---- */

static void
retry_waits_longer_each_time(void **state)
{
	static const int64_t delays_s[] = { 5, 10, 20, 40, 80, 160, 320, 640,
	    1280, 2560, 3600, 3600 };
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);		/* jitter in the middle: 100 % */
	s.answer = OUTBOX_RETRY;
	outbox = new_outbox(&s, 0);
	put_events(plain, 1, 0);
	for (unsigned i = 0; i < sizeof(delays_s) / sizeof(delays_s[0]); i++) {
		assert_int_equal(run_once(outbox, plain), 1);
		assert_int_equal(s.attempt, i + 1);
		assert_int_equal(waiting_int(plain, "due_at"),
		    plain->now_us + delays_s[i] * SECOND);
		plain->now_us += delays_s[i] * SECOND - 1;
		assert_int_equal(run_once(outbox, plain), 0);
		plain->now_us += 1;
	}
	assert_int_equal(waiting_int(plain, "attempts"), 12);
	outbox_free(outbox);
}

static void
retry_has_jitter(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	s.answer = OUTBOX_RETRY;
	outbox = new_outbox(&s, 0);
	put_events(plain, 1, 0);
	s.random = 0;
	run_once(outbox, plain);
	assert_int_equal(waiting_int(plain, "due_at"),
	    plain->now_us + 3750000);		/* 75 % of 5 s */
	plain->now_us += 5 * SECOND;
	s.random = 5000;
	run_once(outbox, plain);
	assert_int_equal(waiting_int(plain, "due_at"),
	    plain->now_us + 12500000);		/* 125 % of 10 s */
	outbox_free(outbox);
}

static void
retry_keeps_the_reason_and_the_number(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;
	struct tx *tx;
	int64_t id;

	script_init(&s, plain);
	s.answer = OUTBOX_RETRY;
	outbox = new_outbox(&s, 0);
	put_events(plain, 1, 0);
	run_once(outbox, plain);
	id = s.id;
	tx = plain_store_read(plain);
	assert_string_equal(row_text(plain_store_first(tx, "outbox"),
	    "last_error"), "nobody home");
	store_read_end(tx);
	plain->now_us += MINUTE;
	s.answer = OUTBOX_DONE;
	run_once(outbox, plain);
	assert_int_equal(s.id, id);
	assert_int_equal(plain_store_count(plain, "outbox"), 0);
	outbox_free(outbox);
}

static void
gives_up_after_three_days(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	s.answer = OUTBOX_RETRY;
	outbox = new_outbox(&s, 0);
	put_events(plain, 1, 0);
	plain->now_us += 3 * US_PER_DAY - 1;
	run_once(outbox, plain);
	assert_int_equal(plain_store_count(plain, "outbox"), 1);
	plain->now_us += MINUTE;
	run_once(outbox, plain);
	assert_int_equal(plain_store_count(plain, "outbox"), 0);
	assert_int_equal(plain_store_count(plain, "outbox_dead"), 1);
	outbox_free(outbox);
}

static void
dead_at_once_keeps_everything(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;
	struct row *dead;
	struct tx *tx;

	script_init(&s, plain);
	s.answer = OUTBOX_DEAD;
	outbox = new_outbox(&s, 0);
	put_events(plain, 1, 0);
	assert_int_equal(run_once(outbox, plain), 1);
	assert_int_equal(plain_store_count(plain, "outbox"), 0);
	tx = plain_store_read(plain);
	dead = plain_store_first(tx, "outbox_dead");
	assert_non_null(dead);
	assert_int_equal(row_int(dead, "outbox_id"), s.id);
	assert_string_equal(row_text(dead, "event"), "product-status");
	assert_string_equal(row_text(dead, "payload"),
	    "{\"state\":\"repair\"}");
	assert_string_equal(row_text(dead, "last_error"), "nobody home");
	assert_int_equal(row_int(dead, "attempts"), 1);
	assert_int_equal(row_int(dead, "died_at"), plain->now_us);
	store_read_end(tx);
	outbox_free(outbox);
}

/* ---- leases ---- */

/* The other dispatcher of a test with two: looks while one delivers. */
struct rival {
	struct outbox	*outbox;
	struct script	 script;
	unsigned	 tried;
};

static enum outbox_result
handle_while_rival_looks(const struct outbox_item *item, void *arg, char *why,
    size_t why_size)
{
	struct rival *rival = arg;

	(void)item;
	(void)why;
	(void)why_size;
	rival->tried = run_once(rival->outbox, rival->script.plain);
	return OUTBOX_DONE;
}

static void
leased_is_left_alone(void **state)
{
	struct plain_store *plain = *state;
	struct rival rival;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	script_init(&rival.script, plain);
	outbox = new_outbox(&s, 0);
	rival.outbox = new_outbox(&rival.script, 0);
	outbox_handle(outbox, OUTBOX_PRODUCT_STATUS, handle_while_rival_looks,
	    &rival);
	put_events(plain, 2, 0);
	assert_int_equal(run_once(outbox, plain), 2);
	assert_int_equal(rival.tried, 0);
	assert_int_equal(rival.script.calls, 0);
	outbox_free(rival.outbox);
	outbox_free(outbox);
}

/* Ours runs out while we deliver: the rival has it then, and what we say
 * about it no longer counts. */
static enum outbox_result
handle_too_slowly(const struct outbox_item *item, void *arg, char *why,
    size_t why_size)
{
	struct rival *rival = arg;

	(void)item;
	rival->script.plain->now_us += MINUTE + 1;
	rival->tried = run_once(rival->outbox, rival->script.plain);
	snprintf(why, why_size, "late");
	return OUTBOX_DEAD;
}

static void
late_answer_does_not_count(void **state)
{
	struct plain_store *plain = *state;
	struct rival rival;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	script_init(&rival.script, plain);
	rival.script.answer = OUTBOX_RETRY;
	outbox = new_outbox(&s, 0);
	rival.outbox = new_outbox(&rival.script, 0);
	outbox_handle(outbox, OUTBOX_PRODUCT_STATUS, handle_too_slowly,
	    &rival);
	put_events(plain, 1, 0);
	run_once(outbox, plain);
	assert_int_equal(rival.tried, 1);
	assert_int_equal(rival.script.attempt, 2);
	assert_int_equal(plain_store_count(plain, "outbox_dead"), 0);
	assert_int_equal(waiting_int(plain, "attempts"), 2);
	outbox_free(rival.outbox);
	outbox_free(outbox);
}

static void
late_answer_to_what_is_gone_is_no_error(void **state)
{
	struct plain_store *plain = *state;
	struct rival rival;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	script_init(&rival.script, plain);
	outbox = new_outbox(&s, 0);
	rival.outbox = new_outbox(&rival.script, 0);
	outbox_handle(outbox, OUTBOX_PRODUCT_STATUS, handle_too_slowly,
	    &rival);
	put_events(plain, 1, 0);
	run_once(outbox, plain);
	assert_int_equal(plain_store_count(plain, "outbox"), 0);
	assert_int_equal(plain_store_count(plain, "outbox_dead"), 0);
	outbox_free(rival.outbox);
	outbox_free(outbox);
}

static void
rest_of_a_slow_batch_is_given_back(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	s.takes_us = MINUTE;
	outbox = new_outbox(&s, 0);
	put_events(plain, 2, 0);
	assert_int_equal(run_once(outbox, plain), 1);
	assert_int_equal(plain_store_count(plain, "outbox"), 1);
	assert_int_equal(waiting_int(plain, "lease_until"), -1);
	assert_int_equal(waiting_int(plain, "attempts"), 0);
	assert_int_equal(run_once(outbox, plain), 1);
	assert_int_equal(plain_store_count(plain, "outbox"), 0);
	outbox_free(outbox);
}

/* A process that died between lease and settling, as its rows look. */
static enum helio_rc
lease_by_the_dead(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct row *item = plain_store_first(tx, "outbox");
	struct row *row = row_new(tx_arena(tx), item->table);

	(void)arg;
	row_set_text(row, "lease_owner", "somebody");
	row_set_int(row, "lease_until", tx_now_us(tx) + MINUTE);
	row_set_int(row, "attempts", 1);
	return tx_update(tx, item->table, row_key(item), row, NULL, err);
}

static void
crash_delays_but_loses_nothing(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;

	put_events(plain, 1, 0);
	plain_store_write(plain, lease_by_the_dead, NULL);
	plain_store_reopen(plain);
	script_init(&s, plain);
	outbox = new_outbox(&s, 0);
	plain->now_us += MINUTE;
	assert_int_equal(run_once(outbox, plain), 0);
	plain->now_us += 1;
	assert_int_equal(run_once(outbox, plain), 1);
	assert_int_equal(s.attempt, 2);
	assert_int_equal(plain_store_count(plain, "outbox"), 0);
	outbox_free(outbox);
}

/* ---- the thread ---- */

static void
wait_for_calls(struct script *s, unsigned n)
{
	pthread_mutex_lock(&s->lock);
	while (s->calls < n)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

static void
let_go(struct script *s)
{
	pthread_mutex_lock(&s->lock);
	s->hold = false;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static void
thread_finds_what_waited(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	outbox = new_outbox(&s, 1);
	put_events(plain, 3, 0);
	assert_int_equal(outbox_start(outbox, &plain->err), HELIO_OK);
	wait_for_calls(&s, 3);
	outbox_free(outbox);
	assert_int_equal(plain_store_count(plain, "outbox"), 0);
}

static void
wake_up(const struct schema_table *table, void *arg)
{
	(void)table;
	outbox_wake(arg);
}

static void
thread_is_woken_by_a_commit(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	outbox = new_outbox(&s, 0);
	store_on_commit(plain->store, "outbox", wake_up, outbox);
	assert_int_equal(outbox_start(outbox, &plain->err), HELIO_OK);
	for (unsigned n = 1; n <= 5; n++) {
		put_events(plain, 1, 0);
		wait_for_calls(&s, n);
	}
	outbox_join(outbox);
	store_close(plain->store);
	plain->store = NULL;
	outbox_free(outbox);
}

static void
stop_finishes_one_and_gives_back_the_rest(void **state)
{
	struct plain_store *plain = *state;
	struct script s;
	struct outbox *outbox;

	script_init(&s, plain);
	s.hold = true;
	outbox = new_outbox(&s, 0);
	put_events(plain, 4, 0);
	assert_int_equal(outbox_start(outbox, &plain->err), HELIO_OK);
	wait_for_calls(&s, 1);
	outbox_stop(outbox);
	let_go(&s);
	outbox_free(outbox);
	assert_int_equal(s.calls, 1);
	assert_int_equal(plain_store_count(plain, "outbox"), 3);
	assert_int_equal(waiting_int(plain, "lease_until"), -1);
	assert_int_equal(waiting_int(plain, "attempts"), 0);
}

static void
free_takes_what_never_started(void **state)
{
	struct plain_store *plain = *state;
	struct script s;

	script_init(&s, plain);
	outbox_free(new_outbox(&s, 0));
	outbox_free(NULL);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, plain_store_setup, \
	    plain_store_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(event_has_a_name),
		TEST(done_is_removed),
		TEST(undone_change_leaves_no_event),
		TEST(not_before_it_is_due),
		TEST(without_a_handler_it_stays),
		TEST(batch_is_limited),
		TEST(retry_waits_longer_each_time),
		TEST(retry_has_jitter),
		TEST(retry_keeps_the_reason_and_the_number),
		TEST(gives_up_after_three_days),
		TEST(dead_at_once_keeps_everything),
		TEST(leased_is_left_alone),
		TEST(late_answer_does_not_count),
		TEST(late_answer_to_what_is_gone_is_no_error),
		TEST(rest_of_a_slow_batch_is_given_back),
		TEST(crash_delays_but_loses_nothing),
		TEST(thread_finds_what_waited),
		TEST(thread_is_woken_by_a_commit),
		TEST(stop_finishes_one_and_gives_back_the_rest),
		TEST(free_takes_what_never_started),
	};

	return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
