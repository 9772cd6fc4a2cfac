/* Request bodies: JSON or a form, whichever it is.  No I/O. */
#ifndef HELIO_API_BODY_H
#define HELIO_API_BODY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/rc.h"

enum {
	BODY_DEPTH_MAX = 64,		/* objects and arrays in each other */
	BODY_GROUPS_MAX = 10000,	/* objects and arrays in all */
	BODY_VALUES_MAX = 100000,	/* members and elements in all */
	BODY_PAIRS_MAX = 256,		/* of a form */
};

/*
 * Whether JSON keeps to the limits above, before anybody builds it in memory,
 * where a byte becomes up to a hundred.  Says nothing of its being JSON.
 * E_DECODE: nests too deeply; E_TOO_LARGE: too many values.
 */
enum helio_rc	 body_check(const char *, size_t n, struct helio_err *);
/*
 * n bytes as one JSON value, or as a form when they are no JSON but have the
 * look of a form (an object of texts then, *ret_form true); nothing but
 * blanks gives NULL.  Of equal names the last counts.  The arena is for what
 * is decoded on the way; the caller ends *ret with json_decref().
 * E_DECODE: neither; E_INVALID: members that JSON may have and we may not,
 * namely numbers out of range and NUL characters, each a fault; E_TOO_LARGE:
 * more values than the limits above.
 */
enum helio_rc	 body_parse(const char *, size_t n, struct arena *,
		    json_t **ret, bool *ret_form, struct helio_err *);

#endif
