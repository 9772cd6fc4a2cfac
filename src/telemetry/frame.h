/*
 * Rows of one series as columns: what is written, merged and put into chunks.
 * Pure.  A frame and all it holds live in an arena; the texts may be
 * borrowed from elsewhere.
 *
 * Invariant: times rise strictly; every row and every column has a value.
 */
#ifndef HELIO_TELEMETRY_FRAME_H
#define HELIO_TELEMETRY_FRAME_H

#include "base/arena.h"
#include "telemetry/column.h"

struct frame_column {
	const char	*name;
	struct telemetry_column data;
};

struct frame {
	size_t		 n;		/* rows */
	const int64_t	*at_ns;
	struct frame_column *columns;	/* by name */
	size_t		 n_columns;
};

/* The column of a name, or NULL. */
struct frame_column *frame_find(const struct frame *, const char *name);
/* Columns in the order of their names; the order of equal ones is kept. */
void		 frame_sort(struct frame *);
/* (field, value) pairs. */
size_t		 frame_count(const struct frame *);
/* The first row at or after a time; n when there is none. */
size_t		 frame_row(const struct frame *, int64_t at_ns);
/* A stretch of rows, sharing what it can with the whole; columns that are
 * empty there are left out. */
void		 frame_slice(struct arena *, const struct frame *,
		    size_t first, size_t n, struct frame *ret);
/*
 * Both, the newer value where a field has two at one time.  An integer and a
 * float column of one name become float; of other pairs the newer stays.
 * False: nothing is in `newer` that `older` has not (*ret is older).
 */
bool		 frame_merge(struct arena *, const struct frame *older,
		    const struct frame *newer, struct frame *ret);
/* Frames that follow each other in time, as one; types as in a merge. */
void		 frame_join(struct arena *, const struct frame *, size_t n_frames,
		    struct frame *ret);
/* The rows whose bit is set, as columns of their own. */
void		 frame_filter(struct arena *, const struct frame *,
		    const uint64_t *rows, struct frame *ret);
/* Bytes of all texts. */
size_t		 frame_text_bytes(const struct frame *);
/* n of its n_from rows, sharing the values. */
void		 column_slice(struct arena *, const struct telemetry_column *from,
		    size_t n_from, size_t first, size_t n,
		    struct telemetry_column *ret);
/* Numbers as floats; other types as they are. */
void		 column_widen(struct arena *, struct telemetry_column *, size_t n);
/* Same type, and value in one row of each. */
bool		 column_same(const struct telemetry_column *, size_t row,
		    const struct telemetry_column *, size_t other_row);

/* ---- presence ---- */

static inline size_t
present_words(size_t n)
{
	return (n + 63) / 64;
}

static inline void
present_set(uint64_t *present, size_t row)
{
	present[row / 64] |= UINT64_C(1) << (row % 64);
}

/* n rows from `first` on. */
static inline void
present_fill(uint64_t *present, size_t first, size_t n)
{
	for (size_t row = first, end = first + n, some; row < end;
	    row += some) {
		some = 64 - row % 64 < end - row ? 64 - row % 64 : end - row;
		present[row / 64] |= (UINT64_MAX >> (64 - some)) << row % 64;
	}
}

#endif
