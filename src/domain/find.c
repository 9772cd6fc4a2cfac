/* Short queries by equality. */
#include "domain/find.h"

static const struct cond *
condition(struct tx *tx, const struct schema_table *table,
    const struct find *find)
{
	const struct cond *part[FIND_MAX];
	struct arena *arena = tx_arena(tx);
	size_t n;

	for (n = 0; n < FIND_MAX && find->by[n].field != NULL; n++)
		part[n] = find->by[n].value.type == VALUE_NULL ?
		    cond_is_null(arena, table, find->by[n].field) :
		    cond_eq(arena, table, find->by[n].field,
		    find->by[n].value);
	return cond_all(arena, part, n);
}

struct query
find_query(struct tx *tx, const struct find *find)
{
	const struct schema_table *table = tx_table(tx, find->table);
	struct query query = query_all(table);
	struct order *order;

	query.where = condition(tx, table, find);
	if (find->newest != NULL) {
		order = arena_alloc(tx_arena(tx), 2 * sizeof(*order));
		order[0].field = schema_field(table, find->newest);
		order[1].field = table->key;
		order[0].descending = order[1].descending = true;
		query.order = order;
		query.n_order = 2;
	}
	return query;
}

/*
 * "No such row" is an answer here, not a failure.  The query had an error of
 * its own, because the caller's may hold faults already.
 */
static enum helio_rc
optional(enum helio_rc rc, const struct helio_err *own, struct row *row,
    struct row **ret, struct helio_err *err)
{
	if (rc == HELIO_E_NOT_FOUND) {
		*ret = NULL;
		return HELIO_OK;
	}
	if (rc == HELIO_OK)
		*ret = row;
	else
		err_set(err, rc, "%s", own->message);
	return rc;
}

enum helio_rc
find_first(struct tx *tx, const struct query *query, struct row **ret,
    struct helio_err *err)
{
	struct row *row = NULL;
	struct helio_err own;
	enum helio_rc rc;

	err_clear(&own);
	rc = tx_first(tx, query, &row, &own);
	return optional(rc, &own, row, ret, err);
}

enum helio_rc
find_row(struct tx *tx, const struct find *find, struct row **ret,
    struct helio_err *err)
{
	struct query query = find_query(tx, find);

	query.limit = 1;
	return find_first(tx, &query, ret, err);
}

bool
find_exists(struct tx *tx, const struct find *find)
{
	struct query query = find_query(tx, find);

	return tx_exists(tx, &query);
}

enum helio_rc
find_by_id(struct tx *tx, const char *table, struct value id,
    struct row **ret, struct helio_err *err)
{
	struct row *row = NULL;
	struct helio_err own;
	enum helio_rc rc = HELIO_E_NOT_FOUND;

	err_clear(&own);
	if (id.type != VALUE_NULL)
		rc = tx_get(tx, tx_table(tx, table), id, &row, &own);
	return optional(rc, &own, row, ret, err);
}
