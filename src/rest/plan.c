/* plan.c - the members of `q`, each read into its part of the plan */
#include "rest/plan.h"

#include <math.h>
#include <string.h>

#include "rest/number.h"
#include "rest/planner.h"

/* ---- limit and offset ---- */

/* A number as Python's int() takes it: floats lose their fraction. */
static bool
count_from(const json_t *json, int64_t *ret)
{
	struct number n;
	double whole;

	if (json_is_boolean(json) || json_is_integer(json)) {
		*ret = json_is_integer(json) ?
		    json_integer_value(json) : json_is_true(json);
		return true;
	}
	if (json_is_string(json)) {
		*ret = 0;
		if (!number_parse(json_string_value(json), &n) || !n.is_int)
			return false;
		*ret = n.i;
		return true;
	}
	whole = trunc(json_real_value(json));
	*ret = fabs(whole) < 0x1p63 ? (int64_t)whole : -1;
	return json_is_real(json);
}

/* Zero and null mean none. */
static bool
count_read(struct planner *p, const char *member, const json_t *json,
    int64_t none, int64_t *ret)
{
	struct place at = { .member = member };
	int64_t n = 0;

	if (!json_is_null(json) && (!count_from(json, &n) || n < 0)) {
		planner_refuse(p, &at, NULL, "must be a whole number from 0");
		return false;
	}
	*ret = n > 0 ? n : none;
	return true;
}

/* ---- members ---- */

static bool
member_filters(struct planner *p, const json_t *json, struct plan *plan)
{
	plan->query.where = filter_read(p, json);
	return plan->query.where != NULL;
}

static bool
member_order(struct planner *p, const json_t *json, struct plan *plan)
{
	return order_read(p, "order_by", json, &plan->query.order,
	    &plan->query.n_order);
}

static bool
member_group(struct planner *p, const json_t *json, struct plan *plan)
{
	return order_read(p, "group_by", json, &plan->query.group,
	    &plan->query.n_group);
}

static bool
member_limit(struct planner *p, const json_t *json, struct plan *plan)
{
	return count_read(p, "limit", json, -1, &plan->query.limit);
}

static bool
member_offset(struct planner *p, const json_t *json, struct plan *plan)
{
	return count_read(p, "offset", json, 0, &plan->query.offset);
}

/* Whatever Python takes for true. */
static bool
member_single(struct planner *p, const json_t *json, struct plan *plan)
{
	switch (json_typeof(json)) {
	case JSON_STRING:
		plan->single = json_string_length(json) > 0;
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		plan->single = json_number_value(json) != 0;
		break;
	case JSON_ARRAY:
		plan->single = json_array_size(json) > 0;
		break;
	case JSON_OBJECT:
		plan->single = json_object_size(json) > 0;
		break;
	default:
		plan->single = json_is_true(json);
	}
	return true;
}

/* Members that are not here mean nothing to us. */
static const struct {
	const char	*name;
	bool		(*read)(struct planner *, const json_t *,
			    struct plan *);
} members[] = {
	{ "filters", member_filters },
	{ "order_by", member_order },
	{ "group_by", member_group },
	{ "limit", member_limit },
	{ "offset", member_offset },
	{ "single", member_single },
};

static bool
plan_members(struct planner *p, const json_t *q, struct plan *plan)
{
	const json_t *json;

	if (!json_is_object(q)) {
		planner_refuse(p, NULL, "q", "must be an object");
		return false;
	}
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json = json_object_get(q, members[i].name);
		if (json != NULL && !members[i].read(p, json, plan))
			return false;
	}
	return true;
}

static json_t *
load(const char *q, size_t n)
{
	json_error_t error;
	json_t *json = json_loadb(q, n, JSON_DECODE_ANY, &error);

	/* numbers beyond 64 bits match nothing, which is no error */
	if (json == NULL &&
	    json_error_code(&error) == json_error_numeric_overflow)
		json = json_loadb(q, n, JSON_DECODE_ANY |
		    JSON_DECODE_INT_AS_REAL, &error);
	return json;
}

enum helio_rc
plan_read(const struct plan_input *in, const char *q, size_t n,
    struct plan *ret, struct helio_err *err)
{
	struct planner p = { .in = in, .err = err };
	struct plan plan = { .query = query_all(in->table) };
	json_t *json = load(q, n);
	bool ok;

	if (json == NULL)
		return err_set(err, HELIO_E_DECODE, "%s",
		    rc_text(HELIO_E_DECODE));
	ok = plan_members(&p, json, &plan);
	json_decref(json);
	if (!ok)
		return err->rc;
	*ret = plan;
	return HELIO_OK;
}
