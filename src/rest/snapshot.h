/*
 * Answering a call from one snapshot of the store: by a thread that reads it,
 * or by asking where threads would wait.  Private.
 */
#ifndef HELIO_REST_SNAPSHOT_H
#define HELIO_REST_SNAPSHOT_H

#include <stdbool.h>

#include "api/api.h"

/* Appends the body of a 200 to `out`, or fails with the reason in call->err. */
typedef enum helio_rc (*snapshot_fn)(struct api_call *, struct tx *, void *arg,
	    struct buf *out);

/* Answer the call with what `make` writes; on a worker thread when slow. */
void	snapshot_answer(struct api_call *, bool slow, snapshot_fn make,
	    void *arg);

/* A call that asks; in its arena. */
struct snapshot_ask {
	struct store_question question;	/* query, count and each are the
				 * asker's; arg is this */
	struct api_call	*call;
	struct buf	 out;		/* the body of a 200 */
	/* All rows are in: completes the body, or fails with the reason in
	 * call->err. */
	enum helio_rc	(*end)(struct snapshot_ask *);
};

/* For the `ask` of a route; whoever asks has set all but `out`. */
bool	snapshot_ask(struct snapshot_ask *);

#endif
