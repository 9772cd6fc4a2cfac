/* sql.c - statement text and arguments; INSERT, UPDATE and DELETE */
#include "store/sql.h"

#include <stdlib.h>
#include <string.h>

#include "store/sql_build.h"

enum {
	PARSER_STACK = 84,	/* of SQLite's 100, less the statement's own */
};

const struct sql_dialect SQL_SQLITE = {
	.name = "sqlite",
	.type = {
		[VALUE_NULL] = "ANY",
		[VALUE_INT] = "INTEGER",
		[VALUE_FLOAT] = "REAL",
		[VALUE_TEXT] = "TEXT",
		[VALUE_BLOB] = "BLOB",
	},
	.table_suffix = " STRICT",
	.points_ahead = true,
	.arg_prefix = "?",
	/* with PRAGMA case_sensitive_like=ON */
	.like = { "", " LIKE ", " ESCAPE '\\'" },
	.ilike = { "lower(", ") LIKE lower(", ") ESCAPE '\\'" },
	.nulls_asc = "",
	.nulls_desc = "",
	.no_limit = "-1",
	.no_index = "+",
	.pattern = { "", "" },
	.guided = true,
};

/*
 * Texts sort by their bytes, and lower() then folds ASCII alone.  Half an
 * escape at the end of a column's pattern becomes a character that no text has.
 */
const struct sql_dialect SQL_PG = {
	.name = "postgresql",
	.type = {
		[VALUE_NULL] = "TEXT",
		[VALUE_INT] = "BIGINT",
		[VALUE_FLOAT] = "DOUBLE PRECISION",
		[VALUE_TEXT] = "TEXT COLLATE \"C\"",
		[VALUE_BLOB] = "BYTEA",
	},
	.table_suffix = "",
	.name_max = 63,
	.arg_prefix = "$",
	.like = { "", " LIKE ", " ESCAPE '\\'" },
	.ilike = { "lower(", ") LIKE lower(", " COLLATE \"C\") ESCAPE '\\'" },
	.nulls_asc = " NULLS FIRST",
	.nulls_desc = " NULLS LAST",
	.no_limit = "ALL",
	.no_index = "",
	.pattern = { "regexp_replace(",
	    ", '(?<!\\\\)((\\\\\\\\)*)\\\\$', E'\\\\1\\U0010FFFF')" },
};

void
sql_init(struct sql *sql, const struct sql_dialect *dialect)
{
	*sql = (struct sql){ .dialect = dialect, .text = BUF_INIT };
}

void
sql_reset(struct sql *sql)
{
	buf_reset(&sql->text);
	sql->n_args = 0;
	memset(sql->tables, 0, sizeof(sql->tables));
	sql->sure = sql->failed = false;
}

void
sql_free(struct sql *sql)
{
	buf_free(&sql->text);
	free(sql->args);
	sql_init(sql, sql->dialect);
}

/* ---- text ---- */

void
sql_put(struct sql *sql, const char *s)
{
	buf_adds(&sql->text, s);
	if (sql->text.failed)
		sql->failed = true;
}

void
sql_name(struct sql *sql, const char *name)
{
	buf_addc(&sql->text, '"');
	buf_adds(&sql->text, name);
	buf_addc(&sql->text, '"');
}

void
sql_alias(struct sql *sql, unsigned alias)
{
	buf_addc(&sql->text, 't');
	buf_addi(&sql->text, alias);
}

void
sql_column(struct sql *sql, unsigned alias, const struct schema_field *field)
{
	sql_alias(sql, alias);
	buf_addc(&sql->text, '.');
	sql_name(sql, field->name);
}

static bool
grow_args(struct sql *sql)
{
	size_t cap = sql->cap_args == 0 ? 16 : sql->cap_args * 2;
	struct value *args;

	if (sql->n_args == SQL_ARGS_MAX)
		return false;
	if (sql->n_args < sql->cap_args)
		return true;
	args = realloc(sql->args, cap * sizeof(*args));
	if (args == NULL)
		return false;
	sql->args = args;
	sql->cap_args = cap;
	return true;
}

void
sql_arg(struct sql *sql, struct value v)
{
	if (!grow_args(sql)) {
		sql->failed = true;
		return;
	}
	sql->args[sql->n_args++] = v;
	sql_put(sql, sql->dialect->arg_prefix);
	buf_addi(&sql->text, (int64_t)sql->n_args);
}

bool
sql_enter(struct sql_build *b, unsigned n)
{
	if (b->nesting + n > PARSER_STACK) {
		b->sql->failed = true;
		return false;
	}
	b->nesting += n;
	return true;
}

void
sql_leave(struct sql_build *b, unsigned n)
{
	b->nesting -= n;
}

/* ---- writing ---- */

/* Call `each` for every set field, with commas between; false: none is. */
static bool
list_set(struct sql *sql, const struct row *row,
    void (*each)(struct sql *, const struct row *, const struct schema_field *))
{
	bool any = false;

	for (size_t i = 0; i < row->table->n_fields; i++) {
		const struct schema_field *f = &row->table->fields[i];

		if (!row_has(row, f))
			continue;
		if (any)
			sql_put(sql, ", ");
		any = true;
		each(sql, row, f);
	}
	return any;
}

static void
set_name(struct sql *sql, const struct row *row, const struct schema_field *f)
{
	(void)row;
	sql_name(sql, f->name);
}

static void
set_arg(struct sql *sql, const struct row *row, const struct schema_field *f)
{
	sql_arg(sql, row->v[f->index]);
}

static void
set_both(struct sql *sql, const struct row *row, const struct schema_field *f)
{
	sql_name(sql, f->name);
	sql_put(sql, " = ");
	sql_arg(sql, row->v[f->index]);
}

static void
set_excluded(struct sql *sql, const struct row *row,
    const struct schema_field *f)
{
	(void)row;
	sql_name(sql, f->name);
	sql_put(sql, " = excluded.");
	sql_name(sql, f->name);
}

void
sql_insert(struct sql *sql, const struct row *row)
{
	sql_put(sql, "INSERT INTO ");
	sql_name(sql, row->table->name);
	if (row->set == 0) {
		sql_put(sql, " DEFAULT VALUES");
		return;
	}
	sql_put(sql, " (");
	list_set(sql, row, set_name);
	sql_put(sql, ") VALUES (");
	list_set(sql, row, set_arg);
	sql_put(sql, ")");
}

void
sql_insert_new(struct sql *sql, struct row *const *rows, size_t n)
{
	sql_insert(sql, rows[0]);
	for (size_t i = 1; i < n; i++) {
		sql_put(sql, ", (");
		list_set(sql, rows[i], set_arg);
		sql_put(sql, ")");
	}
	sql_put(sql, " ON CONFLICT DO NOTHING");
	sql->sure = true;
}

void
sql_upsert(struct sql *sql, const struct row *row,
    const struct schema_index *on)
{
	const struct schema_field *key = row->table->key;
	struct schema_index by_key = { .fields = &key, .n = 1 };
	struct row others = *row;

	if (on == NULL)
		on = &by_key;
	sql_insert(sql, row);
	sql_put(sql, " ON CONFLICT (");
	for (size_t i = 0; i < on->n; i++) {
		if (i > 0)
			sql_put(sql, ", ");
		sql_name(sql, on->fields[i]->name);
		others.set &= ~(UINT64_C(1) << on->fields[i]->index);
	}
	sql_put(sql, ") DO ");
	sql_put(sql, others.set == 0 ? "NOTHING" : "UPDATE SET ");
	list_set(sql, &others, set_excluded);
}

static void
where_key(struct sql *sql, const struct schema_table *table, struct value key)
{
	sql_put(sql, " WHERE ");
	sql_name(sql, table->key->name);
	sql_put(sql, " = ");
	sql_arg(sql, key);
}

void
sql_update(struct sql *sql, const struct row *changes, struct value key)
{
	const struct schema_table *table = changes->table;

	sql_put(sql, "UPDATE ");
	sql_name(sql, table->name);
	sql_put(sql, " SET ");
	if (!list_set(sql, changes, set_both)) {
		sql_name(sql, table->key->name);
		sql_put(sql, " = ");
		sql_name(sql, table->key->name);
	}
	where_key(sql, table, key);
}

void
sql_delete(struct sql *sql, const struct schema_table *table, struct value key)
{
	sql_put(sql, "DELETE FROM ");
	sql_name(sql, table->name);
	where_key(sql, table, key);
}
