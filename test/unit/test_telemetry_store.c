/* test_telemetry_store.c - samples written and read back */
#include "plain_store.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "telemetry/scan.h"

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

/* ---- reading, as text: "a b: 1=0,- 2=..", series after series ---- */

enum { FIELDS_MOST = 8 };

struct asked {
	const char	*measurement;
	struct telemetry_tag tags[2];
	size_t		 n_tags;
	struct telemetry_range range;	/* no fields: all */
};

struct read {
	struct tx	*tx;
	struct telemetry_scan *scan;
	struct telemetry_range range;
	const char	*names[FIELDS_MOST];
	struct buf	 out;
};

static enum helio_rc
take_name(const char *name, enum telemetry_type type, void *arg,
    struct helio_err *err)
{
	struct read *read = arg;

	(void)type;
	(void)err;
	assert_true(read->range.n_fields < FIELDS_MOST);
	read->names[read->range.n_fields++] = arena_strdup(tx_arena(read->tx),
	    name);
	return HELIO_OK;
}

static void
put_value(struct buf *out, const struct telemetry_column *column, size_t row)
{
	if (!telemetry_present(column, row))
		buf_adds(out, "-");
	else if (column->type == TELEMETRY_TEXT)
		buf_add(out, column->s[row].s, column->s[row].n);
	else if (column->type == TELEMETRY_FLOAT)
		buf_addd(out, column->f[row]);
	else if (column->type == TELEMETRY_INT)
		buf_addi(out, column->i[row]);
	else
		buf_adds(out, column->i[row] != 0 ? "true" : "false");
}

/* Rows without any of the fields may be there or not. */
static void
put_row(struct read *read, const struct telemetry_block *block, size_t row)
{
	size_t n = read->range.n_fields, any = 0;

	for (size_t k = 0; k < n; k++)
		any += telemetry_present(&block->columns[k], row);
	if (any == 0)
		return;
	buf_addf(&read->out, " %lld=", (long long)block->at_ns[row]);
	for (size_t k = 0; k < n; k++) {
		if (k > 0)
			buf_addc(&read->out, ',');
		put_value(&read->out, &block->columns[k], row);
	}
}

static enum helio_rc
put_series(const struct telemetry_series_info *info, void *arg,
    struct helio_err *err)
{
	struct read *read = arg;
	const struct telemetry_block *block = NULL;
	struct telemetry_cursor *cursor = NULL;
	enum helio_rc rc = telemetry_cursor_open(read->scan, info->id,
	    &read->range, &cursor, err);

	if (read->out.len > 0)
		buf_adds(&read->out, " | ");
	for (size_t k = 0; k < read->range.n_fields; k++)
		buf_addf(&read->out, "%s%s", k > 0 ? " " : "",
		    read->range.fields[k]);
	buf_adds(&read->out, ":");
	while (rc == HELIO_OK && (rc = telemetry_cursor_next(cursor, &block,
	    err)) == HELIO_OK && block != NULL)
		for (size_t row = 0; row < block->n; row++)
			put_row(read, block, row);
	telemetry_cursor_close(cursor);
	return rc;
}

/* All of the unit's telemetry. */
static struct asked
everything(void)
{
	return (struct asked){
		.measurement = "telemetry",
		.tags = { { "product_imei", IMEI } }, .n_tags = 1,
		.range = { INT64_MIN, INT64_MAX, NULL, 0, false },
	};
}

static void
assert_reads(struct plain_store *plain, const struct asked *asked,
    const char *wanted)
{
	struct read read = { .tx = plain_store_read(plain),
	    .range = asked->range, .out = BUF_INIT };
	enum helio_rc rc = telemetry_scan_open(read.tx, asked->measurement,
	    &read.scan, &plain->err);

	if (rc == HELIO_OK && read.range.n_fields == 0) {
		read.range.fields = read.names;
		rc = telemetry_each_field(read.tx, asked->measurement,
		    take_name, &read, &plain->err);
	}
	if (rc == HELIO_OK)
		rc = telemetry_each_series(read.tx, asked->measurement,
		    asked->tags, asked->n_tags, put_series, &read,
		    &plain->err);
	if (rc != HELIO_OK)
		fail_msg("read: %s", err_message(&plain->err));
	telemetry_scan_close(read.scan);
	store_read_end(read.tx);
	assert_string_equal(read.out.data != NULL ? read.out.data : "",
	    wanted);
	buf_free(&read.out);
}

/* ---- tests ---- */

static void
reads_what_was_written(void **state)
{
	struct asked all = everything();

	upload_count(*state, "voltage", 3);
	assert_reads(*state, &all, "voltage: 1=0 2=1 3=2");
	plain_store_reopen(*state);
	assert_reads(*state, &all, "voltage: 1=0 2=1 3=2");
}

static void
nothing_is_no_rows(void **state)
{
	struct asked all = everything();

	assert_reads(*state, &all, "");
	upload_count(*state, "voltage", 1);
	all.measurement = "logging";
	assert_reads(*state, &all, "");
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
	struct asked all = everything();

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
	struct asked all = everything();

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
	struct asked all = everything();

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
	struct asked all = everything();

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
	struct asked all = everything();

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
	struct asked all = everything();

	upload_count(*state, "b", 2);
	upload(*state, (struct upload){ .field = "a", .imei = IMEI, .n = 2,
	    .points = { AT(2, 20), AT(3, 30) } });
	assert_reads(*state, &all, "a b: 1=-,0 2=20,1 3=30,-");
}

static void
order_is_that_of_time(void **state)
{
	struct asked all = everything();

	upload(*state, (struct upload){ .field = "v", .imei = IMEI, .n = 4,
	    .points = { AT(3, 0), AT(-5, 1), AT(1, 2), AT(0, 3) } });
	assert_reads(*state, &all, "v: -5=1 0=3 1=2 3=0");
}

static void
both_ends_of_a_range_are_in_it(void **state)
{
	struct asked some = everything();

	upload_count(*state, "v", 5);
	some.range.first_ns = 3;
	some.range.last_ns = 4;
	assert_reads(*state, &some, "v: 3=2 4=3");
	some.range.descending = true;
	assert_reads(*state, &some, "v: 4=3 3=2");
	some.range.descending = false;
	some.range.last_ns = 3;
	assert_reads(*state, &some, "v: 3=2");
	some.range.first_ns = 5;
	some.range.last_ns = 2;
	assert_reads(*state, &some, "v:");
	some.range.first_ns = INT64_MIN;
	some.range.last_ns = 1;
	assert_reads(*state, &some, "v: 1=0");
	some.range.first_ns = 6;
	some.range.last_ns = INT64_MAX;
	assert_reads(*state, &some, "v:");
}

static void
asked_fields_come_in_the_asked_order(void **state)
{
	static const char *const names[] = { "b", "missing", "a" };
	struct asked some = everything();

	upload_count(*state, "a", 1);
	upload_count(*state, "b", 1);
	upload_count(*state, "c", 2);
	some.range.fields = names;
	some.range.n_fields = 3;
	assert_reads(*state, &some, "b missing a: 1=0,-,0");
	some.range.fields = names + 1;
	some.range.n_fields = 1;
	assert_reads(*state, &some, "missing:");
}

static void
fields_without_samples_in_the_range_are_empty(void **state)
{
	struct asked some = everything();

	upload_count(*state, "a", 1);
	upload_count(*state, "b", 3);
	some.range.first_ns = 2;
	assert_reads(*state, &some, "a b: 2=-,1 3=-,2");
}

static void
tags_choose_the_series(void **state)
{
	struct asked query = everything();

	upload(*state, (struct upload){ .field = "v", .imei = IMEI,
	    .place = "roof", .n = 1, .points = { AT(1, 1) } });
	upload(*state, (struct upload){ .field = "v", .imei = IMEI,
	    .place = "cellar", .n = 1, .points = { AT(2, 2) } });
	upload(*state, (struct upload){ .field = "v", .imei = "35",
	    .place = "roof", .n = 1, .points = { AT(3, 3) } });
	assert_int_equal(plain_store_count(*state, "telemetry_series"), 3);
	assert_reads(*state, &query, "v: 2=2 | v: 1=1");
	query.tags[1] = (struct telemetry_tag){ "place", "cellar" };
	query.n_tags = 2;
	assert_reads(*state, &query, "v: 2=2");
	query.tags[0] = query.tags[1];
	query.n_tags = 1;
	assert_reads(*state, &query, "v: 2=2");
	query.tags[0].value = "roof";
	assert_reads(*state, &query, "v: 3=3 | v: 1=1");
	query.tags[0].value = "roo";
	assert_reads(*state, &query, "");
	query.n_tags = 0;
	assert_reads(*state, &query, "v: 2=2 | v: 3=3 | v: 1=1");
}

static void
measurements_are_apart(void **state)
{
	struct asked query = everything();

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

static enum helio_rc
end_it(const struct telemetry_series_info *info, void *arg,
    struct helio_err *err)
{
	(void)info;
	(void)err;
	++*(unsigned *)arg;
	return HELIO_E_TOO_LARGE;
}

static enum helio_rc
end_naming(const char *name, enum telemetry_type type, void *arg,
    struct helio_err *err)
{
	(void)name;
	(void)type;
	(void)err;
	++*(unsigned *)arg;
	return HELIO_E_TOO_LARGE;
}

static void
who_lists_may_end_it(void **state)
{
	struct plain_store *plain = *state;
	unsigned told = 0;
	struct tx *tx;

	upload_count(plain, "v", 5);
	upload_count(plain, "w", 5);
	upload(plain, (struct upload){ .field = "v", .n = 1,
	    .points = { AT(1, 1) } });
	tx = plain_store_read(plain);
	assert_int_equal(telemetry_each_series(tx, "telemetry", NULL, 0,
	    end_it, &told, &plain->err), HELIO_E_TOO_LARGE);
	assert_int_equal(told, 1);
	assert_int_equal(telemetry_each_field(tx, "telemetry", end_naming,
	    &told, &plain->err), HELIO_E_TOO_LARGE);
	assert_int_equal(told, 2);
	store_read_end(tx);
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
		TEST(both_ends_of_a_range_are_in_it),
		TEST(asked_fields_come_in_the_asked_order),
		TEST(fields_without_samples_in_the_range_are_empty),
		TEST(tags_choose_the_series),
		TEST(measurements_are_apart),
		TEST(an_undone_upload_leaves_nothing),
		TEST(who_lists_may_end_it),
	};

	return cmocka_run_group_tests_name("telemetry_store", tests, NULL,
	    NULL);
}
