/* sql_terms.c - taking conditions apart: terms, joins, where to start */
#include "store/sql_build.h"

enum {
	TERMS_MAX = 256,	/* more stay in groups of their own, so that
				 * no chain of AND grows too long to parse */
};

static void	add(struct sql_select *, struct sql_row *, const struct cond *,
		    bool negated);

/* ---- terms ---- */

/* The row must stand in FROM, and so must the one whose key leads to it. */
static void
need(struct sql_row *row)
{
	row->in_from = true;
	if (row->parent != NULL &&
	    row->relation->field != row->parent->table->key)
		row->parent->in_from = true;
}

/* Only the key of the row is spoken of. */
static bool
key_only(const struct cond *c, const struct schema_field *key)
{
	switch (c->kind) {
	case COND_COMPARE:
		return c->field == key && (c->other == NULL || c->other == key);
	case COND_IN:
	case COND_NULL:
		return c->field == key;
	case COND_RELATED:
		return c->relation->kind == RELATION_MANY;
	case COND_TRUE:
	case COND_FALSE:
		return true;
	case COND_AND:
	case COND_OR:
	case COND_NOT:
		break;
	}
	return false;
}

static void
add_term(struct sql_select *sel, struct sql_row *row, const struct cond *c,
    bool negated)
{
	struct sql_term *term = arena_alloc(sel->b->arena, sizeof(*term));

	term->cond = c;
	term->row = row;
	term->negated = negated;
	*sel->end = term;
	sel->end = &term->next;
	sel->n_terms++;
	if (!key_only(c, row->table->key))
		need(row);
}

/* ---- joined rows ---- */

static void
add_scope(struct sql_select *sel, struct sql_row *row)
{
	const struct caller *scope = sel->b->scope;

	if (row->scoped || scope == NULL)
		return;
	row->scoped = true;
	sql_select_and(sel, row, scope_cond(sel->b->arena, row->table, scope));
}

static struct sql_row *
find_row(struct sql_select *sel, const struct sql_row *parent,
    const struct schema_relation *relation)
{
	struct sql_row *row;

	for (row = sel->root.next; row != NULL; row = row->next)
		if (row->parent == parent && row->relation == relation)
			return row;
	return NULL;
}

static struct sql_row *
add_row(struct sql_select *sel, struct sql_row *parent,
    const struct schema_relation *relation)
{
	struct sql_row *row = find_row(sel, parent, relation);

	if (row != NULL)
		return row;
	row = arena_alloc(sel->b->arena, sizeof(*row));
	row->table = relation->target;
	row->alias = sel->b->n_aliases++;
	row->relation = relation;
	row->parent = parent;
	sel->last_row->next = row;
	sel->last_row = row;
	if (relation->kind == RELATION_ONE)
		parent->in_from = true;
	/* what a loose key names may be missing: the join tells */
	if (relation->kind == RELATION_MANY || relation->field->loose)
		need(row);
	return row;
}

/* A to-one relation whose row must exist and satisfy the rest. */
static void
add_related(struct sql_select *sel, struct sql_row *parent,
    const struct cond *c)
{
	struct sql_row *row = add_row(sel, parent, c->relation);

	if (c->raw)
		row->scoped = true;	/* the rest is its scope */
	add_scope(sel, row);
	if (c->n_parts > 0)
		add(sel, row, c->parts[0], false);
}

/* NOT goes inwards (by De Morgan, which holds with unknown too): AND and OR
 * swap, and only what cannot be split is negated. */
static void
add(struct sql_select *sel, struct sql_row *row, const struct cond *c,
    bool negated)
{
	if (!sql_enter(sel->b, 1))
		return;
	if (c->kind == COND_NOT)
		add(sel, row, c->parts[0], !negated);
	else if (c->kind == (negated ? COND_OR : COND_AND) &&
	    sel->n_terms + c->n_parts <= TERMS_MAX)
		for (size_t i = 0; i < c->n_parts; i++)
			add(sel, row, c->parts[i], negated);
	else if (c->kind == COND_RELATED && !negated &&
	    c->relation->kind == RELATION_ONE)
		add_related(sel, row, c);
	else if (c->kind != (negated ? COND_FALSE : COND_TRUE))
		add_term(sel, row, c, negated);
	sql_leave(sel->b, 1);
}

void
sql_select_and(struct sql_select *sel, struct sql_row *row,
    const struct cond *c)
{
	if (c != NULL)
		add(sel, row, c, false);
}

void
sql_select_init(struct sql_select *sel, struct sql_build *b,
    const struct schema_table *table, bool raw)
{
	*sel = (struct sql_select){ .b = b };
	sel->root.table = table;
	sel->root.alias = b->n_aliases++;
	sel->root.in_from = true;
	sel->root.scoped = raw;
	sel->last_row = &sel->root;
	sel->end = &sel->terms;
	add_scope(sel, &sel->root);
}

struct sql_row *
sql_select_join(struct sql_select *sel, const struct schema_relation *relation,
    bool read)
{
	struct sql_row *row = add_row(sel, &sel->root, relation);

	if (read)
		need(row);
	if (relation->kind == RELATION_MANY)
		sel->pairs = true;
	add_scope(sel, row);
	return row;
}

void
sql_select_inside(struct sql_select *sel, struct sql_build *b,
    const struct cond *related)
{
	sql_select_init(sel, b, related->relation->target, related->raw);
	if (related->n_parts > 0)
		sql_select_and(sel, &sel->root, related->parts[0]);
}

/* ---- where to start ---- */

static bool
is_pin(const struct sql_term *term)
{
	const struct cond *c = term->cond;

	if (term->negated)
		return false;
	return c->kind == COND_NULL || (c->kind == COND_COMPARE &&
	    c->op == OP_EQ && c->other == NULL);
}

bool
sql_leads_index(const struct schema_table *table,
    const struct schema_field *f)
{
	if (f == table->key)
		return true;
	for (size_t i = 0; i < table->n_indexes; i++)
		if (table->indexes[i].fields[0] == f)
			return true;
	return false;
}

/* An index finds the rows of this term, and they are few (a guess). */
static bool
is_narrow(const struct sql_term *term)
{
	const struct cond *c = term->cond;

	if (term->negated)
		return false;
	if (c->kind == COND_FALSE)
		return true;
	if (c->kind != COND_IN && (c->kind != COND_COMPARE ||
	    c->op != OP_EQ || c->other != NULL))
		return false;
	return c->field->type != FIELD_BOOL &&
	    sql_leads_index(term->row->table, c->field);
}

static bool
is_to_many(const struct sql_term *term)
{
	return !term->negated && term->cond->kind == COND_RELATED;
}

/* The first to-many term that is not scope's, or else scope's: what a user
 * asks for is usually less than all that is theirs. */
static struct sql_term *
find_lead(const struct sql_select *sel)
{
	struct sql_term *term, *best = NULL;

	for (term = sel->terms; term != NULL; term = term->next)
		if (is_to_many(term) &&
		    (best == NULL || (best->cond->raw && !term->cond->raw)))
			best = term;
	return best;
}

void
sql_select_plan(struct sql_select *sel)
{
	for (struct sql_term *t = sel->terms; t != NULL; t = t->next)
		sel->narrow = sel->narrow || is_narrow(t);
	if (!sel->narrow)
		sel->lead = find_lead(sel);
}

static bool
is_pinned(const struct sql_select *sel, const struct schema_field *f)
{
	for (struct sql_term *t = sel->terms; t != NULL; t = t->next)
		if (is_pin(t) && t->row == &sel->root && t->cond->field == f)
			return true;
	return false;
}

bool
sql_select_walks(const struct sql_select *sel, const struct schema_field *f)
{
	const struct schema_table *table = sel->root.table;

	for (size_t i = 0; i < table->n_indexes; i++) {
		const struct schema_index *x = &table->indexes[i];
		size_t n = 0;

		while (n < x->n && is_pinned(sel, x->fields[n]))
			n++;
		if (n < x->n && x->fields[n] == f && (n > 0 || !sel->narrow))
			return true;
	}
	return false;
}

bool
sql_select_covers(const struct sql_select *sel, const struct schema_field *f)
{
	const struct schema_table *table = sel->root.table;

	for (size_t i = 0; i < table->n_indexes; i++) {
		const struct schema_index *x = &table->indexes[i];
		bool found = false;
		size_t n = 0;

		while (n < x->n && (x->fields[n] == f ||
		    is_pinned(sel, x->fields[n])))
			found |= x->fields[n++] == f;
		if (found && n > 1)
			return true;
	}
	return false;
}
