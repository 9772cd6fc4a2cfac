/*
 * GET /products/locations: where units were last seen.  Two queries for each
 * thousand units, however long the page is.
 */
#include <stdlib.h>

#include "action/list.h"

enum { PAGE, SIZE };
enum { SIZE_DEFAULT = 1000, SIZE_MAX_ROWS = 100000, CHUNK = 1000 };

static const struct action_arg args[] = {
	[PAGE] = { .name = "page", .type = FIELD_INT, .help = "from 1" },
	[SIZE] = { .name = "results_per_page", .type = FIELD_INT,
	    .help = "1000; at most 100000" },
};

/* A unit and the connection that tells its place. */
struct unit {
	const char	*imei;
	struct value	 connection;
};

/* Kept of a connection: a whole row is large. */
struct place {
	int64_t		 id;
	const char	*latitude, *longitude;
	struct value	 error_radius;
};

struct list {
	struct action_call *c;
	struct unit	*unit;
	size_t		 n;
	struct place	 place[CHUNK];
	size_t		 n_places;
};

static enum helio_rc
add_unit(const struct row *row, void *arg, struct helio_err *err)
{
	struct list *list = arg;
	struct unit *unit = &list->unit[list->n++];

	unit->imei = arena_strdup(list->c->arena, row_text(row,
	    "product_imei"));
	unit->connection = row_get(row, "latest_connection_location_id");
	return HELIO_OK;
}

static enum helio_rc
add_place(const struct row *row, void *arg, struct helio_err *err)
{
	struct list *list = arg;
	const char *latitude = row_text(row, "latitude");
	const char *longitude = row_text(row, "longitude");

	if (list->n_places == CHUNK || latitude == NULL || longitude == NULL)
		return HELIO_OK;
	list->place[list->n_places++] = (struct place){
		.id = row_int(row, "connection_id"),
		.latitude = arena_strdup(list->c->arena, latitude),
		.longitude = arena_strdup(list->c->arena, longitude),
		.error_radius = row_get(row, "error_radius"),
	};
	return HELIO_OK;
}

static int
compare_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static void
write_unit(struct list *list, const struct unit *unit)
{
	struct json_write *json = &list->c->json;
	const struct place key = { .id = unit->connection.i };
	const struct place *place = bsearch(&key, list->place,
	    list->n_places, sizeof(key), compare_place);

	if (place == NULL)	/* the connection was deleted */
		return;
	jw_object(json);
	jw_key(json, "error_radius");
	if (place->error_radius.type == VALUE_INT)
		jw_int(json, place->error_radius.i);
	else
		jw_null(json);
	jw_put_str(json, "latitude", place->latitude);
	jw_put_str(json, "longitude", place->longitude);
	jw_put_str(json, "product_imei", unit->imei);
	jw_end(json);
}

static enum helio_rc
write_chunk(struct list *list, const struct unit *unit, size_t n,
    struct helio_err *err)
{
	const struct schema_table *table = tx_table(list->c->tx, "connection");
	struct query query = query_all(table);
	struct value ids[CHUNK];
	enum helio_rc rc;
	size_t i;

	for (i = 0; i < n; i++)
		ids[i] = unit[i].connection;
	query.where = cond_in(tx_arena(list->c->tx), table->key, ids, n);
	list->n_places = 0;
	rc = tx_each(list->c->tx, &query, add_place, list, err);
	for (i = 0; i < n && rc == HELIO_OK; i++)
		write_unit(list, &unit[i]);
	return rc;
}

static int64_t
page_size(const struct action_call *c)
{
	if (c->arg[SIZE].type == VALUE_NULL || c->arg[SIZE].i < 1)
		return SIZE_DEFAULT;
	return c->arg[SIZE].i < SIZE_MAX_ROWS ? c->arg[SIZE].i :
	    SIZE_MAX_ROWS;
}

static enum helio_rc
read_units(struct list *list, struct helio_err *err)
{
	struct action_call *c = list->c;
	const struct schema_table *table = tx_table(c->tx, "product");
	struct query query = query_all(table);
	int64_t page = c->arg[PAGE].type == VALUE_NULL ? 1 : c->arg[PAGE].i;

	query.limit = page_size(c);
	if (page < 1)
		return err_field(err, "page", "must be a whole number from 1");
	if (__builtin_mul_overflow(page - 1, query.limit, &query.offset))
		return HELIO_OK;
	query.where = cond_not(c->arena, cond_is_null(c->arena, table,
	    "latest_connection_location_id"));
	list->unit = arena_alloc(c->arena, (size_t)query.limit *
	    sizeof(*list->unit));
	return tx_each(c->tx, &query, add_unit, list, err);
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	struct list *list = arena_alloc(c->arena, sizeof(*list));
	enum helio_rc rc;
	size_t at, n;

	list->c = c;
	rc = read_units(list, err);
	if (rc != HELIO_OK)
		return rc;
	jw_object(&c->json);
	jw_key(&c->json, "data");
	jw_array(&c->json);
	for (at = 0; at < list->n && rc == HELIO_OK; at += n) {
		n = list->n - at < CHUNK ? list->n - at : CHUNK;
		rc = write_chunk(list, list->unit + at, n, err);
	}
	if (rc != HELIO_OK)
		return rc;
	jw_end(&c->json);
	jw_end(&c->json);
	c->message = "";
	return HELIO_OK;
}

const struct action action_products_locations = {
	.name = "products locations",
	.method = HTTP_GET,
	.path = "products/locations",
	.level = LEVEL_OVERVIEW,
	.reads = true,
	.bare = true,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "Where units were when their place was last known.",
};
