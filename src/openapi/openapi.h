/*
 * The API's description of itself: an OpenAPI 3.1 document made at start from
 * the tables that the server runs on (routes, schema, actions), and a page for
 * people that shows it without needing any other server.  Nothing is
 * written down twice: only the few routes that are neither tables nor actions
 * have their bodies described here (fixed.c).
 */
#ifndef HELIO_OPENAPI_OPENAPI_H
#define HELIO_OPENAPI_OPENAPI_H

#include "api/api.h"
#include "schema/schema.h"

struct openapi;

struct openapi	*openapi_new(void);		/* NULL: no memory */
void		 openapi_free(struct openapi *);	/* NULL is allowed */
/* /v1/openapi.json and /docs; they live as long as the openapi. */
const struct api_route *openapi_routes(const struct openapi *, size_t *ret_n);
/*
 * Write the document, once all routes of the api are added.  `version` is the
 * program's.  E_NO_MEMORY.
 */
enum helio_rc	 openapi_fill(struct openapi *, const struct api *,
		    const struct schema *, const char *version,
		    struct helio_err *);

#endif
