/* Row counts and running numbers; see counter.h. */
#include "store/counter.h"

#include <stdlib.h>
#include <string.h>

#include "store/inner.h"

bool
counters_init(struct counters *c, size_t n_tables)
{
	*c = (struct counters){ .n_tables = n_tables, .stale = true };
	c->table = calloc(n_tables + 1, sizeof(*c->table));
	c->job = calloc(n_tables + 1, sizeof(*c->job));
	return c->table != NULL && c->job != NULL;
}

void
counters_free(struct counters *c)
{
	for (size_t i = 0; i < c->n_named; i++)
		free(c->named[i].name);
	free(c->named);
	sums_free(&c->sums);
	free(c->table);
	free(c->job);
	*c = (struct counters){ 0 };
}

static struct table_counter *
of(const struct counters *c, const struct schema_table *t)
{
	return &c->table[t->number];
}

static struct named_counter *
named_find(struct counters *c, const char *name)
{
	for (size_t i = 0; i < c->n_named; i++)
		if (strcmp(c->named[i].name, name) == 0)
			return &c->named[i];
	return NULL;
}

static struct named_counter *
named_add(struct counters *c, const char *name)
{
	size_t cap = c->cap_named == 0 ? 8 : c->cap_named * 2;
	struct named_counter *more;
	char *copy;

	if (c->n_named == c->cap_named) {
		more = realloc(c->named, cap * sizeof(*more));
		if (more == NULL)
			return NULL;
		c->named = more;
		c->cap_named = cap;
	}
	copy = strdup(name);
	if (copy == NULL)
		return NULL;
	c->named[c->n_named] = (struct named_counter){ .name = copy };
	return &c->named[c->n_named++];
}

static struct named_counter *
named_get(struct counters *c, const char *name, struct helio_err *err)
{
	struct named_counter *n = named_find(c, name);

	if (n == NULL)
		n = named_add(c, name);
	if (n == NULL)
		(void)store_fail(err, HELIO_E_NO_MEMORY);
	return n;
}

enum helio_rc
counters_named(struct counters *c, const char *name, int64_t *ret,
    struct helio_err *err)
{
	struct named_counter *n = named_get(c, name, err);

	if (n == NULL)
		return HELIO_E_NO_MEMORY;
	n->dirty = true;
	*ret = ++n->last_id;
	return HELIO_OK;
}

enum helio_rc
counters_named_seen(struct counters *c, const char *name, int64_t last,
    struct helio_err *err)
{
	struct named_counter *n = named_get(c, name, err);

	if (n == NULL)
		return HELIO_E_NO_MEMORY;
	n->dirty = n->dirty || last > n->last_id;
	n->last_id = last > n->last_id ? last : n->last_id;
	return HELIO_OK;
}

int64_t
counters_next(struct counters *c, const struct schema_table *t)
{
	of(c, t)->id_dirty = true;
	return ++of(c, t)->last_id;
}

int64_t
counters_last(const struct counters *c, const struct schema_table *t)
{
	return of(c, t)->last_id;
}

void
counters_seen(struct counters *c, const struct schema_table *t, int64_t key)
{
	if (key <= of(c, t)->last_id)
		return;
	of(c, t)->last_id = key;
	of(c, t)->id_dirty = true;
}

void
counters_add(struct counters *c, const struct schema_table *t, int64_t rows)
{
	for (size_t i = 0; i < c->n_job; i++)
		if (c->job[i] == t->number)
			goto listed;
	c->job[c->n_job++] = t->number;
listed:
	of(c, t)->job_rows += rows;
}

void
counters_job_end(struct counters *c, bool kept)
{
	struct table_counter *t;

	for (size_t i = 0; i < c->n_job; i++) {
		t = &c->table[c->job[i]];
		if (kept && t->job_rows != 0) {
			t->rows += t->job_rows;
			t->rows_dirty = true;
		}
		t->job_rows = 0;
	}
	c->n_job = 0;
	sums_job_end(&c->sums, kept);
}

int64_t
counters_rows(const struct counters *c, const struct schema_table *t)
{
	return of(c, t)->rows + of(c, t)->job_rows;
}

void
counters_lost(struct counters *c)
{
	counters_job_end(c, false);
	for (size_t i = 0; i < c->n_tables; i++)
		c->table[i].id_dirty = c->table[i].last_id > 0;
	for (size_t i = 0; i < c->n_named; i++)
		c->named[i].dirty = true;
	c->stale = true;
}

/* ---- stored form ---- */

struct load {
	struct counters	*counters;
	const struct schema *schema;
};

static enum helio_rc
load_named(struct counters *c, const char *name, int64_t last,
    struct helio_err *err)
{
	struct named_counter *n = named_get(c, name, err);

	if (n == NULL)
		return HELIO_E_NO_MEMORY;
	if (last > n->last_id)
		n->last_id = last;
	return HELIO_OK;
}

static enum helio_rc
load_sequence(const struct row *row, void *arg, struct helio_err *err)
{
	const struct load *l = arg;
	const char *name = row_text(row, "name");
	int64_t last = row_int(row, "last_id");
	const struct schema_table *t;

	if (name[0] == NAMED_MARK)
		return load_named(l->counters, name + 1, last, err);
	t = schema_table(l->schema, name);
	if (t != NULL && last > of(l->counters, t)->last_id)
		of(l->counters, t)->last_id = last;
	return HELIO_OK;
}

enum helio_rc
counters_imported(struct counters *c, const struct schema *schema,
    const struct row *row, struct helio_err *err)
{
	const char *name = row_text(row, "name");
	int64_t last = row_int(row, "last_id");
	const struct schema_table *t;

	if (name[0] == NAMED_MARK)
		return counters_named_seen(c, name + 1, last, err);
	t = schema_table(schema, name);
	if (t == NULL)
		return err_field(err, "name", "there is no such table");
	counters_seen(c, t, last);
	return HELIO_OK;
}

static enum helio_rc
load_count(const struct row *row, void *arg, struct helio_err *err)
{
	const struct load *l = arg;
	const char *name = row_text(row, "name");
	int64_t n = row_int(row, "row_count");
	const struct schema_table *t;

	if (name[0] == NAMED_MARK)
		return sums_load(&l->counters->sums, name + 1, n) ? HELIO_OK :
		    store_fail(err, HELIO_E_NO_MEMORY);
	t = schema_table(l->schema, name);
	if (t != NULL)
		of(l->counters, t)->rows = n;
	return HELIO_OK;
}

/*
 * What is marked dirty stays so: numbers given by a batch that failed have
 * to be stored by the next one.
 */
enum helio_rc
counters_load(struct tx *tx, struct counters *c, struct helio_err *err)
{
	struct load l = { c, tx->store->schema };
	struct query q = query_all(own_table(tx->store, OWN_SEQUENCE));
	enum helio_rc rc;

	rc = tx_each(tx, &q, load_sequence, &l, err);
	if (rc != HELIO_OK)
		return rc;
	for (size_t i = 0; i < c->n_tables; i++) {
		c->table[i].rows = 0;
		c->table[i].rows_dirty = false;
	}
	sums_forget(&c->sums);
	q = query_all(own_table(tx->store, OWN_COUNT));
	rc = tx_each(tx, &q, load_count, &l, err);
	if (rc == HELIO_OK)
		c->stale = false;
	return rc;
}

static enum helio_rc
store_one(struct tx *tx, const char *table, const char *name, int64_t value,
    struct helio_err *err)
{
	const struct schema_table *t = own_table(tx->store, table);
	struct row *row = row_new(tx->arena, t);

	row_set_text(row, "name", name);
	row->v[1] = value_int(value);
	row->set |= 2;
	sql_reset(&tx->sql);
	sql_upsert(&tx->sql, row, NULL);
	return tx->store->driver->run(tx->db, &tx->sql, NULL, err);
}

static enum helio_rc
flush_table(struct tx *tx, struct table_counter *c, const char *name,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	if (c->id_dirty)
		rc = store_one(tx, OWN_SEQUENCE, name, c->last_id, err);
	if (rc == HELIO_OK && c->rows_dirty)
		rc = store_one(tx, OWN_COUNT, name, c->rows, err);
	if (rc == HELIO_OK)
		c->id_dirty = c->rows_dirty = false;
	return rc;
}

static enum helio_rc
flush_named(struct tx *tx, struct named_counter *n, struct helio_err *err)
{
	enum helio_rc rc;

	if (!n->dirty)
		return HELIO_OK;
	rc = store_one(tx, OWN_SEQUENCE, arena_printf(tx->arena, "%c%s",
	    NAMED_MARK, n->name), n->last_id, err);
	n->dirty = rc != HELIO_OK;
	return rc;
}

static enum helio_rc
flush_sum(struct tx *tx, struct named_sum *sum, struct helio_err *err)
{
	enum helio_rc rc;

	if (!sum->dirty)
		return HELIO_OK;
	rc = store_one(tx, OWN_COUNT, sums_key(tx->arena, sum->name),
	    sum->kept.i, err);
	sum->dirty = rc != HELIO_OK;
	return rc;
}

enum helio_rc
counters_flush(struct tx *tx, struct counters *c, struct helio_err *err)
{
	const struct schema_table *t = tx->store->schema->tables;
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < c->n_tables && rc == HELIO_OK; i++)
		if (c->table[i].id_dirty || c->table[i].rows_dirty)
			rc = flush_table(tx, &c->table[i], t[i].name, err);
	for (size_t i = 0; i < c->n_named && rc == HELIO_OK; i++)
		rc = flush_named(tx, &c->named[i], err);
	for (size_t i = 0; i < c->sums.n && rc == HELIO_OK; i++)
		rc = flush_sum(tx, &c->sums.sum[i], err);
	return rc;
}
