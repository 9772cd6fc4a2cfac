/*
 * Bringing a data folder to the program's schema: forward only, additions
 * only, in one transaction.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/inner.h"

enum helio_rc
migrate_last(struct tx *tx, struct row **ret, struct helio_err *err)
{
	const struct schema_table *t = own_table(tx->store, OWN_MIGRATION);
	struct order newest = { .field = t->key, .descending = true };
	struct query q = query_all(t);

	q.order = &newest;
	q.n_order = 1;
	return tx_first(tx, &q, ret, err);
}

static enum helio_rc
note(struct tx *tx, struct helio_err *err)
{
	const struct schema *s = tx->store->schema;
	struct row *row = row_new(tx->arena, own_table(tx->store,
	    OWN_MIGRATION));

	row_set_int(row, "version", s->version);
	row_set_int(row, "applied_at", tx->now_us);
	row_set(row, "schema_text", value_textn(s->text, s->text_len));
	sql_reset(&tx->sql);
	sql_upsert(&tx->sql, row, NULL);
	return tx->store->driver->run(tx->db, &tx->sql, NULL, err);
}

/* The statement that makes each kind of change. */
static void
change_sql(struct sql *sql, const struct schema_change *c)
{
	switch (c->kind) {
	case CHANGE_DROP_TABLE:
		sql_drop_table(sql, c->table);
		break;
	case CHANGE_ADD_TABLE:
		sql_create_table(sql, c->table);
		break;
	case CHANGE_ADD_FIELD:
		sql_add_field(sql, c->table, c->field);
		break;
	case CHANGE_ADD_INDEX:
		sql_create_index(sql, c->table, c->index);
		break;
	case CHANGE_DROP_INDEX:
		sql_drop_index(sql, c->table, c->index);
		break;
	case CHANGE_DESTRUCTIVE:
		break;
	}
}

/* Foreign keys of what a change has added, where they come last. */
static enum helio_rc
add_references(struct tx *tx, const struct schema_change *c,
    struct helio_err *err)
{
	const struct schema_table *t = c->table;
	enum helio_rc rc = HELIO_OK;

	if (c->kind != CHANGE_ADD_TABLE && c->kind != CHANGE_ADD_FIELD)
		return HELIO_OK;
	for (size_t i = 0; i < t->n_fields && rc == HELIO_OK; i++) {
		if (!sql_is_reference(&t->fields[i]) ||
		    (c->kind == CHANGE_ADD_FIELD && c->field != &t->fields[i]))
			continue;
		sql_reset(&tx->sql);
		sql_add_reference(&tx->sql, t, &t->fields[i]);
		rc = tx->store->driver->run(tx->db, &tx->sql, NULL, err);
	}
	return rc;
}

static enum helio_rc
make_changes(struct tx *tx, const struct schema_change *change, size_t n,
    struct helio_err *err)
{
	bool ahead = tx->store->driver->dialect->points_ahead;
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < n && rc == HELIO_OK; i++) {
		sql_reset(&tx->sql);
		change_sql(&tx->sql, &change[i]);
		rc = tx->store->driver->run(tx->db, &tx->sql, NULL, err);
	}
	for (size_t i = 0; i < n && rc == HELIO_OK && !ahead; i++)
		rc = add_references(tx, &change[i], err);
	return rc;
}

/* Names what cannot be done; the rest is left out when there is much. */
static enum helio_rc
refuse_destructive(const struct schema_change *change, size_t n,
    struct helio_err *err)
{
	char list[sizeof(err->message) / 2] = "";
	size_t used = 0;

	for (size_t i = 0; i < n && used < sizeof(list); i++)
		if (change[i].kind == CHANGE_DESTRUCTIVE)
			used += (size_t)snprintf(list + used,
			    sizeof(list) - used, "%s%s", used > 0 ? "; " : "",
			    change[i].why);
	if (used == 0)
		return HELIO_OK;
	return err_set(err, HELIO_E_CONFLICT, "the data folder cannot be "
	    "brought to this program's schema without loss: %s", list);
}

/* From one schema (NULL: nothing) to the program's. */
static enum helio_rc
go_forward(struct tx *tx, const struct schema *from, struct helio_err *err)
{
	const struct schema *to = tx->store->schema;
	struct schema_change *change = NULL;
	size_t n = 0;
	enum helio_rc rc = schema_diff(from, to, &change, &n, err);

	if (rc == HELIO_OK)
		rc = refuse_destructive(change, n, err);
	if (rc == HELIO_OK)
		rc = make_changes(tx, change, n, err);
	if (rc == HELIO_OK)
		rc = note(tx, err);
	if (rc == HELIO_OK && from != NULL)
		log_event(LOG_INFO, "store.migrated",
		    "from=%u to=%u changes=%zu", from->version, to->version, n);
	free(change);
	return rc;
}

static enum helio_rc
make_new(struct tx *tx, struct helio_err *err)
{
	struct schema_change *change = NULL;
	size_t n = 0;
	enum helio_rc rc;

	if (!tx->store->o.create)
		return err_set(err, HELIO_E_NOT_FOUND, "%s was not finished; "
		    "remove it and run helio init again", tx->store->o.path);
	rc = schema_diff(NULL, tx->store->own, &change, &n, err);
	if (rc == HELIO_OK)
		rc = make_changes(tx, change, n, err);
	free(change);
	return rc == HELIO_OK ? go_forward(tx, NULL, err) : rc;
}

static enum helio_rc
bring_forward(struct tx *tx, struct helio_err *err)
{
	const struct schema *to = tx->store->schema;
	struct schema_problems problems;
	struct schema *from = NULL;
	struct row *last;
	struct value text;
	enum helio_rc rc = migrate_last(tx, &last, err);

	if (rc != HELIO_OK)
		return rc;
	text = row_get(last, "schema_text");
	if (value_equal(text, value_textn(to->text, to->text_len)))
		return HELIO_OK;
	if (!schema_read(text.s, text.n, &from, &problems))
		return err_set(err, HELIO_E_CONFLICT, "the schema stored in %s "
		    "is not one this program can read: use a newer program",
		    tx->store->o.path);
	rc = go_forward(tx, from, err);
	schema_free(from);
	return rc;
}

enum helio_rc
migrate(struct store *st, struct tx *tx, struct helio_err *err)
{
	const struct driver *d = st->driver;
	bool exists = false;
	enum helio_rc rc = d->begin(tx->db, err);

	if (rc != HELIO_OK)
		return rc;
	tx_prepare(tx, &CALLER_SYSTEM);
	rc = d->has_table(tx->db, OWN_MIGRATION, &exists, err);
	if (rc == HELIO_OK)
		rc = exists ? bring_forward(tx, err) : make_new(tx, err);
	if (rc == HELIO_OK)
		rc = d->commit(tx->db, err);
	else
		d->rollback(tx->db);
	return rc;
}
