/* query.c - making conditions */
#include "store/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static const struct cond always = { .kind = COND_TRUE };
static const struct cond never = { .kind = COND_FALSE };

const struct cond *
cond_true(void)
{
	return &always;
}

const struct cond *
cond_false(void)
{
	return &never;
}

static struct cond *
new_cond(struct arena *arena, enum cond_kind kind)
{
	struct cond *c = arena_alloc(arena, sizeof(*c));

	c->kind = kind;
	return c;
}

/* Double the backslash that ends a pattern and escapes nothing. */
static struct value
whole_pattern(struct arena *arena, struct value pattern)
{
	size_t slashes = 0;
	char *copy;

	while (slashes < pattern.n &&
	    pattern.s[pattern.n - 1 - slashes] == '\\')
		slashes++;
	if (slashes % 2 == 0)
		return pattern;
	copy = arena_alloc(arena, pattern.n + 2);
	memcpy(copy, pattern.s, pattern.n);
	copy[pattern.n] = '\\';
	return value_textn(copy, pattern.n + 1);
}

const struct cond *
cond_compare(struct arena *arena, const struct schema_field *field,
    enum cond_op op, struct value value)
{
	struct cond *c = new_cond(arena, COND_COMPARE);

	if ((op == OP_LIKE || op == OP_ILIKE) && value.type == VALUE_TEXT)
		value = whole_pattern(arena, value);
	c->field = field;
	c->op = op;
	c->value = value;
	return c;
}

const struct cond *
cond_fields(struct arena *arena, const struct schema_field *field,
    enum cond_op op, const struct schema_field *other)
{
	struct cond *c = new_cond(arena, COND_COMPARE);

	c->field = field;
	c->op = op;
	c->other = other;
	return c;
}

const struct cond *
cond_in(struct arena *arena, const struct schema_field *field,
    const struct value *values, size_t n)
{
	struct cond *c;

	if (n == 0)
		return &never;
	c = new_cond(arena, COND_IN);
	c->field = field;
	c->values = values;
	c->n_values = n;
	return c;
}

const struct cond *
cond_null(struct arena *arena, const struct schema_field *field)
{
	struct cond *c = new_cond(arena, COND_NULL);

	c->field = field;
	return c;
}

static struct cond *
new_group(struct arena *arena, enum cond_kind kind,
    const struct cond *const *parts, size_t n)
{
	struct cond *c = new_cond(arena, kind);

	c->parts = arena_alloc(arena, n * sizeof(*parts));
	if (n > 0)
		memcpy(c->parts, parts, n * sizeof(*parts));
	c->n_parts = n;
	return c;
}

const struct cond *
cond_not(struct arena *arena, const struct cond *part)
{
	return new_group(arena, COND_NOT, &part, 1);
}

static struct cond *
new_related(struct arena *arena, const struct schema_relation *relation,
    const struct cond *inner)
{
	struct cond *c = new_group(arena, COND_RELATED, &inner,
	    inner == NULL ? 0 : 1);

	c->relation = relation;
	return c;
}

const struct cond *
cond_related(struct arena *arena, const struct schema_relation *relation,
    const struct cond *inner)
{
	return new_related(arena, relation, inner);
}

const struct cond *
cond_related_raw(struct arena *arena, const struct schema_relation *relation,
    const struct cond *inner)
{
	struct cond *c = new_related(arena, relation, inner);

	c->raw = true;
	return c;
}

const struct cond *
cond_all(struct arena *arena, const struct cond *const *parts, size_t n)
{
	if (n == 0)
		return &always;
	return n == 1 ? parts[0] : new_group(arena, COND_AND, parts, n);
}

const struct cond *
cond_any(struct arena *arena, const struct cond *const *parts, size_t n)
{
	if (n == 0)
		return &never;
	return n == 1 ? parts[0] : new_group(arena, COND_OR, parts, n);
}

static const struct schema_field *
must_field(const struct schema_table *table, const char *name)
{
	const struct schema_field *f = schema_field(table, name);

	if (f != NULL)
		return f;
	log_event(LOG_ERROR, "store.no_field", "table=%s field=" LOG_TEXT,
	    table->name, name);
	abort();
}

const struct cond *
cond_eq(struct arena *arena, const struct schema_table *table,
    const char *field, struct value value)
{
	return cond_compare(arena, must_field(table, field), OP_EQ, value);
}

const struct cond *
cond_is_null(struct arena *arena, const struct schema_table *table,
    const char *field)
{
	return cond_null(arena, must_field(table, field));
}

static unsigned
depth_within(const struct cond *c, unsigned most)
{
	unsigned own = c->kind == COND_RELATED ? COND_RELATED_DEPTH : 1;
	unsigned deepest = 0, depth;

	if (c->n_parts == 0)
		return c->kind == COND_RELATED ? own : 0;
	if (own > most)
		return own;
	for (size_t i = 0; i < c->n_parts; i++) {
		depth = depth_within(c->parts[i], most - own);
		if (depth > deepest)
			deepest = depth;
	}
	return own + deepest;
}

unsigned
cond_depth(const struct cond *c)
{
	return depth_within(c, COND_DEPTH_MAX);
}

struct query
query_all(const struct schema_table *table)
{
	return (struct query){ .table = table, .limit = -1 };
}
