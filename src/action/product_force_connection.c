/*
 * POST /products/<imei>/force_connection: a sync where the unit keeps a
 * connection, a wake-up, which costs money, where it does not.
 */
#include "action/list.h"
#include "domain/rtc_order.h"
#include "domain/sms.h"

static enum helio_rc
wake(struct action_call *c, const struct row *product, struct helio_err *err)
{
	struct row *sms = NULL;

	if (c->caller->level < LEVEL_ADMIN)
		return err_set(err, HELIO_E_FORBIDDEN, "Your user is not "
		    "allowed to send short messages, which this unit needs");
	return sms_wakeup(c->tx, product, value_null(), &sms, err);
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc != HELIO_OK)
		return rc;
	rc = row_bool(product, "rtc_enabled_flag") ?
	    rtc_order(c->tx, product, RTC_SYNC, NULL, err) :
	    wake(c, product, err);
	if (rc != HELIO_OK)
		return rc;
	jw_object(&c->json);
	jw_end(&c->json);
	c->message = "Force connection request sent";
	return HELIO_OK;
}

const struct action action_product_force_connection = {
	.name = "product force_connection",
	.method = HTTP_POST,
	.path = "products/{product_imei}/force_connection",
	.level = LEVEL_TECHNICAL,
	.run = run,
	.help = "Make a unit connect, whatever way it has.",
};
