/*
 * Messages for units that stay connected.  This version has no transport for
 * them yet: orders wait in the outbox until they expire, and are dead letters
 * then (src/domain/rtc_order.h).
 */
#ifndef HELIO_RTC_RTC_H
#define HELIO_RTC_RTC_H

#include "outbox/outbox.h"
#include "store/store.h"

/* Take care of the outbox's events for such units. */
void	rtc_register(struct outbox *, struct store *);

#endif
