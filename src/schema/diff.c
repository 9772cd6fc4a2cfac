/* What must happen to go from one schema to a later one. */
#include "schema/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct diff {
	struct schema_change *change;
	size_t		 n, cap;
	bool		 failed;	/* no memory */
};

static struct schema_change *
add(struct diff *d, enum schema_change_kind kind,
    const struct schema_table *table)
{
	struct schema_change *grown;
	size_t cap = d->cap == 0 ? 64 : d->cap * 2;

	if (d->n == d->cap) {
		grown = realloc(d->change, cap * sizeof(*grown));
		if (grown == NULL) {
			d->failed = true;
			return NULL;
		}
		d->change = grown;
		d->cap = cap;
	}
	d->change[d->n] = (struct schema_change){ .kind = kind,
		.table = table };
	return &d->change[d->n++];
}

static void __attribute__((format(printf, 3, 4)))
destructive(struct diff *d, const struct schema_table *table,
    const char *fmt, ...)
{
	struct schema_change *c = add(d, CHANGE_DESTRUCTIVE, table);
	va_list ap;

	if (c == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
}

/* ---- fields ---- */

static bool
has_option(const struct schema_field *f, const char *option)
{
	if (f->options == NULL)
		return true;
	for (size_t i = 0; f->options[i] != NULL; i++)
		if (strcmp(f->options[i], option) == 0)
			return true;
	return false;
}

static bool
options_lost(const struct schema_field *a, const struct schema_field *b)
{
	if (a->options == NULL)
		return b->options != NULL;
	for (size_t i = 0; a->options[i] != NULL; i++)
		if (!has_option(b, a->options[i]))
			return true;
	return false;
}

static bool
target_differs(const struct schema_field *a, const struct schema_field *b)
{
	const struct schema_table *x = a->loose ? NULL : a->target;
	const struct schema_table *y = b->loose ? NULL : b->target;

	if (x == NULL || y == NULL)
		return x != y;
	return strcmp(x->name, y->name) != 0;
}

static bool
type_differs(const struct schema_field *a, const struct schema_field *b)
{
	return a->type != b->type;
}

static bool
required_differs(const struct schema_field *a, const struct schema_field *b)
{
	return a->required != b->required;
}

static bool
shorter(const struct schema_field *a, const struct schema_field *b)
{
	/* what an index newly asks for holds for what is written from now on */
	return b->max_len != 0 && !b->index_len &&
	    (a->max_len == 0 || b->max_len < a->max_len);
}

/* What may not happen to a field that exists, and how it is called. */
static const struct {
	bool		(*differs)(const struct schema_field *from,
			    const struct schema_field *to);
	const char	*why;
} field_rules[] = {
	{ type_differs, "changes its type" },
	{ required_differs, "changes whether it may be null" },
	{ shorter, "gets shorter" },
	{ options_lost, "loses options" },
	{ target_differs, "changes its foreign key" },
};

static void
compare_field(struct diff *d, const struct schema_table *table,
    const struct schema_field *from, const struct schema_field *to)
{
	for (size_t i = 0; i < sizeof(field_rules) / sizeof(*field_rules); i++)
		if (field_rules[i].differs(from, to))
			destructive(d, table, "field %s.%s %s", table->name,
			    from->name, field_rules[i].why);
}

static void
add_field(struct diff *d, const struct schema_table *table,
    const struct schema_field *f)
{
	bool checked = f->target != NULL && !f->loose;
	struct schema_change *c;

	if (f->required && (!f->has_default || checked))
		destructive(d, table, "field %s.%s is new, required and has no "
		    "default", table->name, f->name);
	else if ((c = add(d, CHANGE_ADD_FIELD, table)) != NULL)
		c->field = f;
}

static void
compare_fields(struct diff *d, const struct schema_table *from,
    const struct schema_table *to)
{
	for (size_t i = 0; i < from->n_fields; i++) {
		const struct schema_field *a = &from->fields[i], *b;

		b = schema_field(to, a->name);
		if (b == NULL)
			destructive(d, from, "field %s.%s is gone",
			    from->name, a->name);
		else
			compare_field(d, from, a, b);
	}
	for (size_t i = 0; i < to->n_fields; i++)
		if (schema_field(from, to->fields[i].name) == NULL)
			add_field(d, to, &to->fields[i]);
}

/* ---- indexes ---- */

static bool
same_index(const struct schema_index *a, const struct schema_index *b)
{
	if (a->n != b->n || a->unique != b->unique)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->fields[i]->name, b->fields[i]->name) != 0)
			return false;
	return true;
}

static bool
has_index(const struct schema_table *table, const struct schema_index *x)
{
	for (size_t i = 0; i < table->n_indexes; i++)
		if (same_index(&table->indexes[i], x))
			return true;
	return false;
}

/* Indexes that `from` has and `to` has not. */
static void
lone_indexes(struct diff *d, enum schema_change_kind kind,
    const struct schema_table *from, const struct schema_table *to,
    const struct schema_table *later)
{
	struct schema_change *c;

	for (size_t i = 0; i < from->n_indexes; i++)
		if ((to == NULL || !has_index(to, &from->indexes[i])) &&
		    (c = add(d, kind, later)) != NULL)
			c->index = &from->indexes[i];
}

/* ---- tables ---- */

static void
compare_table(struct diff *d, const struct schema_table *from,
    const struct schema_table *to)
{
	if (strcmp(from->key->name, to->key->name) != 0 ||
	    from->natural_key != to->natural_key)
		destructive(d, from, "table %s changes its key", from->name);
	compare_fields(d, from, to);
	lone_indexes(d, CHANGE_DROP_INDEX, from, to, to);
	lone_indexes(d, CHANGE_ADD_INDEX, to, from, to);
}

static bool
is_gone(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->n_gone; i++)
		if (strcmp(schema->gone[i], name) == 0)
			return true;
	return false;
}

/* The last first: later tables may need earlier ones. */
static void
drop_tables(struct diff *d, const struct schema *from,
    const struct schema *to)
{
	for (size_t i = from != NULL ? from->n_tables : 0; i-- > 0; )
		if (is_gone(to, from->tables[i].name))
			add(d, CHANGE_DROP_TABLE, &from->tables[i]);
}

static void
compare_tables(struct diff *d, const struct schema *from,
    const struct schema *to)
{
	drop_tables(d, from, to);
	for (size_t i = 0; from != NULL && i < from->n_tables; i++) {
		const struct schema_table *a = &from->tables[i], *b;

		b = schema_table(to, a->name);
		if (is_gone(to, a->name))
			continue;
		if (b == NULL)
			destructive(d, a, "table %s is gone", a->name);
		else
			compare_table(d, a, b);
	}
	for (size_t i = 0; i < to->n_tables; i++) {
		const struct schema_table *b = &to->tables[i];

		if (from != NULL && schema_table(from, b->name) != NULL)
			continue;
		add(d, CHANGE_ADD_TABLE, b);
		lone_indexes(d, CHANGE_ADD_INDEX, b, NULL, b);
	}
}

enum helio_rc
schema_diff(const struct schema *from, const struct schema *to,
    struct schema_change **ret, size_t *ret_n, struct helio_err *err)
{
	struct diff d = { NULL, 0, 0, false };

	if (from != NULL && from->version > to->version)
		return err_set(err, HELIO_E_CONFLICT, "The data has schema "
		    "version %u, this program knows %u: use a newer program",
		    from->version, to->version);
	compare_tables(&d, from, to);
	if (d.failed) {
		free(d.change);
		return err_set(err, HELIO_E_NO_MEMORY, "%s",
		    rc_text(HELIO_E_NO_MEMORY));
	}
	*ret = d.change;
	*ret_n = d.n;
	return HELIO_OK;
}
