/* PUT /products/<imei>/suggest_energy_limit */
#include "action/list.h"
#include "domain/energy.h"

enum { LIMIT };

static const struct action_arg args[] = {
	[LIMIT] = { .name = "energy_limit", .type = FIELD_FLOAT,
	    .required = true, .help = "Wh a day" },
};

static void
put_bound(struct json_write *json, const char *name, struct value bound)
{
	if (bound.type == VALUE_FLOAT)
		jw_put_real(json, name, bound.f);
	else
		jw_put_null(json, name);
}

static void
write_reply(struct action_call *c, const struct energy_limit *limit)
{
	bool bounded = limit->applied != limit->requested;

	c->message = bounded ? arena_printf(tx_arena(c->tx),
	    "Energy limit truncated from %.15g to %.15g", limit->requested,
	    limit->applied) : arena_printf(tx_arena(c->tx),
	    "Energy limit set to %.15g", limit->applied);
	jw_object(&c->json);
	jw_put_real(&c->json, "requested", limit->requested);
	jw_put_real(&c->json, "applied", limit->applied);
	put_bound(&c->json, "max_energy_limit", limit->most);
	put_bound(&c->json, "min_energy_limit", limit->least);
	jw_put_bool(&c->json, "bounded", bounded);
	jw_end(&c->json);
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL;
	struct energy_limit limit;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = energy_suggest(c->tx, product, c->arg[LIMIT].f, &limit,
		    err);
	if (rc == HELIO_OK)
		write_reply(c, &limit);
	return rc;
}

const struct action action_product_suggest_energy_limit = {
	.name = "product suggest_energy_limit",
	.method = HTTP_PUT,
	.path = "products/{product_imei}/suggest_energy_limit",
	.level = LEVEL_TECHNICAL,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "Wish for an energy limit, cut to what the unit may have.",
};
