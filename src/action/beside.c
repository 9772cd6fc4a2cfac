/* Products of a page and what stands beside them. */
#include "action/beside.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 500 };	/* in one query */

/* ---- ordered rows ---- */

static void
add_row(struct arena *a, struct rows *rows, const struct row *row)
{
	struct row **more;

	if (rows->n == rows->cap) {
		rows->cap = rows->cap == 0 ? PAGE_SIZE_MAX : rows->cap * 2;
		more = arena_alloc(a, rows->cap * sizeof(*more));
		if (rows->n > 0)
			memcpy(more, rows->row, rows->n * sizeof(*more));
		rows->row = more;
	}
	rows->row[rows->n++] = row_copy(a, row);
}

/* As the store orders keys: numbers, or texts by their bytes. */
static int
key_order(struct value a, struct value b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int diff;

	if (a.type != VALUE_TEXT || b.type != VALUE_TEXT)
		return (a.i > b.i) - (a.i < b.i);
	diff = memcmp(a.s, b.s, n);
	return diff != 0 ? diff : (a.n > b.n) - (a.n < b.n);
}

static struct value
key_at(const struct rows *rows, size_t i)
{
	return rows->row[i]->v[rows->by->index];
}

struct row **
rows_with(const struct rows *rows, struct value key, size_t *ret_n)
{
	size_t low = 0, high = rows->n, mid;

	*ret_n = 0;
	if (key.type == VALUE_NULL)
		return rows->row;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (key_order(key_at(rows, mid), key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; high < rows->n && key_order(key_at(rows, high), key) == 0;
	    high++)
		++*ret_n;
	return rows->n > 0 ? rows->row + low : NULL;
}

const struct row *
rows_one(const struct rows *rows, struct value key)
{
	size_t n;
	struct row **found = rows_with(rows, key, &n);

	return n > 0 ? found[0] : NULL;
}

/* ---- reading ---- */

struct reading {
	struct arena	*arena;
	struct rows	*rows;
};

static enum helio_rc
keep_row(const struct row *row, void *arg, struct helio_err *err)
{
	struct reading *r = arg;

	add_row(r->arena, r->rows, row);
	return HELIO_OK;
}

static int
by_key(const void *a, const void *b)
{
	return key_order(*(const struct value *)a, *(const struct value *)b);
}

/* The different values of a field in order, nulls left out. */
static struct value *
distinct(struct arena *a, const struct rows *from, const char *field,
    size_t *ret_n)
{
	struct value *key = arena_alloc(a, (from->n + 1) * sizeof(*key));
	size_t n = 0, kept = 0, i;

	for (i = 0; i < from->n; i++) {
		key[n] = row_get(from->row[i], field);
		n += key[n].type != VALUE_NULL;
	}
	qsort(key, n, sizeof(*key), by_key);
	for (i = 0; i < n; i++)
		if (i == 0 || key_order(key[i], key[kept - 1]) != 0)
			key[kept++] = key[i];
	*ret_n = kept;
	return key;
}

/* Which rows of the table count, besides their key. */
static const struct cond *
restriction(struct tx *tx, const struct beside *b)
{
	const struct schema_table *table = tx_table(tx, b->table);
	const struct schema_relation *type;
	struct arena *a = tx_arena(tx);
	const struct cond *part[2];

	if (b->null != NULL)
		return cond_is_null(a, table, b->null);
	if (b->parameter == NULL)
		return cond_true();
	type = schema_relation(table, "parameter_type");
	part[0] = cond_eq(a, table, "status", value_text("active"));
	part[1] = cond_related(a, type, cond_eq(a, type->target, "name",
	    value_text(b->parameter)));
	return cond_all(a, part, 2);
}

static enum helio_rc
read_beside(struct tx *tx, const struct beside *b, const struct rows *from,
    struct rows *ret, struct helio_err *err)
{
	struct arena *a = tx_arena(tx);
	struct query query = query_all(tx_table(tx, b->table));
	struct reading reading = { a, ret };
	enum helio_rc rc = HELIO_OK;
	const struct cond *part[2] = { NULL, restriction(tx, b) };
	struct value *key;
	size_t n, i;

	ret->by = schema_field(query.table, b->field);
	query.order = &(struct order){ .field = ret->by };
	query.n_order = 1;
	key = distinct(a, from, b->key, &n);
	for (i = 0; i < n && rc == HELIO_OK; i += KEYS_MAX) {
		part[0] = cond_in(a, ret->by, key + i,
		    n - i < KEYS_MAX ? n - i : KEYS_MAX);
		query.where = cond_all(a, part, 2);
		rc = tx_each(tx, &query, keep_row, &reading, err);
	}
	return rc;
}

enum helio_rc
product_page_read(struct tx *tx, const struct query *query,
    const struct beside *list, size_t n, struct product_page *ret,
    struct helio_err *err)
{
	struct reading reading = { tx_arena(tx), &ret->products };
	enum helio_rc rc;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->products.by = query->table->key;
	rc = tx_each(tx, query, keep_row, &reading, err);
	for (i = 0; i < n && rc == HELIO_OK; i++)
		rc = read_beside(tx, &list[i], list[i].from == BESIDE_PRODUCTS ?
		    &ret->products : &ret->beside[list[i].from],
		    &ret->beside[i], err);
	return rc;
}
