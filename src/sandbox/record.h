/* What was asked of a sandbox: the last requests, bounded, for tests. */
#ifndef HELIO_SANDBOX_RECORD_H
#define HELIO_SANDBOX_RECORD_H

#include <sys/queue.h>

#include "base/json_write.h"

enum {
	RECORDS_MAX = 4096,
	RECORD_BODY_MAX = 1 << 20,	/* longer bodies are cut */
	RECORDS_BYTES_MAX = 64 << 20,	/* of bodies, over all */
};

struct record {
	STAILQ_ENTRY(record) next;
	uint64_t	 seq;
	int64_t		 at_us;		/* of the sandbox's clock */
	char		*method;
	char		*target;
	struct buf	 headers;	/* a JSON list of [name, value] */
	struct buf	 body;
	size_t		 n;		/* of the body as it was sent */
	unsigned	 status;	/* of the answer; 0: none */
};

struct record_list {
	STAILQ_HEAD(, record) all;	/* oldest first */
	size_t		 n;
	size_t		 bytes;
	uint64_t	 seq;		/* of the newest */
	uint64_t	 forgotten;	/* fell out at the old end */
};

void		 record_init(struct record_list *);
/* Keep a request; the oldest ones make room.  NULL when there is no memory.
 * Borrowed: valid until the next call. */
struct record	*record_add(struct record_list *, int64_t at_us,
		    const char *method, const char *target, const char *body,
		    size_t n);
/* Forget all. */
void		 record_clear(struct record_list *);
/* {"requests": [..], "forgotten": n}: those after a sequence number whose
 * target fits the glob ("": every one). */
void		 record_write(const struct record_list *, uint64_t after,
		    const char *glob, struct buf *out);

#endif
