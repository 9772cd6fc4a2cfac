/* Alerts: how one is put aside. */
#ifndef HELIO_DOMAIN_ALERT_H
#define HELIO_DOMAIN_ALERT_H

#include "store/store.h"

struct alert_dismissal {
	const char	*reason;
	const char	*extra_info;	/* NULL: as it was */
	struct value	 repair;	/* the repair it led to, or null */
};

/*
 * The caller dismisses an alert.  One that is dismissed already stays as it
 * is.  E_INVALID when the repair is not one of the same unit.
 */
enum helio_rc	 alert_dismiss(struct tx *, const struct row *alert,
		    const struct alert_dismissal *, struct helio_err *);

#endif
