/*
 * PUT /products/<imei>/update_software, lock_software and
 * expire_software_updates: three orders about one thing.
 */
#include <inttypes.h>

#include "action/list.h"
#include "domain/software.h"

static const struct action_arg update_args[] = {
	{ .name = "software", .type = FIELD_JSON, .required = true,
	    .help = "id or name of the version" },
};

static const struct action_arg lock_args[] = {
	{ .name = "software", .type = FIELD_JSON,
	    .help = "id or name of the version; blank takes the lock away" },
};

/* Numbers may come as such or as texts; what is neither names nothing. */
static struct value
named(const struct action_call *c)
{
	const json_t *json = json_object_get(c->body, "software");

	if (json_is_integer(json))
		return value_int(json_integer_value(json));
	if (json_is_string(json))
		return value_textn(json_string_value(json),
		    json_string_length(json));
	if (json_is_real(json))		/* 2.15 without its quotes */
		return value_text(arena_printf(c->arena, "%.15g",
		    json_real_value(json)));
	return value_null();
}

static bool
is_blank(const struct action_call *c)
{
	const json_t *json = json_object_get(c->body, "software");

	return json == NULL || json_is_null(json) ||
	    (json_is_string(json) && json_string_length(json) == 0);
}

static void
say(struct action_call *c, const struct row *product, const char *what,
    const struct row *version)
{
	c->message = arena_printf(tx_arena(c->tx),
	    "#%s %s to software_version %s", row_text(product, "product_imei"),
	    what, row_text(version, "name"));
}

static enum helio_rc
update(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL, *version = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = software_find(c->tx, named(c), &version, err);
	if (rc == HELIO_OK)
		rc = software_order(c->tx, product, version, err);
	if (rc == HELIO_OK)
		say(c, product, "updated", version);
	return rc;
}

static void
write_lock(struct json_write *json, const struct row *version)
{
	jw_object(json);
	jw_key(json, "software_lock_id");
	if (version != NULL)
		jw_int(json, row_int(version, "software_version_type_id"));
	else
		jw_null(json);
	jw_put_str(json, "software_lock_name",
	    version != NULL ? row_text(version, "name") : NULL);
	jw_end(json);
}

static enum helio_rc
lock(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL, *version = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK && !is_blank(c))
		rc = software_find(c->tx, named(c), &version, err);
	if (rc == HELIO_OK)
		rc = software_lock(c->tx, product, version, err);
	if (rc != HELIO_OK)
		return rc;
	if (version != NULL)
		say(c, product, "updated and locked", version);
	else
		c->message = arena_printf(tx_arena(c->tx),
		    "#%s software_lock is now removed",
		    row_text(product, "product_imei"));
	write_lock(&c->json, version);
	return HELIO_OK;
}

static enum helio_rc
expire(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL;
	int64_t n = 0;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = software_expire(c->tx, product, &n, err);
	if (rc != HELIO_OK)
		return rc;
	c->message = n == 0 ? arena_printf(tx_arena(c->tx),
	    "Product %s had no pending updates to expire", c->path[0]) :
	    arena_printf(tx_arena(c->tx), "Product %s had %" PRId64
	    " software update(s) expired", c->path[0], n);
	return HELIO_OK;
}

const struct action action_product_update_software = {
	.name = "product update_software",
	.method = HTTP_PUT,
	.path = "products/{product_imei}/update_software",
	.level = LEVEL_SYSTEM,
	.args = update_args,
	.n_args = sizeof(update_args) / sizeof(update_args[0]),
	.run = update,
	.help = "Order a firmware; pending until the unit runs it.",
};

const struct action action_product_lock_software = {
	.name = "product lock_software",
	.method = HTTP_PUT,
	.path = "products/{product_imei}/lock_software",
	.level = LEVEL_SYSTEM,
	.args = lock_args,
	.n_args = sizeof(lock_args) / sizeof(lock_args[0]),
	.run = lock,
	.help = "Order a firmware and refuse others, or allow them again.",
};

const struct action action_product_expire_software_updates = {
	.name = "product expire_software_updates",
	.method = HTTP_PUT,
	.path = "products/{product_imei}/expire_software_updates",
	.level = LEVEL_SYSTEM,
	.run = expire,
	.help = "Take back the firmware that the unit still waits for.",
};
