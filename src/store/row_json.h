/*
 * Rows to JSON: as API replies show them, and as export lines keep them.  The
 * hot path of every list: nothing is allocated but room in the output.
 */
#ifndef HELIO_STORE_ROW_JSON_H
#define HELIO_STORE_ROW_JSON_H

#include "base/json_write.h"
#include "store/row.h"

/*
 * One object with the row's fields in the order of their names; fields that
 * are not set are left out, and so are secrets that `reader` may not see,
 * masked members inside JSON included.
 */
void	 row_write_json(struct json_write *, const struct row *,
	    enum level reader);
/* One object with every set field in field order, secrets included, from
 * which import makes the same row. */
void	 row_write_export(struct json_write *, const struct row *);
/* One value as its field's type says; `reader` matters to masked members. */
void	 row_write_value(struct json_write *, const struct schema_field *,
	    struct value, enum level reader);

#endif
