/*
 * The `q` of /dashboard2: that of /products, and besides a filter `entities`
 * on the names of the entities that a unit belongs to now, and the operator
 * "=".
 */
#ifndef HELIO_ACTION_DASHBOARD_QUERY_H
#define HELIO_ACTION_DASHBOARD_QUERY_H

#include "action/action.h"
#include "rest/plan.h"

/* What `q` (a text or an object, the first of a list; NULL: absent) asks for.
 * Fails as plan_read() does. */
enum helio_rc	 dashboard_plan(struct action_call *, const json_t *q,
		    struct plan *ret, struct helio_err *);

#endif
