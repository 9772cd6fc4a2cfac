/*
 * fuzz_influxql_where.c - the condition of the data endpoint: parsed, freed of
 * its times, put in place for a series, and evaluated over a row; no step
 * may read what is not there or end anywhere but in a value or a fault.
 *
 * Sources: src/base src/influxql/lex.c src/influxql/parse.c
 * Sources: src/influxql/parse_expr.c src/influxql/func.c src/influxql/regex.c
 * Sources: src/influxql/cond.c src/influxql/value.c
 * Libraries: libpcre2-8 libsodium
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "influxql/cond.h"
#include "influxql/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* Names that begin with t are tags. */
static const char *
tag_of(const struct iql_expr *name, void *arg)
{
	return name->s[0] == 't' ? "value" : NULL;
}

/* Every value a field can have, and none. */
static const struct iql_value cells[] = {
	{ .type = IQL_T_NULL }, { .type = IQL_T_FLOAT, .f = 1.5 },
	{ .type = IQL_T_INT, .i = INT64_MIN }, { .type = IQL_T_BOOL, .i = 1 },
	{ .type = IQL_T_TEXT, .n = 2, .s = "on" },
};

static void
evaluate(struct arena *arena, struct iql_expr *where)
{
	struct iql_expr *left = iql_specialise(arena, where, tag_of, NULL);

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		struct iql_value v = iql_eval(left, &cells[i], false);

		check(v.type <= IQL_T_TEXT);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct iql_range range = { IQL_TIME_MIN, IQL_TIME_MAX };
	struct iql_fault fault = { .at = SIZE_MAX };
	struct arena *arena = arena_new();
	struct iql_expr *where, *rest = NULL, **hole;

	where = iql_parse_condition(arena, (const char *)data, n, &fault);
	if (where == NULL)
		check(fault.at <= n && fault.text[0] != '\0');
	else if (!iql_split_time(arena, where, 1000, &range, &rest, &fault))
		check(fault.at <= n && fault.text[0] != '\0');
	else if (rest != NULL)
		evaluate(arena, rest);
	iql_parse_function(arena, (const char *)data, n, &hole, &fault);
	arena_free(arena);
	return 0;
}
