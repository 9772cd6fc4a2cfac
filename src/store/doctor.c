/* Whether what is stored agrees with itself; see store_doctor(). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/times.h"
#include "store/inner.h"

struct doctor {
	struct store	*store;
	struct tx	*tx;
	void		(*found)(void *, const struct store_finding *);
	void		*arg;
	unsigned	 bad;
};

static void __attribute__((format(printf, 3, 4)))
tell(struct doctor *d, bool ok, const char *fmt, ...)
{
	struct store_finding finding = { .ok = ok };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(finding.text, sizeof(finding.text), fmt, ap);
	va_end(ap);
	d->bad += !ok;
	d->found(d->arg, &finding);
}

/* ---- the files ---- */

struct file_check {
	struct doctor	*d;
	unsigned	 n;
};

static void
file_problem(void *arg, const char *text)
{
	struct file_check *c = arg;

	c->n++;
	tell(c->d, false, "%s: %s", c->d->store->driver->place, text);
}

static enum helio_rc
check_file(struct doctor *d, struct helio_err *err)
{
	struct file_check c = { d, 0 };
	enum helio_rc rc = d->store->driver->check(d->tx->db, file_problem, &c,
	    err);

	if (rc == HELIO_OK && c.n == 0)
		tell(d, true, "the %s is sound", d->store->driver->place);
	return rc;
}

static enum helio_rc
check_version(struct doctor *d, struct helio_err *err)
{
	struct row *last;
	enum helio_rc rc = migrate_last(d->tx, &last, err);

	if (rc == HELIO_OK)
		tell(d, row_int(last, "version") ==
		    (int64_t)d->store->schema->version,
		    "the folder has schema version %lld, this program %u",
		    (long long)row_int(last, "version"),
		    d->store->schema->version);
	return rc;
}

/* ---- keys that lead nowhere ---- */

static enum helio_rc
check_reference(struct doctor *d, const struct schema_table *t,
    const struct schema_field *f, unsigned *checked, struct helio_err *err)
{
	struct query q = check_dangling(d->tx, t, f);
	int64_t n = 0;
	enum helio_rc rc = tx_count(d->tx, &q, &n, err);

	if (rc != HELIO_OK)
		return rc;
	++*checked;
	if (n > 0)
		tell(d, f->loose, "%lld rows of %s point at no %s with %s%s",
		    (long long)n, t->name, f->target->name, f->name,
		    f->loose ? ", which is allowed" : "");
	return HELIO_OK;
}

static enum helio_rc
check_references(struct doctor *d, struct helio_err *err)
{
	const struct schema *s = d->store->schema;
	unsigned checked = 0, bad = d->bad;
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < s->n_tables; i++)
		for (size_t j = 0; j < s->tables[i].n_fields; j++)
			if (rc == HELIO_OK &&
			    s->tables[i].fields[j].target != NULL)
				rc = check_reference(d, &s->tables[i],
				    &s->tables[i].fields[j], &checked, err);
	if (rc == HELIO_OK && bad == d->bad)
		tell(d, true, "%u foreign keys lead somewhere", checked);
	return rc;
}

/* ---- counters ---- */

/* A number kept by the engine under a table's name; 0 when there is none. */
static enum helio_rc
kept_number(struct doctor *d, const char *own, const char *name,
    const char *field, int64_t *ret, struct helio_err *err)
{
	struct row *row = NULL;
	enum helio_rc rc = tx_find_key(d->tx, own_table(d->store, own),
	    value_text(name), &row, err);

	if (rc == HELIO_OK)
		*ret = row != NULL ? row_int(row, field) : 0;
	return rc;
}

static enum helio_rc
check_count(struct doctor *d, const struct schema_table *t,
    struct helio_err *err)
{
	struct query q = query_all(t);
	int64_t kept = 0, rows = 0;
	enum helio_rc rc;

	if (t->internal)
		return HELIO_OK;
	rc = kept_number(d, OWN_COUNT, t->name, "row_count", &kept, err);
	if (rc == HELIO_OK)
		rc = tx_count_rows(d->tx, &q, &rows, err);
	if (rc == HELIO_OK && kept != rows)
		tell(d, false, "%s has %lld rows, its counter says %lld",
		    t->name, (long long)rows, (long long)kept);
	return rc;
}

static enum helio_rc
check_sequence(struct doctor *d, const struct schema_table *t,
    struct helio_err *err)
{
	struct order highest = { .field = t->key, .descending = true };
	struct query q = query_all(t);
	struct row *row = NULL;
	int64_t kept = 0;
	enum helio_rc rc;

	if (t->natural_key)
		return HELIO_OK;
	q.order = &highest;
	q.n_order = 1;
	rc = tx_find(d->tx, &q, &row, err);
	if (rc != HELIO_OK || row == NULL)
		return rc;
	rc = kept_number(d, OWN_SEQUENCE, t->name, "last_id", &kept, err);
	if (rc == HELIO_OK && row_key(row).i > kept)
		tell(d, false, "%s has key %lld, beyond the last number given, "
		    "%lld", t->name, (long long)row_key(row).i,
		    (long long)kept);
	return rc;
}

static enum helio_rc
check_counters(struct doctor *d, struct helio_err *err)
{
	const struct schema *s = d->store->schema;
	unsigned bad = d->bad;
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < s->n_tables && rc == HELIO_OK; i++) {
		rc = check_count(d, &s->tables[i], err);
		if (rc == HELIO_OK)
			rc = check_sequence(d, &s->tables[i], err);
	}
	if (rc == HELIO_OK && bad == d->bad)
		tell(d, true, "%zu tables are counted and numbered right",
		    s->n_tables);
	return rc;
}

/* ---- products ---- */

/* A latest_* column of the product, and the column of the row it leads to
 * that says whose it is. */
struct latest {
	struct doctor	*d;
	const struct schema_field *from, *whose;
	int64_t		 bad;
};

static enum helio_rc
latest_row(const struct row *product, void *arg, struct helio_err *err)
{
	struct latest *l = arg;
	struct tx *tx = l->d->tx;
	struct row *row = NULL;
	enum helio_rc rc = tx_find_key(tx, l->from->target,
	    product->v[l->from->index], &row, err);

	/* One that is not there is a finding already. */
	if (rc == HELIO_OK && row != NULL)
		l->bad += !value_equal(row->v[l->whose->index],
		    row_key(product));
	return rc;
}

static enum helio_rc
check_latest_field(struct doctor *d, const struct schema_table *product,
    const struct schema_field *f, struct helio_err *err)
{
	struct latest l = { d, f, NULL, 0 };
	struct query q = query_all(product);
	enum helio_rc rc;

	if (f->target == NULL || strncmp(f->name, "latest_", 7) != 0)
		return HELIO_OK;
	l.whose = schema_field(f->target, product->key->name);
	if (l.whose == NULL)
		return HELIO_OK;
	q.where = cond_not(d->tx->arena, cond_null(d->tx->arena, f));
	rc = tx_each(d->tx, &q, latest_row, &l, err);
	if (rc == HELIO_OK && l.bad > 0)
		tell(d, false, "%s of %lld products leads to a row of another "
		    "product", f->name, (long long)l.bad);
	return rc;
}

static enum helio_rc
check_latest(struct doctor *d, struct helio_err *err)
{
	const struct schema_table *t = schema_table(d->store->schema,
	    "product");
	unsigned bad = d->bad;
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; t != NULL && i < t->n_fields && rc == HELIO_OK; i++)
		rc = check_latest_field(d, t, &t->fields[i], err);
	if (rc == HELIO_OK && t != NULL && bad == d->bad)
		tell(d, true, "the latest_ columns lead to the product's own "
		    "rows");
	return rc;
}

static enum helio_rc
check_owners(struct doctor *d, struct helio_err *err)
{
	const struct schema_table *t = schema_table(d->store->schema,
	    "product");
	const struct schema_relation *r = t == NULL ? NULL :
	    schema_relation(t, "product_entity_linker");
	struct arena *arena = d->tx->arena;
	struct query q;
	int64_t n = 0;
	enum helio_rc rc;

	if (r == NULL || schema_field(r->target, "date_removed") == NULL)
		return HELIO_OK;
	q = query_all(t);
	q.where = cond_not(arena, cond_related(arena, r,
	    cond_is_null(arena, r->target, "date_removed")));
	rc = tx_count(d->tx, &q, &n, err);
	if (rc == HELIO_OK && n > 0)
		tell(d, false, "%lld products belong to no entity",
		    (long long)n);
	else if (rc == HELIO_OK)
		tell(d, true, "every product belongs to an entity");
	return rc;
}

/* ---- outbox ---- */

static enum helio_rc
check_outbox(struct doctor *d, struct helio_err *err)
{
	const struct schema_table *t = schema_table(d->store->schema, "outbox");
	const struct schema_field *lease = t == NULL ? NULL :
	    schema_field(t, "lease_until");
	struct query q;
	int64_t n = 0;
	enum helio_rc rc;

	if (lease == NULL)
		return HELIO_OK;
	q = query_all(t);
	q.where = cond_compare(d->tx->arena, lease, OP_LT,
	    value_int(d->tx->now_us - US_PER_DAY));
	rc = tx_count(d->tx, &q, &n, err);
	if (rc == HELIO_OK)
		tell(d, n == 0, "%lld events are held by a lease that ended "
		    "more than a day ago", (long long)n);
	return rc;
}

static enum helio_rc (*const checks[])(struct doctor *, struct helio_err *) = {
	check_file, check_version, check_references, check_counters,
	check_latest, check_owners, check_outbox,
};

enum helio_rc
store_doctor(struct store *st,
    void (*found)(void *, const struct store_finding *), void *arg,
    unsigned *ret_bad, struct helio_err *err)
{
	struct doctor d = { .store = st, .found = found, .arg = arg };
	enum helio_rc rc = store_read(st, &CALLER_SYSTEM, &d.tx, err);

	if (rc != HELIO_OK)
		return rc;
	st->driver->limit_ms(d.tx->db, 0);
	rc = st->driver->bulk(d.tx->db, true, err);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (rc == HELIO_OK)
			rc = checks[i](&d, err);
	if (rc == HELIO_OK)
		rc = st->driver->bulk(d.tx->db, false, err);
	store_read_end(d.tx);
	if (rc == HELIO_OK)
		*ret_bad = d.bad;
	return rc;
}
