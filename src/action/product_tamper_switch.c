/* PUT /products/<imei>/enable_tamper_switch and disable_tamper_switch */
#include "action/list.h"
#include "domain/enable.h"

static enum helio_rc
order(struct action_call *c, bool on, struct helio_err *err)
{
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = enable_order(c->tx, SWITCH_TAMPER, product, on, err);
	if (rc == HELIO_OK)
		c->message = arena_printf(tx_arena(c->tx),
		    "Product #%s tamper_switch_%s",
		    row_text(product, "product_imei"),
		    on ? "enabled" : "disabled");
	return rc;
}

static enum helio_rc
run_enable(struct action_call *c, struct helio_err *err)
{
	return order(c, true, err);
}

static enum helio_rc
run_disable(struct action_call *c, struct helio_err *err)
{
	return order(c, false, err);
}

const struct action action_product_enable_tamper_switch = {
	.name = "product enable_tamper_switch",
	.method = HTTP_PUT,
	.path = "products/{product_imei}/enable_tamper_switch",
	.level = LEVEL_TECHNICAL,
	.run = run_enable,
	.help = "Order the tamper switch on; pending until the unit confirms.",
};

const struct action action_product_disable_tamper_switch = {
	.name = "product disable_tamper_switch",
	.method = HTTP_PUT,
	.path = "products/{product_imei}/disable_tamper_switch",
	.level = LEVEL_TECHNICAL,
	.run = run_disable,
	.help = "Order the tamper switch off; pending until the unit confirms.",
};
