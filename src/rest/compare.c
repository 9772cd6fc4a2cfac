/* compare.c - conditions on one field: with a value, a list, another field */
#include "rest/planner.h"

static const struct cond *
not_null(struct planner *p, const struct schema_field *field)
{
	struct arena *a = p->in->arena;

	return cond_not(a, cond_null(a, field));
}

/*
 * Comparison of a whole number field with a number it cannot hold: what is
 * left of it.  A gap lies above its floor, so < and <= the gap are <= the
 * floor.
 */
enum rest {
	REST_NONE,	/* no row */
	REST_ALL,	/* every row that is not null */
	REST_FLOOR_GT,	/* > floor */
	REST_FLOOR_LE,	/* <= floor */
};

static const enum rest gap_rest[][OP_LE + 1] = {
	[OPERAND_GAP] = {
		[OP_EQ] = REST_NONE, [OP_NE] = REST_ALL,
		[OP_GT] = REST_FLOOR_GT, [OP_GE] = REST_FLOOR_GT,
		[OP_LT] = REST_FLOOR_LE, [OP_LE] = REST_FLOOR_LE,
	},
	[OPERAND_ABOVE] = {
		[OP_EQ] = REST_NONE, [OP_NE] = REST_ALL,
		[OP_GT] = REST_NONE, [OP_GE] = REST_NONE,
		[OP_LT] = REST_ALL, [OP_LE] = REST_ALL,
	},
	[OPERAND_BELOW] = {
		[OP_EQ] = REST_NONE, [OP_NE] = REST_ALL,
		[OP_GT] = REST_ALL, [OP_GE] = REST_ALL,
		[OP_LT] = REST_NONE, [OP_LE] = REST_NONE,
	},
};

static const struct cond *
compare_inexact(struct planner *p, const struct schema_field *field,
    enum cond_op op, const struct operand *operand)
{
	switch (gap_rest[operand->kind][op]) {
	case REST_NONE:
		return cond_false();
	case REST_ALL:
		return not_null(p, field);
	case REST_FLOOR_GT:
		return cond_compare(p->in->arena, field, OP_GT, operand->v);
	case REST_FLOOR_LE:
		return cond_compare(p->in->arena, field, OP_LE, operand->v);
	}
	return cond_false();
}

/* What hides parts of itself must not be guessed at. */
static bool
is_comparable(struct planner *p, const struct place *at,
    const struct schema_field *field)
{
	if (field->masked_member == NULL)
		return true;
	planner_refuse(p, at, "name",
	    "'%s' holds secrets: only is_null and is_not_null", field->name);
	return false;
}

static bool
is_pattern(enum cond_op op)
{
	return op == OP_LIKE || op == OP_ILIKE;
}

static bool
is_textual(const struct schema_field *field)
{
	return field_type_storage(field->type) == VALUE_TEXT;
}

static bool
operand_read(struct planner *p, const struct place *at,
    const struct schema_field *field, const json_t *val, struct operand *ret)
{
	struct convert c = {
		.arena = p->in->arena,
		.now_us = p->in->now_us,
		.from = FROM_FILTER,
	};
	bool ok;

	ok = convert_value(&c, field, val, ret);
	if (ok && ret->kind != OPERAND_EMPTY)
		return true;
	planner_refuse(p, at, "val", "'%s' %s", field->name,
	    ok ? "needs a value" : c.why);
	return false;
}

/* A pattern for a JSON field is matched against its text as it stands. */
static const struct cond *
compare_pattern(struct planner *p, const struct place *at,
    const struct schema_field *field, enum cond_op op, const json_t *val)
{
	struct schema_field text = *field;
	struct operand operand;

	text.type = FIELD_TEXT;
	if (!is_textual(field)) {
		planner_refuse(p, at, "op", "'%s' is no text", field->name);
		return NULL;
	}
	if (!operand_read(p, at, &text, val, &operand))
		return NULL;
	return cond_compare(p->in->arena, field, op, operand.v);
}

const struct cond *
compare_value(struct planner *p, const struct place *at,
    const struct schema_field *field, enum cond_op op, const json_t *val)
{
	struct operand operand;

	if (!is_comparable(p, at, field))
		return NULL;
	if (is_pattern(op))
		return compare_pattern(p, at, field, op, val);
	if (!operand_read(p, at, field, val, &operand))
		return NULL;
	if (operand.kind != OPERAND_EXACT)
		return compare_inexact(p, field, op, &operand);
	return cond_compare(p->in->arena, field, op, operand.v);
}

/* ---- lists ---- */

struct list {
	struct value	*values;
	size_t		 n;
	bool		 has_null;
};

static bool
list_is_bounded(struct planner *p, const struct place *at, size_t n)
{
	if (n > PLAN_LIST_VALUES) {
		planner_refuse(p, at, "val", "has more than %d values",
		    PLAN_LIST_VALUES);
		return false;
	}
	p->n_values += n;
	if (p->n_values > PLAN_VALUES) {
		planner_refuse(p, at, "val", "more than %d values in all",
		    PLAN_VALUES);
		return false;
	}
	return true;
}

static bool
list_read(struct planner *p, const struct place *at,
    const struct schema_field *field, const json_t *list, struct list *ret)
{
	size_t i, n = json_array_size(list);
	struct operand operand;
	const json_t *element;

	*ret = (struct list){ .values = arena_alloc(p->in->arena,
	    (n + 1) * sizeof(*ret->values)) };
	for (i = 0; i < n; i++) {
		element = json_array_get(list, i);
		if (json_is_null(element)) {
			ret->has_null = true;
			continue;
		}
		if (!operand_read(p, at, field, element, &operand))
			return false;
		if (operand.kind == OPERAND_EXACT)
			ret->values[ret->n++] = operand.v;
	}
	return true;
}

const struct cond *
compare_list(struct planner *p, const struct place *at,
    const struct schema_field *field, bool negated, const json_t *list)
{
	struct arena *a = p->in->arena;
	struct list l;

	if (!is_comparable(p, at, field))
		return NULL;
	if (!json_is_array(list)) {
		planner_refuse(p, at, "val", "must be a list");
		return NULL;
	}
	if (!list_is_bounded(p, at, json_array_size(list)) ||
	    !list_read(p, at, field, list, &l))
		return NULL;
	if (!negated)
		return cond_in(a, field, l.values, l.n);
	if (json_array_size(list) == 0)
		return cond_true();
	/* SQL: nothing is known not to equal null */
	if (l.has_null)
		return cond_false();
	if (l.n == 0)
		return not_null(p, field);
	return cond_not(a, cond_in(a, field, l.values, l.n));
}

/* ---- two fields ---- */

/* Fields compare when they are stored in the same unit. */
enum unit { UNIT_NUMBER, UNIT_TEXT, UNIT_TIME, UNIT_DAY };

static enum unit
unit_of(const struct schema_field *field)
{
	static const enum unit by_type[] = {
		[FIELD_INT] = UNIT_NUMBER, [FIELD_FLOAT] = UNIT_NUMBER,
		[FIELD_BOOL] = UNIT_NUMBER, [FIELD_DURATION] = UNIT_NUMBER,
		[FIELD_TEXT] = UNIT_TEXT, [FIELD_JSON] = UNIT_TEXT,
		[FIELD_DATETIME] = UNIT_TIME, [FIELD_DATE] = UNIT_DAY,
	};

	return by_type[field->type];
}

const struct cond *
compare_fields(struct planner *p, const struct schema_field *field,
    enum cond_op op, const struct schema_field *other)
{
	const struct cond *both[2];

	if (unit_of(field) == unit_of(other) &&
	    (!is_pattern(op) || is_textual(field)))
		return cond_fields(p->in->arena, field, op, other);
	/* the seed's own example compares a text with a flag: never equal */
	if (op != OP_NE)
		return cond_false();
	both[0] = not_null(p, field);
	both[1] = not_null(p, other);
	return cond_all(p->in->arena, both, 2);
}
