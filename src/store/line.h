/*
 * One row as a line of JSON, {"table": .., "row": {..}}: what `helio export`
 * writes and `helio import` reads.  No I/O.
 */
#ifndef HELIO_STORE_LINE_H
#define HELIO_STORE_LINE_H

#include "base/buf.h"
#include "store/row.h"

/* Keys of numbered tables: leaves room to number on for ever. */
#define LINE_KEY_MAX	(INT64_C(1) << 53)

/* Every field, secrets and nulls too, and a newline at the end. */
void		 line_write(struct buf *, const struct row *);

/*
 * Read one line into a row of a table of one of the schemas (the second may
 * be NULL); members that are not given stay unset, the key of a numbered table
 * too.  Texts live in the arena.
 * E_DECODE: not JSON of this form.  E_INVALID: unknown table or a table that
 * is not exported, no natural key, or fields that are unknown or of another
 * type (each named as a fault).
 */
enum helio_rc	 line_read(const struct schema *const schemas[2],
		    const char *, size_t, struct arena *, struct row **ret,
		    struct helio_err *);

#endif
