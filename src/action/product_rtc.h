/* What the orders for units that stay connected share. */
#ifndef HELIO_ACTION_PRODUCT_RTC_H
#define HELIO_ACTION_PRODUCT_RTC_H

#include "action/action.h"
#include "domain/rtc_order.h"

/* Queue an order for the product of the call; the reply's data is {}. */
enum helio_rc	 product_rtc_order(struct action_call *, enum rtc_kind,
		    const char *value, struct helio_err *);

#endif
