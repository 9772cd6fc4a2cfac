/* PUT /products/<imei>/disable */
#include "action/list.h"
#include "action/product_switch.h"

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	return product_switch(c, false, err);
}

const struct action action_product_disable = {
	.name = "product disable",
	.method = HTTP_PUT,
	.path = "products/{product_imei}/disable",
	.level = LEVEL_TECHNICAL,
	.run = run,
	.help = "Order a unit to switch off; pending until it confirms.",
};
