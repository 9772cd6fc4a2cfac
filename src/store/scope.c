/*
 * scope.c - which rows of a table a caller may see, as a condition.  What
 * cannot be told from the schema is invisible.
 */
#include "store/sql.h"

enum {
	VIA_MAX = 16,	/* tables in a chain of `via`; the schema has no
			 * circles, this bounds broken ones */
};

struct scope {
	struct arena	*arena;
	const struct caller *caller;
	unsigned	 depth;
};

static const struct cond	*table_scope(struct scope *,
				    const struct schema_table *);

static const struct cond *
both(struct scope *s, const struct cond *a, const struct cond *b)
{
	return cond_all(s->arena, (const struct cond *[]){ a, b }, 2);
}

static const struct cond *
own(struct scope *s, const struct schema_table *table)
{
	if (!s->caller->has_entity || table->scope_field == NULL)
		return cond_false();
	return cond_compare(s->arena, table->scope_field, OP_EQ,
	    value_int(s->caller->entity_id));
}

static const struct cond *
via(struct scope *s, const struct schema_table *table)
{
	const struct schema_relation *relation = table->scope_relation;

	if (relation == NULL)
		return cond_false();
	return cond_related_raw(s->arena, relation,
	    table_scope(s, relation->target));
}

static const struct cond *
own_via(struct scope *s, const struct schema_table *table)
{
	return both(s, own(s, table), via(s, table));
}

/* The to-many relation and its target's fields that say "now", or NULL. */
static const struct schema_relation *
linker(const struct schema_table *table, const char *name)
{
	const struct schema_relation *relation = schema_relation(table, name);

	if (relation == NULL || relation->kind != RELATION_MANY ||
	    schema_field(relation->target, "date_removed") == NULL)
		return NULL;
	return relation;
}

static const struct cond *
product(struct scope *s, const struct schema_table *table)
{
	const struct schema_relation *relation;

	relation = linker(table, "product_entity_linker");
	if (relation == NULL || !s->caller->has_entity ||
	    schema_field(relation->target, "entity_id") == NULL)
		return cond_false();
	return cond_related_raw(s->arena, relation, both(s,
	    cond_eq(s->arena, relation->target, "entity_id",
	    value_int(s->caller->entity_id)),
	    cond_is_null(s->arena, relation->target, "date_removed")));
}

static const struct cond *
part(struct scope *s, const struct schema_table *table)
{
	const struct schema_relation *relation, *to_product;
	const struct cond *now, *theirs, *loose;

	relation = linker(table, "part_product_linker");
	if (relation == NULL)
		return cond_false();
	to_product = schema_relation(relation->target, "product");
	if (to_product == NULL)
		return cond_false();
	now = cond_is_null(s->arena, relation->target, "date_removed");
	theirs = cond_related_raw(s->arena, relation, both(s, now,
	    cond_related_raw(s->arena, to_product,
	    table_scope(s, to_product->target))));
	if (s->caller->level < LEVEL_FACTORY)
		return theirs;
	loose = cond_not(s->arena, cond_related_raw(s->arena, relation, now));
	return cond_any(s->arena, (const struct cond *[]){ theirs, loose }, 2);
}

static const struct cond *
all(struct scope *s, const struct schema_table *table)
{
	(void)s;
	(void)table;
	return cond_true();
}

static const struct cond *
none(struct scope *s, const struct schema_table *table)
{
	(void)s;
	(void)table;
	return cond_false();
}

static const struct cond *
table_scope(struct scope *s, const struct schema_table *table)
{
	static const struct cond *(*const kinds[])(struct scope *,
	    const struct schema_table *) = {
		[SCOPE_ALL] = all,
		[SCOPE_NONE] = none,
		[SCOPE_OWN] = own,
		[SCOPE_VIA] = via,
		[SCOPE_OWN_VIA] = own_via,
		[SCOPE_PRODUCT] = product,
		[SCOPE_PART] = part,
	};
	const struct cond *c;

	if (s->depth == VIA_MAX)
		return cond_false();
	s->depth++;
	c = kinds[table->scope](s, table);
	s->depth--;
	return c;
}

const struct cond *
scope_cond(struct arena *arena, const struct schema_table *table,
    const struct caller *caller)
{
	struct scope s = { .arena = arena, .caller = caller };

	if (caller->global || table->scope == SCOPE_ALL)
		return NULL;
	return table_scope(&s, table);
}
