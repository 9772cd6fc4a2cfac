/* How rows are cut into chunks. */
#ifndef HELIO_TELEMETRY_LAYOUT_H
#define HELIO_TELEMETRY_LAYOUT_H

#include "telemetry/chunk.h"
#include "telemetry/telemetry.h"

enum {
	LAYOUT_SEAL = 2880,		/* rows that make a sealed chunk; one has
					 * less than twice as many */
	LAYOUT_GROW = 256,		/* rows up to which a segment grows */
	LAYOUT_TEXT_MAX = 1 << 20,	/* bytes of texts in a chunk, about */
};

/*
 * The frame as chunks in an arena: one open segment, or sealed ones.  None
 * (*ret NULL) for an empty frame and without memory.
 */
void		 layout_encode(struct chunk_coder *, struct arena *,
		    const struct frame *, struct telemetry_piece **ret,
		    size_t *ret_n);

/* ---- shared by decode.c and upload.c ---- */

/* Keep one, while there are not too many. */
void		 telemetry_add_reject(struct arena *, struct telemetry_rejects *,
		    const struct telemetry_reject *);

#endif
