/*
 * `q` of /dashboard2 in the words of /products.  What cannot be read here is
 * left as it is: the planner says what is wrong with it.
 */
#include "action/dashboard_query.h"

#include <stdlib.h>
#include <string.h>

static void	rewrite_any(json_t *filter, unsigned depth);

static void
rewrite_list(json_t *list, unsigned depth)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		rewrite_any(json_array_get(list, i), depth);
}

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

/* A link that is in force and leads to such an entity. */
static void
rewrite_entities(json_t *filter)
{
	json_t *val = json_pack("{s:[{s:s,s:s},{s:s,s:s,s:o}]}", "and",
	    "name", "date_removed", "op", "is_null",
	    "name", "entity", "op", "has", "val", entity_filter(filter));

	json_object_set_new(filter, "name",
	    json_string("product_entity_linker"));
	json_object_set_new(filter, "op", json_string("any"));
	json_object_set_new(filter, "val", val);
}

static bool
member_is(const json_t *object, const char *member, const char *text)
{
	const char *s = json_string_value(json_object_get(object, member));

	return s != NULL && strcmp(s, text) == 0;
}

static void
rewrite_any(json_t *filter, unsigned depth)
{
	if (!json_is_object(filter) || depth > PLAN_DEPTH)
		return;
	if (member_is(filter, "op", "="))
		json_object_set_new(filter, "op", json_string("eq"));
	if (member_is(filter, "name", "entities"))
		rewrite_entities(filter);
	rewrite_list(json_object_get(filter, "or"), depth + 1);
	rewrite_list(json_object_get(filter, "and"), depth + 1);
}

/* The text of the rewritten `q`, for free(); NULL when it is no JSON. */
static char *
rewrite(const json_t *q)
{
	json_t *json = json_is_string(q) ? json_loadb(json_string_value(q),
	    json_string_length(q), JSON_DECODE_ANY, NULL) : json_deep_copy(q);
	char *text;

	rewrite_list(json_object_get(json, "filters"), 0);
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
	text = rewrite(q);
	if (text == NULL && given == NULL)
		given = "";
	rc = plan_read(&in, text != NULL ? text : given,
	    strlen(text != NULL ? text : given), ret, err);
	free(text);
	return rc;
}
