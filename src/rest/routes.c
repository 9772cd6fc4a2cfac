/* routes.c - the routes that the schema's tables make */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "rest/resource.h"
#include "rest/rest.h"
#include "rest/special.h"

/* Routes, and the arena that holds what they point to, in one block. */
struct block {
	struct arena	*arena;
	struct api_route routes[];
};

struct building {
	struct arena	*arena;
	struct api_route *route;	/* the next; NULL: only count */
	size_t		 n;
};

/* Where a table's routes hang: "hubs", and what is served there. */
struct place {
	const char	*path;
	const struct resource *resource;
	const char	*what;		/* for help texts */
};

/* One kind of route. */
struct shape {
	enum http_method method;
	enum schema_method allow;	/* whose level applies */
	const char	*suffix;	/* "" or "/{key}", after the place */
	void		(*run)(struct api_call *);
	const char	*help;		/* after the table's name */
	bool		(*ask)(struct api_call *);
};

static const struct shape table_shapes[] = {
	{ HTTP_GET, SCHEMA_GET, "", list_get, "list rows",
	    list_ask },
	{ HTTP_POST, SCHEMA_POST, "", item_post, "add a row" },
	{ HTTP_GET, SCHEMA_GET, "/{key}", item_get, "one row",
	    item_ask },
	{ HTTP_PUT, SCHEMA_PUT, "/{key}", item_put, "change a row" },
	{ HTTP_DELETE, SCHEMA_DELETE, "/{key}", item_delete,
	    "delete a row" },
};

static const struct shape relation_shapes[] = {
	{ HTTP_GET, SCHEMA_GET, "", related_get, "related rows" },
	{ HTTP_GET, SCHEMA_GET, "/{other_key}", related_get_one,
	    "one related row" },
	{ HTTP_DELETE, SCHEMA_PUT, "/{other_key}", related_unlink,
	    "unlink a related row, which stays" },
};

static bool
is_slow(const struct shape *shape, const struct schema_table *table)
{
	const struct special *special = special_find(table);

	return special != NULL && special->slow &&
	    (shape->run == item_post || shape->run == item_put);
}

static void
add_route(struct building *b, const struct place *place,
    const struct shape *shape, enum level level)
{
	if (level == LEVEL_NOBODY)
		return;
	b->n++;
	if (b->route == NULL)
		return;
	*b->route++ = (struct api_route){
		.method = shape->method,
		.path = arena_printf(b->arena, "%s%s", place->path,
		    shape->suffix),
		.auth = AUTH_USER,
		.level = level,
		.where = is_slow(shape, place->resource->table) ?
		    RUN_WORKER : RUN_LOOP,
		.run = shape->run,
		.ask = shape->ask,
		.data = place->resource,
		.help = arena_printf(b->arena, "%s: %s", place->what,
		    shape->help),
	};
}

static enum level
higher(enum level a, enum level b)
{
	return a > b ? a : b;
}

/* Both tables must be readable; an unlink changes the row that holds the
 * foreign key. */
static enum level
relation_level(const struct shape *shape, const struct schema_table *table,
    const struct schema_relation *relation)
{
	const struct schema_table *target = relation->target;
	const struct schema_table *holder =
	    relation->kind == RELATION_MANY ? target : table;
	enum level level = higher(table->allow[SCHEMA_GET],
	    target->allow[SCHEMA_GET]);

	return higher(level, holder->allow[shape->allow]);
}

static struct resource *
new_resource(struct building *b, const struct schema_table *table,
    const struct schema_relation *relation)
{
	struct resource *r = arena_alloc(b->arena, sizeof(*r));

	*r = (struct resource){ .table = table, .relation = relation };
	return r;
}

static void
add_relation(struct building *b, const char *collection,
    const struct schema_table *table, const struct schema_relation *relation)
{
	const struct shape *shape;
	struct place place = {
		.path = arena_printf(b->arena, "%s/{key}/%s", collection,
		    relation->name),
		.resource = new_resource(b, table, relation),
		.what = relation->target->name,
	};
	size_t i;

	for (i = 0; i < sizeof(relation_shapes) / sizeof(*shape); i++) {
		shape = &relation_shapes[i];
		add_route(b, &place, shape,
		    relation_level(shape, table, relation));
	}
}

static void
add_collection(struct building *b, const char *collection,
    const struct schema_table *table)
{
	struct place place = {
		.path = collection,
		.resource = new_resource(b, table, NULL),
		.what = table->name,
	};
	size_t i;

	for (i = 0; i < sizeof(table_shapes) / sizeof(*table_shapes); i++)
		add_route(b, &place, &table_shapes[i],
		    table->allow[table_shapes[i].allow]);
	for (i = 0; i < table->n_relations; i++)
		add_relation(b, collection, table, &table->relations[i]);
}

static void
add_all(struct building *b, const struct schema *schema)
{
	const struct schema_table *table;
	size_t i;

	for (i = 0; i < schema->n_tables; i++) {
		table = &schema->tables[i];
		if (table->path == NULL)
			continue;
		add_collection(b, table->path, table);
		if (table->also_path != NULL)
			add_collection(b, table->also_path, table);
	}
}

bool
rest_describe(const struct api_route *route, struct rest_info *ret)
{
	static const struct {
		void		(*run)(struct api_call *);
		enum rest_kind	 kind;
	} kinds[] = {
		{ list_get, REST_LIST }, { item_post, REST_CREATE },
		{ item_get, REST_ONE }, { item_put, REST_CHANGE },
		{ item_delete, REST_DELETE }, { related_get, REST_RELATED },
		{ related_get_one, REST_RELATED_ONE },
		{ related_unlink, REST_UNLINK },
	};
	const struct resource *resource = route->data;
	const struct special *special;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].run != route->run)
			continue;
		special = special_find(resource->table);
		*ret = (struct rest_info){
			.kind = kinds[i].kind, .table = resource->table,
			.relation = resource->relation,
			.members = special != NULL ? special->members : NULL,
		};
		return true;
	}
	return false;
}

const struct api_route *
rest_routes(const struct schema *schema, size_t *ret_n)
{
	struct building count = { .arena = arena_new() }, b = { 0 };
	struct block *block;

	if (count.arena == NULL)
		abort();
	add_all(&count, schema);
	arena_reset(count.arena);
	block = malloc(sizeof(*block) + count.n * sizeof(block->routes[0]));
	if (block == NULL)
		abort();
	b.arena = block->arena = count.arena;
	b.route = block->routes;
	add_all(&b, schema);
	*ret_n = count.n;
	return block->routes;
}

void
rest_routes_free(const struct api_route *routes)
{
	struct block *block;

	if (routes == NULL)
		return;
	block = (struct block *)((char *)routes -
	    offsetof(struct block, routes));
	arena_free(block->arena);
	free(block);
}
