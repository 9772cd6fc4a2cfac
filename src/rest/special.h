/*
 * What single tables need beyond the schema: a row per table.  The engine
 * itself knows no table by name.
 */
#ifndef HELIO_REST_SPECIAL_H
#define HELIO_REST_SPECIAL_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/rc.h"
#include "store/row.h"
#include "store/store.h"

struct special {
	const char	*table;
	/* members of a body that are no fields; NULL-terminated, or NULL */
	const char *const *members;
	bool		 slow;		/* prepare() needs a worker thread */
	/*
	 * Complete the row before what is missing from it is looked for.
	 * Bad members become faults in err; other failures are returned.
	 * May be NULL.
	 */
	enum helio_rc	(*prepare)(struct arena *, const json_t *body,
			    bool creating, struct row *, struct helio_err *);
	/*
	 * In the transaction, before the row with this key gets the changes, or
	 * before it is deleted (changes NULL): may refuse, and may change rows
	 * of other tables.  May be NULL.
	 */
	enum helio_rc	(*change)(struct tx *, struct value key,
			    const struct row *changes, struct helio_err *);
	/* What follows from a row that was added or changed, in the same
	 * transaction; a refusal undoes the change.  May be NULL. */
	enum helio_rc	(*settle)(struct tx *, const struct row *after,
			    struct helio_err *);
};

/* NULL when the table has nothing special. */
const struct special *special_find(const struct schema_table *);
/* Do what the table wants before a row changes, or goes (changes NULL). */
enum helio_rc	special_change(struct tx *, const struct schema_table *,
		    struct value key, const struct row *changes,
		    struct helio_err *);
/* Let what belongs to the row's table follow from it. */
enum helio_rc	special_settle(struct tx *, const struct row *after,
		    struct helio_err *);
/* Is the member one that only `special` (may be NULL) knows? */
bool	special_has(const struct special *, const char *member);

#endif
