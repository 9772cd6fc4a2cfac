/* POST /products/<imei>/status_update */
#include "action/list.h"
#include "action/product_rtc.h"

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	c->message = "status update successfully sent";
	return product_rtc_order(c, RTC_STATUS_UPDATE, NULL, err);
}

const struct action action_product_status_update = {
	.name = "product status_update",
	.method = HTTP_POST,
	.path = "products/{product_imei}/status_update",
	.level = LEVEL_TECHNICAL,
	.run = run,
	.help = "Send a connected unit the latest parameter values.",
};
