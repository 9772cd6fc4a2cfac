/*
 * What a unit says about itself, decoded, and what follows from it in the
 * store.  However the message came (HTTP, WebSocket, MQTT), it ends here.
 */
#ifndef HELIO_DOMAIN_REPORT_H
#define HELIO_DOMAIN_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

enum {
	REPORT_CELLS_MAX = 7,
	REPORT_IDS_MAX = 256,		/* of each kind in one report */
	REPORT_IGNORED_MAX = 64,	/* more are skipped, but not named */
};

/* A radio cell; ints, or null. */
struct report_cell {
	struct value	lac, cid, signal, mcc, mnc;
};

struct report_parameter {
	bool		 of_part;	/* else of the product */
	int64_t		 id;
};

/* Names of members that were skipped, for the reply; texts in an arena. */
struct report_ignored {
	const char	*name[REPORT_IGNORED_MAX];
	size_t		 n;
};

/* Every value may be null (texts: NULL): the unit did not say. */
struct report {
	const char	*software;		/* name of its firmware */
	struct value	 enabled;		/* 0 or 1, and the next two */
	struct value	 tamper_enabled;
	struct value	 tamper_open;
	struct value	 date_us;		/* of the connection */
	struct value	 mcc, mnc;
	struct value	 frequency, timing_advance;
	struct report_cell cell[REPORT_CELLS_MAX];
	struct value	 latitude, longitude;	/* degrees; both or none */
	const char	*ip_address;		/* IPv4 */
	struct value	 balance_s;
	int64_t		 payment_command[REPORT_IDS_MAX];
	size_t		 n_payment_commands;
	struct report_parameter parameter[REPORT_IDS_MAX];
	size_t		 n_parameters;
	struct report_ignored ignored;
};

/* Add a name (borrowed). */
static inline void
report_ignore(struct report_ignored *ignored, const char *name)
{
	if (ignored->n < REPORT_IGNORED_MAX)
		ignored->name[ignored->n++] = name;
}

/*
 * Apply a report to the unit's rows in the caller's transaction: always a
 * connection row, and whatever else was said.  What refers to nothing we know
 * is added to `ignored`, which starts as a copy of the report's.  Fails only
 * when the store does: no content of a report is an error.
 */
enum helio_rc	 report_apply(struct tx *, const struct row *product,
		    const struct report *, struct report_ignored *ignored,
		    struct helio_err *);

#endif
