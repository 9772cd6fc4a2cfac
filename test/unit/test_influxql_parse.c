/*
 * test_influxql_parse.c - InfluxQL texts: what they mean, and where they are
 * wrong.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "influxql/cond.h"
#include "influxql/lex.h"
#include "influxql/parse.h"
#include "influxql/value.h"

static int
set_up(void **state)
{
	*state = arena_new();
	return *state == NULL;
}

static int
tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

/* ---- expressions, written out with all their brackets ---- */

static const char *const ops[] = {
	"AND", "OR", "=", "!=", "<", "<=", ">", ">=", "=~", "!~", "+", "-",
	"*", "/", "%", "&", "|", "^",
};

static void
print(struct buf *out, const struct iql_expr *e)
{
	switch (e->kind) {
	case IQL_BINARY:
		buf_addc(out, '(');
		print(out, e->lhs);
		buf_addf(out, " %s ", ops[e->op]);
		print(out, e->rhs);
		buf_addc(out, ')');
		break;
	case IQL_CALL:
		buf_addf(out, "%s[", e->s);
		for (size_t i = 0; i < e->n_args; i++) {
			buf_adds(out, i > 0 ? ", " : "");
			print(out, e->args[i]);
		}
		buf_addc(out, ']');
		break;
	case IQL_NAME:
		buf_adds(out, e->s);
		break;
	case IQL_STRING:
		buf_addf(out, "'%s'", e->s);
		break;
	case IQL_REGEX:
		buf_addf(out, "/%s/", e->s);
		break;
	case IQL_DURATION:
		buf_addf(out, "%lldns", (long long)e->i);
		break;
	case IQL_NUMBER:
		buf_addd(out, e->f);
		break;
	case IQL_WILDCARD:
		buf_addc(out, '*');
		break;
	default:
		buf_addi(out, e->i);
	}
}

static void
assert_means(struct arena *arena, const char *text, const char *wanted)
{
	struct iql_fault fault = { "", 0 };
	struct iql_expr *e = iql_parse_condition(arena, text, strlen(text),
	    &fault);
	struct buf out = BUF_INIT;

	if (e == NULL)
		fail_msg("%s: %s at %zu", text, fault.text, fault.at);
	print(&out, e);
	assert_string_equal(out.data, wanted);
	buf_free(&out);
}

static void
operators_bind_by_rank(void **state)
{
	assert_means(*state, "a + b * 2 > 3 OR c = 1 AND d = 2",
	    "(((a + (b * 2)) > 3) OR ((c = 1) AND (d = 2)))");
	assert_means(*state, "a - b - c > 0", "(((a - b) - c) > 0)");
	assert_means(*state, "(a OR b) AND c", "((a OR b) AND c)");
	assert_means(*state, "a & 1 | 2 = 3", "(((a & 1) | 2) = 3)");
	assert_means(*state, "a <> 1", "(a != 1)");
}

static void
literals_are_what_they_say(void **state)
{
	assert_means(*state, "x > 1h30m", "(x > 5400000000000ns)");
	assert_means(*state, "x > -5", "(x > -5)");
	assert_means(*state, "x > -1.50", "(x > -1.5)");
	assert_means(*state, "x > .5", "(x > 0.5)");
	assert_means(*state, "-x > 1", "((-1 * x) > 1)");
	assert_means(*state, "x = TRUE", "(x = 1)");
	assert_means(*state, "x = 9223372036854775808",
	    "(x = 9.223372036854776e+18)");
	assert_means(*state, "x = 'it\\'s'", "(x = 'it's')");
	assert_means(*state, "x =~ /a\\/b\\.c/", "(x =~ /a/b\\.c/)");
}

static void
names_stand_in_either_quote(void **state)
{
	assert_means(*state, "\"a b\".c = 1", "(a b.c = 1)");
	assert_means(*state, "'volt age' > 14.0", "(volt age > 14.0)");
	assert_means(*state, "'a' + 'b' > 1 AND 'c' = 'd'",
	    "(((a + b) > 1) AND (c = 'd'))");
	assert_means(*state, "'2016-01-01' < time", "('2016-01-01' < time)");
}

/* ---- faults ---- */

static void
faults_have_a_place(void **state)
{
	static const struct {
		const char	*text;
		const char	*fault;
		size_t		 at;
	} rows[] = {
		{ "", "found EOF, expected SELECT or SHOW", 0 },
		{ "SELECT", "found EOF, expected identifier, string, number, "
		    "bool", 6 },
		{ "SELECT a FROM", "found EOF, expected identifier", 13 },
		{ "SELECT a FROM m GROUP BY time(1)",
		    "found 1, expected duration", 30 },
		{ "SELECT a FROM m GROUP BY time(0s)",
		    "time dimension must be longer than 0", 30 },
		{ "SELECT a FROM m GROUP BY time(1s), time(2s)",
		    "multiple time dimensions not allowed", 40 },
		{ "SELECT a FROM m fill(x)", "found x, expected null, none, "
		    "previous, linear or a number", 21 },
		{ "SELECT a FROM m ORDER BY a",
		    "only ORDER BY time supported at this time", 25 },
		{ "SELECT a FROM m LIMIT x", "found x, expected integer",
		    22 },
		{ "SELECT select FROM m", "found select, expected identifier",
		    7 },
		{ "SELECT a FROM m WHERE x > 1h2", "what begins here is no "
		    "duration that fits", 26 },
		{ "SELECT a FROM m WHERE x = 'a\\q'",
		    "what begins here has an unknown escape", 26 },
		{ "SHOW TAG VALUES FROM m", "found EOF, expected with", 22 },
		{ "SHOW TAG", "found EOF, expected KEYS, POLICIES or VALUES",
		    8 },
		{ "SELECT a FROM m; DROP SERIES",
		    "found DROP, expected SELECT or SHOW", 17 },
		{ "SELECT now(1) FROM m", "now() takes no arguments", 7 },
	};
	struct iql_fault fault;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_null(iql_parse(*state, rows[i].text,
		    strlen(rows[i].text), &fault));
		assert_string_equal(fault.text, rows[i].fault);
		assert_int_equal(fault.at, rows[i].at);
	}
}

static void
texts_are_bounded(void **state)
{
	char text[IQL_TEXT_MAX + 2];
	struct iql_fault fault;

	memset(text, '(', sizeof(text));
	assert_null(iql_parse_condition(*state, text, 1000, &fault));
	assert_string_equal(fault.text, "nested too deep");
	memset(text, ' ', sizeof(text));
	text[0] = 'a';
	assert_null(iql_parse_condition(*state, text, sizeof(text), &fault));
	assert_string_equal(fault.text, "more than 65536 bytes");
	for (size_t i = 0; i + 1 < 60000; i += 2)
		memcpy(text + i, "a+", 2);
	assert_null(iql_parse_condition(*state, text, 60000, &fault));
	assert_string_equal(fault.text, "the expression is too deep");
}

static void
places_are_lines_and_characters(void **state)
{
	unsigned line, at;

	iql_place("ab\ncd", 4, &line, &at);
	assert_int_equal(line, 2);
	assert_int_equal(at, 2);
	iql_place("", 0, &line, &at);
	assert_int_equal(line * 10 + at, 11);
}

/* ---- statements ---- */

static void
clauses_are_all_taken(void **state)
{
	static const char text[] = "SELECT mean(v) AS x, *::tag FROM a, "
	    "\"db\"..\"b\", /c/ WHERE t = 'u' GROUP BY time(1h, -10m), *, "
	    "host, /re/ fill(-2.5) ORDER BY time DESC LIMIT 1 OFFSET 2 "
	    "SLIMIT 3 SOFFSET 4; SHOW TAG VALUES FROM a WITH KEY IN (k, l)";
	struct iql_fault fault;
	struct iql_statement *s = iql_parse(*state, text, strlen(text),
	    &fault);

	assert_non_null(s);
	assert_int_equal(s->n_fields, 2);
	assert_string_equal(s->fields[0].alias, "x");
	assert_int_equal(s->fields[1].expr->cast, CAST_TAG);
	assert_int_equal(s->n_sources, 3);
	assert_string_equal(s->sources[1].name, "b");
	assert_non_null(s->sources[2].regex);
	assert_true(s->interval_ns == INT64_C(3600000000000));
	assert_true(s->offset_ns == INT64_C(-600000000000));
	assert_int_equal(s->n_dimensions, 3);
	assert_true(s->dimensions[0].all);
	assert_int_equal(s->fill, FILL_NUMBER);
	assert_true(s->fill_value == -2.5);
	assert_true(s->descending);
	assert_int_equal(s->limit * 1000 + s->offset * 100 + s->slimit * 10 +
	    s->soffset, 1234);
	s = s->next;
	assert_int_equal(s->verb, IQL_SHOW_TAG_VALUES);
	assert_int_equal(s->n_keys, 2);
	assert_null(s->next);
}

static void
functions_have_a_hole(void **state)
{
	static const char *const texts[][2] = {
		{ "mean", "mean[x]" }, { "mean()", "mean[x]" },
		{ "PERCENTILE(95)", "percentile[x, 95]" },
		{ "derivative(mean, 1h)", "derivative[mean[x], "
		    "3600000000000ns]" },
		{ "derivative(1h)", "derivative[x, 3600000000000ns]" },
		{ "moving_average(percentile(9), 3)",
		    "moving_average[percentile[x, 9], 3]" },
	};
	struct iql_fault fault;
	struct iql_expr *e, **hole;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf out = BUF_INIT;

		e = iql_parse_function(*state, texts[i][0],
		    strlen(texts[i][0]), &hole, &fault);
		assert_non_null(e);
		*hole = iql_name_expr(*state, "x");
		print(&out, e);
		assert_string_equal(out.data, texts[i][1]);
		buf_free(&out);
	}
	assert_null(iql_parse_function(*state, "mean(", 5, &hole, &fault));
	assert_null(iql_parse_function(*state, "mean x", 6, &hole, &fault));
}

/* ---- conditions ---- */

static struct iql_expr *
split(struct arena *arena, const char *text, struct iql_range *range)
{
	struct iql_fault fault = { "", 0 };
	struct iql_expr *rest = NULL, *e = iql_parse_condition(arena, text,
	    strlen(text), &fault);

	*range = (struct iql_range){ IQL_TIME_MIN, IQL_TIME_MAX };
	if (e == NULL || !iql_split_time(arena, e, 1000, range, &rest,
	    &fault))
		fail_msg("%s: %s", text, fault.text);
	return rest;
}

static void
times_leave_the_condition(void **state)
{
	struct iql_range range;
	struct buf out = BUF_INIT;

	print(&out, split(*state, "time > 5 AND (a = 1 AND time <= 9) AND "
	    "8 >= time", &range));
	assert_string_equal(out.data, "(a = 1)");
	assert_int_equal(range.first_ns, 6);
	assert_int_equal(range.last_ns, 8);
	buf_free(&out);
	assert_null(split(*state, "time >= now() - 1u AND time < "
	    "'1970-01-01T00:00:01Z' + 1s", &range));
	assert_int_equal(range.first_ns, 0);
	assert_int_equal(range.last_ns, 1999999999);
}

static const char *
tag_t(const struct iql_expr *name, void *arg)
{
	return name->s[0] == 't' ? arg : NULL;
}

static void
tags_leave_the_condition(void **state)
{
	static const char *const rows[][3] = {
		{ "t = 'x' AND a > 1", "x", "(a > 1)" },
		{ "t = 'x' AND a > 1", "y", "0" },
		{ "t = 'x' OR a > 1", "x", "1" },
		{ "t != 'x' OR a > 1", "x", "(a > 1)" },
		{ "t =~ /^x/", "xy", "1" }, { "t !~ /^x/", "", "1" },
		{ "t = ''", "", "1" }, { "t = 5", "5", "0" },
		{ "t = t2", "5", "1" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct iql_range range;
		struct buf out = BUF_INIT;
		char value[8];

		snprintf(value, sizeof(value), "%s", rows[i][1]);
		print(&out, iql_specialise(*state, split(*state, rows[i][0],
		    &range), tag_t, value));
		assert_string_equal(out.data, rows[i][2]);
		buf_free(&out);
	}
}

/* ---- values ---- */

static void
operators_do_as_influxdb(void **state)
{
	const struct iql_value one = iql_int(1), zero = iql_int(0);
	const struct iql_value least = iql_int(INT64_MIN);

	assert_true(iql_operate(IQL_DIV, one, zero, false).i == 0);
	assert_true(iql_operate(IQL_DIV, iql_float(1), zero, false).f == 0);
	assert_true(iql_operate(IQL_DIV, one, iql_int(2), true).f == 0.5);
	assert_true(iql_operate(IQL_DIV, one, iql_int(2), false).i == 0);
	assert_true(iql_operate(IQL_DIV, least, iql_int(-1), false).i ==
	    INT64_MIN);
	assert_true(iql_operate(IQL_MOD, least, iql_int(-1), false).i == 0);
	assert_true(iql_operate(IQL_MOD, one, zero, false).i == 0);
	assert_true(isnan(iql_operate(IQL_MOD, iql_float(1), zero,
	    false).f));
	assert_true(iql_operate(IQL_EQ, one, iql_float(1), false).i == 1);
	assert_true(iql_operate(IQL_NE, one, iql_text("1"), false).i == 0);
	assert_true(iql_operate(IQL_LT, iql_text("a"), iql_text("b"),
	    false).i == 0);
	assert_int_equal(iql_operate(IQL_ADD, one, iql_null(), false).type,
	    IQL_T_NULL);
	assert_true(iql_operate(IQL_EQ, iql_null(), iql_bool(false),
	    false).i == 0);
	assert_int_equal(iql_convert(iql_float(1e300), CAST_INTEGER).i ==
	    INT64_MAX, 1);
	assert_int_equal(iql_convert(iql_text("1"), CAST_INTEGER).type,
	    IQL_T_NULL);
}

static void
patterns_have_limits(void **state)
{
	const char *why = "";
	struct iql_regex *regex = iql_regex_new(*state, "^(a+)+$", 7, &why);
	char text[64];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 'b';
	assert_non_null(regex);
	assert_true(iql_regex_match(regex, text, sizeof(text) - 1));
	assert_false(iql_regex_match(regex, text, sizeof(text)));
	assert_true(iql_regex_gave_up(regex));
	assert_null(iql_regex_new(*state, "(", 1, &why));
	assert_string_equal(why, "missing closing parenthesis");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(operators_bind_by_rank),
		TEST(literals_are_what_they_say),
		TEST(names_stand_in_either_quote),
		TEST(faults_have_a_place),
		TEST(texts_are_bounded),
		TEST(places_are_lines_and_characters),
		TEST(clauses_are_all_taken),
		TEST(functions_have_a_hole),
		TEST(times_leave_the_condition),
		TEST(tags_leave_the_condition),
		TEST(operators_do_as_influxdb),
		TEST(patterns_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
