/* test_telemetry_store.c - samples written and read back */
#include "plain_store.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "telemetry/telemetry.h"

#define IMEI "350000000000017"

/* ---- writing ---- */

/* A small batch: one field, points given as time and value. */
struct upload {
	const char	*measurement, *field;
	const char	*imei, *place;		/* tags; NULL: none */
	struct telemetry_point points[8];
	size_t		 n;
};

static enum helio_rc
upload_run(struct tx *tx, void *arg, struct helio_err *err)
{
	struct upload *u = arg;
	struct telemetry_series series = { u->field, u->points, u->n };
	struct telemetry_batch batch = {
		.measurement = u->measurement != NULL ? u->measurement :
		    "telemetry",
		.series = &series, .n_series = 1,
	};

	if (u->imei != NULL)
		telemetry_set_tag(&batch, "product_imei", u->imei);
	if (u->place != NULL)
		telemetry_set_tag(&batch, "place", u->place);
	return telemetry_write_batch(tx, &batch, TELEMETRY_REFUSE, err);
}

#define AT(t, v)	{ .at_ns = (t), .value = { .type = VALUE_INT, .i = (v) } }

static void
upload(struct plain_store *plain, struct upload u)
{
	plain_store_write(plain, upload_run, &u);
}

/* Values 0 .. n-1 of a field at times 1 .. n. */
static void
upload_count(struct plain_store *plain, const char *field, size_t n)
{
	struct upload u = { .field = field, .imei = IMEI, .n = n };

	for (size_t i = 0; i < n; i++)
		u.points[i] = (struct telemetry_point)AT((int64_t)i + 1,
		    (int64_t)i);
	plain_store_write(plain, upload_run, &u);
}

/* ---- reading, as text: "a b: 1=0,- 2=.." ---- */

struct read {
	struct buf	 out;
	enum helio_rc	 row_rc;	/* what the sink answers */
};

static enum helio_rc
put_names(void *arg, const char *const *names, size_t n,
    struct helio_err *err)
{
	struct read *read = arg;

	(void)err;
	for (size_t i = 0; i < n; i++)
		buf_addf(&read->out, "%s%s", i > 0 ? " " : "", names[i]);
	buf_adds(&read->out, ":");
	return HELIO_OK;
}

static void
put_value(struct buf *out, const struct telemetry_point *point)
{
	switch (point->value.type) {
	case VALUE_INT:
		if (point->is_bool)
			buf_adds(out, point->value.i != 0 ? "true" : "false");
		else
			buf_addi(out, point->value.i);
		break;
	case VALUE_FLOAT:
		buf_addd(out, point->value.f);
		break;
	case VALUE_TEXT:
		buf_add(out, point->value.s, point->value.n);
		break;
	default:
		buf_adds(out, "-");
	}
}

static enum helio_rc
put_row(void *arg, int64_t at_ns, const struct telemetry_point *values,
    size_t n, struct helio_err *err)
{
	struct read *read = arg;

	(void)err;
	buf_addf(&read->out, " %lld=", (long long)at_ns);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(&read->out, ',');
		put_value(&read->out, &values[i]);
	}
	return read->row_rc;
}

/* All of the unit's telemetry. */
static struct telemetry_query
everything(void)
{
	return (struct telemetry_query){
		.measurement = "telemetry",
		.tags = { { "product_imei", IMEI } }, .n_tags = 1,
		.start_ns = INT64_MIN, .end_ns = INT64_MAX, .limit = -1,
	};
}

static void
assert_reads(struct plain_store *plain, const struct telemetry_query *query,
    const char *wanted)
{
	struct read read = { BUF_INIT, HELIO_OK };
	const struct telemetry_sink sink = { put_names, put_row, &read };
	struct tx *tx = plain_store_read(plain);

	err_clear(&plain->err);
	if (telemetry_read(tx, query, &sink, &plain->err) != HELIO_OK)
		fail_msg("read: %s", err_message(&plain->err));
	store_read_end(tx);
	assert_string_equal(read.out.data, wanted);
	buf_free(&read.out);
}

/* ---- tests ---- */

static void
reads_what_was_written(void **state)
{
	struct telemetry_query all = everything();

	upload_count(*state, "voltage", 3);
	assert_reads(*state, &all, "voltage: 1=0 2=1 3=2");
	plain_store_reopen(*state);
	assert_reads(*state, &all, "voltage: 1=0 2=1 3=2");
}

static void
nothing_is_no_rows(void **state)
{
	struct telemetry_query all = everything();

	assert_reads(*state, &all, ":");
	upload_count(*state, "voltage", 1);
	all.measurement = "logging";
	assert_reads(*state, &all, ":");
}

/* One point of a field that is named after its type. */
static struct upload
typed(const char *field, struct telemetry_point point)
{
	return (struct upload){ .field = field, .imei = IMEI, .n = 1,
	    .points = { point } };
}

static void
types_are_kept(void **state)
{
	struct telemetry_query all = everything();

	upload(*state, typed("a", (struct telemetry_point){ .at_ns = 1,
	    .value = value_int(INT64_MIN) }));
	upload(*state, typed("b", (struct telemetry_point){ .at_ns = 1,
	    .value = value_float(0.1) }));
	upload(*state, typed("c", (struct telemetry_point){ .at_ns = 1,
	    .value = value_int(1), .is_bool = true }));
	upload(*state, typed("d", (struct telemetry_point){ .at_ns = 1,
	    .value = value_textn("on\0x", 2) }));
	assert_reads(*state, &all,
	    "a b c d: 1=-9223372036854775808,0.1,true,on");
}

static void
numbers_of_both_kinds_become_floats(void **state)
{
	struct upload both = { .field = "v", .imei = IMEI, .n = 2,
	    .points = { AT(1, 7), { .at_ns = 2, .value = { .type = VALUE_FLOAT,
	    .f = 0.5 } } } };
	struct telemetry_query all = everything();

	upload_count(*state, "w", 2);
	plain_store_write(*state, upload_run, &both);
	both.field = "w";
	both.points[0].at_ns = 3;
	both.points[1].at_ns = 4;
	plain_store_write(*state, upload_run, &both);
	/* an integer for a float field is one */
	upload_count(*state, "v", 1);
	assert_reads(*state, &all, "v w: 1=0.0,0.0 2=0.5,1.0 3=-,7.0 4=-,0.5");
}

static void
another_type_is_refused(void **state)
{
	struct plain_store *plain = *state;
	struct upload u = { .field = "v", .imei = IMEI, .n = 1, .points = {
	    { .at_ns = 9, .value = { .type = VALUE_TEXT, .s = "x", .n = 1 } },
	} };
	struct telemetry_query all = everything();

	upload_count(plain, "v", 1);
	err_clear(&plain->err);
	assert_int_equal(store_write(plain->store, &CALLER_SYSTEM, upload_run,
	    &u, &plain->err), HELIO_E_INVALID);
	assert_string_equal(plain->err.fault[0].field, "v");
	assert_string_equal(plain->err.fault[0].text,
	    "holds integer, not string");
	assert_reads(plain, &all, "v: 1=0");
}

static void
the_same_again_changes_nothing(void **state)
{
	struct telemetry_query all = everything();

	upload_count(*state, "voltage", 3);
	upload_count(*state, "voltage", 3);
	upload_count(*state, "voltage", 2);
	assert_int_equal(plain_store_count(*state, "telemetry_series"), 1);
	assert_int_equal(plain_store_count(*state, "telemetry_column"), 1);
	assert_int_equal(plain_store_count(*state, "telemetry_chunk"), 1);
	assert_reads(*state, &all, "voltage: 1=0 2=1 3=2");
}

static void
a_newer_value_wins(void **state)
{
	struct telemetry_query all = everything();

	upload_count(*state, "v", 3);
	upload(*state, (struct upload){ .field = "v", .imei = IMEI, .n = 1,
	    .points = { AT(2, 6) } });
	assert_reads(*state, &all, "v: 1=0 2=6 3=2");
	/* twice in one upload: the later one */
	upload(*state, (struct upload){ .field = "v", .imei = IMEI, .n = 2,
	    .points = { AT(2, 7), AT(2, 8) } });
	assert_reads(*state, &all, "v: 1=0 2=8 3=2");
}

static void
fields_are_put_side_by_side(void **state)
{
	struct telemetry_query all = everything();

	upload_count(*state, "b", 2);
	upload(*state, (struct upload){ .field = "a", .imei = IMEI, .n = 2,
	    .points = { AT(2, 20), AT(3, 30) } });
	assert_reads(*state, &all, "a b: 1=-,0 2=20,1 3=30,-");
}

static void
order_is_that_of_time(void **state)
{
	struct telemetry_query all = everything();

	upload(*state, (struct upload){ .field = "v", .imei = IMEI, .n = 4,
	    .points = { AT(3, 0), AT(-5, 1), AT(1, 2), AT(0, 3) } });
	assert_reads(*state, &all, "v: -5=1 0=3 1=2 3=0");
}

static void
start_is_exclusive_and_end_inclusive(void **state)
{
	struct telemetry_query range = everything();

	upload_count(*state, "v", 5);
	range.start_ns = 2;
	range.end_ns = 4;
	assert_reads(*state, &range, "v: 3=2 4=3");
	range.start_ns = range.end_ns = 3;
	assert_reads(*state, &range, ":");
	range.start_ns = 5;
	range.end_ns = 2;
	assert_reads(*state, &range, ":");
	range.start_ns = INT64_MIN;
	range.end_ns = 1;
	assert_reads(*state, &range, "v: 1=0");
}

static void
limit_counts_points_in_time(void **state)
{
	struct telemetry_query some = everything();

	upload_count(*state, "a", 4);
	upload_count(*state, "b", 3);
	some.limit = 2;
	assert_reads(*state, &some, "a b: 1=0,0 2=1,1");
	some.limit = 0;
	assert_reads(*state, &some, "a b:");
	some.limit = 4;
	assert_reads(*state, &some, "a b: 1=0,0 2=1,1 3=2,2 4=3,-");
	some.limit = 100;
	assert_reads(*state, &some, "a b: 1=0,0 2=1,1 3=2,2 4=3,-");
}

static void
asked_fields_come_in_the_asked_order(void **state)
{
	static const char *const names[] = { "b", "missing", "a" };
	struct telemetry_query some = everything();

	upload_count(*state, "a", 1);
	upload_count(*state, "b", 1);
	upload_count(*state, "c", 2);
	some.fields = names;
	some.n_fields = 3;
	assert_reads(*state, &some, "b missing a: 1=0,-,0");
	some.fields = names + 1;
	some.n_fields = 1;
	assert_reads(*state, &some, "missing:");
}

static void
fields_without_samples_in_the_range_are_not_named(void **state)
{
	struct telemetry_query some = everything();

	upload_count(*state, "a", 1);
	upload_count(*state, "b", 3);
	some.start_ns = 1;
	assert_reads(*state, &some, "b: 2=1 3=2");
}

static void
tags_choose_the_series(void **state)
{
	struct telemetry_query query = everything();

	upload(*state, (struct upload){ .field = "v", .imei = IMEI,
	    .place = "roof", .n = 1, .points = { AT(1, 1) } });
	upload(*state, (struct upload){ .field = "v", .imei = IMEI,
	    .place = "cellar", .n = 1, .points = { AT(2, 2) } });
	upload(*state, (struct upload){ .field = "v", .imei = "35",
	    .place = "roof", .n = 1, .points = { AT(3, 3) } });
	assert_int_equal(plain_store_count(*state, "telemetry_series"), 3);
	assert_reads(*state, &query, "v: 1=1 2=2");
	query.tags[1] = (struct telemetry_tag){ "place", "cellar" };
	query.n_tags = 2;
	assert_reads(*state, &query, "v: 2=2");
	query.tags[0] = query.tags[1];
	query.n_tags = 1;
	assert_reads(*state, &query, "v: 2=2");
	query.tags[0].value = "roof";
	assert_reads(*state, &query, "v: 1=1 3=3");
	query.tags[0].value = "roo";
	assert_reads(*state, &query, ":");
	query.n_tags = 0;
	assert_reads(*state, &query, "v: 1=1 2=2 3=3");
}

static void
measurements_are_apart(void **state)
{
	struct telemetry_query query = everything();

	upload_count(*state, "v", 1);
	upload(*state, (struct upload){ .measurement = "analysis",
	    .field = "v", .imei = IMEI, .n = 1, .points = { AT(9, 9) } });
	assert_reads(*state, &query, "v: 1=0");
	query.measurement = "analysis";
	assert_reads(*state, &query, "v: 9=9");
}

static void
an_undone_upload_leaves_nothing(void **state)
{
	struct plain_store *plain = *state;
	/* a text for a number, refused after a series was added */
	struct upload u = { .field = "v", .imei = "35", .n = 1, .points = {
	    { .at_ns = 1, .value = { .type = VALUE_TEXT, .s = "x", .n = 1 } },
	} };

	upload_count(plain, "v", 1);
	err_clear(&plain->err);
	assert_int_not_equal(store_write(plain->store, &CALLER_SYSTEM,
	    upload_run, &u, &plain->err), HELIO_OK);
	assert_int_equal(plain_store_count(plain, "telemetry_series"), 1);
	assert_int_equal(plain_store_count(plain, "telemetry_chunk"), 1);
}

static void
the_sink_may_end_it(void **state)
{
	struct plain_store *plain = *state;
	struct read read = { BUF_INIT, HELIO_E_TOO_LARGE };
	const struct telemetry_sink sink = { put_names, put_row, &read };
	struct telemetry_query all = everything();
	struct tx *tx;

	upload_count(plain, "v", 5);
	tx = plain_store_read(plain);
	assert_int_equal(telemetry_read(tx, &all, &sink, &plain->err),
	    HELIO_E_TOO_LARGE);
	store_read_end(tx);
	assert_string_equal(read.out.data, "v: 1=0");
	buf_free(&read.out);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, plain_store_setup, \
	    plain_store_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(reads_what_was_written),
		TEST(nothing_is_no_rows),
		TEST(types_are_kept),
		TEST(numbers_of_both_kinds_become_floats),
		TEST(another_type_is_refused),
		TEST(the_same_again_changes_nothing),
		TEST(a_newer_value_wins),
		TEST(fields_are_put_side_by_side),
		TEST(order_is_that_of_time),
		TEST(start_is_exclusive_and_end_inclusive),
		TEST(limit_counts_points_in_time),
		TEST(asked_fields_come_in_the_asked_order),
		TEST(fields_without_samples_in_the_range_are_not_named),
		TEST(tags_choose_the_series),
		TEST(measurements_are_apart),
		TEST(an_undone_upload_leaves_nothing),
		TEST(the_sink_may_end_it),
	};

	return cmocka_run_group_tests_name("telemetry_store", tests, NULL,
	    NULL);
}
