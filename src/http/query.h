/* The parameters of a raw query, "name=value&name=value". */
#ifndef HELIO_HTTP_QUERY_H
#define HELIO_HTTP_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* One parameter, still percent-encoded, in the query it was found in. */
struct http_pair {
	const char	*name;
	size_t		 name_len;
	const char	*value;		/* empty when there is no '=' */
	size_t		 value_len;
};

/* The next parameter from *pos (0 at first); false at the end.  Empty ones,
 * as in "a=1&&b=2", are skipped. */
bool		 http_query_next(const char *query, size_t *pos,
		    struct http_pair *ret);
/* First value of a parameter, decoded into the arena; NULL when it is absent
 * or malformed. */
const char	*http_query_find(struct arena *, const char *query,
		    const char *name);

#endif
