/*
 * What the files of the shell share.
 *
 *   sandbox.c   settings, configuration file, clock, start and stop
 *   serve.c     a request: route, handler, faults, recording
 *   answer.c    what handlers use
 *   control.c   /_control/
 *   late.c      answers that wait for --delay
 *   fault.c     which fault is due: no I/O
 *   record.c    the requests kept: no I/O
 */
#ifndef HELIO_SANDBOX_INTERNAL_H
#define HELIO_SANDBOX_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "sandbox/fault.h"
#include "sandbox/record.h"
#include "sandbox/sandbox.h"

enum { SANDBOX_VALUE_MAX = 512 };

struct late;

struct sandbox {
	const struct sandbox_kind *kind;
	void		*state;		/* of the kind */
	char		(*value)[SANDBOX_VALUE_MAX];	/* n_settings */
	struct http_server *http;
	struct late	*late;
	bool		 listening;	/* the kind's own listener has started */
	pthread_mutex_t	 lock;		/* all below, and the state */
	struct fault_set faults;
	struct record_list records;
	atomic_uint	 delay_ms;
	long		 limit;
	int64_t		 window_us;	/* start of the hour that `asked` counts */
	long		 asked;
	uint64_t	 random;
	_Atomic int64_t	 ahead_us;	/* of the wall clock */
};

/* ---- serve.c ---- */

/* The HTTP listener; on is borrowed for the call. */
enum helio_rc	 serve_start(struct sandbox *, const struct sandbox_place *on,
		    struct helio_err *);

/* ---- control.c ---- */

extern const struct sandbox_route control_routes[];
extern const size_t n_control_routes;

/* ---- late.c ---- */

/* NULL: no memory or no thread. */
struct late	*late_start(void);
/* Give the call's answer in so many ms; takes its buffer. */
void		 late_answer(struct late *, struct sandbox_call *, unsigned ms);
/* Give all that wait, and from now on every answer at once. */
void		 late_hurry(struct late *);
/* The same, and free; no late_answer() may follow.  NULL is allowed. */
void		 late_stop(struct late *);
/* Give an answer to the client now; takes the call's buffer. */
void		 answer_now(struct sandbox_call *);

#endif
