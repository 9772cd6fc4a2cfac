/*
 * Firmware of units: ordered, kept in place by a lock, confirmed by what the
 * unit says it runs.  Each order is a row of product_software_linker:
 *
 *   order --> pending (no dates) --unit runs it--> active (date_added)
 *   pending --newer order, or expired--> over (date_removed alone)
 *   active --unit runs another--> over (both dates)
 *
 * A unit runs one firmware and waits for at most one.
 */
#ifndef HELIO_DOMAIN_SOFTWARE_H
#define HELIO_DOMAIN_SOFTWARE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

/*
 * The firmware that a caller names: a number is an id, a text a name, or an
 * id when nothing has that name.  E_INVALID naming `software`.
 */
enum helio_rc	 software_find(struct tx *, struct value named,
		    struct row **ret, struct helio_err *);
/*
 * Order a firmware for the unit; what it still waited for expires.  E_INVALID
 * when the unit is locked, or when firmware is listed for its product type
 * and this one is not.  Ordering what it runs only expires other orders.
 */
enum helio_rc	 software_order(struct tx *, const struct row *product,
		    const struct row *version, struct helio_err *);
/* Order a firmware and lock the unit to it, also when it is locked to another;
 * NULL takes the lock away and leaves orders as they are. */
enum helio_rc	 software_lock(struct tx *, const struct row *product,
		    const struct row *version, struct helio_err *);
/* Take back what the unit still waits for; *ret counts the orders. */
enum helio_rc	 software_expire(struct tx *, const struct row *product,
		    int64_t *ret, struct helio_err *);
/* The unit says that it runs the firmware of that name; *ret_known is false
 * when there is none.  Orders for others stay pending. */
enum helio_rc	 software_report(struct tx *, const struct row *product,
		    const char *name, bool *ret_known, struct helio_err *);

#endif
