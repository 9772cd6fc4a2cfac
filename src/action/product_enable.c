/* PUT /products/<imei>/enable */
#include "action/list.h"
#include "action/product_switch.h"

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	return product_switch(c, true, err);
}

const struct action action_product_enable = {
	.name = "product enable",
	.method = HTTP_PUT,
	.path = "products/{product_imei}/enable",
	.level = LEVEL_TECHNICAL,
	.run = run,
	.help = "Order a unit to switch on; pending until it confirms.",
};
