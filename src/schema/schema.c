/* Reading a text as a whole, looking things up, names of small sets. */
#include "schema/schema.h"

#include <stdlib.h>
#include <string.h>

#include "schema/draft.h"

struct by_name {
	const char	*name;
	const struct schema_table *table;
};

/* What schema_read() hands out the first member of. */
struct schema_all {
	struct schema	 schema;
	struct arena	*arena;
	struct by_name	*names;		/* sorted; one per table */
	struct by_name	*paths;		/* sorted; those served */
	size_t		 n_paths;
};

/* ---- names ---- */

static const char *const level_names[] = {
	[LEVEL_OVERVIEW] = "OVERVIEW", [LEVEL_TECHNICAL] = "TECHNICAL",
	[LEVEL_ADMIN] = "ADMIN", [LEVEL_FACTORY] = "FACTORY",
	[LEVEL_SYSTEM] = "SYSTEM", [LEVEL_NOBODY] = "NOBODY",
};

static const struct {
	const char	*name;
	enum value_type	 storage;
} types[] = {
	[FIELD_INT] = { "int", VALUE_INT },
	[FIELD_FLOAT] = { "float", VALUE_FLOAT },
	[FIELD_BOOL] = { "bool", VALUE_INT },
	[FIELD_TEXT] = { "text", VALUE_TEXT },
	[FIELD_DATETIME] = { "datetime", VALUE_INT },
	[FIELD_DATE] = { "date", VALUE_INT },
	[FIELD_DURATION] = { "duration", VALUE_FLOAT },
	[FIELD_JSON] = { "json", VALUE_TEXT },
	[FIELD_BLOB] = { "blob", VALUE_BLOB },
};

const char *
level_name(enum level level)
{
	return level_names[level];
}

bool
level_parse(const char *name, enum level *ret)
{
	for (enum level i = LEVEL_OVERVIEW; i < LEVEL_NOBODY; i++) {
		if (strcmp(level_names[i], name) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

const char *
field_type_name(enum field_type type)
{
	return types[type].name;
}

enum value_type
field_type_storage(enum field_type type)
{
	return types[type].storage;
}

/* ---- reading ---- */

static int
compare_names(const void *a, const void *b)
{
	const struct by_name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
add_path(struct schema_all *all, const char *path,
    const struct schema_table *t)
{
	if (path != NULL)
		all->paths[all->n_paths++] = (struct by_name){ path, t };
}

static void
sort_tables(struct schema_all *all)
{
	size_t n = all->schema.n_tables;

	all->names = arena_alloc(all->arena, (n + 1) * sizeof(*all->names));
	all->paths = arena_alloc(all->arena, (2 * n + 1) * sizeof(*all->paths));
	for (size_t i = 0; i < n; i++) {
		const struct schema_table *t = &all->schema.tables[i];

		all->names[i] = (struct by_name){ t->name, t };
		add_path(all, t->path, t);
		add_path(all, t->also_path, t);
	}
	qsort(all->names, n, sizeof(*all->names), compare_names);
	qsort(all->paths, all->n_paths, sizeof(*all->paths), compare_names);
}

static bool
read_into(struct arena *arena, const char *text, size_t n,
    struct schema_problems *problems, struct schema *ret)
{
	struct draft draft = { .arena = arena, .problems = problems };

	draft_parse(&draft, text, n);
	return problems->n == 0 && draft_link(&draft, ret);
}

bool
schema_read(const char *text, size_t n, struct schema **ret,
    struct schema_problems *problems)
{
	struct arena *arena = arena_new();
	struct schema_all *all;

	problems->n = 0;
	if (arena == NULL) {
		problems->problem[problems->n++] = (struct schema_problem){
			.text = "out of memory" };
		return false;
	}
	all = arena_alloc(arena, sizeof(*all));
	all->arena = arena;
	all->schema.text = text;
	all->schema.text_len = n;
	if (!read_into(arena, text, n, problems, &all->schema)) {
		arena_free(arena);
		return false;
	}
	sort_tables(all);
	*ret = &all->schema;
	return true;
}

void
schema_free(struct schema *schema)
{
	if (schema != NULL)
		arena_free(((struct schema_all *)schema)->arena);
}

/* ---- looking up ---- */

/* Order of a name of n bytes against a whole one. */
static int
compare_part(const char *s, size_t n, const char *name)
{
	size_t len = strlen(name);
	int order = memcmp(s, name, n < len ? n : len);

	return order != 0 ? order : (n > len) - (n < len);
}

static const struct schema_table *
lookup(const struct by_name *list, size_t n_list, const char *s, size_t n)
{
	size_t low = 0, high = n_list;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = compare_part(s, n, list[mid].name);

		if (order == 0)
			return list[mid].table;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct schema_table *
schema_table(const struct schema *schema, const char *name)
{
	const struct schema_all *all = (const struct schema_all *)schema;

	return lookup(all->names, schema->n_tables, name, strlen(name));
}

const struct schema_table *
schema_path(const struct schema *schema, const char *path, size_t n)
{
	const struct schema_all *all = (const struct schema_all *)schema;

	return lookup(all->paths, all->n_paths, path, n);
}

const struct schema_field *
schema_fieldn(const struct schema_table *t, const char *name, size_t n)
{
	size_t low = 0, high = t->n_fields;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = compare_part(name, n, t->sorted[mid]->name);

		if (order == 0)
			return t->sorted[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct schema_field *
schema_field(const struct schema_table *t, const char *name)
{
	return schema_fieldn(t, name, strlen(name));
}

const struct schema_relation *
schema_relationn(const struct schema_table *t, const char *name, size_t n)
{
	for (size_t i = 0; i < t->n_relations; i++)
		if (compare_part(name, n, t->relations[i].name) == 0)
			return &t->relations[i];
	return NULL;
}

const struct schema_relation *
schema_relation(const struct schema_table *t, const char *name)
{
	return schema_relationn(t, name, strlen(name));
}
