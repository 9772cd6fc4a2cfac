/*
 * Columns of values as few bytes, and back to the bit.  Pure; the reading side
 * takes any bytes whatever: it stays inside them and inside what it was told
 * to fill.  The format is described in docs/explain/telemetry.md.
 */
#ifndef HELIO_TELEMETRY_CODEC_H
#define HELIO_TELEMETRY_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "telemetry/column.h"

/* Bytes being read.  Once `bad`, everything reads as nothing. */
struct codec_in {
	const uint8_t	*at, *end;
	bool		 bad;		/* they ended early or make no sense */
};

/* For what: a small piece that will soon be written again is packed, one that
 * stays is written so that a general compressor finds the rest. */
enum codec_aim { CODEC_PACK, CODEC_PREPARE };

void		 codec_put_number(struct buf *, uint64_t);
uint64_t	 codec_get_number(struct codec_in *);
/* n bytes where they are; NULL when there are not so many. */
const uint8_t	*codec_get_bytes(struct codec_in *, size_t n);

/*
 * n numbers; differences of any of the first three orders are taken where
 * that makes them small, and a power of ten they share is left out.
 */
void		 codec_put_ints(struct buf *, int64_t *used_up, size_t n,
		    enum codec_aim);
bool		 codec_get_ints(struct codec_in *, int64_t *ret, size_t n);
/* The first `most` of n, others undefined; what follows cannot be read. */
bool		 codec_get_some_ints(struct codec_in *, int64_t *ret, size_t n,
		    size_t most);

/* n finite doubles, kept to the bit (-0.0 too).  The scratch holds n numbers. */
void		 codec_put_floats(struct buf *, const double *, size_t n,
		    enum codec_aim, int64_t *scratch);
/* ret is the only memory used. */
bool		 codec_get_floats(struct codec_in *, double *ret, size_t n);
/* Values first .. last - 1 of n, likewise; ret has room for n. */
bool		 codec_get_some_floats(struct codec_in *, double *ret, size_t n,
		    size_t first, size_t last);

/* n texts; equal ones are stored once. */
void		 codec_put_texts(struct buf *, const struct telemetry_text *,
		    size_t n, enum codec_aim, struct arena *);
/* The texts point into what is read. */
bool		 codec_get_texts(struct codec_in *, struct telemetry_text *ret,
		    size_t n, struct arena *);

#endif
