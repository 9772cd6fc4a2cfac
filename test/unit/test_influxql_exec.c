/*
 * test_influxql_exec.c - statements over a synthetic scan: small blocks, many
 * series, so that every border between blocks, buckets and series is met; and
 * every limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "influxql/exec.h"
#include "telemetry/scan.h"

/* ---- the scan: series of rows made from their numbers ---- */

enum { SERIES = 12, ROWS = 500, BLOCK_MAX = 100, FIELDS = 2 };

static const char *const field_names[FIELDS] = { "n", "v" };
static const enum telemetry_type field_types[FIELDS] = {
	TELEMETRY_INT, TELEMETRY_FLOAT,
};

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

/* Times of one series rise, and are no other's. */
static int64_t
time_at(size_t series, size_t row)
{
	return (int64_t)(row * 1000 + mix(series * ROWS + row) % 900 / SERIES *
	    SERIES + series);
}

static bool
has_value(size_t field, size_t series, size_t row)
{
	return mix(series * 7 + row * 31 + field) % 5 != 0;
}

static int64_t
value_at(size_t field, size_t series, size_t row)
{
	return (int64_t)(mix(field * 1000003 + series * ROWS + row) % 10000);
}

const char *
telemetry_type_name(enum telemetry_type type)
{
	return type == TELEMETRY_INT ? "integer" : "float";
}

enum helio_rc
telemetry_each_measurement(struct tx *tx, enum helio_rc (*each)(const char *,
    void *, struct helio_err *), void *arg, struct helio_err *err)
{
	return each("m", arg, err);
}

enum helio_rc
telemetry_has_measurement(struct tx *tx, const char *measurement, bool *ret,
    struct helio_err *err)
{
	*ret = strcmp(measurement, "m") == 0;
	return HELIO_OK;
}

enum helio_rc
telemetry_each_field(struct tx *tx, const char *measurement,
    enum helio_rc (*each)(const char *, enum telemetry_type, void *,
    struct helio_err *), void *arg, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < FIELDS && rc == HELIO_OK; i++)
		rc = each(field_names[i], field_types[i], arg, err);
	return rc;
}

enum helio_rc
telemetry_each_series(struct tx *tx, const char *measurement,
    const struct telemetry_tag *tags, size_t n_tags,
    enum helio_rc (*each)(const struct telemetry_series_info *, void *,
    struct helio_err *), void *arg, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < SERIES && rc == HELIO_OK; i++) {
		char unit[8];
		const struct telemetry_tag own[] = {
			{ "half", i % 2 == 0 ? "even" : "odd" },
			{ "unit", unit },
		};
		const struct telemetry_series_info info = {
			(int64_t)i, "m", own, 2,
		};

		snprintf(unit, sizeof(unit), "u%02zu", i);
		if (n_tags == 0 || strcmp(tags[0].value, unit) == 0 ||
		    strcmp(tags[0].value, own[0].value) == 0)
			rc = each(&info, arg, err);
	}
	return rc;
}

struct telemetry_cursor {
	const struct telemetry_range *range;
	size_t		 series, next;
	unsigned	 blocks;
	struct telemetry_block block;
	struct telemetry_column columns[FIELDS];
	int64_t		 at_ns[BLOCK_MAX];
	uint64_t	 present[FIELDS][BLOCK_MAX / 64 + 1];
	double		 f[FIELDS][BLOCK_MAX];
	int64_t		 i[FIELDS][BLOCK_MAX];
};

static unsigned open_cursors, open_scans;

enum helio_rc
telemetry_scan_open(struct tx *tx, const char *measurement,
    struct telemetry_scan **ret, struct helio_err *err)
{
	open_scans++;
	*ret = (struct telemetry_scan *)&open_scans;
	return HELIO_OK;
}

enum helio_rc
telemetry_scan_each_field(const struct telemetry_scan *scan,
    enum helio_rc (*each)(const char *, enum telemetry_type, void *,
    struct helio_err *), void *arg, struct helio_err *err)
{
	return telemetry_each_field(NULL, "m", each, arg, err);
}

void
telemetry_scan_close(struct telemetry_scan *scan)
{
	open_scans -= scan != NULL;
}

enum helio_rc
telemetry_cursor_open(struct telemetry_scan *scan, int64_t series,
    const struct telemetry_range *range, struct telemetry_cursor **ret,
    struct helio_err *err)
{
	struct telemetry_cursor *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->range = range;
	c->series = (size_t)series;
	open_cursors++;
	*ret = c;
	return HELIO_OK;
}

void
telemetry_cursor_close(struct telemetry_cursor *c)
{
	open_cursors -= c != NULL;
	free(c);
}

static size_t
field_number(const char *name)
{
	return strcmp(name, "v") == 0;
}

static void
put_row(struct telemetry_cursor *c, size_t row)
{
	size_t at = c->block.n++;

	c->at_ns[at] = time_at(c->series, row);
	for (size_t j = 0; j < c->range->n_fields; j++) {
		size_t field = field_number(c->range->fields[j]);

		c->f[j][at] = (double)value_at(field, c->series, row) / 4;
		c->i[j][at] = value_at(field, c->series, row);
		if (!has_value(field, c->series, row))
			continue;
		c->present[j][at / 64] |= UINT64_C(1) << (at % 64);
		c->columns[j].n_present++;
	}
}

static void
point_columns(struct telemetry_cursor *c)
{
	for (size_t j = 0; j < c->range->n_fields; j++) {
		struct telemetry_column *column = &c->columns[j];

		column->type = field_types[field_number(
		    c->range->fields[j])];
		column->present = column->n_present < c->block.n ?
		    c->present[j] : NULL;
		if (column->type == TELEMETRY_INT)
			column->i = c->i[j];
		else
			column->f = c->f[j];
	}
	c->block.at_ns = c->at_ns;
	c->block.columns = c->columns;
}

enum helio_rc
telemetry_cursor_next(struct telemetry_cursor *c,
    const struct telemetry_block **ret, struct helio_err *err)
{
	size_t want = 1 + mix(c->series * 100 + c->blocks++) % BLOCK_MAX;

	memset(&c->block, 0, sizeof(c->block));
	memset(c->columns, 0, sizeof(c->columns));
	memset(c->present, 0, sizeof(c->present));
	for (; c->next < ROWS && c->block.n < want; c->next++) {
		size_t row = c->range->descending ? ROWS - 1 - c->next :
		    c->next;
		int64_t at = time_at(c->series, row);

		if (at >= c->range->first_ns && at <= c->range->last_ns)
			put_row(c, row);
	}
	point_columns(c);
	*ret = c->block.n > 0 ? &c->block : NULL;
	return HELIO_OK;
}

/* ---- statements to text ---- */

struct out {
	struct buf	 text;
	size_t		 n_columns;
};

static enum helio_rc
on_series(void *arg, const struct iql_series_head *head,
    struct helio_err *err)
{
	struct out *out = arg;

	out->n_columns = head->n_columns;
	for (size_t i = 0; i < head->n_tags; i++)
		buf_addf(&out->text, "%s=%s ", head->tag_names[i],
		    head->tag_values[i]);
	buf_addc(&out->text, '\n');
	return HELIO_OK;
}

static enum helio_rc
on_row(void *arg, const struct iql_value *values, struct helio_err *err)
{
	struct out *out = arg;

	for (size_t i = 0; i < out->n_columns; i++) {
		if (values[i].type == IQL_T_NULL)
			buf_adds(&out->text, "- ");
		else if (values[i].type == IQL_T_TEXT)
			buf_addf(&out->text, "%.*s ", (int)values[i].n,
			    values[i].s);
		else if (values[i].type == IQL_T_FLOAT)
			buf_addf(&out->text, "%.6f ", values[i].f);
		else
			buf_addf(&out->text, "%lld ",
			    (long long)values[i].i);
	}
	buf_addc(&out->text, '\n');
	return HELIO_OK;
}

static unsigned stretches;	/* that were given */

static enum helio_rc
on_stretch(void *arg, const struct iql_stretch *s, struct helio_err *err)
{
	struct iql_value values[FIELDS + 4];
	struct out *out = arg;
	size_t n = 0;

	assert_true(out->n_columns <= FIELDS + 4);
	for (size_t row = s->lo; row < s->hi && n < s->most; row++) {
		if (!iql_mask_has(s->mask, row))
			continue;
		n++;
		values[0] = iql_time(s->at_ns[row]);
		for (size_t i = 0; i + 1 < out->n_columns; i++)
			values[i + 1] = s->cells[i].column == NULL ?
			    s->cells[i].same :
			    iql_cell(s->cells[i].column, row);
		(void)on_row(arg, values, err);
	}
	assert_true(n > 0);
	stretches++;
	return HELIO_OK;
}

/* What a statement gives under limits; err has the failure. */
static char *
run_once(const char *text, bool by_stretch, const struct iql_limits *limits,
    struct helio_err *err)
{
	struct arena *arena = arena_new();
	struct out out = { BUF_INIT, 0 };
	const struct iql_sink sink = { on_series, on_row, &out,
		by_stretch ? on_stretch : NULL };
	const struct iql_context context = {
		.arena = arena, .now_ns = 1000000, .limits = limits,
		.sink = &sink,
	};
	struct iql_fault fault;
	struct iql_statement *s = iql_parse(arena, text, strlen(text),
	    &fault);
	enum helio_rc rc;

	assert_non_null(s);
	err_clear(err);
	buf_adds(&out.text, "");
	rc = iql_run(&context, s, err);
	assert_int_equal(rc, err->rc);
	assert_int_equal(open_cursors, 0);
	assert_int_equal(open_scans, 0);
	arena_free(arena);
	return buf_take(&out.text, NULL);
}

/* Row by row and in stretches, which must say the same. */
static char *
run(const char *text, const struct iql_limits *limits, struct helio_err *err)
{
	char *rows = run_once(text, false, limits, err), *stretched;
	struct helio_err other;

	if (err->rc != HELIO_OK)
		return rows;
	stretched = run_once(text, true, limits, &other);
	if (other.rc == HELIO_OK)
		assert_string_equal(stretched, rows);
	free(stretched);
	return rows;
}

/* ---- against plain loops ---- */

struct sample {
	int64_t		 at;
	size_t		 series, row;
};

static int
by_time(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* All rows of all series in order; the caller frees. */
static struct sample *
all_rows(void)
{
	struct sample *rows = calloc(SERIES * ROWS, sizeof(*rows));

	assert_non_null(rows);
	for (size_t i = 0; i < SERIES * ROWS; i++)
		rows[i] = (struct sample){ time_at(i / ROWS, i % ROWS), i / ROWS,
		    i % ROWS };
	qsort(rows, SERIES * ROWS, sizeof(*rows), by_time);
	return rows;
}

static void
rows_are_merged_in_time(void **state)
{
	struct sample *rows = all_rows();
	struct buf up = BUF_INIT, down = BUF_INIT;
	struct helio_err err;
	char *text;

	buf_addc(&up, '\n');
	buf_addc(&down, '\n');
	for (size_t i = 0; i < SERIES * ROWS; i++) {
		const struct sample *a = &rows[i];
		const struct sample *b = &rows[SERIES * ROWS - 1 - i];

		if (has_value(0, a->series, a->row))
			buf_addf(&up, "%lld %lld u%02zu \n", (long long)a->at,
			    (long long)value_at(0, a->series, a->row),
			    a->series);
		if (has_value(0, b->series, b->row))
			buf_addf(&down, "%lld %lld \n", (long long)b->at,
			    (long long)value_at(0, b->series, b->row));
	}
	text = run("SELECT n, unit FROM m", NULL, &err);
	assert_string_equal(text, up.data);
	free(text);
	text = run("SELECT n FROM m ORDER BY time DESC", NULL, &err);
	assert_string_equal(text, down.data);
	free(text);
	buf_free(&up);
	buf_free(&down);
	free(rows);
}

struct bucket {
	long long	 count, sum, min, max, first, last;
};

static void
add(struct bucket *b, long long value)
{
	if (b->count++ == 0)
		b->first = b->min = b->max = value;
	b->sum += value;
	b->min = value < b->min ? value : b->min;
	b->max = value > b->max ? value : b->max;
	b->last = value;
}

static void
folds_are_those_of_a_loop(void **state)
{
	enum { WIDTH = 3700, BUCKETS = ROWS * 1000 / WIDTH + 1 };
	struct bucket buckets[BUCKETS] = { 0 };
	struct sample *rows = all_rows();
	struct buf wanted = BUF_INIT;
	struct helio_err err;
	char *text;

	for (size_t i = 0; i < SERIES * ROWS; i++)
		if (has_value(0, rows[i].series, rows[i].row) &&
		    value_at(0, rows[i].series, rows[i].row) > 2000 &&
		    rows[i].series % 2 == 1)
			add(&buckets[rows[i].at / WIDTH], value_at(0,
			    rows[i].series, rows[i].row));
	buf_addc(&wanted, '\n');
	for (size_t i = 0; i < BUCKETS; i++) {
		const struct bucket *b = &buckets[i];

		if (b->count > 0)
			buf_addf(&wanted, "%zu %lld %lld %.6f %lld %lld %lld "
			    "%lld %lld \n", i * WIDTH, b->count, b->sum,
			    (double)b->sum / (double)b->count, b->min, b->max,
			    b->first, b->last, b->max - b->min);
	}
	text = run("SELECT count(n), sum(n), mean(n), min(n), max(n), "
	    "first(n), last(n), spread(n) FROM m WHERE n > 2000 AND half = "
	    "'odd' GROUP BY time(3700ns) fill(none)", NULL, &err);
	assert_string_equal(text, wanted.data);
	free(text);
	buf_free(&wanted);
	free(rows);
}

static size_t
lines(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* What is merged and what is collected and sorted give the same. */
static void
both_ways_to_collect_agree(void **state)
{
	static const char *const texts[] = {
		"SELECT median(v), percentile(n, 90), count(distinct(n)) FROM "
		    "m GROUP BY time(5000ns), half fill(0)",
		"SELECT distinct(n) FROM m WHERE n < 500 GROUP BY half",
		"SELECT top(v, 4), unit FROM m GROUP BY time(20000ns)",
		"SELECT bottom(n, 2) FROM m GROUP BY half ORDER BY time DESC",
		"SELECT mode(n) FROM m",
	};
	const struct iql_limits narrow = { .columns = 1 };
	struct helio_err err;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *merged = run(texts[i], NULL, &err);
		char *sorted = run(texts[i], &narrow, &err);

		assert_int_equal(err.rc, HELIO_OK);
		assert_true(lines(merged) > 1);
		assert_string_equal(merged, sorted);
		free(merged);
		free(sorted);
	}
}

static void
limits_are_named(void **state)
{
	static const struct {
		const char	*text;
		struct iql_limits limits;
		const char	*word;
	} rows[] = {
		{ "SELECT n FROM m", { .rows = 1000 }, "query_rows" },
		{ "SELECT sum(n) FROM m", { .rows = 1000 }, "query_rows" },
		{ "SELECT n FROM m", { .series = 3 }, "series match" },
		{ "SELECT n FROM m", { .columns = 5 }, "to merge" },
		{ "SELECT difference(n) FROM m", { .columns = 5 },
		    "to merge" },
		{ "SELECT median(n) FROM m", { .points = 100 }, "points" },
		{ "SELECT elapsed(n) FROM m", { .points = 100 }, "points" },
		{ "SELECT sum(n) FROM m GROUP BY time(100ns)",
		    { .buckets = 50 }, "intervals" },
		{ "SELECT sum(n) FROM m WHERE time >= 0 GROUP BY time(1ns)",
		    { 0 }, "intervals" },
		{ "SELECT sum(n) FROM m WHERE n < 100 AND time >= "
		    "-9223372036854775000 GROUP BY time(1h)", { 0 },
		    "intervals" },
	};
	struct helio_err err;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		free(run(rows[i].text, &rows[i].limits, &err));
		assert_int_equal(err.rc, HELIO_E_QUERY);
		if (strstr(err.message, rows[i].word) == NULL)
			fail_msg("%s: %s", rows[i].text, err.message);
	}
}

static void
time_ends_too(void **state)
{
	const struct iql_limits none = { .ms = 1 };
	struct helio_err err;
	enum helio_rc rc = HELIO_OK;

	/* some run of a few ms is seen to be over after one */
	for (unsigned i = 0; i < 1000 && rc == HELIO_OK; i++) {
		free(run("SELECT n FROM m WHERE n + 1 > 0 OR v + 1 > n", &none,
		    &err));
		rc = err.rc;
	}
	assert_int_equal(rc, HELIO_E_QUERY);
	assert_non_null(strstr(err.message, "query_deadline"));
}

/* A LIMIT ends the reading: a budget for one block is enough. */
static void
a_limit_ends_early(void **state)
{
	const struct iql_limits few = { .rows = BLOCK_MAX };
	struct helio_err err;
	char *text = run("SELECT n FROM m WHERE unit = 'u03' LIMIT 1", &few,
	    &err);

	assert_int_equal(err.rc, HELIO_OK);
	assert_int_equal(lines(text), 2);
	free(text);
}

static void
rows_go_out_in_stretches(void **state)
{
	static const char *const texts[] = {
		"SELECT n, v, unit FROM m WHERE unit = 'u03'",
		"SELECT v FROM m WHERE unit = 'u04' AND n > 1000",
		"SELECT v FROM m WHERE n > 1000 GROUP BY unit "
		    "ORDER BY time DESC LIMIT 7 OFFSET 3",
		"SELECT n, v FROM m GROUP BY unit LIMIT 70",
		"SELECT nothing, v FROM m WHERE unit = 'u05' LIMIT 11 OFFSET 1",
	};
	struct helio_err err;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		stretches = 0;
		free(run(texts[i], NULL, &err));
		assert_int_equal(err.rc, HELIO_OK);
		assert_true(stretches > 0);
	}
	stretches = 0;
	free(run("SELECT n + 1, v FROM m WHERE unit = 'u03'", NULL, &err));
	free(run("SELECT n::float FROM m WHERE unit = 'u03'", NULL, &err));
	assert_int_equal(stretches, 0);
}

/* The first or last row of one series, or of all, with n above a number. */
static void
add_end(struct buf *out, bool last, size_t series, long long above)
{
	struct sample *rows = all_rows();
	const struct sample *best = NULL;

	for (size_t i = 0; i < SERIES * ROWS; i++) {
		const struct sample *s = &rows[last ? SERIES * ROWS - 1 - i :
		    i];
		long long value = value_at(0, s->series, s->row);

		if ((series != SERIES && s->series != series) ||
		    !has_value(0, s->series, s->row) || value <= above)
			continue;
		/* at one time the greater value counts */
		if (best == NULL || (s->at == best->at &&
		    value > value_at(0, best->series, best->row)))
			best = s;
	}
	if (best != NULL)
		buf_addf(out, "%lld %lld \n", (long long)best->at,
		    (long long)value_at(0, best->series, best->row));
	free(rows);
}

/* first() and last() alone read a series only as far as they must. */
static void
an_end_is_found_early(void **state)
{
	static const long long above[] = { -100000, 2000 };
	const struct iql_limits few = { .rows = BLOCK_MAX };
	struct helio_err err;
	char text[120], *got;

	for (unsigned i = 0; i < 4; i++) {
		struct buf want = BUF_INIT;

		buf_addc(&want, '\n');
		add_end(&want, i % 2 == 0, SERIES, above[i / 2]);
		snprintf(text, sizeof(text), "SELECT %s(n) FROM m WHERE "
		    "n > %lld", i % 2 == 0 ? "last" : "first", above[i / 2]);
		got = run(text, NULL, &err);
		assert_string_equal(got, want.data);
		free(got);
		buf_reset(&want);
		for (size_t k = 0; k < SERIES; k++) {
			buf_addf(&want, "unit=u%02zu \n", k);
			add_end(&want, i % 2 == 0, k, above[i / 2]);
		}
		snprintf(text + strlen(text), 20, " GROUP BY unit");
		got = run(text, NULL, &err);
		assert_string_equal(got, want.data);
		free(got);
		buf_free(&want);
	}
	for (unsigned i = 0; i < 2; i++) {
		got = run(i == 0 ? "SELECT last(n), last(v) FROM m WHERE unit "
		    "= 'u03'" : "SELECT first(n) FROM m WHERE unit = 'u03'",
		    &few, &err);
		assert_int_equal(err.rc, HELIO_OK);
		assert_int_equal(lines(got), 2);
		free(got);
	}
	free(run("SELECT last(n), count(n) FROM m WHERE unit = 'u03'", &few,
	    &err));
	assert_int_equal(err.rc, HELIO_E_QUERY);
}

static void
groups_ascend_and_are_cut(void **state)
{
	struct helio_err err;
	char *text = run("SELECT count(n) FROM m GROUP BY unit SLIMIT 2 "
	    "SOFFSET 10", NULL, &err);

	assert_non_null(strstr(text, "unit=u10"));
	assert_non_null(strstr(text, "unit=u11"));
	assert_int_equal(lines(text), 4);
	free(text);
}

static void
ends_of_time_do_not_overflow(void **state)
{
	static const char *const texts[] = {
		"SELECT mean(n) FROM m WHERE time < 9223372036854775806 AND "
		    "time > 9223372036854775000 GROUP BY time(7w, -6w)",
		"SELECT derivative(mean(n)) FROM m WHERE time < 1000 AND time "
		    ">= -9223372036854775806 GROUP BY time(15000w)",
		"SELECT sum(n) FROM m WHERE time > 10 AND time < 5",
		"SELECT count(n) FROM m GROUP BY time(15000w, 3w)",
	};
	struct helio_err err;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		free(run(texts[i], NULL, &err));
		assert_int_equal(err.rc, HELIO_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_merged_in_time),
		cmocka_unit_test(folds_are_those_of_a_loop),
		cmocka_unit_test(both_ways_to_collect_agree),
		cmocka_unit_test(limits_are_named),
		cmocka_unit_test(time_ends_too),
		cmocka_unit_test(a_limit_ends_early),
		cmocka_unit_test(rows_go_out_in_stretches),
		cmocka_unit_test(an_end_is_found_early),
		cmocka_unit_test(groups_ascend_and_are_cut),
		cmocka_unit_test(ends_of_time_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
