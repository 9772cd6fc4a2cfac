/*
 * Short queries by equality, for the rules in this folder.  Texts are
 * borrowed, results live in the transaction's arena.
 */
#ifndef HELIO_DOMAIN_FIND_H
#define HELIO_DOMAIN_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

enum { FIND_MAX = 4 };

/* A row matches when every named field has its value (null: IS NULL). */
struct find {
	const char	*table;
	struct {
		const char	*field;		/* NULL ends the list */
		struct value	 value;
	} by[FIND_MAX];
	const char	*newest;	/* field, latest first; NULL: by key */
};

/* The query for it, to add conditions to or to walk. */
struct query	 find_query(struct tx *, const struct find *);
/* The first row, or NULL in *ret when there is none.  Faults that err holds
 * already stay; it is changed only when the store fails. */
enum helio_rc	 find_row(struct tx *, const struct find *, struct row **ret,
		    struct helio_err *);
enum helio_rc	 find_first(struct tx *, const struct query *,
		    struct row **ret, struct helio_err *);
bool		 find_exists(struct tx *, const struct find *);
/* The row with an integer key, or NULL in *ret when id is null or dangling. */
enum helio_rc	 find_by_id(struct tx *, const char *table, struct value id,
		    struct row **ret, struct helio_err *);

#endif
