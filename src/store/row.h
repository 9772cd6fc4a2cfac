/*
 * One row of one table: a value per field, and which of them are set.  Rows
 * and their texts live in the arena of the transaction that made them.
 */
#ifndef HELIO_STORE_ROW_H
#define HELIO_STORE_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "schema/schema.h"

struct row {
	const struct schema_table *table;
	uint64_t	 set;	/* bit per field index: has a value, or null */
	struct value	*v;		/* n_fields values */
};

struct row	*row_new(struct arena *, const struct schema_table *);
struct row	*row_copy(struct arena *, const struct row *);	/* deep */

/* By name; aborts on a name the table does not have (a programming error). */
void		 row_set(struct row *, const char *field, struct value);
void		 row_set_int(struct row *, const char *field, int64_t);
/* The text is borrowed; NULL is null. */
void		 row_set_text(struct row *, const char *field, const char *);
void		 row_set_null(struct row *, const char *field);
struct value	 row_get(const struct row *, const char *field);
/* Null, unset and values of another type read as 0 and false. */
int64_t		 row_int(const struct row *, const char *field);
double		 row_float(const struct row *, const char *field);
bool		 row_bool(const struct row *, const char *field);
/* Unset is null too. */
bool		 row_is_null(const struct row *, const char *field);
/* NUL-terminated (rows from the store and row_copy are); NULL when null. */
const char	*row_text(const struct row *, const char *field);
/* The value of the key field. */
struct value	 row_key(const struct row *);

static inline bool
row_has(const struct row *row, const struct schema_field *f)
{
	return row->set >> f->index & 1;
}

#endif
