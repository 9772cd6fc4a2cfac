/* POST /products/<imei>/command_request */
#include "action/list.h"
#include "action/product_rtc.h"

enum { COMMAND };
enum { COMMAND_MAX = 1024 };

static const struct action_arg args[] = {
	[COMMAND] = { .name = "command", .type = FIELD_TEXT,
	    .required = true, .max_len = COMMAND_MAX,
	    .help = "as the firmware understands it, such as "
		"'atc 60 AT+COPS=?'" },
};

/* One line of text: that is what units parse. */
static bool
is_line(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	const char *command = action_text(c, COMMAND);

	if (command[0] == '\0' || !is_line(command))
		return err_field(err, "command",
		    "must be one line of text, not empty");
	c->message = "command successfully sent";
	return product_rtc_order(c, RTC_COMMAND, command, err);
}

const struct action action_product_command_request = {
	.name = "product command_request",
	.method = HTTP_POST,
	.path = "products/{product_imei}/command_request",
	.level = LEVEL_ADMIN,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "Send a connected unit a diagnostic command.",
};
