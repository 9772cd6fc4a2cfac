/* The routes under /v1/auth, and /v1/home. */
#ifndef HELIO_API_AUTH_ROUTES_H
#define HELIO_API_AUTH_ROUTES_H

#include "api/api.h"

/* For api_add_routes(); lives as long as the program. */
const struct api_route *auth_routes(size_t *ret_n);

#endif
