/* GET /current_enable_status: of every unit, for an ERP to compare with. */
#include "action/beside.h"
#include "action/list.h"
#include "store/row_json.h"

enum { PAGE, SIZE };

static const struct action_arg args[] = {
	[PAGE] = { .name = "page", .type = FIELD_TEXT, .help = "from 1" },
	[SIZE] = { .name = "results_per_page", .type = FIELD_TEXT,
	    .help = "10; at most 100" },
};

enum { TYPE, LINKER, ENTITY, STATE, HISTORY, ACCESSORIES };

static const struct beside tables[] = {
	[TYPE] = { "product_type", "product_type_id",
	    BESIDE_PRODUCTS, "product_type_id" },
	[LINKER] = { "product_entity_linker", "product_imei",
	    BESIDE_PRODUCTS, "product_imei", .null = "date_removed" },
	[ENTITY] = { "entity", "entity_id", LINKER, "entity_id" },
	[STATE] = { "state", "state_id", BESIDE_PRODUCTS, "latest_state_id" },
	[HISTORY] = { "enable_history", "enable_history_id",
	    BESIDE_PRODUCTS, "latest_enable_history_id" },
	[ACCESSORIES] = { "product_parameter", "product_imei",
	    BESIDE_PRODUCTS, "product_imei",
	    .parameter = "total_accessory_energy" },
};

enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

/* Where a member of the reply comes from: which row, and its field. */
struct member {
	const char	*name;
	int		 from;		/* BESIDE_PRODUCTS: the product */
	const char	*field;
};

static const struct member members[] = {
	{ "current_enable_state", HISTORY, "current_enable_state" },
	{ "current_state_type", STATE, "current_state_type" },
	{ "date", HISTORY, "date" },
	{ "dcm_enabled_flag", BESIDE_PRODUCTS, "dcm_enabled_flag" },
	{ "entity", ENTITY, "name" },
	{ "entity_id", ENTITY, "entity_id" },
	{ "hardware_type", TYPE, "name" },
	{ "prev_enable_state", HISTORY, "prev_enable_state" },
	{ "product_imei", BESIDE_PRODUCTS, "product_imei" },
	{ "product_type_id", BESIDE_PRODUCTS, "product_type_id" },
	{ "serial_number", BESIDE_PRODUCTS, "serial_number" },
	{ "total_accessory_energy", ACCESSORIES, "value" },
	{ "user", HISTORY, "user" },
};

/* The row of one table that belongs to a product, or NULL. */
static const struct row *
row_of(const struct product_page *page, const struct row *product, int which)
{
	const struct beside *b;
	const struct row *from;

	if (which == BESIDE_PRODUCTS)
		return product;
	b = &tables[which];
	from = row_of(page, product, b->from);
	return from == NULL ? NULL :
	    rows_one(&page->beside[which], row_get(from, b->key));
}

/* A unit that was never switched has no history: it is as it was made. */
static void
write_member(struct action_call *c, const struct member *m,
    const struct row *row)
{
	jw_key(&c->json, m->name);
	if (row != NULL)
		row_write_value(&c->json, schema_field(row->table, m->field),
		    row_get(row, m->field), c->caller->level);
	else if (m == &members[0])
		jw_str(&c->json, "init");
	else
		jw_null(&c->json);
}

static void
write_product(struct action_call *c, const struct product_page *page,
    const struct row *product)
{
	size_t i;

	jw_object(&c->json);
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		write_member(c, &members[i],
		    row_of(page, product, members[i].from));
	jw_end(&c->json);
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	struct product_page *found = arena_alloc(c->arena, sizeof(*found));
	struct query query = query_all(tx_table(c->tx, "product"));
	struct page page;
	enum helio_rc rc;
	size_t i;

	rc = page_read(action_text(c, PAGE), action_text(c, SIZE), &page, err);
	if (rc == HELIO_OK && page_cut(&page, &query))
		rc = product_page_read(c->tx, &query, tables, TABLES, found,
		    err);
	if (rc != HELIO_OK)
		return rc;
	jw_array(&c->json);
	for (i = 0; i < found->products.n; i++)
		write_product(c, found, found->products.row[i]);
	jw_end(&c->json);
	c->message = "enable_histories retrieved";
	return HELIO_OK;
}

const struct action action_current_enable_status = {
	.name = "enable status",
	.method = HTTP_GET,
	.path = "current_enable_status",
	.level = LEVEL_FACTORY,
	.reads = true,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "Whether each unit is enabled, and since when, in pages.",
};
