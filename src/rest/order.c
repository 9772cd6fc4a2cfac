/* order.c - order_by and group_by of `q` */
#include <string.h>

#include "rest/planner.h"

static bool
has_only(struct planner *p, const struct place *at, const json_t *term,
    const char *const *members)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)term, key, value) {
		for (i = 0; members[i] != NULL; i++)
			if (strcmp(members[i], key) == 0)
				break;
		if (members[i] == NULL) {
			planner_refuse(p, at, NULL, "unknown member '%.40s'",
			    key);
			return false;
		}
	}
	return true;
}

static bool
direction_read(struct planner *p, const struct place *at, const json_t *term,
    bool *ret_descending)
{
	const json_t *json = json_object_get(term, "direction");
	const char *text = json_string_value(json);

	if (json != NULL && (text == NULL ||
	    (strcmp(text, "asc") != 0 && strcmp(text, "desc") != 0))) {
		planner_refuse(p, at, "direction", "must be asc or desc");
		return false;
	}
	*ret_descending = text != NULL && strcmp(text, "desc") == 0;
	return true;
}

static bool
term_field(struct planner *p, const struct place *at, const json_t *term,
    struct order *ret)
{
	struct name name;

	if (!name_read(p, at, "field", term, p->in->table, NAME_ANY, &name))
		return false;
	if (name.field == NULL) {
		planner_refuse(p, at, "field", "'%s' is a relation",
		    name.relation->name);
		return false;
	}
	if (name.field->masked_member != NULL) {
		planner_refuse(p, at, "field", "'%s' holds secrets",
		    name.field->name);
		return false;
	}
	ret->field = name.field;
	ret->relation = name.relation;
	return true;
}

static bool
term_read(struct planner *p, const struct place *at, const json_t *term,
    struct order *ret)
{
	static const char *const order_members[] =
	    { "field", "direction", NULL };
	static const char *const group_members[] = { "field", NULL };
	bool grouping = strcmp(at->up->member, "group_by") == 0;

	if (!json_is_object(term)) {
		planner_refuse(p, at, NULL, "must be an object with a field");
		return false;
	}
	return has_only(p, at, term,
	    grouping ? group_members : order_members) &&
	    term_field(p, at, term, ret) &&
	    direction_read(p, at, term, &ret->descending);
}

bool
order_read(struct planner *p, const char *member, const json_t *list,
    const struct order **ret, size_t *ret_n)
{
	struct place at = { .member = member };
	struct place element = { .up = &at };
	size_t n = json_array_size(list);
	struct order *terms;

	if (!json_is_array(list)) {
		planner_refuse(p, &at, NULL, "must be a list");
		return false;
	}
	if (n > PLAN_TERMS) {
		planner_refuse(p, &at, NULL, "has more than %d terms",
		    PLAN_TERMS);
		return false;
	}
	terms = arena_alloc(p->in->arena, (n + 1) * sizeof(*terms));
	for (; element.index < n; element.index++)
		if (!term_read(p, &element,
		    json_array_get(list, element.index),
		    &terms[element.index]))
			return false;
	*ret = terms;
	*ret_n = n;
	return true;
}
