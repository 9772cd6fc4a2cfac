/*
 * The life of a unit: nine states and the moves between them (seed: "State
 * Types").
 *
 *   NON_EXISTANT -> STORED -> SHIPPED -> [ACTIVATING ->] ACTIVATED
 *   ACTIVATED -> MONITORED <-> UNMONITORED      IN_REPAIR_SYSTEM -> ACTIVATED
 *   SHIPPED .. UNMONITORED -> IN_REPAIR_SYSTEM
 *   everything that exists -> TERMINATED, which is the end
 */
#ifndef HELIO_DOMAIN_STATE_H
#define HELIO_DOMAIN_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

enum unit_state {	/* the numbers are state_type_id */
	STATE_NON_EXISTANT = 1,
	STATE_STORED,
	STATE_SHIPPED,
	STATE_ACTIVATING,
	STATE_ACTIVATED,
	STATE_MONITORED,
	STATE_UNMONITORED,
	STATE_IN_REPAIR_SYSTEM,
	STATE_TERMINATED,
};

/* Is the move allowed?  Numbers that are no state are not. */
bool		 state_may_move(int64_t from, int64_t to);
/* A state by number ("8") or name ("IN_REPAIR_SYSTEM", in any case). */
bool		 state_parse(const char *, enum unit_state *ret);
/* The state a unit is in; one without any row is NON_EXISTANT. */
enum helio_rc	 state_current(struct tx *, const struct row *product,
		    int64_t *ret, struct helio_err *);
/*
 * Move a unit: a row in `state`, latest_state_id and the product-status
 * event.  E_INVALID naming state_transition when the move is not allowed.
 */
enum helio_rc	 state_change(struct tx *, const struct row *product,
		    enum unit_state, struct helio_err *);
/*
 * The first state row of a new unit, which makes it STORED; *ret is its id
 * (to be kept in latest_state_id).  No event.
 */
enum helio_rc	 state_begin(struct tx *, const char *imei, int64_t *ret,
		    struct helio_err *);

#endif
