/* Entities of units: the rules, and the rows that follow. */
#include "domain/entity.h"

#include <inttypes.h>

#include "domain/find.h"

/* An argument that names an entity the caller may name. */
static enum helio_rc
check(struct tx *tx, const char *argument, int64_t entity,
    struct helio_err *err)
{
	struct row *row = NULL;
	enum helio_rc rc = find_by_id(tx, "entity", value_int(entity), &row,
	    err);

	if (rc != HELIO_OK || row != NULL)
		return rc;
	if (!tx_caller(tx)->global)
		return err_set(err, HELIO_E_NOT_FOUND, "%s",
		    rc_text(HELIO_E_NOT_FOUND));
	return err_field(err, argument, "there is no entity #%" PRId64, entity);
}

/* ---- the unit's entities now ---- */

static struct find
current(const struct row *product)
{
	return (struct find){
		.table = "product_entity_linker", .by = {
			{ "product_imei", row_key(product) },
			{ "date_removed", value_null() },
		},
	};
}

static enum helio_rc
linker_to(struct tx *tx, const struct row *product, int64_t entity,
    struct row **ret, struct helio_err *err)
{
	struct find find = current(product);

	find.by[2].field = "entity_id";
	find.by[2].value = value_int(entity);
	return find_row(tx, &find, ret, err);
}

static bool
has_any(struct tx *tx, const struct row *product)
{
	struct find find = current(product);

	return find_exists(tx, &find);
}

static bool
has_known(struct tx *tx, const struct row *product)
{
	struct find find = current(product);
	struct query query = find_query(tx, &find);
	struct arena *arena = tx_arena(tx);
	const struct cond *part[2];

	part[0] = query.where;
	part[1] = cond_compare(arena, schema_field(query.table, "entity_id"),
	    OP_NE, value_int(ENTITY_UNKNOWN));
	query.where = cond_all(arena, part, 2);
	return tx_exists(tx, &query);
}

static enum helio_rc
link_to(struct tx *tx, const struct row *product, int64_t entity,
    struct helio_err *err)
{
	struct row *row = NULL;
	enum helio_rc rc = linker_to(tx, product, entity, &row, err);

	if (rc != HELIO_OK || row != NULL)
		return rc;
	row = row_new(tx_arena(tx), tx_table(tx, "product_entity_linker"));
	row_set(row, "product_imei", row_key(product));
	row_set_int(row, "entity_id", entity);
	row_set_int(row, "date_added", tx_now_us(tx));
	return tx_insert(tx, row, err);
}

static enum helio_rc
end_linker(struct tx *tx, const struct row *linker, struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(tx), linker->table);

	row_set_int(changes, "date_removed", tx_now_us(tx));
	return tx_update(tx, linker->table, row_key(linker), changes, NULL,
	    err);
}

/* *ret_was (may be NULL): whether the unit had it.  All rows that say so, as
 * an import may have brought more than one. */
static enum helio_rc
unlink_from(struct tx *tx, const struct row *product, int64_t entity,
    bool *ret_was, struct helio_err *err)
{
	struct row *row = NULL;
	bool was = false;
	enum helio_rc rc;

	do {
		rc = linker_to(tx, product, entity, &row, err);
		if (rc == HELIO_OK && row != NULL) {
			was = true;
			rc = end_linker(tx, row, err);
		}
	} while (rc == HELIO_OK && row != NULL);
	if (rc == HELIO_OK && ret_was != NULL)
		*ret_was = was;
	return rc;
}

/* ---- changes; they look beyond the scope, which check() has seen to ---- */

static enum helio_rc
refuse_unknown(struct helio_err *err, const char *argument)
{
	return err_field(err, argument,
	    "Unknown Entity is for units without any other");
}

static enum helio_rc
assign(struct tx *tx, const struct row *product, int64_t entity,
    struct helio_err *err)
{
	enum helio_rc rc = link_to(tx, product, entity, err);

	if (rc == HELIO_OK && entity != ENTITY_UNKNOWN)
		rc = unlink_from(tx, product, ENTITY_UNKNOWN, NULL, err);
	return rc;
}

enum helio_rc
entity_assign(struct tx *tx, const struct row *product, int64_t entity,
    struct helio_err *err)
{
	enum helio_rc rc = check(tx, "entity_id", entity, err);

	if (rc != HELIO_OK)
		return rc;
	tx_unscoped(tx);
	if (entity == ENTITY_UNKNOWN && has_known(tx, product))
		rc = refuse_unknown(err, "entity_id");
	else
		rc = assign(tx, product, entity, err);
	tx_scoped(tx);
	return rc;
}

static enum helio_rc
change(struct tx *tx, const struct row *product, int64_t from, int64_t to,
    struct helio_err *err)
{
	bool was = false;
	enum helio_rc rc = unlink_from(tx, product, from, &was, err);

	if (rc != HELIO_OK)
		return rc;
	if (!was)
		return err_field(err, "old_entity_id",
		    "the unit is not assigned to entity #%" PRId64, from);
	if (to == ENTITY_UNKNOWN && has_known(tx, product))
		return refuse_unknown(err, "new_entity_id");
	return assign(tx, product, to, err);
}

enum helio_rc
entity_change(struct tx *tx, const struct row *product, int64_t from,
    int64_t to, struct helio_err *err)
{
	struct row *linker = NULL;
	enum helio_rc rc = check(tx, "old_entity_id", from, err);

	if (rc == HELIO_OK)
		rc = check(tx, "new_entity_id", to, err);
	if (rc == HELIO_OK && from == to)
		rc = linker_to(tx, product, from, &linker, err);
	if (rc != HELIO_OK || linker != NULL)
		return rc;
	tx_unscoped(tx);
	rc = change(tx, product, from, to, err);
	tx_scoped(tx);
	return rc;
}

enum helio_rc
entity_remove(struct tx *tx, const struct row *product, int64_t entity,
    struct helio_err *err)
{
	enum helio_rc rc = check(tx, "entity_id", entity, err);

	if (rc != HELIO_OK)
		return rc;
	tx_unscoped(tx);
	if (entity != ENTITY_UNKNOWN)
		rc = unlink_from(tx, product, entity, NULL, err);
	if (rc == HELIO_OK && !has_any(tx, product))
		rc = link_to(tx, product, ENTITY_UNKNOWN, err);
	tx_scoped(tx);
	return rc;
}

/* ---- names ---- */

struct ids {
	struct arena	*arena;
	struct id {
		struct value	 entity;
		struct id	*next;
	}		*first, **last;
};

static enum helio_rc
add_id(const struct row *linker, void *arg, struct helio_err *err)
{
	struct ids *ids = arg;
	struct id *id = arena_alloc(ids->arena, sizeof(*id));

	id->entity = row_get(linker, "entity_id");
	*ids->last = id;
	ids->last = &id->next;
	return HELIO_OK;
}

enum helio_rc
entity_each(struct tx *tx, const struct row *product,
    void (*each)(const char *name, void *), void *arg, struct helio_err *err)
{
	const struct find find = current(product);
	struct query query = find_query(tx, &find);
	struct ids ids = { .arena = tx_arena(tx), .last = &ids.first };
	enum helio_rc rc = tx_each(tx, &query, add_id, &ids, err);
	const struct id *id;

	for (id = ids.first; id != NULL && rc == HELIO_OK; id = id->next) {
		struct row *entity = NULL;

		rc = find_by_id(tx, "entity", id->entity, &entity, err);
		if (rc == HELIO_OK && entity != NULL)
			each(row_text(entity, "name"), arg);
	}
	return rc;
}
