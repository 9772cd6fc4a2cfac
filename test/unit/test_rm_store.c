/* Samples of a unit: stored once, bad ones kept within bounds. */
#include "domain_fixture.h"

#include <string.h>

#include "base/buf.h"
#include "device/rm_store.h"

struct upload {
	struct arena	*arena;
	struct telemetry_upload data;
	struct telemetry_rejects rejects, more;
	struct telemetry_result stored;
};

static enum helio_rc
store(struct tx *tx, void *arg, struct helio_err *err)
{
	struct upload *u = arg;

	u->more = (struct telemetry_rejects){ NULL, 0, 0 };
	return rm_store(tx, UNIT_IMEI, &u->data, &u->rejects, u->arena,
	    &u->more, &u->stored, err);
}

static struct upload
upload(struct domain *d, struct arena *arena, const char *body)
{
	struct upload u = { .arena = arena };
	struct telemetry_batch batch;

	err_clear(&d->err);
	assert_int_equal(telemetry_decode(arena, body, strlen(body),
	    TELEMETRY_LENIENT, d->now_us, &batch, &u.rejects, &d->err),
	    HELIO_OK);
	telemetry_set_tag(&batch, "product_imei", UNIT_IMEI);
	assert_int_equal(telemetry_prepare(arena, &batch, &u.rejects, &u.data,
	    &d->err), HELIO_OK);
	assert_int_equal(domain_write(d, &CALLER_UNIT, store, &u), HELIO_OK);
	return u;
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
	assert_int_equal(domain_count(d, "telemetry_chunk"), 1);
	assert_string_equal(domain_column(d, "rejected_point", "at"), "1,1");
	assert_string_equal(domain_column(d, "rejected_point", "measurement"),
	    "telemetry,telemetry");
	arena_free(arena);
}

static void
points_of_another_type_are_set_aside(void **state)
{
	struct domain *d = *state;
	struct arena *arena = arena_new();
	struct upload u;

	upload(d, arena, "{\"measurement\":\"telemetry\",\"fields\":{"
	    "\"voltage\":[[1600000000000,12.5],[1600000000001,true]]}}");
	assert_string_equal(domain_column(d, "rejected_point", "value"),
	    "true");
	u = upload(d, arena, "{\"measurement\":\"telemetry\",\"fields\":{"
	    "\"voltage\":[[1600000000002.5,\"high\"],[1600000000003,\"x\"]],"
	    "\"current\":[[1600000000003,1]]}}");
	assert_int_equal(u.stored.written, 1);
	assert_int_equal(u.more.n, 2);
	assert_string_equal(u.more.reject[0].field, "voltage");
	assert_string_equal(u.more.reject[0].time, "1600000000002.500000");
	assert_string_equal(u.more.reject[0].point, "\"high\"");
	assert_string_equal(u.more.reject[0].reason,
	    "is of another type than the field");
	assert_string_equal(domain_column(d, "rejected_point", "value"),
	    "true,\"high\",\"x\"");
	arena_free(arena);
}

/* More new fields than a measurement may have: the rest is set aside, in
 * uploads of at most 256 of them. */
static void
fields_beyond_the_limit_are_set_aside(void **state)
{
	struct domain *d = *state;
	struct arena *arena = arena_new();
	struct buf body = BUF_INIT;
	size_t written = 0, more = 0;
	struct upload u;

	for (unsigned part = 0; part < 5; part++) {
		buf_reset(&body);
		buf_adds(&body, "{\"measurement\":\"wide\",\"fields\":{");
		for (unsigned i = 0; i < 250; i++)
			buf_addf(&body, "%s\"f%u\":[[1600000000000,1]]",
			    i > 0 ? "," : "", part * 250 + i);
		buf_adds(&body, "}}");
		u = upload(d, arena, body.data);
		written += u.stored.written;
		more += u.more.n;
	}
	assert_int_equal(written, TELEMETRY_COLUMNS_MAX);
	assert_int_equal(more, 1250 - TELEMETRY_COLUMNS_MAX);
	assert_string_equal(u.more.reject[0].reason,
	    "is of one field too many");
	buf_free(&body);
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
		STORE(good_and_bad_points),
		STORE(points_of_another_type_are_set_aside),
		STORE(fields_beyond_the_limit_are_set_aside), STORE(rubbish_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
