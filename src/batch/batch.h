/*
 * The batch runner: rows in, one call per row, one result per row out.
 *
 * Rows come from a file or standard input as plain lines, CSV with a header
 * (RFC 4180) or JSON lines; results go out as CSV or JSON lines, each flushed
 * as soon as it is known, in the order of completion.  A resume file lists
 * the rows that are done: after a stop of any kind the same command goes on
 * where it was.  A row whose answer came but was not yet recorded when the
 * program was killed is tried again.  Nothing here knows what a row means: a
 * job says so with its functions.
 *
 * Threads: `row` is called from up to `concurrency` threads at once, each with
 * its own worker; `open`, `close` and `check` from the thread that called
 * batch_run(), `progress` from any, one at a time.
 */
#ifndef HELIO_BATCH_BATCH_H
#define HELIO_BATCH_BATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

enum {
	BATCH_LINE_MAX = 1 << 20,	/* a longer line is a bad one */
	BATCH_COLUMNS_MAX = 64,
	BATCH_CONCURRENCY_MAX = 64,
};

enum batch_format {
	BATCH_AUTO,		/* by the file's ending, then its first line */
	BATCH_LINES,		/* one value a line; its column: the job's first */
	BATCH_CSV,
	BATCH_JSONL,		/* one object of plain values a line */
};

/* One row, valid during the call it is given to. */
struct batch_row {
	unsigned long	  no;		/* line in the input, from 1 */
	size_t		  n;
	const char *const *names;	/* of the columns */
	const char *const *values;	/* texts; NULL: JSON null */
};

/* The value of a column, or NULL when it is absent or empty. */
const char	*batch_value(const struct batch_row *, const char *column);

enum batch_outcome {
	BATCH_DONE,		/* recorded as done: not tried again */
	BATCH_FAILED,		/* told; tried again on resume */
	BATCH_AGAIN,		/* not now (429, 503): the same row after a pause */
	BATCH_STOP,		/* it makes no sense to go on (token refused) */
};

/* What came of a row; both buffers begin empty and are freed by the runner. */
struct batch_result {
	int		 status;	/* of an HTTP answer, or 0 */
	long		 wait_ms;	/* BATCH_AGAIN: for so long (0: the usual) */
	struct buf	 message;	/* one line for people */
	struct buf	 data;		/* one JSON value, or nothing */
};

struct batch_job {
	/* "device send": a resume file of another job is refused */
	const char	*name;
	/* columns a row must have (not empty), n_columns of them; the first
	 * one is the name of the row in results and messages */
	const char *const *columns;
	size_t		 n_columns;
	/* What each thread needs (a client); NULL ends the run as
	 * BATCH_END_LOCAL.  Both may be NULL. */
	void		*(*open)(void *arg);
	void		 (*close)(void *arg, void *worker);
	/* Is the row fit to be tried?  false: a bad row, message says why.
	 * Called before `row`, also in a dry run.  May be NULL. */
	bool		 (*check)(void *arg, const struct batch_row *,
			    struct buf *message);
	/* Do it. */
	enum batch_outcome (*row)(void *arg, void *worker,
			    const struct batch_row *, struct batch_result *);
	void		*arg;
};

/* How far a run is. */
struct batch_figures {
	unsigned long	 read;		/* rows of the input so far */
	unsigned long	 done, failed;
	unsigned long	 skipped;	/* done in an earlier run */
	unsigned long	 bad;		/* not fit to be tried */
	int64_t		 elapsed_ms;
};

/* How the user wants it run; zero is a default everywhere. */
struct batch_how {
	const char	*file;		/* NULL or "-": standard input */
	enum batch_format format;
	const char	*out;		/* NULL or "-": standard output; appended
					 * to when resuming */
	bool		 out_csv;	/* else JSON lines */
	const char	*resume;	/* file of the rows done, or NULL */
	unsigned	 concurrency;	/* 0: 1 */
	double		 rate;		/* rows begun per second; 0: no limit */
	bool		 dry_run;	/* check, tell, do nothing */
	unsigned long	 failures_max;	/* stop after so many; 0: never */
	unsigned	 tries;		/* of a row that answers BATCH_AGAIN; 0: 5 */
	/* set by a signal handler: begin no more rows, record what is done */
	const volatile sig_atomic_t *stop;
	/* Called with the figures so far, a few times a second; may be NULL. */
	void		 (*progress)(void *arg, const struct batch_figures *);
	void		*progress_arg;
};

/* What a run came to, in the order of what is told first. */
enum batch_end {
	BATCH_END_OK,		/* every row is done (or was before) */
	BATCH_END_SOME_FAILED,	/* to its end, but rows failed or were bad */
	BATCH_END_TOO_MANY,	/* failures_max reached (bad ones count), or
				 * BATCH_STOP: why is its message */
	BATCH_END_STOPPED,	/* *stop was set */
	BATCH_END_LOCAL,	/* a file, memory or a worker: why says */
};

/* Run it all.  why: filled with BATCH_END_LOCAL and BATCH_END_TOO_MANY. */
enum batch_end	batch_run(const struct batch_job *, const struct batch_how *,
		    struct batch_figures *, struct buf *why);

#endif
