/* GET /products/<imei>/available_networks */
#include "action/list.h"
#include "domain/sim.h"
#include "store/row_json.h"

enum { MCC };

static const struct action_arg args[] = {
	[MCC] = { .name = "mcc", .type = FIELD_INT, .required = true,
	    .help = "mobile country code, such as 635" },
};

static enum helio_rc
write_network(const struct row *row, void *arg, struct helio_err *err)
{
	struct action_call *c = arg;

	row_write_json(&c->json, row, c->caller->level);
	return HELIO_OK;
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	int64_t mcc = c->arg[MCC].i;
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK && (mcc < 1 || mcc > 999))
		rc = err_field(err, "mcc", "must be 1 to 999");
	if (rc != HELIO_OK)
		return rc;
	jw_object(&c->json);
	jw_key(&c->json, "networks");
	jw_array(&c->json);
	rc = sim_networks(c->tx, product, mcc, write_network, c, err);
	if (rc != HELIO_OK)
		return rc;
	jw_end(&c->json);
	jw_end(&c->json);
	c->message = "Successfully retrieved available networks";
	return HELIO_OK;
}

const struct action action_product_available_networks = {
	.name = "product available_networks",
	.method = HTTP_GET,
	.path = "products/{product_imei}/available_networks",
	.level = LEVEL_OVERVIEW,
	.reads = true,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "The networks that the SIM card of a unit has in a country.",
};
