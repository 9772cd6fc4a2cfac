/*
 * The requests of the Blue Current protocol, from the rows of request.def:
 * frames out of members, and what ends each.  No I/O.
 */
#ifndef HELIO_BLUECURRENT_REQUEST_H
#define HELIO_BLUECURRENT_REQUEST_H

#include <jansson.h>

#include "base/buf.h"
#include "helio/error.h"

enum bc_ends { BC_ENDS_ANSWER, BC_ENDS_ACTION };

struct bc_request {
	const char	*command;
	const char	*members;	/* "evse_id:t value:b": see request.def */
	enum bc_ends	 ends;
	const char	*answer;	/* the object that ends it */
	const char	*help;
};

/* All requests, in the order of request.def. */
extern const struct bc_request bc_requests[];
extern const size_t bc_n_requests;

/* By command, or NULL. */
const struct bc_request *bc_request_find(const char *command);

/*
 * The frame of a request: command, the given members in the row's order,
 * Authorization last (left out when NULL).  given is an object or NULL;
 * members that are null are left out.  HELIO_BAD_INPUT: one is unknown,
 * missing or of another type.
 */
helio_code	bc_request_frame(const struct bc_request *, const json_t *given,
		    const char *authorization, struct buf *out, helio_error *);

/* JSON of a value, reals shortest (jansson writes 8.7 as 8.6999999999999993). */
void		bc_json_text(const json_t *, struct buf *out);

#endif
