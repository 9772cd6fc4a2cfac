/*
 * GET /dashboard2: what a dashboard shows of each product, from all tables,
 * filtered and paged as /products is.
 */
#include <ctype.h>
#include <string.h>

#include "action/beside.h"
#include "action/dashboard_query.h"
#include "action/list.h"
#include "domain/enable.h"
#include "store/row_json.h"

enum { Q, PAGE, SIZE };

static const struct action_arg args[] = {
	[Q] = { .name = "q", .type = FIELD_JSON,
	    .help = "as for /products, and a filter `entities` by name" },
	[PAGE] = { .name = "page", .type = FIELD_TEXT, .help = "from 1" },
	[SIZE] = { .name = "results_per_page", .type = FIELD_TEXT,
	    .help = "10; at most 100" },
};

enum {
	TYPE, LINKER, ENTITY, ALERT, NOTE, STATE, STATE_TYPE, CONNECTION,
	PLACE, SOFTWARE, VERSION, CAPACITY, TAMPER,
};

static const struct beside tables[] = {
	[TYPE] = { "product_type", "product_type_id",
	    BESIDE_PRODUCTS, "product_type_id" },
	[LINKER] = { "product_entity_linker", "product_imei",
	    BESIDE_PRODUCTS, "product_imei", .null = "date_removed" },
	[ENTITY] = { "entity", "entity_id", LINKER, "entity_id" },
	[ALERT] = { "alert", "product_imei",
	    BESIDE_PRODUCTS, "product_imei", .null = "dismissed_at" },
	[NOTE] = { "product_note", "product_imei",
	    BESIDE_PRODUCTS, "product_imei" },
	[STATE] = { "state", "state_id", BESIDE_PRODUCTS, "latest_state_id" },
	[STATE_TYPE] = { "state_type", "state_type_id",
	    STATE, "current_state_type" },
	[CONNECTION] = { "connection", "connection_id",
	    BESIDE_PRODUCTS, "latest_connection_id" },
	[PLACE] = { "connection", "connection_id",
	    BESIDE_PRODUCTS, "latest_connection_location_id" },
	[SOFTWARE] = { "product_software_linker", "product_imei",
	    BESIDE_PRODUCTS, "product_imei", .null = "date_removed" },
	[VERSION] = { "software_version_type", "software_version_type_id",
	    SOFTWARE, "software_version_type_id" },
	[CAPACITY] = { "product_parameter", "product_imei",
	    BESIDE_PRODUCTS, "product_imei", .parameter = "capacity_limit" },
	[TAMPER] = { "tamper_enable_history", "product_imei",
	    BESIDE_PRODUCTS, "product_imei" },
};

enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

/* One product and its page. */
struct view {
	struct action_call *c;
	const struct product_page *page;
	const struct row *product;
	struct json_write *json;
};

/* ---- values ---- */

/* A field of a row under another name; null when there is no row. */
static void
put(const struct view *v, const char *name, const struct row *row,
    const char *field)
{
	jw_key(v->json, name);
	if (row == NULL)
		jw_null(v->json);
	else
		row_write_value(v->json, schema_field(row->table, field),
		    row_get(row, field), v->c->caller->level);
}

static void
put_own(const struct view *v, const char *field)
{
	put(v, field, v->product, field);
}

/* The row beside the product that a field of it leads to, or NULL. */
static const struct row *
one(const struct view *v, int which, const char *field)
{
	return rows_one(&v->page->beside[which], row_get(v->product, field));
}

/* ---- lists ---- */

static void
put_entities(const struct view *v)
{
	size_t n, i;
	struct row **link = rows_with(&v->page->beside[LINKER],
	    row_key(v->product), &n);
	const struct row *entity;

	jw_key(v->json, "entities");
	jw_array(v->json);
	for (i = 0; i < n; i++) {
		entity = rows_one(&v->page->beside[ENTITY],
		    row_get(link[i], "entity_id"));
		if (entity != NULL)
			row_write_json(v->json, entity, v->c->caller->level);
	}
	jw_end(v->json);
}

/* [null] when there is none (seed: dashboard2). */
static void
put_rows(const struct view *v, const char *name, int which)
{
	size_t n, i;
	struct row **row = rows_with(&v->page->beside[which],
	    row_key(v->product), &n);

	jw_key(v->json, name);
	jw_array(v->json);
	for (i = 0; i < n; i++)
		row_write_json(v->json, row[i], v->c->caller->level);
	if (n == 0)
		jw_null(v->json);
	jw_end(v->json);
}

/* ---- groups of members ---- */

static void
put_state(const struct view *v)
{
	const struct row *state = one(v, STATE, "latest_state_id");
	const struct row *type = state == NULL ? NULL : rows_one(
	    &v->page->beside[STATE_TYPE], row_get(state, "current_state_type"));
	char *name = NULL;

	if (type != NULL)
		name = arena_strdup(v->c->arena, row_text(type, "name"));
	for (char *s = name; s != NULL && *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
	jw_put_str(v->json, "state", name);
	put(v, "state_date", state, "created_at");
}

static void
put_place(const struct view *v)
{
	const struct row *place = one(v, PLACE,
	    "latest_connection_location_id");

	put(v, "location_date", place, "date");
	put(v, "latitude", place, "latitude");
	put(v, "longitude", place, "longitude");
	put(v, "error_radius", place, "error_radius");
}

/* The newest link of the product that has, or lacks, its date. */
static const struct row *
software_link(const struct view *v, bool pending)
{
	size_t n;
	struct row **link = rows_with(&v->page->beside[SOFTWARE],
	    row_key(v->product), &n);

	while (n-- > 0)
		if (row_is_null(link[n], "date_added") == pending)
			return link[n];
	return NULL;
}

static void
put_software(const struct view *v)
{
	const struct rows *versions = &v->page->beside[VERSION];
	const struct row *now = software_link(v, false);
	const struct row *next = software_link(v, true);

	put_own(v, "software_lock");
	put(v, "software", now == NULL ? NULL : rows_one(versions,
	    row_get(now, "software_version_type_id")), "name");
	put(v, "pending_software", next == NULL ? NULL : rows_one(versions,
	    row_get(next, "software_version_type_id")), "name");
	put(v, "pending_software_created_at", next, "created_at");
}

/* Most units' switch was never touched; the rule for the others is not ours. */
static enum helio_rc
put_tamper(const struct view *v, struct helio_err *err)
{
	struct enable_view tamper = { .state = "init" };
	enum helio_rc rc = HELIO_OK;

	if (rows_one(&v->page->beside[TAMPER], row_key(v->product)) != NULL)
		rc = enable_view(v->c->tx, SWITCH_TAMPER, v->product, &tamper,
		    err);
	jw_put_bool(v->json, "current_tamper_flag", tamper.current);
	jw_put_bool(v->json, "desired_tamper_flag", tamper.desired);
	return rc;
}

static enum helio_rc
put_product(const struct view *v, struct helio_err *err)
{
	static const char *const own[] = {
		"product_imei", "serial_number", "imsi", "hub_id", "shop_id",
		"current_enable_flag", "desired_enable_flag", "created_at",
		"created_by", "modified_at",
	};
	enum helio_rc rc;
	size_t i;

	jw_object(v->json);
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		put_own(v, own[i]);
	put(v, "hardware_type", one(v, TYPE, "product_type_id"), "name");
	put_entities(v);
	put_rows(v, "alerts", ALERT);
	put_rows(v, "notes", NOTE);
	put_state(v);
	put(v, "recent_connection", one(v, CONNECTION, "latest_connection_id"),
	    "date");
	put_place(v);
	put(v, "capacity_limit", one(v, CAPACITY, "product_imei"), "value");
	put_software(v);
	rc = put_tamper(v, err);
	jw_end(v->json);
	return rc;
}

/* ---- the page ---- */

/* `single` wants exactly one. */
static enum helio_rc
check_single(const struct plan *plan, int64_t total, struct helio_err *err)
{
	if (!plan->single || total == 1)
		return HELIO_OK;
	if (total == 0)
		return err_set(err, HELIO_E_NOT_FOUND, "No result found");
	return err_set(err, HELIO_E_BAD, "Multiple results found");
}

/* How many the filters leave, and how many of those limit and offset. */
static enum helio_rc
count(struct tx *tx, const struct query *query, int64_t *ret_filtered,
    int64_t *ret_total, struct helio_err *err)
{
	struct query all = *query;
	enum helio_rc rc = tx_count(tx, query, ret_total, err);

	if (rc != HELIO_OK)
		return rc;
	*ret_filtered = *ret_total;
	if (query->limit < 0 && query->offset == 0)
		return HELIO_OK;
	all.limit = -1;
	all.offset = 0;
	return tx_count(tx, &all, ret_filtered, err);
}

static enum helio_rc
write_page(struct action_call *c, const struct query *query,
    struct helio_err *err)
{
	struct product_page *page = arena_alloc(c->arena, sizeof(*page));
	struct view v = { .c = c, .page = page, .json = &c->json };
	enum helio_rc rc;
	size_t i;

	rc = product_page_read(c->tx, query, tables, TABLES, page, err);
	for (i = 0; i < page->products.n && rc == HELIO_OK; i++) {
		v.product = page->products.row[i];
		rc = put_product(&v, err);
	}
	return rc;
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	int64_t total, filtered;
	struct plan plan;
	struct page page;
	enum helio_rc rc;

	rc = page_read(action_text(c, PAGE), action_text(c, SIZE), &page, err);
	if (rc == HELIO_OK)
		rc = dashboard_plan(c, json_object_get(c->body, "q"), &plan,
		    err);
	if (rc == HELIO_OK)
		rc = count(c->tx, &plan.query, &filtered, &total, err);
	if (rc == HELIO_OK)
		rc = check_single(&plan, total, err);
	if (rc != HELIO_OK)
		return rc;
	jw_object(&c->json);
	jw_key(&c->json, "data");
	jw_array(&c->json);
	if (page_cut(&page, &plan.query))
		rc = write_page(c, &plan.query, err);
	jw_end(&c->json);
	jw_put_int(&c->json, "num_results", total);
	jw_put_int(&c->json, "num_results_filtered", filtered);
	jw_end(&c->json);
	c->message = "";
	return rc;
}

const struct action action_dashboard2 = {
	.name = "dashboard",
	.method = HTTP_GET,
	.path = "dashboard2",
	.level = LEVEL_OVERVIEW,
	.reads = true,
	.bare = true,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "What a dashboard shows of each unit, in pages.",
};
