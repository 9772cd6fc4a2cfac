/*
 * The outbox: what must follow from a change is written in the change's own
 * transaction and done afterwards, at least once, by a dispatcher thread with
 * leases, back-off and dead letters.  Knows no webhooks, SMS or radio: each
 * kind of event registers a handler.
 */
#ifndef HELIO_OUTBOX_OUTBOX_H
#define HELIO_OUTBOX_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rc.h"
#include "store/store.h"

/*
 * Every kind of event: OUTBOX_EVENT(id, name, meaning), in src/outbox/event.def.
 */
enum outbox_event {
#define OUTBOX_EVENT(id, name, help) OUTBOX_##id,
#include "outbox/event.def"
#undef OUTBOX_EVENT
	OUTBOX_EVENT_MAX
};

const char	*outbox_event_name(enum outbox_event);

/*
 * Put an event into the caller's transaction.  subject: what it is about (an
 * IMEI); payload: one JSON value (copied); due_us: not before (0: now).
 */
enum helio_rc	 outbox_put(struct tx *, enum outbox_event, const char *subject,
		    const char *payload, int64_t due_us, struct helio_err *);

struct outbox_item {
	int64_t		 id;		/* rises; the same item keeps it over retries */
	enum outbox_event event;
	const char	*subject;
	const char	*payload;	/* JSON */
	int64_t		 created_us;
	unsigned	 attempt;	/* 1 on the first */
};

enum outbox_result {
	OUTBOX_DONE,		/* remove it */
	OUTBOX_RETRY,		/* try again after back-off */
	OUTBOX_DEAD,		/* never works: dead letter at once */
};

/* Runs on the dispatcher thread, outside any transaction; may take long.
 * `why` (at least 200 bytes) is kept with the item when not DONE. */
typedef enum outbox_result (*outbox_handler)(const struct outbox_item *, void *arg,
		    char *why, size_t why_size);

struct outbox_options {
	struct store	*store;
	int64_t		 lease_us;	/* 60 s: then another may take it */
	int64_t		 retry_first_us;	/* 5 s, doubling with jitter .. */
	int64_t		 retry_most_us;	/* .. up to 1 h .. */
	int64_t		 give_up_us;	/* .. for 3 days, then dead letter */
	unsigned	 batch;		/* items leased at once (32) */
	int64_t		(*now_us)(void *);	/* NULL: the store's clock */
	void		*now_arg;
	uint32_t	(*random)(uint32_t below, void *);	/* jitter; NULL: system */
};
void		 outbox_options_init(struct outbox_options *);

struct outbox;
/* Events without a handler stay where they are. */
enum helio_rc	 outbox_new(const struct outbox_options *, struct outbox **ret,
		    struct helio_err *);
void		 outbox_handle(struct outbox *, enum outbox_event, outbox_handler, void *arg);
/* Start the dispatcher thread. */
enum helio_rc	 outbox_start(struct outbox *, struct helio_err *);
/* There is something new: look at once (called after commits). */
void		 outbox_wake(struct outbox *);
/* Lease and deliver what is due now, on the calling thread; *ret counts the
 * items tried.  For tests and for the thread itself. */
enum helio_rc	 outbox_run_once(struct outbox *, unsigned *ret, struct helio_err *);
/* Ask for the end: nothing more is begun after the item under way, and what
 * was leased is given back.  Does not wait. */
void		 outbox_stop(struct outbox *);
/* Stop and wait for the end of the thread: the store is not used after.  May
 * still be woken, so a store that does so is closed before outbox_free(). */
void		 outbox_join(struct outbox *);
/* Join and free.  NULL is allowed. */
void		 outbox_free(struct outbox *);

#endif
