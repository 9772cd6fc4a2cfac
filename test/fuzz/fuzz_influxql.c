/*
 * fuzz_influxql.c - InfluxQL statements: whatever comes in, statements that
 * keep their own bounds or a fault with its place come out.
 *
 * Sources: src/base src/influxql/lex.c src/influxql/parse.c
 * Sources: src/influxql/parse_expr.c src/influxql/func.c src/influxql/regex.c
 * Libraries: libpcre2-8 libsodium
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "influxql/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
check_expr(const struct iql_expr *e, unsigned height)
{
	check(height > 0);
	if (e->kind == IQL_BINARY) {
		check(e->lhs != NULL && e->rhs != NULL);
		check(e->height > e->lhs->height &&
		    e->height > e->rhs->height);
		check_expr(e->lhs, height - 1);
		check_expr(e->rhs, height - 1);
	}
	check(e->kind != IQL_REGEX || e->regex != NULL);
	check(e->kind != IQL_NAME || (e->s != NULL && strlen(e->s) == e->n));
	for (size_t i = 0; i < e->n_args; i++)
		check_expr(e->args[i], height - 1);
}

static void
check_statement(const struct iql_statement *s)
{
	if (s->verb == IQL_SELECT)
		check(s->n_fields > 0 && s->n_sources > 0);
	for (size_t i = 0; i < s->n_fields; i++)
		check(s->fields[i].expr != NULL);
	for (size_t i = 0; i < s->n_sources; i++)
		check((s->sources[i].name != NULL) !=
		    (s->sources[i].regex != NULL));
	for (size_t i = 0; i < s->n_fields; i++)
		if (s->fields[i].expr->kind != IQL_REGEX)
			check_expr(s->fields[i].expr, IQL_HEIGHT_MAX +
			    IQL_DEPTH_MAX);
	if (s->where != NULL)
		check_expr(s->where, IQL_HEIGHT_MAX + IQL_DEPTH_MAX);
	check(s->interval_ns >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *arena = arena_new();
	const struct iql_statement *s;
	struct iql_fault fault = { .at = SIZE_MAX };
	unsigned count = 0;

	s = iql_parse(arena, (const char *)data, n, &fault);
	if (s == NULL)
		check(fault.at <= n && fault.text[0] != '\0');
	for (; s != NULL; s = s->next) {
		check(++count <= IQL_STATEMENTS_MAX);
		check_statement(s);
	}
	arena_free(arena);
	return 0;
}
