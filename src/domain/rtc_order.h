/*
 * What units that stay connected (RTC) are told, as events of the outbox.
 * The payload is {"kind": ..., "expires_at": microseconds[, "value": text]}.
 * An order that nobody could deliver until then becomes a dead letter, so
 * that they do not pile up.
 */
#ifndef HELIO_DOMAIN_RTC_ORDER_H
#define HELIO_DOMAIN_RTC_ORDER_H

#include "store/store.h"

enum { RTC_ORDER_LIFE_S = 86400 };

enum rtc_kind {
	RTC_COMMAND,		/* value: a diagnostic command */
	RTC_SYNC,		/* report status and telemetry */
	RTC_STATUS_UPDATE,	/* take the latest parameter values */
	RTC_ONLINE_STATUS,	/* value: "online" or "offline" */
};

/* Put it into the caller's transaction; value may be NULL.  E_INVALID naming
 * product_imei when the unit does not stay connected. */
enum helio_rc	 rtc_order(struct tx *, const struct row *product,
		    enum rtc_kind, const char *value, struct helio_err *);
/* Somebody says that the unit is "online" or "offline": kept as its latest
 * connection status, and told to whoever holds the connection. */
enum helio_rc	 rtc_online_status(struct tx *, const struct row *product,
		    const char *status, struct helio_err *);

#endif
