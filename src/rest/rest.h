/*
 * The REST layer: one engine for all resources.  A request becomes a plan
 * (plan.h: what `q` means for a table), the plan runs on the store, rows are
 * written as JSON.  Bodies are checked field by field (validate.h) before the
 * store sees them.  Everything is read from the schema; what a single table
 * needs beyond it is a row of the table in special.c.
 *
 * Not here: actions (src/action), SQL and entity scope (src/store), routing,
 * tokens and envelopes of errors (src/api).
 *
 * Behaviour follows Flask-Restless 0.17 where clients can see it, except
 * that what was a 500 is a 400 and that more queries are understood.
 */
#ifndef HELIO_REST_REST_H
#define HELIO_REST_REST_H

#include <stdbool.h>
#include <stddef.h>

#include "api/api.h"
#include "schema/schema.h"

/*
 * The routes of every served table: the collection, the item, and the
 * relations below an item.  The schema is borrowed and must outlive them;
 * the caller frees them with rest_routes_free() once nothing uses them.
 */
const struct api_route *rest_routes(const struct schema *, size_t *ret_n);
/* What a route of this layer is, for descriptions of the API. */
enum rest_kind {
	REST_LIST, REST_CREATE, REST_ONE, REST_CHANGE, REST_DELETE,
	REST_RELATED, REST_RELATED_ONE, REST_UNLINK,
};

struct rest_info {
	enum rest_kind	 kind;
	const struct schema_table *table;
	const struct schema_relation *relation;	/* the last three */
	/* members of bodies beyond the fields; NULL-terminated, or NULL */
	const char *const *members;
};

/* False: the route is not of this layer. */
bool		 rest_describe(const struct api_route *,
		    struct rest_info *ret);
/* NULL is allowed. */
void		 rest_routes_free(const struct api_route *);

#endif
