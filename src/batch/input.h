/*
 * Rows from bytes: plain lines, CSV with a header, JSON lines.  The readers
 * of one record do no I/O; the input around them reads a file.
 */
#ifndef HELIO_BATCH_INPUT_H
#define HELIO_BATCH_INPUT_H

#include "batch/batch.h"

/* A row that owns its memory. */
struct batch_own {
	struct batch_row row;
	struct buf	 text;		/* names and values, each with a NUL */
	const char	*names[BATCH_COLUMNS_MAX];
	const char	*values[BATCH_COLUMNS_MAX];
};

void	batch_own_free(struct batch_own *);	/* its content, not itself */

/*
 * Split one CSV record (its line end may be there or not) into the values of
 * an empty row.  false: *ret_why tells (static text).
 */
bool	batch_read_csv(struct batch_own *, const char *, size_t n,
	    const char **ret_why);
/* One JSON object into names and values: strings as they are, other values as
 * JSON text, null as NULL. */
bool	batch_read_json(struct batch_own *, const char *, size_t n,
	    const char **ret_why);

struct batch_input;

enum batch_read {
	BATCH_READ_ROW,
	BATCH_READ_BAD,		/* a line that is no row: message, and no */
	BATCH_READ_END,
	BATCH_READ_FAILED,	/* the rest cannot be read: message */
};

/* The whole header must fit the job, else NULL and a message. */
struct batch_input *batch_input_open(const struct batch_how *,
		    const struct batch_job *, struct buf *message);
void		 batch_input_close(struct batch_input *);	/* NULL is allowed */
/* The next row, into an empty one; the caller frees its content in any case. */
enum batch_read	 batch_input_next(struct batch_input *, struct batch_own *,
		    struct buf *message);

#endif
