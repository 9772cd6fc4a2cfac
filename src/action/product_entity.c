/*
 * PUT /products/<imei>/assign_entity, change_entity and remove_entity (also
 * `remove`): to whom a unit belongs.
 */
#include <inttypes.h>

#include "action/list.h"
#include "domain/entity.h"

enum { ENTITY };
enum { OLD_ENTITY, NEW_ENTITY };

static const struct action_arg entity_args[] = {
	[ENTITY] = { .name = "entity_id", .type = FIELD_INT, .required = true,
	    .help = "number of the entity" },
};

static const struct action_arg change_args[] = {
	[OLD_ENTITY] = { .name = "old_entity_id", .type = FIELD_INT,
	    .required = true, .help = "an entity that the unit has" },
	[NEW_ENTITY] = { .name = "new_entity_id", .type = FIELD_INT,
	    .required = true, .help = "the entity that takes its place" },
};

static void
add_name(const char *name, void *arg)
{
	jw_str(arg, name);
}

/* {imei: [names]} */
static enum helio_rc
write_names(struct action_call *c, const struct row *product,
    struct helio_err *err)
{
	enum helio_rc rc;

	jw_object(&c->json);
	jw_key(&c->json, row_text(product, "product_imei"));
	jw_array(&c->json);
	rc = entity_each(c->tx, product, add_name, &c->json, err);
	jw_end(&c->json);
	jw_end(&c->json);
	return rc;
}

static enum helio_rc
say_assigned(struct action_call *c, const struct row *product, int64_t entity,
    struct helio_err *err)
{
	c->message = arena_printf(tx_arena(c->tx),
	    "Product #%s assigned to entity: %" PRId64,
	    row_text(product, "product_imei"), entity);
	return write_names(c, product, err);
}

static enum helio_rc
assign(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = entity_assign(c->tx, product, c->arg[ENTITY].i, err);
	return rc == HELIO_OK ? say_assigned(c, product, c->arg[ENTITY].i,
	    err) : rc;
}

static enum helio_rc
change(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = entity_change(c->tx, product, c->arg[OLD_ENTITY].i,
		    c->arg[NEW_ENTITY].i, err);
	return rc == HELIO_OK ? say_assigned(c, product,
	    c->arg[NEW_ENTITY].i, err) : rc;
}

static enum helio_rc
remove_one(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = entity_remove(c->tx, product, c->arg[ENTITY].i, err);
	if (rc != HELIO_OK)
		return rc;
	c->message = arena_printf(tx_arena(c->tx),
	    "Entity #%" PRId64 " removed from Product #%s", c->arg[ENTITY].i,
	    row_text(product, "product_imei"));
	return write_names(c, product, err);
}

#define ENTITY_ACTION(id, verb, its_args, how, text)			\
const struct action action_product_##id = {				\
	.name = "product " verb,					\
	.method = HTTP_PUT,						\
	.path = "products/{product_imei}/" verb,			\
	.level = LEVEL_ADMIN,						\
	.args = its_args,						\
	.n_args = sizeof(its_args) / sizeof(its_args[0]),		\
	.run = how,							\
	.help = text,							\
};

ENTITY_ACTION(assign_entity, "assign_entity", entity_args, assign,
    "Give a unit one more entity.")
ENTITY_ACTION(change_entity, "change_entity", change_args, change,
    "Put one entity of a unit in the place of another.")
ENTITY_ACTION(remove_entity, "remove_entity", entity_args, remove_one,
    "Take an entity from a unit.")
ENTITY_ACTION(remove, "remove", entity_args, remove_one,
    "The same as remove_entity.")
