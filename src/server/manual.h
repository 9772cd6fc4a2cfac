/* The printed reference (helio schema), made from the same tables as the
 * routes. */
#ifndef HELIO_SERVER_MANUAL_H
#define HELIO_SERVER_MANUAL_H

#include "base/buf.h"

/* Every action with its level and arguments, then every table: Markdown. */
void	manual_print(struct buf *out);

#endif
