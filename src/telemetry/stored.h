/* Chunks in the store: rows of telemetry_chunk, and nothing about what they
 * hold. */
#ifndef HELIO_TELEMETRY_STORED_H
#define HELIO_TELEMETRY_STORED_H

#include "store/store.h"
#include "telemetry/telemetry.h"

struct stored {
	int64_t		 id, series, t0, t1;
	size_t		 n;		/* rows */
	const char	*data;
	size_t		 n_data;
	bool		 sealed;
};

/* What a row of the table says; data is borrowed from it. */
struct stored	 stored_of(const struct row *);
/* The chunks of a series that begin up to t0, the last first.  `each` ends
 * the walk by setting *enough. */
struct stored_walk {
	void		(*each)(const struct stored *, void *arg, bool *enough);
	void		*arg;
};
enum helio_rc	 stored_before(struct tx *, int64_t series, int64_t t0,
		    const struct stored_walk *, struct helio_err *);
/* The first chunk that begins after t0 (its data copied to the arena): *found. */
enum helio_rc	 stored_after(struct tx *, struct arena *, int64_t series,
		    int64_t t0, bool *found, struct stored *ret,
		    struct helio_err *);
/* Up to `limit` chunks of a series with t0 in a range (both included). */
enum helio_rc	 stored_range(struct tx *, int64_t series, int64_t first,
		    int64_t last, bool descending, int64_t limit,
		    const struct stored_walk *, struct helio_err *);
/* A piece of a frame as a chunk of its series. */
enum helio_rc	 stored_insert_piece(struct tx *, int64_t series,
		    const struct frame *, const struct telemetry_piece *,
		    struct helio_err *);
/* E_IO: it cannot be decoded. */
enum helio_rc	 stored_damaged(const struct stored *, struct helio_err *);
enum helio_rc	 stored_delete(struct tx *, const struct stored *const *,
		    size_t n, struct helio_err *);

#endif
