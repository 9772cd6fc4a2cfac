/*
 * A stretch of one series as bytes: what a row of telemetry_chunk holds.  Pure;
 * the reading side takes any bytes.
 *
 *   version, flags, rows, columns, length of the times
 *   per column: name, type, form, stored length, plain length
 *   times; columns, each with its presence bits and values
 *   CRC-32 of all that
 *
 * The lengths stand in front, so that a column nobody asked for is skipped.
 */
#ifndef HELIO_TELEMETRY_CHUNK_H
#define HELIO_TELEMETRY_CHUNK_H

#include "base/buf.h"
#include "telemetry/frame.h"

enum {
	CHUNK_ROWS_MAX = 1 << 16,	/* the reader takes; the writer makes
					 * far smaller ones */
	CHUNK_COLUMNS_MAX = 4096,
	CHUNK_PLAIN_MAX = 1 << 26,	/* bytes of one unpacked column */
	CHUNK_BYTES_MAX = 1 << 27,	/* of all its columns */
};

struct chunk_column {
	const char	*name;		/* NUL-terminated, in the arena */
	enum telemetry_type type;
	uint8_t		 form;
	const uint8_t	*bytes;		/* stored */
	size_t		 n_bytes, n_plain;
};

struct chunk {
	size_t		 n;		/* rows */
	bool		 sealed;
	struct chunk_column *columns;	/* by name */
	size_t		 n_columns;
	const uint8_t	*times;
	size_t		 n_times;
};

/* Compressor and memory kept from chunk to chunk. */
struct chunk_coder;

struct chunk_coder *chunk_coder_new(void);	/* NULL: no memory */
void		 chunk_coder_free(struct chunk_coder *);	/* NULL is allowed */

/*
 * Append a frame of at least one row to `out`.  Sealed ones are as small as
 * we can; the others quick to write again.  The arena is for texts.
 */
void		 chunk_write(struct chunk_coder *, struct arena *,
		    const struct frame *, bool sealed, struct buf *out);

/* Whether an upload's worth of bytes is a sealed chunk, without reading it. */
bool		 chunk_is_sealed(const void *, size_t);
/* Read the front; what is in ret points into the bytes and the arena.
 * False: damaged. */
bool		 chunk_open(struct arena *, const void *, size_t,
		    struct chunk *ret);
/*
 * The same of these columns alone, one for each name in their order, without
 * bytes where there is none.  All is in the arena.
 */
bool		 chunk_pick(struct arena *, const void *, size_t,
		    const char *const *names, size_t n_names,
		    struct chunk *ret);
/* The column of this name, or NULL. */
const struct chunk_column *chunk_find(const struct chunk *, const char *name);
/* False: damaged, or times that do not rise. */
bool		 chunk_times(const struct chunk *, int64_t *ret);

/* A decompressor kept from column to column; starts as { NULL }. */
struct chunk_unpacker {
	struct ZSTD_DCtx_s *zstd;	/* made when it is needed */
};
void		 chunk_unpacker_end(struct chunk_unpacker *);
/* The values live in the arena (texts may).  False: damaged. */
bool		 chunk_column(struct chunk_unpacker *, struct arena *,
		    const struct chunk *, const struct chunk_column *,
		    struct telemetry_column *ret);
/* The same; values of rows before `first` and from `last` on are undefined. */
bool		 chunk_column_part(struct chunk_unpacker *, struct arena *,
		    const struct chunk *, const struct chunk_column *,
		    size_t first, size_t last, struct telemetry_column *ret);
/* All of it.  False: damaged. */
bool		 chunk_read(struct arena *, const void *, size_t,
		    struct frame *ret);

#endif
