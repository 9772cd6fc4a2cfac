/* Linking, second part: the indexes of a table, and its fields by name. */
#include "schema/draft.h"

#include <stdlib.h>
#include <string.h>

struct index_list {
	struct arena	*arena;
	const struct schema_table *table;
	struct schema_index *index;
	size_t		 n;
};

static int
by_name(const void *a, const void *b)
{
	const struct schema_field *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

void
draft_sort_fields(struct draft *draft, struct schema_table *t)
{
	t->sorted = arena_alloc(draft->arena,
	    t->n_fields * sizeof(*t->sorted));
	for (size_t i = 0; i < t->n_fields; i++)
		t->sorted[i] = &t->fields[i];
	qsort(t->sorted, t->n_fields, sizeof(*t->sorted), by_name);
}

static bool
has_field(const struct schema_index *x, const struct schema_field *f)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->fields[i] == f)
			return true;
	return false;
}

static bool
same_fields(const struct schema_index *a, const struct schema_index *b)
{
	return a->n == b->n && memcmp(a->fields, b->fields,
	    a->n * sizeof(*a->fields)) == 0;
}

/* Some index of the list serves conditions on this field. */
static bool
leads(const struct index_list *list, const struct schema_field *f)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->index[i].fields[0] == f)
			return true;
	return false;
}

/* Add an index, ended by the key where that is not numbered. */
static bool
add_index(struct index_list *list, const struct schema_field **fields,
    size_t n, bool unique)
{
	struct schema_index *x = &list->index[list->n];
	const struct schema_field *key = list->table->key;

	*x = (struct schema_index){ .n = n, .unique = unique };
	x->fields = arena_alloc(list->arena, (n + 1) * sizeof(*x->fields));
	memcpy(x->fields, fields, n * sizeof(*fields));
	if (!unique && key->type != FIELD_INT && !has_field(x, key))
		x->fields[x->n++] = key;
	for (size_t i = 0; i < list->n; i++)
		if (same_fields(&list->index[i], x))
			return false;
	list->n++;
	return true;
}

static bool
find_fields(struct draft *draft, const struct draft_index *x,
    const struct schema_table *t, const struct schema_field **ret)
{
	for (size_t i = 0; i < x->n; i++) {
		ret[i] = schema_field(t, x->field[i].text);
		if (ret[i] != NULL)
			continue;
		draft_problem(draft, &x->field[i].pos, "unknown field %s",
		    x->field[i].text);
		return false;
	}
	return true;
}

static void
add_wanted(struct draft *draft, const struct draft_table *d,
    struct index_list *list)
{
	const struct schema_field *fields[SCHEMA_INDEX_MAX];

	for (const struct draft_index *x = d->indexes; x != NULL;
	    x = x->next) {
		if (!find_fields(draft, x, list->table, fields))
			continue;
		if (!add_index(list, fields, x->n, x->unique))
			draft_problem(draft, &x->pos, "index is given twice");
	}
}

/* Unique fields and enforced foreign keys, unless an index starts with them. */
static void
add_implied(struct index_list *list)
{
	const struct schema_table *t = list->table;

	for (size_t i = 1; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];

		if (f->unique)
			add_index(list, &f, 1, true);
	}
	for (size_t i = 1; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];

		if (f->target != NULL && !f->loose && !leads(list, f))
			add_index(list, &f, 1, false);
	}
}

static void
limit_text(struct schema_table *t, const struct schema_field *f)
{
	/* the fields are ours until the schema is handed out */
	struct schema_field *own = (struct schema_field *)t->fields + f->index;

	if (f->type != FIELD_TEXT || f->max_len != 0)
		return;
	own->max_len = SCHEMA_INDEXED_MAX;
	own->index_len = true;
}

/* What no engine's index would refuse. */
static void
limit_texts(struct schema_table *t)
{
	limit_text(t, t->key);
	for (size_t i = 0; i < t->n_indexes; i++)
		for (size_t j = 0; j < t->indexes[i].n; j++)
			limit_text(t, t->indexes[i].fields[j]);
}

void
draft_link_indexes(struct draft *draft, const struct draft_table *d,
    struct schema_table *t)
{
	struct index_list list = { .arena = draft->arena, .table = t };
	size_t most = t->n_fields;

	for (const struct draft_index *x = d->indexes; x != NULL; x = x->next)
		most++;
	/* a field may ask for two: unique, and as a foreign key */
	list.index = arena_alloc(draft->arena,
	    (most + t->n_fields) * sizeof(*list.index));
	add_wanted(draft, d, &list);
	add_implied(&list);
	t->indexes = list.index;
	t->n_indexes = list.n;
	limit_texts(t);
}
