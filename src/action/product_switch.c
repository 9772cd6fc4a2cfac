/* What enable and disable share. */
#include "action/product_switch.h"

#include "domain/enable.h"

enum helio_rc
product_switch(struct action_call *c, bool on, struct helio_err *err)
{
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = enable_order(c->tx, SWITCH_UNIT, product, on, err);
	c->message = on ? "Product enabled" : "Product disabled";
	return rc;
}
