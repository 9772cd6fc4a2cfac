/* POST /products/<imei>/sync */
#include "action/list.h"
#include "action/product_rtc.h"

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	c->message = "sync request successfully sent";
	return product_rtc_order(c, RTC_SYNC, NULL, err);
}

const struct action action_product_sync = {
	.name = "product sync",
	.method = HTTP_POST,
	.path = "products/{product_imei}/sync",
	.level = LEVEL_TECHNICAL,
	.run = run,
	.help = "Ask a connected unit for its status and telemetry.",
};
