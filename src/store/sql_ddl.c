/* sql_ddl.c - tables, fields and indexes from the schema */
#include "store/sql_build.h"

static void
put_literal(struct sql *sql, struct value v)
{
	switch (v.type) {
	case VALUE_INT:
		buf_addi(&sql->text, v.i);
		return;
	case VALUE_FLOAT:
		buf_addd(&sql->text, v.f);
		return;
	case VALUE_TEXT:
		buf_addc(&sql->text, '\'');
		for (size_t i = 0; i < v.n; i++) {
			if (v.s[i] == '\'')
				buf_addc(&sql->text, '\'');
			buf_addc(&sql->text, v.s[i]);
		}
		buf_addc(&sql->text, '\'');
		return;
	case VALUE_NULL:
	case VALUE_BLOB:	/* no field type has such a default */
		break;
	}
	sql_put(sql, "NULL");
}

/* "name" TYPE [NOT NULL] [DEFAULT value] */
static void
put_field(struct sql *sql, const struct schema_field *f)
{
	sql_name(sql, f->name);
	sql_put(sql, " ");
	sql_put(sql, sql->dialect->type[field_type_storage(f->type)]);
	if (f->required)
		sql_put(sql, " NOT NULL");
	if (f->has_default) {
		sql_put(sql, " DEFAULT ");
		put_literal(sql, f->fallback);
	}
}

static void
put_key(struct sql *sql, const struct schema_field *f)
{
	sql_name(sql, f->name);
	sql_put(sql, " ");
	sql_put(sql, sql->dialect->type[field_type_storage(f->type)]);
	sql_put(sql, " NOT NULL PRIMARY KEY");
}

/*
 * Checked by the engine at once, but a transaction may put that off.  Nothing
 * cascades: the store deletes and unlinks row by row, so that it is audited.
 */
static void
put_reference(struct sql *sql, const struct schema_field *f)
{
	sql_put(sql, " REFERENCES ");
	sql_name(sql, f->target->name);
	sql_put(sql, " (");
	sql_name(sql, f->target->key->name);
	sql_put(sql, ") DEFERRABLE INITIALLY IMMEDIATE");
}

bool
sql_is_reference(const struct schema_field *f)
{
	return f->target != NULL && !f->loose;
}

void
sql_create_table(struct sql *sql, const struct schema_table *table)
{
	const struct schema_field *f;

	sql_put(sql, "CREATE TABLE ");
	sql_name(sql, table->name);
	sql_put(sql, " (");
	for (size_t i = 0; i < table->n_fields; i++) {
		sql_put(sql, i == 0 ? "" : ", ");
		f = &table->fields[i];
		if (f == table->key)
			put_key(sql, f);
		else
			put_field(sql, f);
	}
	for (size_t i = 0; i < table->n_fields; i++) {
		f = &table->fields[i];
		if (!sql->dialect->points_ahead || !sql_is_reference(f))
			continue;
		sql_put(sql, ", FOREIGN KEY (");
		sql_name(sql, f->name);
		sql_put(sql, ")");
		put_reference(sql, f);
	}
	sql_put(sql, ")");
	sql_put(sql, sql->dialect->table_suffix);
}

void
sql_add_field(struct sql *sql, const struct schema_table *table,
    const struct schema_field *field)
{
	sql_put(sql, "ALTER TABLE ");
	sql_name(sql, table->name);
	sql_put(sql, " ADD COLUMN ");
	put_field(sql, field);
	if (sql->dialect->points_ahead && sql_is_reference(field))
		put_reference(sql, field);
}

void
sql_add_reference(struct sql *sql, const struct schema_table *table,
    const struct schema_field *field)
{
	sql_put(sql, "ALTER TABLE ");
	sql_name(sql, table->name);
	sql_put(sql, " ADD FOREIGN KEY (");
	sql_name(sql, field->name);
	sql_put(sql, ")");
	put_reference(sql, field);
}

/* FNV-1a of a name, to tell apart those that are cut. */
static uint32_t
name_hash(const struct buf *name)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < name->len; i++)
		h = (h ^ (uint8_t)name->data[i]) * 16777619U;
	return h;
}

/* ix_table_field_field; of a longer name than the engine takes, the beginning
 * and a number. */
static void
put_index_name(struct sql *sql, const struct schema_table *table,
    const struct schema_index *index)
{
	unsigned max = sql->dialect->name_max;
	struct buf name = BUF_INIT;

	buf_addf(&name, "ix_%s", table->name);
	for (size_t i = 0; i < index->n; i++)
		buf_addf(&name, "_%s", index->fields[i]->name);
	if (max > 0 && name.len > max)
		buf_addf(&sql->text, "\"%.*s_%08x\"", (int)max - 9, name.data,
		    name_hash(&name));
	else
		buf_addf(&sql->text, "\"%s\"", name.data);
	sql->failed |= name.failed;
	buf_free(&name);
}

/* Nulls stand where queries want them, or an index would be of no use to
 * their ORDER BY; a key has none, and none of the words (put_direction()). */
void
sql_create_index(struct sql *sql, const struct schema_table *table,
    const struct schema_index *index)
{
	sql_put(sql, index->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
	put_index_name(sql, table, index);
	sql_put(sql, " ON ");
	sql_name(sql, table->name);
	sql_put(sql, " (");
	for (size_t i = 0; i < index->n; i++) {
		sql_put(sql, i == 0 ? "" : ", ");
		sql_name(sql, index->fields[i]->name);
		if (index->fields[i] != table->key)
			sql_put(sql, sql->dialect->nulls_asc);
	}
	sql_put(sql, ")");
}

void
sql_drop_table(struct sql *sql, const struct schema_table *table)
{
	sql_put(sql, "DROP TABLE ");
	sql_name(sql, table->name);
}

void
sql_drop_index(struct sql *sql, const struct schema_table *table,
    const struct schema_index *index)
{
	sql_put(sql, "DROP INDEX ");
	put_index_name(sql, table, index);
}
