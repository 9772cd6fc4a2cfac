/* POST /products/<imei>/rtc_online_status */
#include <string.h>

#include "action/list.h"
#include "action/product_rtc.h"

enum { STATUS };

static const struct action_arg args[] = {
	[STATUS] = { .name = "status", .type = FIELD_TEXT,
	    .required = true, .help = "online or offline" },
};

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	const char *status = action_text(c, STATUS);

	if (strcmp(status, "online") != 0 && strcmp(status, "offline") != 0)
		return err_field(err, "status", "must be online or offline");
	c->message = "RTC online status set";
	return product_rtc_order(c, RTC_ONLINE_STATUS, status, err);
}

const struct action action_product_rtc_online_status = {
	.name = "product rtc_online_status",
	.method = HTTP_POST,
	.path = "products/{product_imei}/rtc_online_status",
	.level = LEVEL_ADMIN,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "Set whether a unit counts as connected.",
};
