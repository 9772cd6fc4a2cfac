/* test_telemetry_decode.c - uploads: both forms, strict and lenient */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/times.h"
#include "telemetry/telemetry.h"

#define NS_PER_S	INT64_C(1000000000)
#define SEP_1		(INT64_C(1472688000) * NS_PER_S)	/* 2016-09-01 */
#define YEAR_2010	(INT64_C(1262304000) * NS_PER_S)
#define NOW_US		(INT64_C(1500000000) * US_PER_S)

struct decoded {
	struct arena	*arena;
	struct telemetry_batch batch;
	struct telemetry_rejects rejects;
	struct helio_err err;
	enum helio_rc	 rc;
};

static int
setup(void **state)
{
	struct decoded *d = calloc(1, sizeof(*d));

	d->arena = arena_new();
	*state = d;
	return 0;
}

static int
teardown(void **state)
{
	struct decoded *d = *state;

	arena_free(d->arena);
	free(d);
	return 0;
}

static enum helio_rc
decode_n(struct decoded *d, enum telemetry_mode mode, const char *body,
    size_t n)
{
	memset(&d->batch, 0, sizeof(d->batch));
	memset(&d->rejects, 0, sizeof(d->rejects));
	err_clear(&d->err);
	d->rc = telemetry_decode(d->arena, body, n, mode, NOW_US, &d->batch,
	    &d->rejects, &d->err);
	return d->rc;
}

static enum helio_rc
strict(struct decoded *d, const char *body)
{
	return decode_n(d, TELEMETRY_STRICT, body, strlen(body));
}

static enum helio_rc
lenient(struct decoded *d, const char *body)
{
	return decode_n(d, TELEMETRY_LENIENT, body, strlen(body));
}

/* An upload with one field "v" whose list is this. */
static const char *
with_points(struct decoded *d, const char *list)
{
	return arena_printf(d->arena,
	    "{\"measurement\":\"m\",\"fields\":{\"v\":[%s]}}", list);
}

static bool
faulty(const struct decoded *d, const char *field)
{
	for (unsigned i = 0; i < d->err.n_faults; i++)
		if (strcmp(d->err.fault[i].field, field) == 0)
			return true;
	return false;
}

static const struct telemetry_point *
point(const struct decoded *d, size_t series, size_t index)
{
	assert_true(series < d->batch.n_series);
	assert_true(index < d->batch.series[series].n);
	return &d->batch.series[series].points[index];
}

/* ---- pairs ---- */

static void
reads_the_documented_example(void **state)
{
	struct decoded *d = *state;

	assert_int_equal(strict(d, "{\"measurement\": \"telemetry\","
	    "\"tags\": {\"some_tag\": \"tag_value\"}, \"fields\": {"
	    "\"current\": [[\"2016-09-01\", 1.0], [\"2016-09-02\", 2.5]],"
	    "\"voltage\": [[1472688000000, 10], [1472774400000, 20]]}}"),
	    HELIO_OK);
	assert_string_equal(d->batch.measurement, "telemetry");
	assert_int_equal(d->batch.n_tags, 1);
	assert_string_equal(d->batch.tags[0].name, "some_tag");
	assert_string_equal(d->batch.tags[0].value, "tag_value");
	assert_int_equal(d->batch.n_series, 2);
	assert_string_equal(d->batch.series[0].field, "current");
	assert_int_equal(point(d, 0, 1)->at_ns, SEP_1 + 86400 * NS_PER_S);
	assert_int_equal(point(d, 0, 1)->value.type, VALUE_FLOAT);
	assert_true(point(d, 0, 1)->value.f == 2.5);
	assert_int_equal(point(d, 1, 0)->at_ns, SEP_1);
	assert_int_equal(point(d, 1, 0)->value.type, VALUE_INT);
	assert_int_equal(point(d, 1, 0)->value.i, 10);
	assert_int_equal(telemetry_count(&d->batch), 4);
	assert_int_equal(d->rejects.n, 0);
}

static void
members_come_in_any_order(void **state)
{
	struct decoded *d = *state;

	assert_int_equal(strict(d, "{\"fields\":{\"v\":[[1472688000000,1]]},"
	    "\"other\":[1,{\"a\":2}],\"tags\":{\"b\":\"1\",\"a\":2},"
	    "\"measurement\":\"m\"}"), HELIO_OK);
	assert_int_equal(telemetry_count(&d->batch), 1);
	assert_string_equal(d->batch.tags[0].name, "a");
	assert_string_equal(d->batch.tags[0].value, "2");
	assert_string_equal(d->batch.tags[1].name, "b");
}

static void
reads_every_form_of_time(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 at_ns;
	} rows[] = {
		{ "1472688000000", SEP_1 },
		{ "\"1472688000000\"", SEP_1 },
		{ "1472688000000.5", SEP_1 + 500000 },
		{ "1.472688e12", SEP_1 },
		{ "\"2016-09-01\"", SEP_1 },
		{ "\"2016-09-01 00:00:00\"", SEP_1 },
		{ "\"2016-09-01T00:00:00Z\"", SEP_1 },
		{ "\"2016-09-01T02:00:00+02:00\"", SEP_1 },
		{ "\"2016-09-01T00:00:00.123456789Z\"", SEP_1 + 123456789 },
		{ "\"Thu, September 1st 2016\"", SEP_1 },
		{ "0", 0 },
		{ "-1", -1000000 },
	};
	struct decoded *d = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *pair = arena_printf(d->arena, "[%s, 1]",
		    rows[i].text);

		if (strict(d, with_points(d, pair)) != HELIO_OK)
			fail_msg("%s: %s", pair, d->err.fault[0].text);
		assert_int_equal(point(d, 0, 0)->at_ns, rows[i].at_ns);
	}
}

static void
refuses_what_is_no_time(void **state)
{
	static const char *const bad[] = {
		"[null, 1]", "[true, 1]", "[[], 1]", "[{\"a\":1}, 1]",
		"[\"\", 1]", "[\"soon\", 1]", "[\"12:30\", 1]",
		"[9223372036854775807, 1]", "[-9223372036854775808, 1]",
		"[1e300, 1]", "[\"999999999999999\", 1]",
		"[\"3000-01-01\", 1]",
	};
	struct decoded *d = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(strict(d, with_points(d, bad[i])),
		    HELIO_E_INVALID);
		assert_true(faulty(d, "v"));
		assert_int_equal(lenient(d, with_points(d, bad[i])),
		    HELIO_OK);
		assert_int_equal(d->rejects.n, 1);
		assert_int_equal(telemetry_count(&d->batch), 0);
	}
}

static void
numbers_out_of_range_spoil_one_point(void **state)
{
	static const char *const bad[] = {
		"[1472688000000, 1e400]", "[1472688000000, -1e999999999999]",
		"[1e400, 1]",
	};
	struct decoded *d = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *list = arena_printf(d->arena,
		    "%s,[1472688000001,2]", bad[i]);

		assert_int_equal(strict(d, with_points(d, list)),
		    HELIO_E_INVALID);
		assert_true(faulty(d, "v"));
		assert_int_equal(lenient(d, with_points(d, list)), HELIO_OK);
		assert_int_equal(d->rejects.n, 1);
		assert_string_equal(d->rejects.reject[0].point, bad[i]);
		assert_int_equal(telemetry_count(&d->batch), 1);
	}
	/* more digits than 64 bits have are a real like others */
	assert_int_equal(strict(d, with_points(d, "[1472688000000, 1"
	    "0000000000000000000000000000000000000000000000000000000]")),
	    HELIO_OK);
	assert_true(point(d, 0, 0)->value.f == 1e55);
}

static void
reads_every_kind_of_value(void **state)
{
	struct decoded *d = *state;

	assert_int_equal(strict(d, with_points(d, "[1,7],[2,-0.5],[3,true],"
	    "[4,false],[5,\"on \\u00e9\"],[6,\"\"]")), HELIO_OK);
	assert_int_equal(point(d, 0, 0)->value.i, 7);
	assert_false(point(d, 0, 0)->is_bool);
	assert_true(point(d, 0, 1)->value.f == -0.5);
	assert_true(point(d, 0, 2)->is_bool);
	assert_int_equal(point(d, 0, 2)->value.i, 1);
	assert_true(point(d, 0, 3)->is_bool);
	assert_int_equal(point(d, 0, 3)->value.i, 0);
	assert_int_equal(point(d, 0, 4)->value.type, VALUE_TEXT);
	assert_string_equal(point(d, 0, 4)->value.s, "on \xc3\xa9");
	assert_int_equal(point(d, 0, 5)->value.n, 0);
}

static void
refuses_what_is_no_pair(void **state)
{
	static const char *const bad[] = {
		"1", "null", "\"x\"", "{}", "[]", "[1]", "[1,2,3]",
		"[1,2,[3,{\"a\":4}]]", "[1,null]", "[1,[]]", "[1,{\"a\":[]}]",
		"[[1,2]]", "[[],[]]",
	};
	struct decoded *d = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		/* and what comes after it is read all the same */
		const char *list = arena_printf(d->arena,
		    "[1472688000000,1],%s,[1472688000001,2]", bad[i]);

		assert_int_equal(strict(d, with_points(d, list)),
		    HELIO_E_INVALID);
		assert_int_equal(lenient(d, with_points(d, list)), HELIO_OK);
		assert_int_equal(d->rejects.n, 1);
		assert_string_equal(d->rejects.reject[0].point, bad[i]);
		assert_int_equal(telemetry_count(&d->batch), 2);
		assert_int_equal(point(d, 0, 1)->value.i, 2);
	}
}

/* ---- strict: whole or not at all ---- */

static void
strict_names_every_field_at_fault(void **state)
{
	struct decoded *d = *state;

	d->batch.measurement = "untouched";
	assert_int_equal(strict(d, "{\"measurement\":\"m\",\"fields\":{"
	    "\"a\":[[\"x\",1]],\"b\":[[1,2]],\"c\":7,\"d\":[[3,null]]}}"),
	    HELIO_E_INVALID);
	assert_true(faulty(d, "a"));
	assert_false(faulty(d, "b"));
	assert_true(faulty(d, "c"));
	assert_true(faulty(d, "d"));
	assert_null(d->batch.series);
}

static void
strict_takes_old_and_future_times(void **state)
{
	struct decoded *d = *state;

	assert_int_equal(strict(d, with_points(d,
	    "[\"1999-12-31\",1],[\"2100-01-01\",2]")), HELIO_OK);
	assert_int_equal(telemetry_count(&d->batch), 2);
}

static void
refuses_bodies_without_sense(void **state)
{
	static const struct {
		const char	*body;
		enum helio_rc	 rc;
		const char	*field;
	} rows[] = {
		{ "", HELIO_E_DECODE, NULL },
		{ "x", HELIO_E_DECODE, NULL },
		{ "[]", HELIO_E_DECODE, NULL },
		{ "7", HELIO_E_DECODE, NULL },
		{ "{\"measurement\":\"m\"", HELIO_E_DECODE, NULL },
		{ "{\"measurement\":\"m\",\"fields\":{\"v\":[[1,2]}}",
		    HELIO_E_DECODE, NULL },
		{ "{\"measurement\":\"m\",\"fields\":{}}x", HELIO_E_DECODE,
		    NULL },
		{ "{}", HELIO_E_INVALID, "measurement" },
		{ "{\"measurement\":\"m\"}", HELIO_E_INVALID, "fields" },
		{ "{\"fields\":{}}", HELIO_E_INVALID, "measurement" },
		{ "{\"measurement\":7,\"fields\":{}}", HELIO_E_INVALID,
		    "measurement" },
		{ "{\"measurement\":[1],\"fields\":{}}", HELIO_E_INVALID,
		    "measurement" },
		{ "{\"measurement\":\"\",\"fields\":{}}", HELIO_E_INVALID,
		    "measurement" },
		{ "{\"measurement\":\"a\\nb\",\"fields\":{}}",
		    HELIO_E_INVALID, "measurement" },
		{ "{\"measurement\":\"m\",\"fields\":[1]}", HELIO_E_INVALID,
		    "fields" },
		{ "{\"measurement\":\"m\",\"fields\":null}", HELIO_E_INVALID,
		    "fields" },
		{ "{\"measurement\":\"m\",\"fields\":{\"\":[]}}",
		    HELIO_E_INVALID, "" },
	};
	struct decoded *d = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(strict(d, rows[i].body), rows[i].rc);
		assert_int_equal(d->err.rc, rows[i].rc);
		if (rows[i].field != NULL)
			assert_true(faulty(d, rows[i].field));
	}
}

static void
every_truncation_is_refused(void **state)
{
	static const char body[] = "{\"measurement\":\"m\",\"tags\":{\"a\":"
	    "\"b\"},\"fields\":{\"v\":[[1472688000000,1.5],[\"2016-09-01\","
	    "true]]}}";
	struct decoded *d = *state;

	assert_int_equal(strict(d, body), HELIO_OK);
	for (size_t n = 0; n < sizeof(body) - 1; n++) {
		/* a copy without anything behind it, for the sanitizer */
		char *cut = malloc(n + 1);

		memcpy(cut, body, n);
		assert_int_equal(decode_n(d, TELEMETRY_STRICT, cut, n),
		    HELIO_E_DECODE);
		assert_int_equal(decode_n(d, TELEMETRY_LENIENT, cut, n),
		    HELIO_E_DECODE);
		free(cut);
	}
}

/* ---- lenient: point by point ---- */

static void
lenient_sets_bad_points_aside(void **state)
{
	struct decoded *d = *state;
	const struct telemetry_reject *reject;

	assert_int_equal(lenient(d, "{\"measurement\":\"m\",\"fields\":{"
	    "\"a\":[[1472688000000,1],[\"when\", 2], [ 1472688001000 ,null],"
	    "[1472688002000,3]],\"b\":\"none\"}}"), HELIO_OK);
	assert_int_equal(telemetry_count(&d->batch), 2);
	assert_int_equal(point(d, 0, 1)->value.i, 3);
	assert_int_equal(d->rejects.n, 3);
	reject = d->rejects.reject;
	assert_string_equal(reject[0].field, "a");
	assert_string_equal(reject[0].time, "\"when\"");
	assert_string_equal(reject[0].point, "[\"when\", 2]");
	assert_string_equal(reject[1].time, "1472688001000");
	assert_string_equal(reject[1].point, "[ 1472688001000 ,null]");
	assert_non_null(strstr(reject[1].reason, "value"));
	assert_string_equal(reject[2].field, "b");
	assert_null(reject[2].time);
	assert_string_equal(reject[2].reason, "must be a list");
}

static void
lenient_bounds_time(void **state)
{
	const int64_t latest_ms = NOW_US / 1000 + 86400000;
	struct decoded *d = *state;
	const char *list = arena_printf(d->arena,
	    "[1262303999999,1],[1262304000000,2],[%lld,3],[%lld,4]",
	    (long long)latest_ms, (long long)latest_ms + 1);

	assert_int_equal(lenient(d, with_points(d, list)), HELIO_OK);
	assert_int_equal(telemetry_count(&d->batch), 2);
	assert_int_equal(point(d, 0, 0)->at_ns, YEAR_2010);
	assert_int_equal(point(d, 0, 1)->value.i, 3);
	assert_int_equal(d->rejects.n, 2);
	assert_string_equal(d->rejects.reject[0].reason, "is before 2010");
	assert_string_equal(d->rejects.reject[0].time, "1262303999999");
	assert_string_equal(d->rejects.reject[1].reason,
	    "is more than a day ahead");
}

static void
lenient_still_needs_a_head(void **state)
{
	struct decoded *d = *state;

	assert_int_equal(lenient(d, "{\"fields\":{}}"), HELIO_E_INVALID);
	assert_int_equal(lenient(d, "{\"measurement\":\"m\"}"),
	    HELIO_E_INVALID);
	assert_int_equal(lenient(d, "nonsense"), HELIO_E_DECODE);
}

static void
echo_is_cut_between_characters(void **state)
{
	struct decoded *d = *state;
	const struct telemetry_reject *reject;
	char body[400] = "[\"";

	for (int i = 0; i < 50; i++)
		memcpy(body + 2 + 3 * i, "\xe2\x82\xac", 3);	/* euro */
	memcpy(body + 152, "\",1]", 5);
	assert_int_equal(lenient(d, with_points(d, body)), HELIO_OK);
	assert_int_equal(d->rejects.n, 1);
	reject = d->rejects.reject;
	assert_int_equal(strlen(reject->point), 2 + 20 * 3);
	assert_null(reject->time);
	assert_int_equal(strict(d, with_points(d, body)), HELIO_E_INVALID);
}

/* ---- regular samples ---- */

static void
reads_regular_samples(void **state)
{
	struct decoded *d = *state;

	assert_int_equal(lenient(d, "{\"measurement\":\"telemetry\","
	    "\"start\":1472688000000,\"interval\":30000,\"fields\":{"
	    "\"voltage\":[12.5,null,12.7],\"on\":[true]}}"), HELIO_OK);
	assert_int_equal(d->batch.n_series, 2);
	assert_int_equal(d->batch.series[0].n, 2);
	assert_int_equal(point(d, 0, 0)->at_ns, SEP_1);
	assert_int_equal(point(d, 0, 1)->at_ns, SEP_1 + 60 * NS_PER_S);
	assert_true(point(d, 0, 1)->value.f == 12.7);
	assert_true(point(d, 1, 0)->is_bool);
	assert_int_equal(d->rejects.n, 0);
}

static void
regular_samples_are_refused_one_by_one(void **state)
{
	struct decoded *d = *state;
	const struct telemetry_reject *reject;

	assert_int_equal(lenient(d, "{\"measurement\":\"m\","
	    "\"start\":1262303999000,\"interval\":500,\"fields\":{"
	    "\"v\":[1,2,3,[4],5]}}"), HELIO_OK);
	assert_int_equal(d->batch.series[0].n, 2);
	assert_int_equal(d->rejects.n, 3);
	reject = d->rejects.reject;
	assert_string_equal(reject[0].time, "1262303999000");
	assert_string_equal(reject[0].point, "1");
	assert_string_equal(reject[2].time, "1262304000500");
	assert_string_equal(reject[2].point, "[4]");
}

static void
regular_samples_need_start_and_interval(void **state)
{
	static const struct {
		const char	*members, *field;
	} rows[] = {
		{ "\"start\":1472688000000", "interval" },
		{ "\"interval\":1000", "start" },
		{ "\"start\":1472688000000,\"interval\":0", "interval" },
		{ "\"start\":1472688000000,\"interval\":-5", "interval" },
		{ "\"start\":1472688000000,\"interval\":\"1\"", "interval" },
		{ "\"start\":null,\"interval\":1000", "start" },
		{ "\"start\":[1,2],\"interval\":1000", "start" },
		{ "\"start\":1e30,\"interval\":1000", "start" },
		{ "\"start\":9223372036854775807,\"interval\":1", "start" },
	};
	struct decoded *d = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *body = arena_printf(d->arena, "{\"measurement\":"
		    "\"m\",%s,\"fields\":{\"v\":[1]}}", rows[i].members);

		assert_int_equal(lenient(d, body), HELIO_E_INVALID);
		assert_true(faulty(d, rows[i].field));
	}
}

static void
regular_times_may_leave_the_range(void **state)
{
	struct decoded *d = *state;

	assert_int_equal(strict(d, "{\"measurement\":\"m\",\"start\":"
	    "9223372036853,\"interval\":1,\"fields\":{\"v\":[1,2,3]}}"),
	    HELIO_E_INVALID);
	assert_int_equal(lenient(d, "{\"measurement\":\"m\",\"start\":0,"
	    "\"interval\":9223372036854,\"fields\":{\"v\":[null,1,2]}}"),
	    HELIO_OK);
	assert_int_equal(d->rejects.n, 2);
	assert_null(d->rejects.reject[1].time);
}

/* ---- limits ---- */

static void
names_are_bounded(void **state)
{
	struct decoded *d = *state;
	char name[TELEMETRY_NAME_MAX + 2];

	memset(name, 'n', sizeof(name));
	name[TELEMETRY_NAME_MAX] = '\0';
	assert_int_equal(strict(d, arena_printf(d->arena, "{\"measurement\":"
	    "\"%s\",\"fields\":{\"%s\":[[1,1]]}}", name, name)), HELIO_OK);
	name[TELEMETRY_NAME_MAX] = 'n';
	name[TELEMETRY_NAME_MAX + 1] = '\0';
	assert_int_equal(strict(d, arena_printf(d->arena, "{\"measurement\":"
	    "\"%s\",\"fields\":{}}", name)), HELIO_E_INVALID);
	assert_int_equal(lenient(d, arena_printf(d->arena, "{\"measurement\":"
	    "\"m\",\"fields\":{\"%s\":[[1472688000000,1]],\"ok\":"
	    "[[1472688000000,1]]}}", name)), HELIO_OK);
	assert_int_equal(telemetry_count(&d->batch), 1);
	assert_int_equal(d->rejects.n, 1);
}

static void
names_of_a_replys_members_are_not_for_fields(void **state)
{
	static const char *const name[] = { "measurement", "tags" };
	struct decoded *d = *state;

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		const char *body = arena_printf(d->arena, "{\"measurement\":"
		    "\"m\",\"fields\":{\"%s\":[[1472688000000,1]],\"tagsx\":"
		    "[[1472688000000,1]]}}", name[i]);

		assert_int_equal(strict(d, body), HELIO_E_INVALID);
		assert_true(faulty(d, name[i]));
		assert_int_equal(lenient(d, body), HELIO_OK);
		assert_int_equal(telemetry_count(&d->batch), 1);
		assert_int_equal(d->rejects.n, 1);
	}
}

/* "f0":[[1,1]],"f1":.. */
static const char *
with_fields(struct decoded *d, unsigned n)
{
	struct buf body = BUF_INIT;
	const char *text;

	buf_adds(&body, "{\"measurement\":\"m\",\"fields\":{");
	for (unsigned i = 0; i < n; i++)
		buf_addf(&body, "%s\"f%u\":[[1,1]]", i > 0 ? "," : "", i);
	buf_adds(&body, "}}");
	text = arena_strndup(d->arena, body.data, body.len);
	buf_free(&body);
	return text;
}

static void
fields_are_bounded(void **state)
{
	struct decoded *d = *state;

	assert_int_equal(strict(d, with_fields(d, TELEMETRY_FIELDS_MAX)),
	    HELIO_OK);
	assert_int_equal(d->batch.n_series, TELEMETRY_FIELDS_MAX);
	assert_int_equal(strict(d, with_fields(d, TELEMETRY_FIELDS_MAX + 1)),
	    HELIO_E_INVALID);
	assert_int_equal(lenient(d, with_fields(d, TELEMETRY_FIELDS_MAX + 1)),
	    HELIO_E_INVALID);
}

static void
points_are_bounded(void **state)
{
	static const char head[] = "{\"measurement\":\"m\",\"start\":"
	    "1472688000000,\"interval\":1,\"fields\":{\"v\":[";
	struct decoded *d = *state;
	struct buf body = BUF_INIT;

	buf_adds(&body, head);
	for (int i = 0; i < TELEMETRY_POINTS_MAX; i++)
		buf_adds(&body, "1,");
	body.len--;
	buf_adds(&body, "]}}");
	assert_int_equal(decode_n(d, TELEMETRY_STRICT, body.data, body.len),
	    HELIO_OK);
	assert_int_equal(telemetry_count(&d->batch), TELEMETRY_POINTS_MAX);
	body.len -= 3;
	buf_adds(&body, ",1]}}");
	assert_int_equal(decode_n(d, TELEMETRY_STRICT, body.data, body.len),
	    HELIO_E_INVALID);
	buf_free(&body);
}

static void
texts_are_bounded(void **state)
{
	struct decoded *d = *state;
	char text[4098];

	memset(text, 't', sizeof(text));
	text[4096] = '\0';
	assert_int_equal(strict(d, with_points(d, arena_printf(d->arena,
	    "[1,\"%s\"]", text))), HELIO_OK);
	text[4096] = 't';
	text[4097] = '\0';
	assert_int_equal(strict(d, with_points(d, arena_printf(d->arena,
	    "[1,\"%s\"]", text))), HELIO_E_INVALID);
}

/* ---- tags ---- */

static const char *
with_tags(struct decoded *d, const char *tags)
{
	return arena_printf(d->arena, "{\"measurement\":\"m\",\"tags\":%s,"
	    "\"fields\":{\"v\":[[1472688000000,1]]}}", tags);
}

static void
tags_are_sorted_and_the_last_wins(void **state)
{
	struct decoded *d = *state;

	assert_int_equal(strict(d, with_tags(d,
	    "{\"b\":\"2\",\"a\":\"1\",\"b\":\"3\",\"c\":-4}")), HELIO_OK);
	assert_int_equal(d->batch.n_tags, 3);
	assert_string_equal(d->batch.tags[0].value, "1");
	assert_string_equal(d->batch.tags[1].value, "3");
	assert_string_equal(d->batch.tags[2].value, "-4");
	assert_int_equal(strict(d, with_tags(d, "null")), HELIO_OK);
	assert_int_equal(d->batch.n_tags, 0);
}

static void
bad_tags_are_refused_or_set_aside(void **state)
{
	static const char *const bad[] = {
		"{\"a\":\"\"}", "{\"a\":\"x y\"}", "{\"a b\":\"x\"}",
		"{\"\":\"x\"}", "{\"a\":null}", "{\"a\":true}",
		"{\"a\":1.5}", "{\"a\":[1]}", "{\"a\":{\"b\":{}}}",
		"{\"a\":\"\\u00e9\"}", "{\"a\":\"\\u0000\"}", "7", "[\"a\"]",
		"\"a\"",
	};
	struct decoded *d = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		/* one way or the other: the reader may refuse U+0000 */
		if (strict(d, with_tags(d, bad[i])) == HELIO_E_DECODE)
			continue;
		assert_int_equal(d->rc, HELIO_E_INVALID);
		assert_true(faulty(d, "tags"));
		assert_int_equal(lenient(d, with_tags(d, bad[i])), HELIO_OK);
		assert_int_equal(d->batch.n_tags, 0);
		assert_int_equal(telemetry_count(&d->batch), 1);
		assert_int_equal(d->rejects.n, 1);
		assert_string_equal(d->rejects.reject[0].field, "tags");
	}
}

static void
tags_are_bounded(void **state)
{
	struct decoded *d = *state;
	struct telemetry_batch batch = { 0 };
	char name[8];

	for (int i = 0; i < TELEMETRY_TAGS_MAX; i++) {
		snprintf(name, sizeof(name), "t%02d", 99 - i);
		assert_true(telemetry_set_tag(&batch,
		    arena_strdup(d->arena, name), "x"));
	}
	assert_false(telemetry_set_tag(&batch, "new", "x"));
	assert_true(telemetry_set_tag(&batch, "t99", "y"));
	assert_int_equal(batch.n_tags, TELEMETRY_TAGS_MAX);
	for (size_t i = 1; i < batch.n_tags; i++)
		assert_true(strcmp(batch.tags[i - 1].name,
		    batch.tags[i].name) < 0);
	assert_string_equal(batch.tags[batch.n_tags - 1].value, "y");
}

static void
rejects_need_not_be_asked_for(void **state)
{
	struct decoded *d = *state;
	const char *body = with_points(d, "[1,null]");

	err_clear(&d->err);
	assert_int_equal(telemetry_decode(d->arena, body, strlen(body),
	    TELEMETRY_LENIENT, NOW_US, &d->batch, NULL, &d->err), HELIO_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(reads_the_documented_example),
		TEST(members_come_in_any_order),
		TEST(reads_every_form_of_time),
		TEST(refuses_what_is_no_time),
		TEST(numbers_out_of_range_spoil_one_point),
		TEST(reads_every_kind_of_value),
		TEST(refuses_what_is_no_pair),
		TEST(strict_names_every_field_at_fault),
		TEST(strict_takes_old_and_future_times),
		TEST(refuses_bodies_without_sense),
		TEST(every_truncation_is_refused),
		TEST(lenient_sets_bad_points_aside),
		TEST(lenient_bounds_time),
		TEST(lenient_still_needs_a_head),
		TEST(echo_is_cut_between_characters),
		TEST(reads_regular_samples),
		TEST(regular_samples_are_refused_one_by_one),
		TEST(regular_samples_need_start_and_interval),
		TEST(regular_times_may_leave_the_range),
		TEST(names_are_bounded),
		TEST(names_of_a_replys_members_are_not_for_fields),
		TEST(fields_are_bounded),
		TEST(points_are_bounded),
		TEST(texts_are_bounded),
		TEST(tags_are_sorted_and_the_last_wins),
		TEST(bad_tags_are_refused_or_set_aside),
		TEST(tags_are_bounded),
		TEST(rejects_need_not_be_asked_for),
	};

	return cmocka_run_group_tests_name("telemetry_decode", tests, NULL,
	    NULL);
}
