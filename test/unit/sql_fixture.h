/*
 * A small schema with every kind of scope and relation, an SQLite data base
 * in memory made from it by the SQL builder, and short ways to fill and ask
 * it.
 */
#ifndef SQL_FIXTURE_H
#define SQL_FIXTURE_H

#include <stdint.h>

#include <sqlite3.h>

#include "store/sql.h"

struct sql_fixture {
	struct schema	*schema;
	struct arena	*arena;
	sqlite3		*db;
	struct sql	 sql;
	char		 out[4096];
	struct value	 values[8];
};

int		 sql_fixture_setup(void **state);
int		 sql_fixture_teardown(void **state);

const struct schema_table *fx_table(struct sql_fixture *, const char *);
const struct schema_field *fx_field(struct sql_fixture *, const char *table,
		    const char *field);
const struct schema_relation *fx_relation(struct sql_fixture *,
		    const char *table, const char *relation);

/* Run SQL text that gives nothing. */
void		 fx_exec(struct sql_fixture *, const char *text);
/* Run the statement made last: first columns with blanks between. */
const char	*fx_run(struct sql_fixture *);
/* The keys that a query gives. */
const char	*fx_keys(struct sql_fixture *, const struct query *,
		    const struct caller *scope);
int64_t		 fx_count(struct sql_fixture *, const struct query *,
		    const struct caller *scope);
/* The text of the query's SELECT, from FROM on. */
const char	*fx_text(struct sql_fixture *, const struct query *,
		    const struct caller *scope);
/* How the engine goes about the statement made last, steps between "; ". */
const char	*fx_plan(struct sql_fixture *);

/* Conditions in short; `field` of the named table. */
const struct cond *fx_eq(struct sql_fixture *, const char *table,
		    const char *field, int64_t);
const struct cond *fx_eqs(struct sql_fixture *, const char *table,
		    const char *field, const char *);
const struct cond *fx_rel(struct sql_fixture *, const char *table,
		    const char *relation, const struct cond *);
const struct cond *fx_and(struct sql_fixture *, const struct cond *,
		    const struct cond *);
const struct cond *fx_or(struct sql_fixture *, const struct cond *,
		    const struct cond *);

/* A caller who sees one entity's rows. */
struct caller	 fx_caller(int64_t entity, enum level);

#endif
