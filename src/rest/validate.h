/*
 * Bodies of POST and PUT to rows.  Every bad member is named at once.  Pure,
 * except for what a table's special hook does.
 */
#ifndef HELIO_REST_VALIDATE_H
#define HELIO_REST_VALIDATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "schema/schema.h"
#include "store/row.h"

struct validate_input {
	struct arena	*arena;		/* the row lives here */
	const struct schema_table *table;
	enum level	 writer;	/* who asks: no secrets above */
	const json_t	*body;		/* object; must outlive the row */
	bool		 form;		/* values are texts of a form */
	const char	*key;		/* PUT: that of the path; POST: NULL */
	int64_t		 now_us;
};

/*
 * *ret gets the members that are legal, also when others are not, so that
 * constraints can be checked on top.  E_INVALID: err names the faults; other
 * codes are failures.
 */
enum helio_rc	 validate_body(const struct validate_input *, struct row **ret,
		    struct helio_err *);

/* A key from a path as stored; false when it cannot be one of this table. */
bool		 validate_key(const struct schema_table *, const char *,
		    struct value *ret);

#endif
