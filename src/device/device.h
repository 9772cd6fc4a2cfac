/*
 * The unit protocol over HTTP (DESIGN section 6): who a unit is
 * (unit_auth.h), what its bodies say (rc_codec.h, gunzip.h), which requests
 * count (session.h), and the routes rc_data and rm_data.  What a message does
 * is in src/domain: another transport brings its own routes and nothing else.
 */
#ifndef HELIO_DEVICE_DEVICE_H
#define HELIO_DEVICE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/api.h"

struct device_options {
	int64_t		 poll_after_s;	/* when a unit comes again; 0: 14400 */
	bool		 basic_always;	/* HTTP Basic without TLS too */
	size_t		 upload_max;	/* bytes of an rm_data body; 0: 16 MB */
};

/* The routes; options are copied, both live as long as the program. */
const struct api_route *device_routes(const struct device_options *,
		    size_t *ret_n);

#endif
