/* Draft to schema: every name is resolved here, none is met afterwards. */
#include "schema/draft.h"

#include <stdlib.h>
#include <string.h>

/* What linking works on: the draft, and the tables made so far. */
struct linker {
	struct draft	*draft;
	struct schema_table *tables;
	size_t		 n;
};

static struct schema_table *
find_table(const struct linker *l, const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(l->tables[i].name, name) == 0)
			return &l->tables[i];
	return NULL;
}

static const struct schema_field *
find_field(const struct schema_table *t, const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(t->fields[i].name, name) == 0)
			return &t->fields[i];
	return NULL;
}

/* Give every row of the draft to `each`, with its table; false when
 * problems were queued by then. */
static bool
for_tables(struct linker *l, void (*each)(struct linker *,
    const struct draft_table *, struct schema_table *))
{
	struct schema_table *t = l->tables;

	for (const struct draft_table *d = l->draft->tables; d != NULL;
	    d = d->next)
		each(l, d, t++);
	return l->draft->problems->n == 0;
}

/* ---- tables ---- */

static bool
same_path(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void
check_path(struct linker *l, const struct draft_table *d, const char *path)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct schema_table *t = &l->tables[i];

		if (same_path(t->path, path) || same_path(t->also_path, path))
			draft_problem(l->draft, &d->path_pos,
			    "collection %s is given twice", path);
	}
}

static void
copy_table(struct linker *l, const struct draft_table *d,
    struct schema_table *t)
{
	if (find_table(l, d->table.name, l->n) != NULL)
		draft_problem(l->draft, &d->pos, "table %s is given twice",
		    d->table.name);
	check_path(l, d, d->table.path);
	check_path(l, d, d->table.also_path);
	if (same_path(d->table.path, d->table.also_path))
		draft_problem(l->draft, &d->path_pos,
		    "collection %s is given twice", d->table.path);
	if (d->key == NULL)
		draft_problem(l->draft, &d->pos, "table %s has no key",
		    d->table.name);
	if (!d->has_scope && !d->table.internal)
		draft_problem(l->draft, &d->pos, "table %s has no scope",
		    d->table.name);
	*t = d->table;
	t->number = (unsigned)l->n++;
}

/* ---- fields ---- */

static const struct schema_field meta_fields[] = {
	{ .name = "created_at", .type = FIELD_DATETIME, .meta = true,
	    .doc = "when the row was made" },
	{ .name = "created_by", .type = FIELD_TEXT, .meta = true,
	    .doc = "username of who made it" },
	{ .name = "modified_at", .type = FIELD_DATETIME, .meta = true,
	    .doc = "when it was last changed" },
	{ .name = "modified_by", .type = FIELD_TEXT, .meta = true,
	    .doc = "username of who changed it last" },
};

static void
add_field(struct schema_table *t, struct schema_field *fields,
    const struct schema_field *f)
{
	fields[t->n_fields] = *f;
	fields[t->n_fields].index = (unsigned)t->n_fields;
	t->n_fields++;
}

static void
add_declared(struct linker *l, const struct draft_field *f,
    struct schema_table *t, struct schema_field *fields)
{
	if (find_field(t, f->field.name, t->n_fields) != NULL)
		draft_problem(l->draft, &f->pos, "field %s is given twice",
		    f->field.name);
	add_field(t, fields, &f->field);
}

static void
copy_fields(struct linker *l, const struct draft_table *d,
    struct schema_table *t)
{
	size_t n_meta = sizeof(meta_fields) / sizeof(meta_fields[0]);
	struct schema_field *fields;

	fields = arena_alloc(l->draft->arena, d->n_fields * sizeof(*fields));
	t->fields = fields;
	t->key = &fields[0];
	add_field(t, fields, &d->key->field);
	for (const struct draft_field *f = d->fields; f != NULL; f = f->next)
		add_declared(l, f, t, fields);
	for (size_t i = 0; !t->internal && i < n_meta; i++) {
		if (find_field(t, meta_fields[i].name, t->n_fields) != NULL)
			draft_problem(l->draft, &d->pos,
			    "table %s names the meta field %s itself",
			    t->name, meta_fields[i].name);
		add_field(t, fields, &meta_fields[i]);
	}
	draft_sort_fields(l->draft, t);
}

static void
resolve_target(struct linker *l, const struct draft_field *d,
    struct schema_field *f)
{
	const struct schema_table *to;

	if (d->target.text == NULL)
		return;
	to = find_table(l, d->target.text, l->n);
	if (to == NULL)
		draft_problem(l->draft, &d->target.pos, "unknown table %s",
		    d->target.text);
	else if (to->key->type != f->type)
		draft_problem(l->draft, &d->target.pos,
		    "the key of %s is %s, not %s", to->name,
		    field_type_name(to->key->type), field_type_name(f->type));
	f->target = to;
}

static void
resolve_targets(struct linker *l, const struct draft_table *d,
    struct schema_table *t)
{
	/* the fields are ours until the schema is handed out */
	struct schema_field *f = (struct schema_field *)t->fields;

	resolve_target(l, d->key, f++);
	for (const struct draft_field *df = d->fields; df != NULL;
	    df = df->next)
		resolve_target(l, df, f++);
}

/* ---- relations ---- */

static const char *
ends_in_id(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && strcmp(name + n - 3, "_id") == 0 ? name + n - 3 : NULL;
}

/* The name of the to-one relation that a foreign key gives by itself. */
static const char *
one_name(struct arena *arena, const char *field)
{
	const char *end = ends_in_id(field);

	if (strcmp(field, "product_imei") == 0)
		return "product";
	if (end != NULL)
		return arena_strndup(arena, field, (size_t)(end - field));
	return arena_printf(arena, "%s_rel", field);
}

static const struct draft_relation *
named_one(const struct draft_table *d, const char *field)
{
	for (const struct draft_relation *r = d->relations; r != NULL;
	    r = r->next)
		if (r->kind == RELATION_ONE &&
		    strcmp(r->field.text, field) == 0)
			return r;
	return NULL;
}

static void
add_relation(struct linker *l, const struct draft_pos *pos,
    struct schema_table *t, const struct schema_relation *r)
{
	struct schema_relation *all = (struct schema_relation *)t->relations;

	if (schema_relation(t, r->name) != NULL)
		draft_problem(l->draft, pos, "relation %s is given twice",
		    r->name);
	if (find_field(t, r->name, t->n_fields) != NULL)
		draft_problem(l->draft, pos,
		    "relation %s has the name of a field", r->name);
	all[t->n_relations++] = *r;
}

static void
add_ones(struct linker *l, const struct draft_table *d,
    struct schema_table *t)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];
		const struct draft_relation *named;

		if (f->target == NULL)
			continue;
		named = named_one(d, f->name);
		add_relation(l, named != NULL ? &named->pos : &d->pos, t,
		    &(struct schema_relation){
			.name = named != NULL ? named->name :
			    one_name(l->draft->arena, f->name),
			.kind = RELATION_ONE, .target = f->target, .field = f,
		    });
	}
}

static void
add_many(struct linker *l, const struct draft_relation *d,
    struct schema_table *t)
{
	const struct schema_table *to = find_table(l, d->table.text, l->n);
	const struct schema_field *f;

	if (to == NULL) {
		draft_problem(l->draft, &d->table.pos, "unknown table %s",
		    d->table.text);
		return;
	}
	f = find_field(to, d->field.text, to->n_fields);
	if (f == NULL || f->target != t) {
		draft_problem(l->draft, &d->field.pos,
		    "%s.%s is no key to %s", to->name, d->field.text, t->name);
		return;
	}
	add_relation(l, &d->pos, t, &(struct schema_relation){
		.name = d->name, .kind = RELATION_MANY, .target = to,
		.field = f,
	});
}

static void
check_one(struct linker *l, const struct draft_relation *d,
    const struct schema_table *t)
{
	const struct schema_field *f;

	f = find_field(t, d->field.text, t->n_fields);
	if (f == NULL || f->target == NULL)
		draft_problem(l->draft, &d->field.pos,
		    "%s is no foreign key", d->field.text);
}

static void
make_relations(struct linker *l, const struct draft_table *d,
    struct schema_table *t)
{
	size_t n = t->n_fields;

	for (const struct draft_relation *r = d->relations; r != NULL;
	    r = r->next)
		n++;
	t->relations = arena_alloc(l->draft->arena, n * sizeof(*t->relations));
	add_ones(l, d, t);
	for (const struct draft_relation *r = d->relations; r != NULL;
	    r = r->next) {
		if (r->kind == RELATION_MANY)
			add_many(l, r, t);
		else
			check_one(l, r, t);
	}
}

/* ---- scope ---- */

static void
resolve_scope(struct linker *l, const struct draft_table *d,
    struct schema_table *t)
{
	const struct draft_name *field = &d->scope_field;
	const struct draft_name *relation = &d->scope_relation;

	if (field->text != NULL) {
		t->scope_field = find_field(t, field->text, t->n_fields);
		if (t->scope_field == NULL || t->scope_field->type != FIELD_INT)
			draft_problem(l->draft, &field->pos,
			    "%s is no field with an entity", field->text);
	}
	if (relation->text != NULL) {
		t->scope_relation = schema_relation(t, relation->text);
		if (t->scope_relation == NULL ||
		    t->scope_relation->kind != RELATION_ONE)
			draft_problem(l->draft, &relation->pos,
			    "%s is no to-one relation", relation->text);
	}
}

/* A chain of `via` must end in a table that knows its own scope. */
static void
check_scope_ends(struct linker *l, const struct draft_table *d,
    struct schema_table *t)
{
	const struct schema_table *at = t;
	size_t steps = 0;

	while (at->scope_relation != NULL && steps++ <= l->n)
		at = at->scope_relation->target;
	if (steps > l->n)
		draft_problem(l->draft, &d->scope_pos,
		    "scope of %s goes in a circle", t->name);
}

/* ---- what points where ---- */

static void
count_referrers(struct linker *l, const struct draft_table *d,
    struct schema_table *t)
{
	(void)d;
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];

		if (f->target != NULL && !f->loose)
			l->tables[f->target->number].n_referrers++;
	}
}

static void
make_referrers(struct linker *l, const struct draft_table *d,
    struct schema_table *t)
{
	size_t n = t->n_referrers;

	(void)d;
	t->referrers = arena_alloc(l->draft->arena,
	    (n + 1) * sizeof(*t->referrers));
	t->referrer_tables = arena_alloc(l->draft->arena,
	    (n + 1) * sizeof(*t->referrer_tables));
	t->n_referrers = 0;
}

static void
fill_referrers(struct linker *l, const struct draft_table *d,
    struct schema_table *t)
{
	(void)d;
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];
		struct schema_table *to;

		if (f->target == NULL || f->loose)
			continue;
		to = &l->tables[f->target->number];
		to->referrers[to->n_referrers] = f;
		to->referrer_tables[to->n_referrers++] = t;
	}
}

static void
make_indexes(struct linker *l, const struct draft_table *d,
    struct schema_table *t)
{
	draft_link_indexes(l->draft, d, t);
}

bool
draft_link(struct draft *draft, struct schema *ret)
{
	static void (*const steps[])(struct linker *,
	    const struct draft_table *, struct schema_table *) = {
		copy_table, copy_fields, resolve_targets, make_relations,
		resolve_scope, check_scope_ends, make_indexes,
		count_referrers, make_referrers, fill_referrers,
	};
	struct linker l = { .draft = draft };

	l.tables = arena_alloc(draft->arena,
	    (draft->n_tables + 1) * sizeof(*l.tables));
	if (draft->version == 0)
		draft_problem(draft, &(struct draft_pos){ "", 0, 0 },
		    "version is missing");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!for_tables(&l, steps[i]))
			return false;
	ret->version = draft->version;
	memcpy(ret->gone, draft->gone, sizeof(ret->gone));
	ret->n_gone = draft->n_gone;
	ret->tables = l.tables;
	ret->n_tables = l.n;
	return true;
}
