/*
 * Replies of /query taken apart row by row.  Numbers stay the text that came:
 * nothing is lost or rounded on the way.  Pure.
 */
#ifndef HELIO_CMD_SAMPLE_ROWS_H
#define HELIO_CMD_SAMPLE_ROWS_H

#include "base/json_read.h"

struct sample_cell {
	enum json_token	 kind;		/* JR_NULL: no value */
	const char	*s;		/* number as sent, or the text; with a NUL */
	size_t		 n;
};

struct sample_rows {
	/* One row of one of the series; false ends it (the callee has said
	 * why).  NULL: rows are only counted. */
	bool		(*row)(void *arg, const struct sample_cell *, size_t n);
	void		*arg;
	unsigned long	 n;		/* how many came */
	bool		 too_large;	/* the server would not give so many */
};

/* What is wrong with a body that is no reply of /query ... */
extern const char sample_no_reply[];
/* ... and what is said when `row` has ended it. */
extern const char sample_ended[];

/* The rows of a reply; NULL, one of the above, or the error that it tells of
 * (kept in `out`). */
const char *sample_rows_read(const char *body, size_t n, struct sample_rows *,
	    struct buf *out);

#endif
