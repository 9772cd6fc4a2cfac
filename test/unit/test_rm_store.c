/* Samples of a unit: stored once, bad ones kept within bounds. */
#include "domain_fixture.h"

#include <string.h>

#include "base/buf.h"
#include "device/rm_store.h"

struct upload {
	struct telemetry_batch batch;
	struct telemetry_rejects rejects;
};

static enum helio_rc
store(struct tx *tx, void *arg, struct helio_err *err)
{
	struct upload *u = arg;

	return rm_store(tx, UNIT_IMEI, &u->batch, &u->rejects, err);
}

static void
upload(struct domain *d, struct arena *arena, const char *body)
{
	struct upload u = { .rejects = { NULL, 0, 0 } };

	err_clear(&d->err);
	assert_int_equal(telemetry_decode(arena, body, strlen(body),
	    TELEMETRY_LENIENT, d->now_us, &u.batch, &u.rejects, &d->err),
	    HELIO_OK);
	telemetry_set_tag(&u.batch, "product_imei", UNIT_IMEI);
	assert_int_equal(domain_write(d, &CALLER_UNIT, store, &u), HELIO_OK);
}

static void
good_and_bad_points(void **state)
{
	struct domain *d = *state;
	struct arena *arena = arena_new();
	const char *body = "{\"measurement\":\"telemetry\",\"fields\":{"
	    "\"voltage\":[[1600000000000,12.5],[1,2]]}}";

	upload(d, arena, body);
	upload(d, arena, body);
	assert_int_equal(domain_count(d, "telemetry_point"), 1);
	assert_string_equal(domain_column(d, "rejected_point", "at"), "1,1");
	assert_string_equal(domain_column(d, "rejected_point", "measurement"),
	    "telemetry,telemetry");
	arena_free(arena);
}

static void
rubbish_is_bounded(void **state)
{
	struct domain *d = *state;
	struct arena *arena = arena_new();
	struct buf body = BUF_INIT;
	int i;

	buf_adds(&body, "{\"measurement\":\"t\",\"fields\":{\"a\":[5");
	for (i = 0; i < 1500; i++)
		buf_adds(&body, ",5");
	buf_adds(&body, "]}}");
	upload(d, arena, body.data);
	upload(d, arena, body.data);
	assert_int_equal(domain_count(d, "rejected_point"), RM_REJECTS_KEPT);
	buf_free(&body);
	arena_free(arena);
}

#define STORE(name) \
	cmocka_unit_test_setup_teardown(name, domain_setup, domain_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE(good_and_bad_points), STORE(rubbish_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
