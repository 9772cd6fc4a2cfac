/* What the orders for units that stay connected share. */
#include "action/product_rtc.h"

enum helio_rc
product_rtc_order(struct action_call *c, enum rtc_kind kind,
    const char *value, struct helio_err *err)
{
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = kind == RTC_ONLINE_STATUS ?
		    rtc_online_status(c->tx, product, value, err) :
		    rtc_order(c->tx, product, kind, value, err);
	if (rc != HELIO_OK)
		return rc;
	jw_object(&c->json);
	jw_end(&c->json);
	return HELIO_OK;
}
