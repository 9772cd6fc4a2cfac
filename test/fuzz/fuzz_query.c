/*
 * fuzz_query.c - any bytes as `q`, against the program's own tables
 *
 * The first byte chooses the table, the second who asks.  A text is refused
 * with a reason, or planned; what is planned becomes SQL that SQLite takes.
 *
 * Needs a finished `make` (the schema's text is made there).
 * Sources: src/base src/schema build/src/schema src/rest/compare.c
 * Sources: src/rest/convert.c src/rest/filter.c src/rest/name.c
 * Sources: src/rest/number.c src/rest/order.c src/rest/plan.c
 * Sources: src/store/caller.c src/store/query.c src/store/row.c
 * Sources: src/store/scope.c src/store/sql.c src/store/sql_cond.c
 * Sources: src/store/sql_ddl.c src/store/sql_select.c src/store/sql_terms.c
 * Libraries: libsodium jansson sqlite3
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "rest/plan.h"
#include "store/sql.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* An empty database with every table, kept for the process's life. */
static sqlite3 *
database(void)
{
	static sqlite3 *db;
	const struct schema *schema = schema_builtin();
	struct sql sql;

	if (db != NULL)
		return db;
	must(sqlite3_open(":memory:", &db) == SQLITE_OK, "open");
	sql_init(&sql, &SQL_SQLITE);
	for (size_t i = 0; i < schema->n_tables; i++) {
		sql_reset(&sql);
		sql_create_table(&sql, &schema->tables[i]);
		must(!sql.failed && sqlite3_exec(db, sql.text.data, NULL, NULL,
		    NULL) == SQLITE_OK, sql.text.data);
	}
	sql_free(&sql);
	return db;
}

static void
check_sql(const struct sql *sql)
{
	sqlite3_stmt *stmt;

	must(!sql->failed, "no SQL for a plan");
	must(sqlite3_prepare_v2(database(), sql->text.data, -1, &stmt, NULL) ==
	    SQLITE_OK, sqlite3_errmsg(database()));
	must((size_t)sqlite3_bind_parameter_count(stmt) == sql->n_args,
	    "arguments");
	sqlite3_finalize(stmt);
}

static void
check_plan(const struct plan *plan, struct arena *arena)
{
	static const struct caller entity = {
		.username = "fuzz", .user_id = 1, .level = LEVEL_SYSTEM,
		.entity_id = 1, .has_entity = true,
	};
	struct sql sql;

	sql_init(&sql, &SQL_SQLITE);
	sql_select(&sql, &plan->query, &entity, arena);
	check_sql(&sql);
	sql_reset(&sql);
	sql_count(&sql, &plan->query, &entity, arena);
	check_sql(&sql);
	sql_free(&sql);
}

static void
check_refusal(enum helio_rc rc, const struct helio_err *err)
{
	must(rc == err->rc, "code");
	must(rc == HELIO_E_DECODE || rc == HELIO_E_QUERY, "kind");
	must(rc == HELIO_E_DECODE || err->n_faults == 1, "no reason");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct schema *schema = schema_builtin();
	struct plan_input in = { .now_us = 1469695389500000 };
	struct helio_err err;
	struct plan plan;
	enum helio_rc rc;

	if (n < 2)
		return 0;
	in.table = &schema->tables[data[0] % schema->n_tables];
	in.reader = data[1] % LEVEL_NOBODY;
	in.arena = arena_new();
	must(in.arena != NULL, "memory");
	err_clear(&err);
	rc = plan_read(&in, (const char *)data + 2, n - 2, &plan, &err);
	if (rc == HELIO_OK)
		check_plan(&plan, in.arena);
	else
		check_refusal(rc, &err);
	arena_free(in.arena);
	return 0;
}
