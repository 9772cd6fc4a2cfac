/* test_hook.c - published events, with and without subscribers */
#include "plain_store.h"

#include "hook/hook.h"

static enum helio_rc
put_run(struct tx *tx, void *arg, struct helio_err *err)
{
	(void)arg;
	return outbox_put(tx, OUTBOX_PRODUCT_STATUS, "350000000000017", "{}",
	    0, err);
}

/* Somebody who listens on the channel whose name is the argument. */
static enum helio_rc
subscribe_run(struct tx *tx, void *arg, struct helio_err *err)
{
	struct row *channel = row_new(tx_arena(tx), tx_table(tx, "channel"));
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "subscriber"));
	enum helio_rc rc;

	row_set_text(channel, "name", arg);
	rc = tx_insert(tx, channel, err);
	if (rc != HELIO_OK)
		return rc;
	row_set_text(row, "channel_name", arg);
	row_set_text(row, "url", "https://erp.example.com/hook");
	row_set_text(row, "key", "secret");
	return tx_insert(tx, row, err);
}

static void
publish(struct plain_store *plain)
{
	struct outbox_options options;
	struct outbox *outbox = NULL;
	unsigned n = 0;

	plain_store_write(plain, put_run, NULL);
	outbox_options_init(&options);
	options.store = plain->store;
	assert_int_equal(outbox_new(&options, &outbox, &plain->err),
	    HELIO_OK);
	hook_register(outbox, plain->store);
	assert_int_equal(outbox_run_once(outbox, &n, &plain->err), HELIO_OK);
	assert_int_equal(n, 1);
	outbox_free(outbox);
}

static void
nobody_listens(void **state)
{
	publish(*state);
	assert_int_equal(plain_store_count(*state, "outbox"), 0);
	assert_int_equal(plain_store_count(*state, "outbox_dead"), 0);
}

static void
others_listen(void **state)
{
	plain_store_write(*state, subscribe_run, "dcm");
	publish(*state);
	assert_int_equal(plain_store_count(*state, "outbox"), 0);
}

static void
a_listener_keeps_the_event(void **state)
{
	struct tx *tx;

	plain_store_write(*state, subscribe_run, "product-status");
	publish(*state);
	assert_int_equal(plain_store_count(*state, "outbox"), 1);
	tx = plain_store_read(*state);
	assert_non_null(row_text(plain_store_first(tx, "outbox"),
	    "last_error"));
	store_read_end(tx);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, plain_store_setup, \
	    plain_store_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(nobody_listens),
		TEST(others_listen),
		TEST(a_listener_keeps_the_event),
	};

	return cmocka_run_group_tests_name("hook", tests, NULL, NULL);
}
