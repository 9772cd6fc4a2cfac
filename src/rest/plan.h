/*
 * The planner: what the text of `q` asks of a table, as a query for the
 * store.  Pure: no I/O, no request.
 */
#ifndef HELIO_REST_PLAN_H
#define HELIO_REST_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "schema/schema.h"
#include "store/query.h"

/* What one `q` may hold; anything beyond is a 400. */
enum {
	PLAN_DEPTH = 16,		/* filters within filters */
	PLAN_CONDITIONS = 256,		/* filter objects in all */
	PLAN_LIST_VALUES = 1000,	/* in the list of one in / not_in */
	PLAN_VALUES = 3500,		/* in all lists: below SQL_ARGS_MAX */
	PLAN_TERMS = 16,		/* of order_by, and of group_by */
};

struct plan_input {
	struct arena	*arena;		/* the plan lives here */
	const struct schema_table *table;
	enum level	 reader;	/* who asks: relations to tables this
					 * level may not read are refused */
	int64_t		 now_us;	/* CURRENT_TIMESTAMP */
};

struct plan {
	struct query	 query;		/* with limit and offset of q */
	bool		 single;	/* one object is expected */
};

/*
 * Plan n bytes of `q`.  E_DECODE: not JSON.  E_QUERY: cannot be planned; the
 * faults name where ("filters[0].op") and why.
 */
enum helio_rc	 plan_read(const struct plan_input *, const char *q, size_t n,
		    struct plan *ret, struct helio_err *);

#endif
