/* sql_fixture.c - a schema, a data base in memory, and short ways to ask it */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql_fixture.h"

static const char schema_text[] =
    "version 1\n"
    "table entity\n"
    "	key entity_id int\n"
    "	field name text required unique\n"
    "	many hubs hub.entity_id\n"
    "	scope own entity_id\n"
    "table hub\n"
    "	key hub_id int\n"
    "	field name text required unique\n"
    "	field town text\n"
    "	field entity_id int required -> entity\n"
    "	many products product.hub_id\n"
    "	scope own entity_id\n"
    "table product\n"
    "	key product_imei text(16) natural\n"
    "	field hub_id int -> hub\n"
    "	field name text\n"
    "	field power float\n"
    "	field flag bool required default false\n"
    "	field word text default \"it's\"\n"
    "	field born date\n"
    "	field seen datetime\n"
    "	field wait duration\n"
    "	field device_key text secret FACTORY\n"
    "	field hash text secret NOBODY\n"
    "	many states state.product_imei\n"
    "	many product_entity_linker product_entity_linker.product_imei\n"
    "	scope product\n"
    "table product_entity_linker\n"
    "	key product_entity_linker_id int\n"
    "	field product_imei text(16) required -> product\n"
    "	field entity_id int required -> entity\n"
    "	field date_removed datetime\n"
    "	scope own entity_id via product\n"
    "	index entity_id date_removed product_imei\n"
    "	index product_imei date_removed\n"
    "table state\n"
    "	key state_id int\n"
    "	field product_imei text(16) required -> product\n"
    "	field kind int required -> kind\n"
    "	field grade int\n"
    "	field user text\n"
    "	index kind product_imei\n"
    "	scope via product\n"
    "table kind\n"
    "	key kind_id int\n"
    "	field name text\n"
    "	many states state.kind\n"
    "	scope all\n"
    "table report\n"
    "	key report_id int\n"
    "	field product_imei text(16) ~> product\n"
    "	scope via product\n"
    "table part\n"
    "	key part_id int\n"
    "	field properties json masks device_key FACTORY\n"
    "	many part_product_linker part_product_linker.part_id\n"
    "	scope part\n"
    "table part_product_linker\n"
    "	key part_product_linker_id int\n"
    "	field part_id int required -> part\n"
    "	field product_imei text(16) required -> product\n"
    "	field date_removed datetime\n"
    "	scope via product\n"
    "table vault internal\n"
    "	key vault_id int\n"
    "	field name text unique\n"
    "	field content text\n"
    "	scope none\n";

static void
create_all(struct sql_fixture *f)
{
	for (size_t i = 0; i < f->schema->n_tables; i++) {
		const struct schema_table *t = &f->schema->tables[i];

		sql_reset(&f->sql);
		sql_create_table(&f->sql, t);
		fx_run(f);
		for (size_t k = 0; k < t->n_indexes; k++) {
			sql_reset(&f->sql);
			sql_create_index(&f->sql, t, &t->indexes[k]);
			fx_run(f);
		}
	}
	sql_reset(&f->sql);
}

int
sql_fixture_setup(void **state)
{
	struct sql_fixture *f = calloc(1, sizeof(*f));
	struct schema_problems problems;

	if (f == NULL)
		return -1;
	if (!schema_read(schema_text, strlen(schema_text), &f->schema,
	    &problems)) {
		fprintf(stderr, "line %u: %s\n", problems.problem[0].line,
		    problems.problem[0].text);
		return -1;
	}
	f->arena = arena_new();
	sql_init(&f->sql, &SQL_SQLITE);
	if (sqlite3_open(":memory:", &f->db) != SQLITE_OK)
		return -1;
	fx_exec(f, "PRAGMA case_sensitive_like=ON");
	fx_exec(f, "PRAGMA foreign_keys=ON");
	create_all(f);
	*state = f;
	return 0;
}

int
sql_fixture_teardown(void **state)
{
	struct sql_fixture *f = *state;

	sqlite3_close(f->db);
	sql_free(&f->sql);
	arena_free(f->arena);
	schema_free(f->schema);
	free(f);
	return 0;
}

const struct schema_table *
fx_table(struct sql_fixture *f, const char *name)
{
	const struct schema_table *t = schema_table(f->schema, name);

	assert_non_null(t);
	return t;
}

const struct schema_field *
fx_field(struct sql_fixture *f, const char *table, const char *field)
{
	const struct schema_field *x = schema_field(fx_table(f, table), field);

	assert_non_null(x);
	return x;
}

const struct schema_relation *
fx_relation(struct sql_fixture *f, const char *table, const char *relation)
{
	const struct schema_relation *r;

	r = schema_relation(fx_table(f, table), relation);
	assert_non_null(r);
	return r;
}

void
fx_exec(struct sql_fixture *f, const char *text)
{
	char *why = NULL;

	if (sqlite3_exec(f->db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
}

static void
bind(sqlite3_stmt *st, int at, struct value v)
{
	switch (v.type) {
	case VALUE_NULL:
		sqlite3_bind_null(st, at);
		return;
	case VALUE_INT:
		sqlite3_bind_int64(st, at, v.i);
		return;
	case VALUE_FLOAT:
		sqlite3_bind_double(st, at, v.f);
		return;
	case VALUE_TEXT:
		sqlite3_bind_text(st, at, v.s, (int)v.n, SQLITE_STATIC);
		return;
	case VALUE_BLOB:
		sqlite3_bind_blob(st, at, v.s, (int)v.n, SQLITE_STATIC);
		return;
	}
}

static sqlite3_stmt *
prepare(struct sql_fixture *f, const char *before)
{
	sqlite3_stmt *st = NULL;
	const char *text;

	assert_false(f->sql.failed);
	text = arena_printf(f->arena, "%s%s", before, f->sql.text.data);
	if (sqlite3_prepare_v2(f->db, text, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sqlite3_errmsg(f->db), text);
	for (size_t i = 0; i < f->sql.n_args; i++)
		bind(st, (int)i + 1, f->sql.args[i]);
	return st;
}

static const char *
collect(struct sql_fixture *f, sqlite3_stmt *st, int column, const char *sep)
{
	size_t n = 0;
	int rc;

	f->out[0] = '\0';
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *s = (const char *)sqlite3_column_text(st, column);

		n += (size_t)snprintf(f->out + n, sizeof(f->out) - n, "%s%s",
		    n == 0 ? "" : sep, s == NULL ? "null" : s);
		assert_true(n < sizeof(f->out));
	}
	if (rc != SQLITE_DONE)
		fail_msg("%s: %s", sqlite3_errmsg(f->db), f->sql.text.data);
	sqlite3_finalize(st);
	return f->out;
}

const char *
fx_run(struct sql_fixture *f)
{
	return collect(f, prepare(f, ""), 0, " ");
}

const char *
fx_plan(struct sql_fixture *f)
{
	return collect(f, prepare(f, "EXPLAIN QUERY PLAN "), 3, "; ");
}

const char *
fx_keys(struct sql_fixture *f, const struct query *q,
    const struct caller *scope)
{
	sql_reset(&f->sql);
	sql_select(&f->sql, q, scope, f->arena);
	return fx_run(f);
}

int64_t
fx_count(struct sql_fixture *f, const struct query *q,
    const struct caller *scope)
{
	sql_reset(&f->sql);
	sql_count(&f->sql, q, scope, f->arena);
	return strtoll(fx_run(f), NULL, 10);
}

const char *
fx_text(struct sql_fixture *f, const struct query *q,
    const struct caller *scope)
{
	const char *from;

	sql_reset(&f->sql);
	sql_select(&f->sql, q, scope, f->arena);
	assert_false(f->sql.failed);
	from = strstr(f->sql.text.data, " FROM ");
	assert_non_null(from);
	return from + 1;
}

const struct cond *
fx_eq(struct sql_fixture *f, const char *table, const char *field, int64_t i)
{
	return cond_eq(f->arena, fx_table(f, table), field, value_int(i));
}

const struct cond *
fx_eqs(struct sql_fixture *f, const char *table, const char *field,
    const char *s)
{
	return cond_eq(f->arena, fx_table(f, table), field, value_text(s));
}

const struct cond *
fx_rel(struct sql_fixture *f, const char *table, const char *relation,
    const struct cond *inner)
{
	return cond_related(f->arena, fx_relation(f, table, relation), inner);
}

const struct cond *
fx_and(struct sql_fixture *f, const struct cond *a, const struct cond *b)
{
	return cond_all(f->arena, (const struct cond *[]){ a, b }, 2);
}

const struct cond *
fx_or(struct sql_fixture *f, const struct cond *a, const struct cond *b)
{
	return cond_any(f->arena, (const struct cond *[]){ a, b }, 2);
}

struct caller
fx_caller(int64_t entity, enum level level)
{
	return (struct caller){ .username = "u", .user_id = 7,
	    .level = level, .entity_id = entity, .has_entity = entity != 0 };
}
