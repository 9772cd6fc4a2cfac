/*
 * What the files of src/openapi share.
 *
 *   openapi.c    the routes; document.c  the document as a whole
 *   operation.c  one method of one path
 *   tables.c     rows and their members; fixed.c  routes that stand alone
 */
#ifndef HELIO_OPENAPI_INTERNAL_H
#define HELIO_OPENAPI_INTERNAL_H

#include "action/action.h"
#include "base/json_write.h"
#include "openapi/openapi.h"
#include "rest/rest.h"

/* ---- document.c ---- */

void	document_write(struct json_write *, const struct api *,
	    const struct schema *, const char *version);

/* ---- operation.c ---- */

/* The object for a route's method: parameters, bodies, replies, level. */
void	operation_write(struct json_write *, const struct api_route *);

/* ---- tables.c ---- */

/* components.schemas: NAME (a row), NAME_change and NAME_new (bodies). */
void	tables_write(struct json_write *, const struct schema *,
	    const struct api *);
/* The schema of a value of this type, written as one object. */
void	type_write(struct json_write *, enum field_type, const char *doc);
/* {"$ref":"#/components/<where>/<name><suffix>"} */
void	ref_write(struct json_write *, const char *where, const char *name,
	    const char *suffix);

/* ---- fixed.c ---- */

struct fixed {
	enum http_method method;
	const char	*path;
	const char	*parameters;	/* JSON of members, each NULL or text: */
	const char	*body;
	const char	*reply;
	const char	*media;		/* of the reply; NULL: JSON */
	unsigned	 status;	/* of success; 0: 200 */
};

/* NULL: nothing more is known of the route. */
const struct fixed *fixed_find(const struct api_route *);

#endif
