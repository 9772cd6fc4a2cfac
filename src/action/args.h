/*
 * Arguments of actions: from a body or a query to typed values.  Every bad
 * one is named at once; members that are not declared are ignored, as the
 * original did.
 */
#ifndef HELIO_ACTION_ARGS_H
#define HELIO_ACTION_ARGS_H

#include "action/action.h"

/*
 * The query's parameters as an object of texts (arrays of texts when
 * repeated), added to `into`, which may be NULL.  The caller ends *ret with
 * json_decref(); NULL when there are no parameters at all.
 */
enum helio_rc	 args_query(struct http_request *, json_t *into, json_t **ret,
		    struct helio_err *);
/*
 * Fill arg[] from `body`; faults go to err, and the result is E_INVALID when
 * there are any.
 */
enum helio_rc	 args_convert(const struct action *, struct action_call *,
		    struct helio_err *);

#endif
