/*
 * The tree of all routes: a path is looked up part by part, literal parts
 * before arguments.  Read-only while requests are served.
 */
#ifndef HELIO_API_ROUTE_H
#define HELIO_API_ROUTE_H

#include "api/api.h"

enum {
	ROUTE_PARTS_MAX = 8,	/* of a path below /v1 */
	ROUTE_ALLOW_SIZE = 64,	/* an Allow header, with NUL */
};

struct routes;

struct route_match {
	const struct api_route *route;
	unsigned	 number;	/* of the route, as it was added */
	unsigned	 methods;	/* bit per http_method the path has */
	const char	*arg[API_ARGS_MAX];
};

/* NULL: no memory. */
struct routes	*routes_new(void);
void		 routes_free(struct routes *);	/* NULL is allowed */
/* The route is borrowed.  Aborts on a second one for its method and path, on
 * an empty part and on too many parts or arguments. */
void		 routes_add(struct routes *, const struct api_route *);
/*
 * The route for a request path as sent ("/v1/products/1"); its arguments are
 * decoded into the arena.  E_NOT_FOUND: no such path (malformed and not UTF-8
 * ones included).  E_METHOD: *ret has the methods there are, no route.
 */
enum helio_rc	 routes_find(const struct routes *, struct arena *,
		    enum http_method, const char *path,
		    struct route_match *ret);
/* "GET, HEAD, OPTIONS" for a match's methods. */
void		 routes_allow(unsigned methods, char out[ROUTE_ALLOW_SIZE]);
size_t		 routes_count(const struct routes *);
/* In the order they were added. */
void		 routes_each(const struct routes *,
		    void (*each)(const struct api_route *, void *), void *arg);

#endif
