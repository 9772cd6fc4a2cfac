/* PUT /products/<imei>/set_dcm_enabled_flag and set_is_payg */
#include "action/list.h"
#include "domain/payg.h"

enum { ON };

static const struct action_arg dcm_args[] = {
	[ON] = { .name = "enabled", .type = FIELD_BOOL, .required = true,
	    .help = "the unit keeps its own credit" },
};

static const struct action_arg payg_args[] = {
	[ON] = { .name = "is_payg", .type = FIELD_BOOL, .required = true,
	    .help = "the unit is still being paid for" },
};

static const char *
flag_text(const struct action_call *c)
{
	return c->arg[ON].i != 0 ? "True" : "False";
}

static enum helio_rc
set_dcm(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = payg_set_dcm(c->tx, product, c->arg[ON].i != 0, err);
	if (rc == HELIO_OK)
		c->message = arena_printf(tx_arena(c->tx),
		    "Product %s. DCM Enabled Flag set to %s",
		    row_text(product, "product_imei"), flag_text(c));
	return rc;
}

static enum helio_rc
set_payg(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = payg_set(c->tx, product, c->arg[ON].i != 0, err);
	if (rc == HELIO_OK)
		c->message = arena_printf(tx_arena(c->tx),
		    "is_payg for the Product %s, has been set to=%s",
		    row_text(product, "product_imei"), flag_text(c));
	return rc;
}

const struct action action_product_set_dcm_enabled_flag = {
	.name = "product set_dcm_enabled_flag",
	.method = HTTP_PUT,
	.path = "products/{product_imei}/set_dcm_enabled_flag",
	.level = LEVEL_TECHNICAL,
	.args = dcm_args,
	.n_args = sizeof(dcm_args) / sizeof(dcm_args[0]),
	.run = set_dcm,
	.help = "Let a unit keep its own credit, or not.",
};

const struct action action_product_set_is_payg = {
	.name = "product set_is_payg",
	.method = HTTP_PUT,
	.path = "products/{product_imei}/set_is_payg",
	.level = LEVEL_TECHNICAL,
	.args = payg_args,
	.n_args = sizeof(payg_args) / sizeof(payg_args[0]),
	.run = set_payg,
	.help = "Say whether a unit is still being paid for.",
};
