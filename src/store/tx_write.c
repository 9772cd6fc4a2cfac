/*
 * The one place where rows change: meta fields, numbering, scope, what
 * happens to rows that point at a deleted one, and the change hook.
 */
#include <stdlib.h>
#include <string.h>

#include "store/inner.h"

/* The value of one meta field for a new row, and for a changed one. */
struct meta_rule {
	const char	*name;
	bool		 on_insert, on_update;
	bool		 is_time;
};

static const struct meta_rule meta_rules[] = {
	{ "created_at", true, false, true },
	{ "created_by", true, false, false },
	{ "modified_at", false, true, true },
	{ "modified_by", false, true, false },
};

static const struct meta_rule *
meta_rule(const struct schema_field *f)
{
	for (size_t i = 0; i < sizeof(meta_rules) / sizeof(meta_rules[0]); i++)
		if (strcmp(meta_rules[i].name, f->name) == 0)
			return &meta_rules[i];
	return NULL;
}

static void
set_value(struct row *row, const struct schema_field *f, struct value v)
{
	row->v[f->index] = v;
	row->set |= UINT64_C(1) << f->index;
}

/* Who and when, in the meta fields that this kind of change sets. */
static void
set_meta(struct tx *tx, struct row *row, bool is_new)
{
	const struct schema_table *t = row->table;
	const struct meta_rule *rule;
	struct value v;

	for (size_t i = 0; i < t->n_fields; i++) {
		rule = t->fields[i].meta ? meta_rule(&t->fields[i]) : NULL;
		if (rule == NULL)
			continue;
		v = rule->is_time ? value_int(tx->now_us) :
		    value_text(tx->caller.username);
		if (is_new ? rule->on_insert : rule->on_update)
			set_value(row, &t->fields[i], v);
		else if (is_new)
			set_value(row, &t->fields[i], value_null());
	}
}

/* ---- insert ---- */

/* May this caller choose the number of a new row? */
static bool
chooses_key(const struct tx *tx, const struct schema_table *t)
{
	return t->natural_key || t->internal ||
	    (tx->caller.user_id == 0 && tx->caller.level == LEVEL_SYSTEM &&
	    tx->caller.global);
}

static void
set_key(struct tx *tx, struct row *row)
{
	const struct schema_table *t = row->table;
	struct counters *c = &tx->store->writer.counters;
	struct value key = row_has(row, t->key) ? row_key(row) : value_null();

	if (t->natural_key) {
		set_value(row, t->key, key);
		return;
	}
	if (key.type == VALUE_INT && chooses_key(tx, t))
		counters_seen(c, t, key.i);
	else
		set_value(row, t->key, value_int(counters_next(c, t)));
}

static void
complete(struct tx *tx, struct row *row)
{
	const struct schema_table *t = row->table;

	for (size_t i = 0; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];

		if (!row_has(row, f) && f != t->key)
			set_value(row, f, f->has_default ? f->fallback :
			    value_null());
	}
	set_key(tx, row);
	set_meta(tx, row, true);
}

/*
 * Why the engine refused the row: as faults where a field can be named, else
 * the refusal itself.
 */
static enum helio_rc
explain(struct tx *tx, const struct row *row, struct value key,
    enum helio_rc rc, struct helio_err *err)
{
	enum helio_rc why;

	if (rc != HELIO_E_CONSTRAINT)
		return rc;
	err_clear(err);
	why = check_keys(tx, row, key, err);
	return why != HELIO_OK ? why : store_fail(err, HELIO_E_CONSTRAINT);
}

static enum helio_rc
tell_hook(struct tx *tx, const struct schema_table *t,
    const struct row *before, const struct row *after, struct helio_err *err)
{
	struct store *st = tx->store;
	enum helio_rc rc;

	if (st->on_change == NULL || t->internal)
		return HELIO_OK;
	rc = st->on_change(tx, t, before, after, st->on_change_arg, err);
	return rc == HELIO_OK ? rc : tx_break(tx, rc, err);
}

/*
 * Run tx->sql for a row of a scoped caller: the row must be one of the
 * caller's afterwards, or it is as if nothing had run.
 */
static enum helio_rc
run_scoped(struct tx *tx, const struct row *row, struct helio_err *err)
{
	const struct driver *d = tx->store->driver;
	struct helio_err undo_err;
	enum helio_rc rc = tx_mark(tx, err), undo;

	if (rc != HELIO_OK)
		return rc;
	rc = d->mark(tx->db, err);
	if (rc != HELIO_OK)
		return tx_break(tx, rc, err);
	rc = tx_run(tx, NULL, err);
	if (rc == HELIO_OK)
		rc = check_result(tx, row, err);
	err_clear(&undo_err);
	undo = rc == HELIO_OK ? d->release(tx->db, &undo_err) :
	    d->undo(tx->db, &undo_err);
	if (undo != HELIO_OK)
		(void)tx_break(tx, undo, &undo_err);
	return rc != HELIO_OK ? rc : undo;
}

/* Refuse what must not be written before the engine is asked. */
static enum helio_rc
check_before(struct tx *tx, const struct row *row, struct value key,
    struct helio_err *err)
{
	enum helio_rc missing = check_required(row, err), keys = HELIO_OK;

	if (missing != HELIO_OK || tx_scope(tx) != NULL)
		keys = check_keys(tx, row, key, err);
	return missing != HELIO_OK ? missing : keys;
}

static enum helio_rc
write_row(struct tx *tx, const struct row *row, struct helio_err *err)
{
	if (tx_scope(tx) == NULL)
		return tx_run(tx, NULL, err);
	return run_scoped(tx, row, err);
}

enum helio_rc
tx_insert(struct tx *tx, struct row *row, struct helio_err *err)
{
	enum helio_rc rc;

	complete(tx, row);
	rc = check_before(tx, row, value_null(), err);
	if (rc != HELIO_OK)
		return rc;
	sql_reset(&tx->sql);
	sql_insert(&tx->sql, row);
	rc = write_row(tx, row, err);
	if (rc != HELIO_OK)
		return explain(tx, row, value_null(), rc, err);
	tx_touch(tx, row->table, 1);
	return tell_hook(tx, row->table, NULL, row, err);
}

/* ---- update ---- */

/* What of the wish is a change, and may be: not the key, not meta fields. */
static struct row *
real_changes(struct tx *tx, const struct row *before, const struct row *wish)
{
	const struct schema_table *t = before->table;
	struct row *row = row_new(tx->arena, t);

	for (size_t i = 0; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];

		if (row_has(wish, f) && !f->meta && f != t->key &&
		    !value_equal(wish->v[i], before->v[i]))
			set_value(row, f, wish->v[i]);
	}
	set_meta(tx, row, false);
	return row;
}

static struct row *
overlay(struct tx *tx, const struct row *before, const struct row *changes)
{
	struct row *after = row_copy(tx->arena, before);
	struct row *copy = row_copy(tx->arena, changes);

	for (size_t i = 0; i < before->table->n_fields; i++)
		if (copy->set >> i & 1)
			after->v[i] = copy->v[i];
	return after;
}

static enum helio_rc
update_row(struct tx *tx, const struct row *before, const struct row *wish,
    struct row **ret, struct helio_err *err)
{
	struct row *changes = real_changes(tx, before, wish), *after;
	struct value key = row_key(before);
	enum helio_rc rc = check_before(tx, changes, key, err);

	if (rc == HELIO_OK && changes->set != 0) {
		after = overlay(tx, before, changes);
		sql_reset(&tx->sql);
		sql_update(&tx->sql, changes, key);
		rc = write_row(tx, after, err);
		if (rc != HELIO_OK)
			return explain(tx, changes, key, rc, err);
		tx_touch(tx, before->table, 0);
		rc = tell_hook(tx, before->table, before, after, err);
	} else {
		after = row_copy(tx->arena, before);
	}
	if (rc == HELIO_OK && ret != NULL)
		*ret = after;
	return rc;
}

enum helio_rc
tx_update(struct tx *tx, const struct schema_table *t, struct value key,
    const struct row *changes, struct row **ret, struct helio_err *err)
{
	struct row *before;
	enum helio_rc rc = tx_get(tx, t, key, &before, err);

	return rc != HELIO_OK ? rc : update_row(tx, before, changes, ret, err);
}

/* ---- delete ---- */

/* Keys of the rows that a walk has met. */
struct keys {
	struct arena	*arena;
	struct value	*v;
	size_t		 n, cap;
};

static enum helio_rc
keys_add(const struct row *row, void *arg, struct helio_err *err)
{
	struct keys *k = arg;
	size_t cap = k->cap == 0 ? 16 : k->cap * 2;
	struct value *more;

	(void)err;
	if (k->n == k->cap) {
		more = arena_alloc(k->arena, cap * sizeof(*more));
		if (k->n > 0)
			memcpy(more, k->v, k->n * sizeof(*more));
		k->v = more;
		k->cap = cap;
	}
	k->v[k->n++] = row_key(row_copy(k->arena, row));
	return HELIO_OK;
}

/* Whose rows point at the one to be deleted. */
static struct query
pointing(struct tx *tx, const struct schema_table *t,
    const struct schema_field *f, struct value key)
{
	struct query q = query_all(t);

	q.where = cond_compare(tx->arena, f, OP_EQ, key);
	return q;
}

/* Rows of users that need this one keep it; our own do not count. */
static enum helio_rc
check_needed(struct tx *tx, const struct schema_table *t, struct value key,
    struct helio_err *err)
{
	enum helio_rc worst = HELIO_OK, rc;
	struct query q;
	bool found;

	for (size_t i = 0; i < t->n_referrers; i++) {
		const struct schema_table *from = t->referrer_tables[i];

		if (!t->referrers[i]->required || from->internal)
			continue;
		q = pointing(tx, from, t->referrers[i], key);
		found = false;
		rc = tx_has(tx, &q, &found, err);
		if (rc == HELIO_OK && found)
			rc = err_field(err, from->name,
			    "rows of %s need this %s", from->name, t->name);
		if (rc != HELIO_OK)
			worst = rc;
	}
	return worst;
}

static enum helio_rc
release_rows(struct tx *tx, const struct schema_table *t,
    const struct schema_field *f, struct value key, struct helio_err *err)
{
	struct keys k = { .arena = tx->arena };
	struct query q = pointing(tx, t, f, key);
	struct row *none = row_new(tx->arena, t);
	enum helio_rc rc = tx_each(tx, &q, keys_add, &k, err);

	set_value(none, f, value_null());
	for (size_t i = 0; i < k.n && rc == HELIO_OK; i++)
		rc = f->required ? tx_delete(tx, t, k.v[i], err) :
		    tx_update(tx, t, k.v[i], none, NULL, err);
	return rc;
}

static enum helio_rc
release_all(struct tx *tx, const struct schema_table *t, struct value key,
    struct helio_err *err)
{
	enum helio_rc rc = check_needed(tx, t, key, err);

	for (size_t i = 0; i < t->n_referrers && rc == HELIO_OK; i++)
		rc = release_rows(tx, t->referrer_tables[i], t->referrers[i],
		    key, err);
	return rc;
}

enum helio_rc
tx_delete(struct tx *tx, const struct schema_table *t, struct value key,
    struct helio_err *err)
{
	struct row *before;
	enum helio_rc rc = tx_get(tx, t, key, &before, err);

	if (rc != HELIO_OK)
		return rc;
	tx_unscoped(tx);
	rc = release_all(tx, t, row_key(before), err);
	tx_scoped(tx);
	if (rc != HELIO_OK)
		return rc;
	sql_reset(&tx->sql);
	sql_delete(&tx->sql, t, row_key(before));
	rc = tx_run(tx, NULL, err);
	if (rc != HELIO_OK)
		return rc;
	tx_touch(tx, t, -1);
	return tell_hook(tx, t, before, NULL, err);
}

/* ---- internal tables ---- */

static void
must_be_internal(const struct schema_table *t)
{
	if (!t->internal)
		abort();
}

/* The stored row with the same values in the index, if there is one. */
static enum helio_rc
find_same(struct tx *tx, const struct row *row, const struct schema_index *on,
    struct row **ret, struct helio_err *err)
{
	const struct cond *part[SCHEMA_INDEX_MAX + 1];
	struct query q = query_all(row->table);

	for (size_t i = 0; i < on->n; i++)
		part[i] = cond_compare(tx->arena, on->fields[i], OP_EQ,
		    row->v[on->fields[i]->index]);
	q.where = cond_all(tx->arena, part, on->n);
	return tx_find(tx, &q, ret, err);
}

/* A numbered row keeps its number when it is overwritten. */
static enum helio_rc
upsert_numbered(struct tx *tx, struct row *row, const struct schema_index *on,
    struct helio_err *err)
{
	struct row *same = NULL;
	enum helio_rc rc = find_same(tx, row, on, &same, err);

	if (rc != HELIO_OK)
		return rc;
	if (same == NULL)
		return tx_insert(tx, row, err);
	set_value(row, row->table->key, row_key(same));
	return update_row(tx, same, row, NULL, err);
}

enum helio_rc
tx_upsert(struct tx *tx, struct row *row, const struct schema_index *on,
    struct helio_err *err)
{
	const struct schema_table *t = row->table;
	enum helio_rc rc;

	must_be_internal(t);
	if (!t->natural_key && on != NULL)
		return upsert_numbered(tx, row, on, err);
	complete(tx, row);
	rc = check_required(row, err);
	if (rc != HELIO_OK)
		return rc;
	sql_reset(&tx->sql);
	sql_upsert(&tx->sql, row, on);
	rc = tx_run(tx, NULL, err);
	if (rc != HELIO_OK)
		return explain(tx, row, row_key(row), rc, err);
	tx_touch(tx, t, 0);
	return HELIO_OK;
}

enum helio_rc
tx_delete_where(struct tx *tx, const struct query *q, int64_t *ret,
    struct helio_err *err)
{
	int64_t changes = 0;
	enum helio_rc rc;

	must_be_internal(q->table);
	sql_reset(&tx->sql);
	sql_delete_where(&tx->sql, q, tx->arena);
	rc = tx_run(tx, &changes, err);
	if (rc != HELIO_OK)
		return rc;
	tx_touch(tx, q->table, 0);
	if (ret != NULL)
		*ret = changes;
	return HELIO_OK;
}

enum helio_rc
tx_sequence(struct tx *tx, const char *name, int64_t *ret,
    struct helio_err *err)
{
	if (!tx->writing)
		return err_set(err, HELIO_E_INTERNAL,
		    "a snapshot cannot write");
	return counters_named(&tx->store->writer.counters, name, ret, err);
}
