/*
 * What a run leaves behind: results, and a resume file of the rows done.
 * Both are appended to line by line; a last line that a crash has cut is
 * taken away before more is written.
 */
#ifndef HELIO_BATCH_RECORD_H
#define HELIO_BATCH_RECORD_H

#include "batch/batch.h"

/* ---- rows done ---- */

struct batch_done;

/*
 * Open or make the file of that job, and lock it against a second run.  path
 * NULL: one that remembers nothing.  NULL: message says why.
 */
struct batch_done *batch_done_open(const char *path, const char *job,
		    struct buf *message);
/* Everything is on the disk after this.  NULL is allowed. */
void		 batch_done_close(struct batch_done *);
/* A name for the row's content: equal rows are told apart by their number
 * among their like. */
enum { BATCH_KEY_SIZE = 33 };
void		 batch_key(const struct batch_row *, char out[BATCH_KEY_SIZE]);
/* Is this the row's turn to be skipped?  Asked once for each row read. */
bool		 batch_done_before(struct batch_done *, const char *key);
/* Record it; false: the disk is full, or the like (errno). */
bool		 batch_done_add(struct batch_done *, const char *key,
		    const struct batch_row *, const char *name);

/* ---- results ---- */

struct batch_out;

struct batch_out *batch_out_open(const struct batch_how *, const char *column,
		    struct buf *message);
/* false: something could not be written (errno). */
bool		 batch_out_close(struct batch_out *);
/* One result; name: value of the job's first column, or NULL. */
bool		 batch_out_add(struct batch_out *, unsigned long no,
		    const char *name, const char *outcome,
		    const struct batch_result *);

#endif
