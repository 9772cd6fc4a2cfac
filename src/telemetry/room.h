/*
 * How much room the samples take, and how much they may (the setting
 * telemetry_max).  Both are sums of the store: kept with the chunks, in the
 * same transaction, and read without looking at any.
 *
 *   0 ........ 90 % ........ 100 %
 *     AMPLE  |  NEAR: a warning  |  FULL: no uploads
 */
#ifndef HELIO_TELEMETRY_ROOM_H
#define HELIO_TELEMETRY_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rc.h"
#include "store/store.h"

enum telemetry_level { TELEMETRY_AMPLE, TELEMETRY_NEAR, TELEMETRY_FULL };

/* What is stored, or changes.  Bytes are those of the chunks, without what
 * the database adds. */
struct telemetry_held {
	int64_t		 series, chunks, rows, bytes;
};

struct telemetry_room {
	bool		 known;		/* since the first start of a server */
	struct telemetry_held held;	/* zeros when it is not */
	int64_t		 most;		/* bytes; 0: no ceiling */
};

/* When a server starts: remember the ceiling, and count what was stored
 * before anybody did. */
enum helio_rc	 telemetry_room_open(struct store *, int64_t most,
		    struct helio_err *);
enum helio_rc	 telemetry_room(struct tx *, struct telemetry_room *ret,
		    struct helio_err *);
/* As of the commit at hand; in a commit hook alone. */
struct telemetry_room telemetry_room_now(const struct store *);
enum telemetry_level telemetry_level(const struct telemetry_room *);
/* Per cent of the ceiling, rounded down; 0 without one. */
int64_t		 telemetry_percent(const struct telemetry_room *);

/* Before an upload, in its transaction; E_FULL.  The one that goes beyond the
 * ceiling is the last that is taken. */
enum helio_rc	 telemetry_room_check(struct tx *, struct helio_err *);
/* For those who write chunks and series. */
void		 telemetry_room_add(struct tx *, const struct telemetry_held *);
/* Count anew: chunks of a query (their series stay 0), and everything. */
enum helio_rc	 telemetry_count_chunks(struct tx *,
		    const struct query *chunks, struct telemetry_held *ret,
		    struct helio_err *);
enum helio_rc	 telemetry_count_held(struct tx *, struct telemetry_held *ret,
		    struct helio_err *);

#endif
