/* Who keeps a unit's credit, and whether it still costs any. */
#ifndef HELIO_DOMAIN_PAYG_H
#define HELIO_DOMAIN_PAYG_H

#include <stdbool.h>

#include "store/store.h"

/* Let a unit keep its own credit (DCM), or not.  E_INVALID for types of unit
 * that always do. */
enum helio_rc	 payg_set_dcm(struct tx *, const struct row *product, bool on,
		    struct helio_err *);
/* Is the unit still to be paid for?  One that is paid off is not switched off
 * for want of credit. */
enum helio_rc	 payg_set(struct tx *, const struct row *product, bool on,
		    struct helio_err *);

#endif
