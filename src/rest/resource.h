/* What a route of the REST layer is about, and the handlers.  Private. */
#ifndef HELIO_REST_RESOURCE_H
#define HELIO_REST_RESOURCE_H

#include "api/api.h"
#include "schema/schema.h"

/* `data` of every route. */
struct resource {
	const struct schema_table *table;
	const struct schema_relation *relation;	/* routes below an item */
};

static inline const struct resource *
resource_of(const struct api_call *call)
{
	return call->route->data;
}

/* item.c: /<collection>/{key} */
void	item_get(struct api_call *);
bool	item_ask(struct api_call *);
void	item_put(struct api_call *);
void	item_delete(struct api_call *);
/* item.c: POST /<collection> */
void	item_post(struct api_call *);

/* list.c: GET /<collection> */
void	list_get(struct api_call *);
bool	list_ask(struct api_call *);

/* related.c: /<collection>/{key}/<relation>[/{key}] */
void	related_get(struct api_call *);
void	related_get_one(struct api_call *);
void	related_unlink(struct api_call *);

#endif
