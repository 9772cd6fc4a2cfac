/*
 * Which requests of a unit count: from a known IMEI, signed with its key, with
 * a rising sequence, in that order.  The key is looked at twice: on a
 * snapshot, so that hashing stays off the writer, and again in the
 * transaction that takes the sequence.
 */
#ifndef HELIO_DEVICE_SESSION_H
#define HELIO_DEVICE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "device/unit_auth.h"
#include "store/store.h"

/* A request whose signature was good. */
struct session {
	char		 imei[UNIT_IMEI_MAX + 1];
	char		 key[UNIT_KEY_MAX + 1];
	int64_t		 sequence;	/* 0: Basic, which has none */
	bool		 is_stale;	/* it was, on the snapshot: reading the
					 * body would be in vain */
};

/*
 * Known IMEI and good signature?  *product is the unit's row in the
 * snapshot.  E_AUTH with one text for both, and in about the same time.
 */
enum helio_rc	 session_check(struct tx *snapshot, const struct unit_auth *,
		    const struct unit_request *, struct session *ret,
		    struct row **product, struct helio_err *);
/*
 * Take the sequence, in the transaction of the request's effects.  When it is
 * not above the last one, *stale is that last one and nothing is stored;
 * otherwise *stale is 0 and *product the row.  E_AUTH: the key has changed
 * meanwhile.
 */
enum helio_rc	 session_take(struct tx *, const struct session *,
		    int64_t *stale, struct row **product, struct helio_err *);

#endif
