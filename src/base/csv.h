/* Fields of CSV (RFC 4180), to be parted by commas. */
#ifndef HELIO_BASE_CSV_H
#define HELIO_BASE_CSV_H

#include "base/buf.h"

/* With quotes around when there is a comma, a quote or the end of a line in
 * it. */
void		 csv_put(struct buf *out, const char *, size_t);
/* With quotes in any case. */
void		 csv_put_quoted(struct buf *out, const char *, size_t);

#endif
