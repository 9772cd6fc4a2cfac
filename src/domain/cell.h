/*
 * Radio cells: how one is numbered, and where a unit is that hears some of
 * them.  Pure but for cell_locate(), which looks cells up in the table `cell`
 * (helio cells import).
 */
#ifndef HELIO_DOMAIN_CELL_H
#define HELIO_DOMAIN_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/report.h"
#include "store/store.h"

/* 3GPP TS 23.003: GSM, UMTS and LTE cells (cid up to 28 bits). */
struct cell_id {
	int64_t		 mcc, mnc;	/* 0 to 999 */
	int64_t		 lac;		/* 0 to 65535 */
	int64_t		 cid;		/* 0 to 268435455 */
};

/* The key of the table `cell`; false when a number is out of its range. */
bool		 cell_key(const struct cell_id *, int64_t *ret);

/* A cell that is heard, and where it stands. */
struct cell_heard {
	double		 latitude, longitude;	/* degrees */
	int64_t		 range_m;	/* 0: not known */
	struct value	 signal;	/* dBm, or GSM's RXLEV 0 to 63; or null */
};

struct cell_place {
	double		 latitude, longitude;
	int64_t		 error_m;
};

/*
 * Where a unit is that hears n cells (at least one): their centre, weighted
 * by signal over squared range.  error_m is the weighted root mean square of
 * how far they are from there and of their ranges.
 */
void		 cell_weigh(const struct cell_heard *, size_t n,
		    struct cell_place *ret);

enum cell_result {
	CELL_NONE,		/* the report names no cell */
	CELL_UNKNOWN,		/* none that it names is in the table */
	CELL_PLACED,
};

/* The place for a report's cells; *ret_place is set when CELL_PLACED. */
enum helio_rc	 cell_locate(struct tx *, const struct report *,
		    enum cell_result *ret, struct cell_place *ret_place,
		    struct helio_err *);

#endif
