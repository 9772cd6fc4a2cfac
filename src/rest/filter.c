/* filter.c - filter objects of `q` to conditions */
#include <string.h>

#include "rest/planner.h"

/* One filter object of the form {"name", "op", "val" | "field"}. */
struct term {
	const struct schema_table *table;
	const json_t	*object;
	const struct place *at;
	const struct operator *op;
	const json_t	*val;		/* NULL when absent or null */
	struct name	 name;
};

/* How an operator is read; NULL when refused. */
typedef const struct cond *(*term_fn)(struct planner *, const struct term *);

struct operator {
	const char	*name;
	term_fn		 read;
	enum cond_op	 op;		/* term_compare */
	bool		 negated;	/* term_list, term_null */
	enum relation_kind kind;	/* term_related */
	enum name_want	 want;
};

static const struct cond *filter_object(struct planner *,
	    const struct schema_table *, const json_t *, const struct place *);

/* The condition on the row that the name's relation leads to, if any. */
static const struct cond *
through(struct planner *p, const struct term *t, const struct cond *cond)
{
	if (cond == NULL || t->name.relation == NULL)
		return cond;
	return cond_related(p->in->arena, t->name.relation, cond);
}

static bool
needs_field(struct planner *p, const struct term *t)
{
	if (t->name.field == NULL)
		planner_refuse(p, t->at, "op",
		    "'%s' is a relation: use has, any, is_null or is_not_null",
		    t->name.relation->name);
	return t->name.field != NULL;
}

static bool
needs_value(struct planner *p, const struct term *t)
{
	if (t->val == NULL)
		planner_refuse(p, t->at, "val", "is missing or null");
	return t->val != NULL;
}

/* Which member holds the other field of a comparison of two, or NULL. */
static const char *
other_member(const json_t *object)
{
	static const char *const member[] = { "field", "fieldname" };
	const json_t *json;

	for (size_t i = 0; i < sizeof(member) / sizeof(member[0]); i++) {
		json = json_object_get(object, member[i]);
		if (json != NULL && !json_is_null(json) &&
		    !(json_is_string(json) && json_string_length(json) == 0))
			return member[i];
	}
	return NULL;
}

static const struct cond *
term_two_fields(struct planner *p, const struct term *t, const char *member)
{
	struct name other;

	if (t->name.relation != NULL) {
		planner_refuse(p, t->at, member,
		    "only fields of one table compare with each other");
		return NULL;
	}
	if (!name_read(p, t->at, member, t->object, t->table, NAME_FIELD,
	    &other))
		return NULL;
	if (t->name.field->masked_member != NULL ||
	    other.field->masked_member != NULL) {
		planner_refuse(p, t->at, member, "one of them holds secrets");
		return NULL;
	}
	return compare_fields(p, t->name.field, t->op->op, other.field);
}

static const struct cond *
term_compare(struct planner *p, const struct term *t)
{
	const char *member = other_member(t->object);

	if (!needs_field(p, t))
		return NULL;
	if (member != NULL)
		return term_two_fields(p, t, member);
	if (!needs_value(p, t))
		return NULL;
	return through(p, t,
	    compare_value(p, t->at, t->name.field, t->op->op, t->val));
}

static const struct cond *
term_list(struct planner *p, const struct term *t)
{
	if (!needs_field(p, t) || !needs_value(p, t))
		return NULL;
	return through(p, t,
	    compare_list(p, t->at, t->name.field, t->op->negated, t->val));
}

/* On a relation, with or without a field: is there no related row? */
static const struct cond *
term_null(struct planner *p, const struct term *t)
{
	struct arena *a = p->in->arena;
	bool is_relation = t->name.relation != NULL;
	const struct cond *cond = is_relation ?
	    cond_related(a, t->name.relation, NULL) :
	    cond_null(a, t->name.field);

	return t->op->negated == is_relation ? cond : cond_not(a, cond);
}

static bool
is_right_kind(struct planner *p, const struct term *t)
{
	if (t->name.relation == NULL) {
		planner_refuse(p, t->at, "name", "'%s' is no relation",
		    t->name.field->name);
		return false;
	}
	if (t->name.relation->kind != t->op->kind) {
		planner_refuse(p, t->at, "op", "'%s' leads to %s: use %s",
		    t->name.relation->name,
		    t->op->kind == RELATION_ONE ? "many rows" : "one row",
		    t->op->kind == RELATION_ONE ? "any" : "has");
		return false;
	}
	return true;
}

/* has and any: `val` is a filter, or what relation__field equals. */
static const struct cond *
term_related(struct planner *p, const struct term *t)
{
	struct place val = { .up = t->at, .member = "val" };
	const struct schema_field *field = t->name.field;
	const struct cond *inner;

	if (!is_right_kind(p, t) || !needs_value(p, t))
		return NULL;
	if (json_is_object(t->val))
		inner = filter_object(p, t->name.relation->target, t->val,
		    &val);
	else if (field == NULL) {
		planner_refuse(p, t->at, "val", "must be a filter object");
		return NULL;
	} else if (json_is_array(t->val))
		inner = compare_list(p, t->at, field, false, t->val);
	else
		inner = compare_value(p, t->at, field, OP_EQ, t->val);
	return through(p, t, inner);
}

#define COMPARE(names, o) \
	{ names, term_compare, .op = o, .want = NAME_ANY }
#define LIST(names, not) \
	{ names, term_list, .negated = not, .want = NAME_ANY }
#define NULL_TEST(names, not) \
	{ names, term_null, .negated = not, .want = NAME_ANY }
#define RELATED(names, k) \
	{ names, term_related, .kind = k, .want = NAME_RELATION }

/* Seed, "Operators", and what Flask-Restless knows beyond it. */
static const struct operator operators[] = {
	COMPARE("==", OP_EQ),
	COMPARE("eq", OP_EQ),
	COMPARE("equals", OP_EQ),
	COMPARE("equal_to", OP_EQ),
	COMPARE("equals_to", OP_EQ),
	COMPARE("!=", OP_NE),
	COMPARE("ne", OP_NE),
	COMPARE("neq", OP_NE),
	COMPARE("not_equal_to", OP_NE),
	COMPARE("does_not_equal", OP_NE),
	COMPARE(">", OP_GT),
	COMPARE("gt", OP_GT),
	COMPARE("<", OP_LT),
	COMPARE("lt", OP_LT),
	COMPARE(">=", OP_GE),
	COMPARE("ge", OP_GE),
	COMPARE("gte", OP_GE),
	COMPARE("geq", OP_GE),
	COMPARE("<=", OP_LE),
	COMPARE("le", OP_LE),
	COMPARE("lte", OP_LE),
	COMPARE("leq", OP_LE),
	COMPARE("like", OP_LIKE),
	COMPARE("ilike", OP_ILIKE),
	LIST("in", false),
	LIST("not_in", true),
	NULL_TEST("is_null", false),
	NULL_TEST("is_not_null", true),
	RELATED("has", RELATION_ONE),
	RELATED("any", RELATION_MANY),
};

static const struct operator *
operator_read(struct planner *p, const struct place *at, const json_t *object)
{
	const json_t *json = json_object_get(object, "op");
	const char *name = json_string_value(json);

	if (name == NULL) {
		planner_refuse(p, at, "op", json == NULL ?
		    "is missing" : "must be a text");
		return NULL;
	}
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strcmp(operators[i].name, name) == 0)
			return &operators[i];
	planner_refuse(p, at, "op", "unknown operator '%.40s'", name);
	return NULL;
}

static const struct cond *
term_read(struct planner *p, const struct schema_table *table,
    const json_t *object, const struct place *at)
{
	const json_t *val = json_object_get(object, "val");
	struct term t = {
		.table = table, .object = object, .at = at,
		.val = json_is_null(val) ? NULL : val,
	};

	t.op = operator_read(p, at, object);
	if (t.op == NULL || !name_read(p, at, "name", object, table,
	    t.op->want, &t.name))
		return NULL;
	return t.op->read(p, &t);
}

/* The list of {"or": [..]} or {"and": [..]}; `or` wins.  NULL: neither. */
static const json_t *
formula_list(const json_t *object, const char **ret_member)
{
	static const char *const member[] = { "or", "and" };
	const json_t *list = NULL;

	for (size_t i = 0; list == NULL && i < 2; i++) {
		list = json_object_get(object, member[i]);
		*ret_member = member[i];
	}
	return list;
}

/* {"or": []} and what holds only such: no condition, so neither true nor false
 * beside others. */
static bool
says_nothing(const json_t *filter)
{
	const char *member;
	const json_t *list = formula_list(filter, &member);
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		if (!says_nothing(json_array_get(list, i)))
			return false;
	return json_is_array(list);
}

/* The elements of a list as one condition; an empty list filters nothing. */
static const struct cond *
filter_list(struct planner *p, const struct schema_table *table,
    const json_t *list, const struct place *at,
    const struct cond *(*join)(struct arena *, const struct cond *const *,
    size_t))
{
	struct place element = { .up = at };
	const struct cond **parts, *cond;
	size_t n = json_array_size(list), used = 0;
	const json_t *filter;

	if (!json_is_array(list)) {
		planner_refuse(p, at, NULL, "must be a list of filters");
		return NULL;
	}
	if (n > PLAN_CONDITIONS) {
		planner_refuse(p, at, NULL, "more than %d filters",
		    PLAN_CONDITIONS);
		return NULL;
	}
	parts = arena_alloc(p->in->arena, (n + 1) * sizeof(*parts));
	for (; element.index < n; element.index++) {
		filter = json_array_get(list, element.index);
		cond = filter_object(p, table, filter, &element);
		if (cond == NULL)
			return NULL;
		if (!says_nothing(filter))
			parts[used++] = cond;
	}
	return used == 0 ? cond_true() : join(p->in->arena, parts, used);
}

/* A formula or a term. */
static const struct cond *
filter_any(struct planner *p, const struct schema_table *table,
    const json_t *object, const struct place *at)
{
	struct place inner = { .up = at };
	const json_t *list = formula_list(object, &inner.member);

	if (list == NULL)
		return term_read(p, table, object, at);
	return filter_list(p, table, list, &inner,
	    strcmp(inner.member, "or") == 0 ? cond_any : cond_all);
}

static const struct cond *
filter_object(struct planner *p, const struct schema_table *table,
    const json_t *object, const struct place *at)
{
	const struct cond *cond;

	if (!json_is_object(object)) {
		planner_refuse(p, at, NULL, "must be a filter object");
		return NULL;
	}
	if (++p->n_conditions > PLAN_CONDITIONS) {
		planner_refuse(p, at, NULL, "more than %d filters in all",
		    PLAN_CONDITIONS);
		return NULL;
	}
	if (++p->depth > PLAN_DEPTH) {
		planner_refuse(p, at, NULL, "filters nest more than %d deep",
		    PLAN_DEPTH);
		return NULL;
	}
	cond = filter_any(p, table, object, at);
	p->depth--;
	return cond;
}

/* A level is left for what a sub-resource adds. */
static bool
is_shallow(struct planner *p, const struct place *at, const struct cond *cond)
{
	if (cond_depth(cond) < COND_DEPTH_MAX)
		return true;
	planner_refuse(p, at, NULL, "relations and formulas nest too deeply");
	return false;
}

const struct cond *
filter_read(struct planner *p, const json_t *filters)
{
	static const struct place at = { .member = "filters" };
	const struct cond *cond;

	if ((json_is_object(filters) && json_object_size(filters) == 0) ||
	    (json_is_string(filters) && json_string_length(filters) == 0))
		return cond_true();
	cond = filter_list(p, p->in->table, filters, &at, cond_all);
	return cond != NULL && is_shallow(p, &at, cond) ? cond : NULL;
}
