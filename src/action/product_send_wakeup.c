/* POST /products/<imei>/send_wakeup */
#include "action/list.h"
#include "domain/sms.h"
#include "store/row_json.h"

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL, *sms = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = sms_wakeup(c->tx, product, value_null(), &sms, err);
	if (rc != HELIO_OK)
		return rc;
	row_write_json(&c->json, sms, c->caller->level);
	c->message = "sms successfully sent";
	return HELIO_OK;
}

const struct action action_product_send_wakeup = {
	.name = "product send_wakeup",
	.method = HTTP_POST,
	.path = "products/{product_imei}/send_wakeup",
	.level = LEVEL_ADMIN,
	.run = run,
	.help = "Send a short message that makes a unit connect.",
};
