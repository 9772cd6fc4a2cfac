/* GET /products/<imei>/parts: what a unit is and was made of. */
#include <inttypes.h>
#include <stdio.h>

#include "action/list.h"
#include "domain/find.h"
#include "store/row_json.h"

/* The latest stay of each part in the unit, in the order of first stays. */
struct stay {
	const struct row *linker;
	struct stay	*next;
};

struct stays {
	struct arena	*arena;
	struct stay	*first, **last;
};

static enum helio_rc
add_stay(const struct row *linker, void *arg, struct helio_err *err)
{
	struct stays *stays = arg;
	struct stay *stay;
	int64_t part = row_int(linker, "part_id");

	for (stay = stays->first; stay != NULL; stay = stay->next) {
		if (row_int(stay->linker, "part_id") == part) {
			stay->linker = row_copy(stays->arena, linker);
			return HELIO_OK;
		}
	}
	stay = arena_alloc(stays->arena, sizeof(*stay));
	stay->linker = row_copy(stays->arena, linker);
	*stays->last = stay;
	stays->last = &stay->next;
	return HELIO_OK;
}

/* The members of a row, into an object that gets more of them. */
static void
write_members(struct action_call *c, const struct row *row)
{
	const struct schema_table *table = row->table;
	const struct schema_field *field;
	size_t i;

	for (i = 0; i < table->n_fields; i++) {
		field = table->sorted[i];
		if (field->secret > c->caller->level)
			continue;
		jw_key(&c->json, field->name);
		row_write_value(&c->json, field, row->v[field->index],
		    c->caller->level);
	}
}

static enum helio_rc
write_part_type(struct action_call *c, struct value id, struct helio_err *err)
{
	struct row *type = NULL;
	enum helio_rc rc = find_by_id(c->tx, "part_type", id, &type, err);

	if (rc == HELIO_OK && type != NULL)
		row_write_json(&c->json, type, c->caller->level);
	else
		jw_null(&c->json);
	return rc;
}

/* ---- what may take its place ---- */

struct replacement {
	struct value	 id;
	struct replacement *next;
};

struct replacements {
	struct arena	*arena;
	struct replacement *first, **last;
};

static enum helio_rc
add_replacement(const struct row *linker, void *arg, struct helio_err *err)
{
	struct replacements *all = arg;
	struct value id = row_get(linker, "replacement_part_type_id");
	struct replacement *one;

	for (one = all->first; one != NULL; one = one->next)
		if (value_equal(one->id, id))
			return HELIO_OK;
	one = arena_alloc(all->arena, sizeof(*one));
	one->id = id;
	*all->last = one;
	all->last = &one->next;
	return HELIO_OK;
}

/* Rows without a product type hold for every one. */
static enum helio_rc
write_replacements(struct action_call *c, const struct row *product,
    struct value part_type, struct helio_err *err)
{
	struct find find = {
		.table = "part_type_replacement_linker", .by = {
			{ "existing_part_type_id", part_type },
			{ "product_type_id",
			    row_get(product, "product_type_id") },
		},
	};
	struct replacements all = {
		.arena = tx_arena(c->tx), .last = &all.first,
	};
	struct query query = find_query(c->tx, &find);
	const struct replacement *one;
	enum helio_rc rc = tx_each(c->tx, &query, add_replacement, &all, err);

	if (rc == HELIO_OK) {
		find.by[1].value = value_null();
		query = find_query(c->tx, &find);
		rc = tx_each(c->tx, &query, add_replacement, &all, err);
	}
	jw_array(&c->json);
	for (one = all.first; one != NULL && rc == HELIO_OK; one = one->next)
		rc = write_part_type(c, one->id, err);
	jw_end(&c->json);
	return rc;
}

/* ---- parts ---- */

static enum helio_rc
write_part(struct action_call *c, const struct row *product,
    const struct row *part, const struct row *linker, struct helio_err *err)
{
	struct value type = row_get(part, "part_type_id");
	char id[24];
	enum helio_rc rc;

	snprintf(id, sizeof(id), "%" PRId64, row_int(part, "part_id"));
	jw_key(&c->json, id);
	jw_object(&c->json);
	write_members(c, part);
	jw_key(&c->json, "part_product_linker");
	row_write_json(&c->json, linker, c->caller->level);
	jw_key(&c->json, "part_type");
	rc = write_part_type(c, type, err);
	jw_key(&c->json, "replacement_part_types");
	if (rc == HELIO_OK)
		rc = write_replacements(c, product, type, err);
	else
		jw_null(&c->json);
	jw_end(&c->json);
	return rc;
}

/* Parts that went to a unit out of scope are not the caller's to see. */
static enum helio_rc
write_stay(struct action_call *c, const struct row *product,
    const struct row *linker, struct helio_err *err)
{
	struct row *part = NULL;
	enum helio_rc rc = find_by_id(c->tx, "part",
	    row_get(linker, "part_id"), &part, err);

	if (rc != HELIO_OK || part == NULL)
		return rc;
	return write_part(c, product, part, linker, err);
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	struct stays stays = { .arena = tx_arena(c->tx), .last = &stays.first };
	struct row *product = NULL;
	struct query query;
	const struct stay *stay;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc != HELIO_OK)
		return rc;
	query = find_query(c->tx, &(struct find){
		.table = "part_product_linker",
		.by = { { "product_imei", row_key(product) } },
	});
	rc = tx_each(c->tx, &query, add_stay, &stays, err);
	jw_object(&c->json);
	for (stay = stays.first; stay != NULL && rc == HELIO_OK;
	    stay = stay->next)
		rc = write_stay(c, product, stay->linker, err);
	jw_end(&c->json);
	c->message = "Parts found.";
	return rc;
}

const struct action action_product_parts = {
	.name = "product parts",
	.method = HTTP_GET,
	.path = "products/{product_imei}/parts",
	.level = LEVEL_OVERVIEW,
	.reads = true,
	.run = run,
	.help = "The parts that are or were in a unit, and what may replace "
	    "them.",
};
