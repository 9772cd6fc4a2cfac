/*
 * A few threads and a bounded queue of work for them: for what blocks or
 * takes longer than an event loop may wait.
 */
#ifndef HELIO_API_WORKER_H
#define HELIO_API_WORKER_H

#include <stddef.h>

#include "base/rc.h"

struct workers;

/* E_NO_MEMORY also when the system gives no threads. */
enum helio_rc	 workers_new(unsigned threads, size_t queue_max,
		    struct workers **ret, struct helio_err *);
/* E_BUSY: the queue is full; E_STOPPING: workers_free() has begun.  The work
 * is not taken then. */
enum helio_rc	 workers_push(struct workers *, void (*work)(void *), void *arg,
		    struct helio_err *);
/*
 * The work at hand waits for something else from now on: until
 * workers_return() another thread takes its place, so that as many as ever
 * work.  On the thread that does the work.  E_NO_MEMORY: there is none.
 */
enum helio_rc	 workers_lend(struct workers *, struct helio_err *);
void		 workers_return(struct workers *);
/* Does what is queued, then ends the threads.  NULL is allowed. */
void		 workers_free(struct workers *);

#endif
