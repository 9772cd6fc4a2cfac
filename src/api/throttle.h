/*
 * Back-off against guessing passwords.  Failures are counted for a name from
 * one peer, so that nobody can lock a user out from elsewhere, and more
 * softly for the peer as a whole.  A bounded table in memory; the caller
 * brings the clock.
 */
#ifndef HELIO_API_THROTTLE_H
#define HELIO_API_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	THROTTLE_FREE = 5,		/* failures of a name without delay */
	THROTTLE_MAX_S = 15 * 60,	/* longest delay; doubles from 1 s */
	THROTTLE_FORGET_S = 60 * 60,	/* an idle name is new again */
	THROTTLE_PEER_FREE = 100,	/* failures of a peer in a row; then one
					 * more each second */
};

struct throttle;

struct throttle	*throttle_new(void);		/* NULL: no memory */
void		 throttle_free(struct throttle *);	/* NULL is allowed */
/*
 * Seconds until this name may be tried from this peer (an address as text; of
 * IPv6 the /64 counts), 0: now.
 */
unsigned	 throttle_wait(struct throttle *, const char *name,
		    const char *peer, int64_t now_us);
void		 throttle_failed(struct throttle *, const char *name,
		    const char *peer, int64_t now_us);
/* Forgets the name's failures from this peer. */
void		 throttle_succeeded(struct throttle *, const char *name,
		    const char *peer);

#endif
