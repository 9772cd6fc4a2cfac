/* row.c - rows by field name */
#include "store/row.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct row *
row_new(struct arena *arena, const struct schema_table *table)
{
	struct row *row = arena_alloc(arena, sizeof(*row));

	row->table = table;
	row->v = arena_alloc(arena, table->n_fields * sizeof(*row->v));
	return row;
}

struct row *
row_copy(struct arena *arena, const struct row *from)
{
	struct row *row = row_new(arena, from->table);

	row->set = from->set;
	for (size_t i = 0; i < from->table->n_fields; i++) {
		struct value v = from->v[i];

		if (v.type == VALUE_TEXT || v.type == VALUE_BLOB)
			v.s = arena_strndup(arena, v.s, v.n);
		row->v[i] = v;
	}
	return row;
}

static const struct schema_field *
must_field(const struct row *row, const char *name)
{
	const struct schema_field *f = schema_field(row->table, name);

	if (f != NULL)
		return f;
	log_event(LOG_ERROR, "store.no_field", "table=%s field=" LOG_TEXT,
	    row->table->name, name);
	abort();
}

void
row_set(struct row *row, const char *field, struct value v)
{
	const struct schema_field *f = must_field(row, field);

	row->v[f->index] = v;
	row->set |= UINT64_C(1) << f->index;
}

void
row_set_int(struct row *row, const char *field, int64_t i)
{
	row_set(row, field, value_int(i));
}

void
row_set_text(struct row *row, const char *field, const char *s)
{
	row_set(row, field, value_text(s));
}

void
row_set_null(struct row *row, const char *field)
{
	row_set(row, field, value_null());
}

struct value
row_get(const struct row *row, const char *field)
{
	return row->v[must_field(row, field)->index];
}

int64_t
row_int(const struct row *row, const char *field)
{
	struct value v = row_get(row, field);

	return v.type == VALUE_INT ? v.i : 0;
}

double
row_float(const struct row *row, const char *field)
{
	struct value v = row_get(row, field);

	if (v.type == VALUE_INT)
		return (double)v.i;
	return v.type == VALUE_FLOAT ? v.f : 0;
}

bool
row_bool(const struct row *row, const char *field)
{
	return row_int(row, field) != 0;
}

bool
row_is_null(const struct row *row, const char *field)
{
	return row_get(row, field).type == VALUE_NULL;
}

const char *
row_text(const struct row *row, const char *field)
{
	struct value v = row_get(row, field);

	return v.type == VALUE_TEXT ? v.s : NULL;
}

struct value
row_key(const struct row *row)
{
	return row->v[row->table->key->index];
}
