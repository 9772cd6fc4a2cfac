/* test_retention.c - samples go when their policy says so */
#include "plain_store.h"

#include "base/times.h"
#include "domain/retention.h"
#include "telemetry/room.h"
#include "telemetry/telemetry.h"

#define DAY_US (24 * 3600 * US_PER_S)

struct upload {
	const char	*measurement;
	int64_t		 at_us;
};

static enum helio_rc
upload_run(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct upload *u = arg;
	struct telemetry_point point = { .at_ns = u->at_us * NS_PER_US,
	    .value = value_int(1) };
	struct telemetry_series series = { "v", &point, 1 };
	struct telemetry_batch batch = { .measurement = u->measurement,
	    .series = &series, .n_series = 1 };

	return telemetry_write_batch(tx, &batch, TELEMETRY_REFUSE, err);
}

static enum helio_rc
policy_run(struct tx *tx, void *arg, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx),
	    tx_table(tx, "retention_policy"));

	(void)arg;
	row_set_text(row, "name", "short_rp");
	row_set_text(row, "measurement", "short");
	row_set(row, "duration", value_float(7 * 86400.0));
	return tx_insert(tx, row, err);
}

static struct telemetry_held
held(struct plain_store *plain)
{
	struct tx *tx = plain_store_read(plain);
	struct telemetry_held held;

	assert_int_equal(telemetry_count_held(tx, &held, &plain->err),
	    HELIO_OK);
	store_read_end(tx);
	return held;
}

static void
old_samples_go(void **state)
{
	struct plain_store *plain = *state;
	int64_t now_us = store_now_us(plain->store);
	struct upload uploads[] = {
		{ "short", now_us - 8 * DAY_US }, { "short", now_us },
		{ "long", now_us - 8 * DAY_US },
	};
	bool all = false;

	for (size_t i = 0; i < 3; i++)
		plain_store_write(plain, upload_run, &uploads[i]);
	plain_store_write(plain, policy_run, NULL);
	err_clear(&plain->err);
	assert_int_equal(retention_run(plain->store, &all, &plain->err),
	    HELIO_OK);
	assert_true(all);
	/* both samples of "short" are in one chunk: it goes as a whole */
	assert_int_equal(held(plain).rows, 3);
	plain->now_us += 8 * DAY_US;
	assert_int_equal(retention_run(plain->store, &all, &plain->err),
	    HELIO_OK);
	assert_int_equal(held(plain).rows, 1);
	assert_int_equal(held(plain).series, 1);
}

static void
one_look_waits_at_a_time(void **state)
{
	struct plain_store *plain = *state;
	struct outbox_options options;
	struct outbox *outbox;
	unsigned n;

	outbox_options_init(&options);
	options.store = plain->store;
	err_clear(&plain->err);
	assert_int_equal(outbox_new(&options, &outbox, &plain->err), HELIO_OK);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(retention_register(outbox, plain->store,
		    &plain->err), HELIO_OK);
	assert_int_equal(plain_store_count(plain, "outbox"), 1);
	assert_int_equal(outbox_run_once(outbox, &n, &plain->err), HELIO_OK);
	assert_int_equal(n, 0);
	plain->now_us += DAY_US;
	assert_int_equal(outbox_run_once(outbox, &n, &plain->err), HELIO_OK);
	assert_int_equal(n, 1);
	assert_int_equal(plain_store_count(plain, "outbox"), 1);
	outbox_free(outbox);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, plain_store_setup, \
	    plain_store_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(old_samples_go), TEST(one_look_waits_at_a_time),
	};

	return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
