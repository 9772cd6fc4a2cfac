/* Answering a call from one snapshot of the store.  Private. */
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

#endif
