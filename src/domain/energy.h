/*
 * How much energy a unit may give in a day (seed: suggest_energy_limit).
 * Bounds come from default_energy_limit, by the unit's battery, its state and
 * its entities (those of an entity go before those for all), and from the
 * unit's own energy_limit_cap, which goes before either bound.
 */
#ifndef HELIO_DOMAIN_ENERGY_H
#define HELIO_DOMAIN_ENERGY_H

#include "store/store.h"

/* Watt hours; bounds are null where there are none. */
struct energy_limit {
	double		 requested;
	double		 applied;
	struct value	 most, least;
};

/* The rule alone: `applied` from the other members. */
void		 energy_bound(struct energy_limit *);
/*
 * Wish for an energy limit, cut to the bounds.  E_INVALID when it is no amount,
 * when the unit is in none of ACTIVATED, MONITORED and IN_REPAIR_SYSTEM, or
 * when its accessories fix it.
 */
enum helio_rc	 energy_suggest(struct tx *, const struct row *product,
		    double requested, struct energy_limit *ret,
		    struct helio_err *);

#endif
