/*
 * `q` of /dashboard2 in the words of /products.  What cannot be read here is
 * left as it is: the planner says what is wrong with it.
 */
#include "action/dashboard_query.h"

#include <stdlib.h>
#include <string.h>

enum { ENTITIES_MAX = 500 };	/* more are not listed by their ids */

static void	rewrite_any(struct action_call *, json_t *filter,
		    unsigned depth);

static void
rewrite_list(struct action_call *c, json_t *list, unsigned depth)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		rewrite_any(c, json_array_get(list, i), depth);
}

/* ---- entities ---- */

/* The filter on an entity that a filter on `entities` means. */
static json_t *
entity_filter(json_t *filter)
{
	json_t *inner, *val = json_object_get(filter, "val");

	if (json_is_object(val))
		return json_incref(val);
	inner = json_copy(filter);
	json_object_set_new(inner, "name", json_string("name"));
	return inner;
}

static enum helio_rc
add_id(const struct row *row, void *arg, struct helio_err *err)
{
	json_array_append_new(arg, json_integer(row_int(row, "entity_id")));
	return HELIO_OK;
}

/*
 * The ids of the entities that a filter is true of: an index then leads to
 * their products in order.  NULL when there are too many, or the filter is
 * not valid.
 */
static json_t *
entity_ids(struct action_call *c, json_t *inner)
{
	const struct plan_input in = {
		.arena = c->arena, .table = tx_table(c->tx, "entity"),
		.reader = c->caller->level, .now_us = c->now_us,
	};
	json_t *q = json_pack("{s:[O]}", "filters", inner);
	char *text = json_dumps(q, 0);
	json_t *ids = json_array();
	struct helio_err err;
	struct plan plan;
	bool found = false;

	err_clear(&err);
	if (text != NULL && plan_read(&in, text, strlen(text), &plan, &err) ==
	    HELIO_OK) {
		plan.query.limit = ENTITIES_MAX + 1;
		found = tx_each(c->tx, &plan.query, add_id, ids, &err) ==
		    HELIO_OK && json_array_size(ids) <= ENTITIES_MAX;
	}
	free(text);
	json_decref(q);
	if (!found) {
		json_decref(ids);
		return NULL;
	}
	return ids;
}

/* The filter on a link's entity, by id where that is possible. */
static json_t *
link_filter(struct action_call *c, json_t *filter)
{
	json_t *inner = entity_filter(filter), *ids = entity_ids(c, inner);
	json_t *made;

	if (ids == NULL)
		return json_pack("{s:s,s:s,s:o}", "name", "entity", "op",
		    "has", "val", inner);
	json_decref(inner);
	if (json_array_size(ids) != 1)
		return json_pack("{s:s,s:s,s:o}", "name", "entity_id", "op",
		    "in", "val", ids);
	made = json_pack("{s:s,s:s,s:O}", "name", "entity_id", "op", "eq",
	    "val", json_array_get(ids, 0));
	json_decref(ids);
	return made;
}

/* A link that is in force and leads to such an entity. */
static void
rewrite_entities(struct action_call *c, json_t *filter)
{
	json_t *val = json_pack("{s:[{s:s,s:s},o]}", "and",
	    "name", "date_removed", "op", "is_null", link_filter(c, filter));

	json_object_set_new(filter, "name",
	    json_string("product_entity_linker"));
	json_object_set_new(filter, "op", json_string("any"));
	json_object_set_new(filter, "val", val);
}

/* ---- filters ---- */

static bool
member_is(const json_t *object, const char *member, const char *text)
{
	const char *s = json_string_value(json_object_get(object, member));

	return s != NULL && strcmp(s, text) == 0;
}

static void
rewrite_any(struct action_call *c, json_t *filter, unsigned depth)
{
	if (!json_is_object(filter) || depth > PLAN_DEPTH)
		return;
	if (member_is(filter, "op", "="))
		json_object_set_new(filter, "op", json_string("eq"));
	if (member_is(filter, "name", "entities"))
		rewrite_entities(c, filter);
	rewrite_list(c, json_object_get(filter, "or"), depth + 1);
	rewrite_list(c, json_object_get(filter, "and"), depth + 1);
}

/* The text of the rewritten `q`, for free(); NULL when it is no JSON. */
static char *
rewrite(struct action_call *c, const json_t *q)
{
	json_t *json = json_is_string(q) ? json_loadb(json_string_value(q),
	    json_string_length(q), JSON_DECODE_ANY, NULL) : json_deep_copy(q);
	char *text;

	rewrite_list(c, json_object_get(json, "filters"), 0);
	text = json != NULL ? json_dumps(json, JSON_ENCODE_ANY) : NULL;
	json_decref(json);
	return text;
}

enum helio_rc
dashboard_plan(struct action_call *c, const json_t *q, struct plan *ret,
    struct helio_err *err)
{
	const struct plan_input in = {
		.arena = c->arena, .table = tx_table(c->tx, "product"),
		.reader = c->caller->level, .now_us = c->now_us,
	};
	const char *given;
	enum helio_rc rc;
	char *text;

	if (json_is_array(q))
		q = json_array_get(q, 0);
	if (q == NULL) {
		*ret = (struct plan){ .query = query_all(in.table) };
		return HELIO_OK;
	}
	given = json_string_value(q);
	text = rewrite(c, q);
	if (text == NULL && given == NULL)
		given = "";
	rc = plan_read(&in, text != NULL ? text : given,
	    strlen(text != NULL ? text : given), ret, err);
	free(text);
	return rc;
}
