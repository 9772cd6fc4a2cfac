/* PUT /products/<imei>/change_state */
#include "action/list.h"
#include "domain/state.h"

enum { NEW_STATE };

static const struct action_arg args[] = {
	[NEW_STATE] = { .name = "new_state", .type = FIELD_TEXT,
	    .required = true, .help = "state_type_id or name of the state" },
};

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL;
	enum unit_state state;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc != HELIO_OK)
		return rc;
	if (!state_parse(action_text(c, NEW_STATE), &state))
		return err_field(err, "new_state", "there is no such state");
	c->message = "Product state changed";
	return state_change(c->tx, product, state, err);
}

const struct action action_product_change_state = {
	.name = "product change_state",
	.method = HTTP_PUT,
	.path = "products/{product_imei}/change_state",
	.level = LEVEL_ADMIN,
	.no_data = true,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "Move a unit to the next state of its life.",
};
