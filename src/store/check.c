/*
 * What a row may not be: the rules that the engine enforces, asked again one
 * by one so that each field at fault is named, and those of scope.
 */
#include <string.h>

#include "base/utf8.h"
#include "store/inner.h"

/* No engine's text may hold one: PostgreSQL cannot store it. */
static bool
holds_nul(const struct value *v)
{
	return v->type == VALUE_TEXT && v->n > 0 &&
	    memchr(v->s, '\0', v->n) != NULL;
}

static bool
is_long(const struct schema_field *f, const struct value *v)
{
	return f->max_len != 0 && v->type == VALUE_TEXT &&
	    v->n > f->max_len && utf8_count(v->s, v->n) > f->max_len;
}

enum helio_rc
check_required(const struct row *row, struct helio_err *err)
{
	const struct schema_table *t = row->table;
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];

		if ((f->required || f == t->key) && row_has(row, f) &&
		    row->v[i].type == VALUE_NULL)
			rc = err_field(err, f->name, "is required");
		if (row_has(row, f) && holds_nul(&row->v[i]))
			rc = err_field(err, f->name,
			    "must not hold the character NUL");
		if (row_has(row, f) && is_long(f, &row->v[i]))
			rc = err_field(err, f->name,
			    "must have at most %u characters", f->max_len);
	}
	return rc;
}

/* Another row with this value in this field (and not this key)? */
static enum helio_rc
is_taken(struct tx *tx, const struct row *row, const struct schema_index *ix,
    struct value key, bool *ret, struct helio_err *err)
{
	const struct cond *part[SCHEMA_INDEX_MAX + 2];
	struct query q = query_all(row->table);
	size_t n = 0;

	for (; n < ix->n; n++)
		part[n] = cond_compare(tx->arena, ix->fields[n], OP_EQ,
		    row->v[ix->fields[n]->index]);
	if (key.type != VALUE_NULL)
		part[n++] = cond_compare(tx->arena, row->table->key, OP_NE,
		    key);
	q.where = cond_all(tx->arena, part, n);
	return tx_has(tx, &q, ret, err);
}

/* All fields of the index are known and none is null. */
static bool
index_applies(const struct row *row, const struct schema_index *ix)
{
	for (size_t i = 0; i < ix->n; i++)
		if (!row_has(row, ix->fields[i]) ||
		    row->v[ix->fields[i]->index].type == VALUE_NULL)
			return false;
	return true;
}

/* A unique value counts as taken also where the caller cannot see the row. */
static enum helio_rc
check_index(struct tx *tx, const struct row *row,
    const struct schema_index *ix, struct value key, struct helio_err *err)
{
	bool taken = false;
	enum helio_rc rc;

	if (!ix->unique || !index_applies(row, ix))
		return HELIO_OK;
	tx_unscoped(tx);
	rc = is_taken(tx, row, ix, key, &taken, err);
	tx_scoped(tx);
	if (rc != HELIO_OK || !taken)
		return rc;
	for (size_t i = 0; i < ix->n; i++)
		rc = err_field(err, ix->fields[i]->name, ix->n == 1 ?
		    "is taken by another %s" :
		    "is taken by another %s, in this combination",
		    row->table->name);
	return rc;
}

enum helio_rc
check_unique(struct tx *tx, const struct row *row, struct value key,
    struct helio_err *err)
{
	const struct schema_table *t = row->table;
	const struct schema_field *key_field = t->key;
	struct schema_index own = { &key_field, 1, true };
	enum helio_rc rc = HELIO_OK, worst = HELIO_OK;

	if (key.type == VALUE_NULL)
		worst = check_index(tx, row, &own, key, err);
	for (size_t i = 0; i < t->n_indexes; i++) {
		rc = check_index(tx, row, &t->indexes[i], key, err);
		if (rc != HELIO_OK)
			worst = rc;
	}
	return worst;
}

static enum helio_rc
check_foreign(struct tx *tx, const struct schema_field *f, struct value v,
    struct helio_err *err)
{
	struct query q = query_all(f->target);
	bool found = false;
	enum helio_rc rc;

	q.where = cond_compare(tx->arena, f->target->key, OP_EQ, v);
	rc = tx_has(tx, &q, &found, err);
	if (rc == HELIO_OK && !found)
		rc = err_field(err, f->name, "there is no such %s",
		    f->target->name);
	return rc;
}

/* A row may point at itself before it exists. */
static bool
points_home(const struct row *row, const struct schema_field *f)
{
	return f->target == row->table && row_has(row, row->table->key) &&
	    value_equal(row->v[f->index], row_key(row));
}

static bool
is_enforced(const struct schema_field *f)
{
	return f->target != NULL && !f->loose;
}

enum helio_rc
check_keys(struct tx *tx, const struct row *row, struct value key,
    struct helio_err *err)
{
	const struct schema_table *t = row->table;
	enum helio_rc worst = HELIO_OK, rc;

	/* first, so that a unique key does not tell of rows out of scope */
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];

		if (!is_enforced(f) || !row_has(row, f) ||
		    row->v[i].type == VALUE_NULL || points_home(row, f))
			continue;
		rc = check_foreign(tx, f, row->v[i], err);
		if (rc != HELIO_OK)
			worst = rc;
	}
	rc = check_unique(tx, row, key, err);
	return rc != HELIO_OK ? rc : worst;
}

void
tx_check(struct tx *tx, const struct row *row, struct value key,
    struct helio_err *err)
{
	(void)check_keys(tx, row, key, err);
}

struct query
check_dangling(struct tx *tx, const struct schema_table *t,
    const struct schema_field *f)
{
	const struct cond *part[2] = {
		cond_not(tx->arena, cond_null(tx->arena, f)), cond_false(),
	};
	struct query q = query_all(t);

	for (size_t i = 0; i < t->n_relations; i++)
		if (t->relations[i].kind == RELATION_ONE &&
		    t->relations[i].field == f)
			part[1] = cond_not(tx->arena, cond_related_raw(
			    tx->arena, &t->relations[i], NULL));
	q.where = cond_all(tx->arena, part, 2);
	return q;
}

/*
 * A user who sees one entity must not make one who sees all.  (A user of
 * another entity is out of scope as a row already.)
 */
static bool
widens_scope(const struct row *row)
{
	if (strcmp(row->table->name, "user") != 0 ||
	    schema_field(row->table, "user_product_visibility") == NULL)
		return false;
	return !value_equal(row_get(row, "user_product_visibility"),
	    value_text("ENTITY"));
}

enum helio_rc
check_result(struct tx *tx, const struct row *row, struct helio_err *err)
{
	struct query q = query_all(row->table);
	bool found = false;
	enum helio_rc rc;

	/* What the server notes for itself on the way is nobody's. */
	if (tx_scope(tx) == NULL || row->table->internal)
		return HELIO_OK;
	if (widens_scope(row))
		return err_set(err, HELIO_E_FORBIDDEN,
		    "you may only give access to your own entity");
	if (scope_cond(tx->arena, row->table, tx_scope(tx)) == NULL)
		return HELIO_OK;
	q.where = cond_compare(tx->arena, row->table->key, OP_EQ, row_key(row));
	rc = tx_has(tx, &q, &found, err);
	if (rc == HELIO_OK && !found)
		rc = err_set(err, HELIO_E_FORBIDDEN,
		    "this %s would not belong to your entity",
		    row->table->name);
	return rc;
}
