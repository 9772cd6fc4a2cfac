/* test_influx_output.c - numbers and lines as Go writes them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "influx/output.h"

static void
numbers_are_gos(void **state)
{
	static const struct {
		double		 value;
		const char	*text;
	} rows[] = {
		{ 0, "0" }, { -0.0, "-0" }, { 2, "2" }, { 0.1, "0.1" },
		{ -12.5, "-12.5" }, { 1e15, "1000000000000000" },
		{ 1e20, "100000000000000000000" }, { 1e21, "1e+21" },
		{ 123456789012345680000.0, "123456789012345680000" },
		{ 1.5e-5, "0.000015" }, { 1e-6, "0.000001" },
		{ 1.25e-7, "1.25e-7" }, { -1e-10, "-1e-10" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ 5e-324, "5e-324" }, { NAN, "null" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		influx_number(&out, rows[i].value);
		assert_string_equal(out.data, rows[i].text);
		buf_free(&out);
	}
}

static void
indenting_keeps_strings(void **state)
{
	static const char json[] =
	    "{\"a\":[1,{\"b\":\"x,{\\\"}\"}],\"c\":[],\"d\":{}}";
	struct buf out = BUF_INIT;

	influx_indent(json, strlen(json), &out);
	assert_string_equal(out.data,
	    "{\n    \"a\": [\n        1,\n        {\n            \"b\": "
	    "\"x,{\\\"}\"\n        }\n    ],\n    \"c\": [],\n    \"d\": {}\n"
	    "}");
	buf_free(&out);
}

/* ---- rows as they are stored ---- */

enum { ROWS = 700, COLUMNS = 4 };

static const double floats[] = { 0.1, 20, -3.75, 1e300, 0.30000000000000004 };

/* A float with gaps, an integer, a flag, and a text or a tag or neither. */
struct table {
	int64_t		 at_ns[ROWS], whole[ROWS], flag[ROWS];
	double		 real[ROWS];
	uint64_t	 present[ROWS / 64 + 1], mask[ROWS / 64 + 1];
	struct telemetry_text text[ROWS];
	struct telemetry_column column[COLUMNS];
	struct iql_cells cells[COLUMNS];
};

static void
fill_table(struct table *t)
{
	static const struct telemetry_text texts[] = {
		{ "plain", 5 }, { "a,\"b\"", 5 }, { "", 0 },
	};

	memset(t, 0, sizeof(*t));
	for (size_t i = 0; i < ROWS; i++) {
		t->at_ns[i] = INT64_C(1700000000000000000) +
		    (int64_t)i * 60000000007;
		t->real[i] = floats[i % 5];
		t->whole[i] = (int64_t)i * 1000003 - 5000;
		t->flag[i] = i % 3 == 0;
		t->text[i] = texts[i % 3];
		t->present[i / 64] |= (uint64_t)(i % 7 != 0) << (i % 64);
		t->mask[i / 64] |= (uint64_t)(i % 5 != 2) << (i % 64);
	}
	t->column[0] = (struct telemetry_column){ TELEMETRY_FLOAT,
	    ROWS - ROWS / 7, t->present, { .f = t->real } };
	t->column[1] = (struct telemetry_column){ TELEMETRY_INT, ROWS, NULL,
	    { .i = t->whole } };
	t->column[2] = (struct telemetry_column){ TELEMETRY_BOOL, ROWS, NULL,
	    { .i = t->flag } };
	t->column[3] = (struct telemetry_column){ TELEMETRY_TEXT, ROWS, NULL,
	    { .s = t->text } };
	for (size_t i = 0; i < COLUMNS; i++)
		t->cells[i].column = &t->column[i];
}

/* The rows one by one, as a sink without stretches gets them. */
static void
give_rows(const struct iql_sink *sink, const struct iql_stretch *s,
    size_t n_columns, struct helio_err *err)
{
	struct iql_value values[COLUMNS + 1];
	size_t n = 0;

	for (size_t row = s->lo; row < s->hi && n < s->most; row++) {
		if (!iql_mask_has(s->mask, row))
			continue;
		n++;
		values[0] = iql_time(s->at_ns[row]);
		for (size_t i = 0; i < n_columns; i++)
			values[i + 1] = s->cells[i].column == NULL ?
			    s->cells[i].same :
			    iql_cell(s->cells[i].column, row);
		assert_int_equal(sink->row(sink->arg, values, err),
		    HELIO_OK);
	}
}

static char *
written(const struct influx_form *form, const struct iql_stretch *s,
    size_t n_columns, bool by_stretch)
{
	static const char *const names[] = { "time", "a", "b", "c", "d" };
	const struct iql_series_head head = {
		.name = "m", .columns = names, .n_columns = n_columns + 1,
	};
	struct influx_output o = { .form = *form };
	struct arena *arena = arena_new();
	struct iql_sink sink = influx_output_sink(&o);
	struct helio_err err;

	err_clear(&err);
	influx_output_begin(&o, arena);
	influx_output_statement(&o);
	assert_int_equal(sink.series(sink.arg, &head, &err), HELIO_OK);
	for (unsigned i = 0; i < 2; i++) {
		if (by_stretch)
			assert_int_equal(sink.stretch(sink.arg, s, &err),
			    HELIO_OK);
		else
			give_rows(&sink, s, n_columns, &err);
	}
	assert_int_equal(influx_output_end(&o, NULL, &err), HELIO_OK);
	influx_output_finish(&o);
	arena_free(arena);
	return buf_take(&o.out, NULL);
}

static void
stretches_are_their_rows(void **state)
{
	static const struct influx_form forms[] = {
		{ .epoch_ns = 1 }, { .epoch_ns = 1000000 }, { .epoch_ns = 0 },
		{ .chunked = true, .chunk_rows = 100 },
		{ .chunked = true, .chunk_rows = 1, .epoch_ns = 1 },
		{ .csv = true }, { .pretty = true },
	};
	static struct table t;

	fill_table(&t);
	for (unsigned i = 0; i < 7 * 16; i++) {
		struct influx_form form = forms[i % 7];
		struct iql_stretch s = { t.at_ns, t.cells, i % 3, ROWS - i,
		    i % 2 == 0 ? SIZE_MAX : 300, (i / 7 & 1) != 0 ? t.mask :
		    NULL };
		size_t n_columns = (i / 14 & 1) != 0 ? 4 : 3;
		char *rows, *stretched;

		form.bytes_max = 1 << 30;
		t.cells[3].column = (i / 28 & 1) != 0 ? &t.column[3] : NULL;
		t.cells[3].same = iql_text("a \"tag\"");
		rows = written(&form, &s, n_columns, false);
		stretched = written(&form, &s, n_columns, true);
		assert_string_equal(stretched, rows);
		free(rows);
		free(stretched);
	}
}

static void
a_reply_has_its_limit(void **state)
{
	static const char *const names[] = { "time", "a", "b", "c" };
	const struct iql_series_head head = {
		.name = "m", .columns = names, .n_columns = 4,
	};
	struct influx_output o = { .form.bytes_max = 10000 };
	struct arena *arena = arena_new();
	struct iql_sink sink = influx_output_sink(&o);
	static struct table t;
	struct iql_stretch s = { t.at_ns, t.cells, 0, ROWS, SIZE_MAX, NULL };
	struct helio_err err;

	fill_table(&t);
	err_clear(&err);
	influx_output_begin(&o, arena);
	influx_output_statement(&o);
	assert_int_equal(sink.series(sink.arg, &head, &err), HELIO_OK);
	assert_int_equal(sink.stretch(sink.arg, &s, &err), HELIO_E_QUERY);
	/* it ended soon after the limit */
	assert_true(o.out.len > 10000 && o.out.len < 40000);
	arena_free(arena);
	buf_free(&o.out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_gos),
		cmocka_unit_test(indenting_keeps_strings),
		cmocka_unit_test(stretches_are_their_rows),
		cmocka_unit_test(a_reply_has_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
