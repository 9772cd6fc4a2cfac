/*
 * POST /products/create_{hub2,enterprise} and
 * /products/create_product/{home2,home3,hub2,enterprise}: one routine for
 * both, and a table of what the replies differ in.
 */
#include <string.h>

#include "action/list.h"
#include "action/registration.h"

/* How the reply of a kind looks. */
struct shape {
	enum product_kind kind;
	const char	*name;		/* opens the message, or NULL */
	const char	*serial;	/* what parts call their number */
	bool		 is_home3;	/* the newer form with more in it */
};

static const struct shape shapes[] = {
	[PRODUCT_HOME2] = { PRODUCT_HOME2, "Home2Product", "serial", false },
	[PRODUCT_HOME3] = { PRODUCT_HOME3, NULL, "serial_number", true },
	[PRODUCT_HUB2] = { PRODUCT_HUB2, "Hub2Product", "serial", false },
	[PRODUCT_ENTERPRISE] = { PRODUCT_ENTERPRISE, "EnterpriseProduct",
	    "serial", false },
};

/* ---- replies ---- */

static void
begin_part(struct json_write *json, const char *name, const struct row *part)
{
	jw_key(json, name);
	jw_object(json);
	jw_put_int(json, "part_id", row_int(part, "part_id"));
	jw_put_int(json, "part_type_id", row_int(part, "part_type_id"));
}

static void
write_pcb(struct json_write *json, const struct shape *shape,
    const struct row *pcb)
{
	const char *properties = row_text(pcb, "properties");

	begin_part(json, "pcb", pcb);
	if (shape->is_home3) {
		jw_key(json, "properties");
		jw_raw(json, properties, strlen(properties));
	}
	jw_put_str(json, shape->serial, row_text(pcb, "serial_number"));
	jw_end(json);
}

static void
write_sim(struct json_write *json, const struct shape *shape,
    const struct product_made *made)
{
	begin_part(json, "sim", made->sim);
	if (shape->is_home3)
		jw_put_str(json, "serial_number",
		    row_text(made->sim, "serial_number"));
	else
		jw_put_str(json, "imsi", row_text(made->product, "imsi"));
	jw_end(json);
}

/* Columns that registration itself fills, whatever the caller says. */
static bool
is_own(const char *name)
{
	static const char *const own[] = {
		"device_key", "iccid", "imsi", "product_imei",
		"product_type_id", "serial_number",
	};
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(name, own[i]) == 0)
			return true;
	return false;
}

/* The columns that the caller gave, by name. */
static void
write_extra(struct json_write *json, struct action_call *c,
    const struct row *product)
{
	json_t *extra = json_object_get(c->body, "product");
	const char *name, *text;
	json_t *given;
	char *dump;

	json_object_foreach(extra, name, given) {
		if (is_own(name) || schema_field(product->table, name) == NULL)
			continue;
		text = json_is_string(given) ? json_string_value(given) : NULL;
		if (text != NULL) {
			jw_put_str(json, name, text);
			continue;
		}
		dump = json_dumps(given, JSON_ENCODE_ANY | JSON_COMPACT);
		jw_key(json, name);
		jw_raw(json, dump != NULL ? dump : "null",
		    dump != NULL ? strlen(dump) : 4);
		free(dump);
	}
}

static void
write_product(struct json_write *json, const struct shape *shape,
    struct action_call *c, const struct row *product)
{
	jw_key(json, "product");
	jw_object(json);
	jw_put_str(json, "device_key", row_text(product, "device_key"));
	if (shape->is_home3) {
		jw_put_str(json, "iccid", row_text(product, "iccid"));
		jw_put_str(json, "imei", row_text(product, "product_imei"));
	}
	jw_put_str(json, "imsi", row_text(product, "imsi"));
	jw_put_str(json, "product_imei", row_text(product, "product_imei"));
	jw_put_int(json, "product_type_id",
	    row_int(product, "product_type_id"));
	jw_put_str(json, "serial_number", row_text(product, "serial_number"));
	write_extra(json, c, product);
	jw_end(json);
}

static void
write_reply(struct action_call *c, const struct shape *shape,
    const struct product_made *made)
{
	struct json_write *json = &c->json;

	jw_object(json);
	if (made->battery != NULL) {
		begin_part(json, "battery", made->battery);
		jw_put_str(json, shape->serial,
		    row_text(made->battery, "serial_number"));
		jw_end(json);
	}
	write_pcb(json, shape, made->pcb);
	write_product(json, shape, c, made->product);
	write_sim(json, shape, made);
	jw_end(json);
}

static const char *
message(struct action_call *c, const struct shape *shape,
    const struct row *product)
{
	if (shape->name == NULL)
		return "new Home3 product successfully created.";
	return arena_printf(c->arena, "%s: %s - (%s) created.", shape->name,
	    row_text(product, "serial_number"),
	    row_text(product, "product_imei"));
}

/* ---- running ---- */

static enum helio_rc
create(struct action_call *c, const struct product_request *req,
    struct helio_err *err)
{
	const struct shape *shape = &shapes[req->kind];
	struct product_made made;
	enum helio_rc rc = register_product(c->tx, req, &made, err);

	if (rc != HELIO_OK)
		return rc;
	write_reply(c, shape, &made);
	c->message = message(c, shape, made.product);
	return HELIO_OK;
}

/* From a PCB that exists. */
static enum helio_rc
create_from(struct action_call *c, enum product_kind kind,
    struct helio_err *err)
{
	struct product_request req = {
		.kind = kind, .pcb_imei = action_text(c, ARG_PCB_IMEI),
	};
	enum helio_rc rc = registration_product(c, c->arg[ARG_FROM_WATTAGE],
	    &req, err);

	return rc == HELIO_OK ? create(c, &req, err) : rc;
}

/* With a PCB made on the way: both are of the hyena family. */
static enum helio_rc
create_full(struct action_call *c, enum product_kind kind,
    struct helio_err *err)
{
	struct pcb_request pcb;
	struct product_request req = { .kind = kind, .pcb = &pcb };
	enum helio_rc rc;

	registration_pcb(c, PCB_HYENA, &pcb);
	rc = registration_product(c, c->arg[ARG_WATTAGE], &req, err);
	return rc == HELIO_OK ? create(c, &req, err) : rc;
}

#define CREATE(id, route, how, product_kind_id, table, count, text)	\
static enum helio_rc							\
run_##id(struct action_call *c, struct helio_err *err)			\
{									\
	return how(c, product_kind_id, err);				\
}									\
									\
const struct action action_products_##id = {				\
	.name = "product " #id,						\
	.method = HTTP_POST,						\
	.path = "products/" route,					\
	.level = LEVEL_FACTORY,						\
	.names_all = true,						\
	.args = table,							\
	.n_args = count,						\
	.run = run_##id,						\
	.help = text,							\
};

CREATE(create_hub2, "create_hub2", create_full, PRODUCT_HUB2,
    registration_pcb_args, REGISTRATION_FULL_ARGS,
    "Register a hub 2 with its control board and SIM.")
CREATE(create_enterprise, "create_enterprise", create_full,
    PRODUCT_ENTERPRISE, registration_pcb_args, REGISTRATION_FULL_ARGS,
    "Register an enterprise unit with its control board, SIM and battery.")
CREATE(create_product_home2, "create_product/home2", create_from,
    PRODUCT_HOME2, registration_from_args, REGISTRATION_FROM_ARGS,
    "Register a home 2 on a tiger control board.")
CREATE(create_product_home3, "create_product/home3", create_from,
    PRODUCT_HOME3, registration_from_args, REGISTRATION_FROM_ARGS,
    "Register a home 3 on a jackal control board.")
CREATE(create_product_hub2, "create_product/hub2", create_from,
    PRODUCT_HUB2, registration_from_args, REGISTRATION_FROM_ARGS,
    "Register a hub 2 on a hyena control board.")
CREATE(create_product_enterprise, "create_product/enterprise", create_from,
    PRODUCT_ENTERPRISE, registration_from_args, REGISTRATION_FROM_ARGS,
    "Register an enterprise unit on a hyena control board.")
