/*
 * Switching a unit on and off, and its tamper switch: what people order, what
 * the unit reports, and who wins (DESIGN section 6).
 *
 *   init, enabled, disabled --order--> pending_x --report of x--> x
 *   pending_x --newer order--> pending_y          (the older one expires)
 *   pending_x --report of y--> pending_x          (the unit has not heard yet)
 *   x --report of y--> y, by `unit`               (x stays ordered)
 *
 * A unit's flags are columns of product; those of the tamper switch are read
 * from its history.
 */
#ifndef HELIO_DOMAIN_ENABLE_H
#define HELIO_DOMAIN_ENABLE_H

#include <stdbool.h>

#include "store/store.h"

enum enable_switch { SWITCH_UNIT, SWITCH_TAMPER };

/* The `user` of history rows that the unit itself caused. */
#define ENABLE_USER_UNIT "unit"

/* Where a switch stands.  `state` is one of the texts of enable_history. */
struct enable_view {
	const char	*state;
	bool		 pending;
	bool		 current;
	bool		 desired;
};

enum enable_step {
	STEP_NONE,	/* nothing changes */
	STEP_PENDING,	/* wait for the unit */
	STEP_CONFIRM,	/* the unit has done what was asked */
	STEP_FOLLOW,	/* the unit changed by itself */
	STEP_NOTE,	/* pending, but the unit is not where we thought */
};

/* The rules alone: what an order, or a report, leads to. */
enum enable_step enable_on_order(const struct enable_view *, bool on);
enum enable_step enable_on_report(const struct enable_view *, bool on);

/* Where a switch stands now. */
enum helio_rc	 enable_view(struct tx *, enum enable_switch,
		    const struct row *product, struct enable_view *ret,
		    struct helio_err *);
/* Somebody orders it on or off; nothing happens when it already is so. */
enum helio_rc	 enable_order(struct tx *, enum enable_switch,
		    const struct row *product, bool on, struct helio_err *);
/*
 * The unit says that it is on or off.  Columns of product that change are
 * set in `changes`, for the caller to store with the rest of the report.
 */
enum helio_rc	 enable_report(struct tx *, enum enable_switch,
		    const struct row *product, bool on, struct row *changes,
		    struct helio_err *);

#endif
