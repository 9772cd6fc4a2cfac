/*
 * Reads that nobody waits for: a lane is one event loop's own connection to a
 * store that is another process (store_waits()).  What a loop gathers in a
 * round goes out as one message, and the answers call back, so that a quick
 * read costs the loop no thread switch and a fraction of a system call.
 *
 * A lane answers or says that it cannot; it never tries twice and never
 * connects by itself.  Whoever asks has another way, a worker thread with
 * store_read(), and goes it whenever the lane does not take a question or
 * loses it.  So a lane may give up at any doubt.
 *
 *   closed -- store_lane_open() on a thread that may wait --> opened
 *   opened -- store_lane_join() on the loop --> up
 *   up -- its connection is lost, or silent for too long --> closed
 *
 * All but store_lane_open() is for one thread.
 */
#ifndef HELIO_STORE_LANE_H
#define HELIO_STORE_LANE_H

#include <sys/queue.h>

#include "store/store.h"

struct store_lane;

/*
 * The rows of one query, and perhaps first how many rows its table has; both
 * from one snapshot that is not older than the question.
 */
struct store_question {
	const struct caller *caller;	/* borrowed until the end */
	const struct query *query;	/* borrowed while it is asked */
	/* May be NULL; otherwise the query must be one over a whole table. */
	void		(*count)(void *arg, int64_t rows);
	/* As for tx_each(). */
	enum helio_rc	(*each)(const struct row *, void *arg,
			    struct helio_err *);
	/* One of the two is the end, in which the question may go. */
	void		(*done)(void *arg, enum helio_rc);
	void		(*lost)(void *arg);	/* ask in another way, afresh */
	void		*arg;
	struct helio_err *err;		/* cleared; why it failed, for `done` */

	/* private */
	const struct schema_table *table;
	unsigned	 parts;		/* answers that are still to come */
	enum helio_rc	 rc;
	bool		 skipped;
	STAILQ_ENTRY(store_question) next;
};

/* A closed lane; NULL: no memory, or the store does not wait. */
struct store_lane *store_lane_new(struct store *);
/* Ends what is under way with E_STOPPING.  No store_lane_open() may run.
 * NULL is allowed. */
void		 store_lane_free(struct store_lane *);
bool		 store_lane_is_up(const struct store_lane *);
/* It is closed, and it is time to see to a store_lane_open(): says so once
 * in a while. */
bool		 store_lane_wants(struct store_lane *);
/* Connect, on any thread, waiting. */
void		 store_lane_open(struct store_lane *);
/* Take an opened connection into use: its descriptor, to be watched for input
 * until it is closed; -1: there is none. */
int		 store_lane_join(struct store_lane *);
/* Give the connection up, and all questions with it. */
void		 store_lane_close(struct store_lane *);
/*
 * False: not taken, ask in another way; so too while an answer is late: nobody
 * queues behind a slow one, and who does already is lost.  The answer never
 * comes within.
 */
bool		 store_lane_ask(struct store_lane *, struct store_question *);
/* At the end of a round: send what was asked, look after what is late. */
void		 store_lane_send(struct store_lane *);
/* Its descriptor is readable. */
void		 store_lane_read(struct store_lane *);

#endif
