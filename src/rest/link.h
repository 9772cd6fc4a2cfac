/* Addresses in replies: Link and Location headers. */
#ifndef HELIO_REST_LINK_H
#define HELIO_REST_LINK_H

#include "api/api.h"
#include "rest/page.h"

/*
 * "scheme://host" of the request, from its Host header (and the
 * X-Forwarded-Proto of a proxy), in the arena; "" when there is no usable
 * one, which makes addresses relative to the server.
 */
const char	*link_origin(struct api_call *);
/* Location of a row: <origin>/v1/<collection>/<key>. */
void		 link_location(struct api_call *, const struct row *);
/* Link to the next and the last page, other parameters kept. */
void		 link_pages(struct api_call *, const struct page *,
		    int64_t total);

/* Is it a host name or address, perhaps with a port? */
bool		 link_is_host(const char *);
/* Append the query without `page` and `results_per_page`, fit for a header. */
void		 link_add_query(struct buf *, struct arena *,
		    const char *query);

#endif
