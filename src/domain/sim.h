/*
 * What the SIM card of a unit tells: its number, and the networks that its
 * provider has in a country.
 */
#ifndef HELIO_DOMAIN_SIM_H
#define HELIO_DOMAIN_SIM_H

#include "store/store.h"

enum { SIM_NUMBER_SIZE = 20 };	/* of any number, with NUL */

/*
 * The number a unit is reached by: `msisdn` in the properties of a part that
 * is in it now (5 to 15 digits, perhaps after a '+'), else its IMSI.
 */
enum helio_rc	 sim_number(struct tx *, const struct row *product,
		    char ret[SIM_NUMBER_SIZE], struct helio_err *);
/*
 * Call `each` for every network of the country that the providers of the
 * unit's SIM parts have; no row when no provider is known.
 */
enum helio_rc	 sim_networks(struct tx *, const struct row *product,
		    int64_t mcc,
		    enum helio_rc (*each)(const struct row *, void *arg,
			struct helio_err *),
		    void *arg, struct helio_err *);

#endif
