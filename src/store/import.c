/*
 * JSON lines into the store, all or nothing: rows are written as they come,
 * foreign keys looked at when all are there.  The bulk way past tx_insert():
 * keys, times and authors are those of the lines, nothing is told to the
 * change hook.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/inner.h"
#include "store/line.h"

enum {
	PROGRESS_LINES = 4096,
	DANGLING_MAX = 20,	/* rows named when keys lead nowhere */
	MANY_ROWS = 10000,	/* so many: make indexes anew at the end */
	TOGETHER_MAX = 64,	/* rows in one statement */
};

/* A row that waits for others of its table. */
struct waiting {
	struct row	*row;		/* as given */
	unsigned long	 line_no;
};

/* What the lines did to one table. */
struct import_table {
	bool		 touched;
	bool		 was_empty;
	bool		 bare;		/* only unique indexes are left */
	int64_t		 rows;
	int64_t		 last_id;	/* the highest key so far */
	int64_t		 numbered_from, numbered_to;	/* by us; 0: none */
	struct arena	*arena;		/* of those that wait, or NULL */
	struct waiting	 waiting[TOGETHER_MAX];
	size_t		 n_waiting;
};

/* A row whose foreign key leads nowhere, and the line it came from. */
struct dangling {
	const struct schema_table *table;
	const struct schema_field *field;
	struct value	 key;
	unsigned long	 line;		/* 0: not found yet */
};

struct import {
	struct store_import *in;
	struct tx	*tx;
	struct arena	*arena;		/* of the line under way */
	const struct schema *schemas[2];
	struct import_table *table;	/* by table number */
	struct dangling	 dangling[DANGLING_MAX];
	size_t		 n_dangling;
	const struct schema_field *field;	/* being looked at */
	unsigned long	 line_no;
};

/* Put the place before what went wrong. */
static enum helio_rc
at_line(const struct import *im, const struct row *row, enum helio_rc rc,
    struct helio_err *err)
{
	char why[sizeof(err->message)];

	if (err->n_faults > 0)
		(void)snprintf(why, sizeof(why), "%s %s", err->fault[0].field,
		    err->fault[0].text);
	else
		(void)snprintf(why, sizeof(why), "%s", err_message(err));
	return err_set(err, rc, "line %lu%s%s: %.150s", im->line_no,
	    row != NULL ? ", " : "", row != NULL ? row->table->name : "", why);
}

/* ---- one row ---- */

static void
fill(struct row *row, const struct schema_field *f, struct value v)
{
	if (row_has(row, f))
		return;
	row->v[f->index] = v;
	row->set |= UINT64_C(1) << f->index;
}

/* What a new row lacks; the system has made it now, unless it says. */
static struct row *
as_new(const struct import *im, const struct row *given)
{
	const struct schema_table *t = given->table;
	struct row *row = row_new(im->arena, t);
	struct value v;

	row->set = given->set;
	memcpy(row->v, given->v, t->n_fields * sizeof(*row->v));
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];

		v = f->has_default ? f->fallback : value_null();
		if (f->meta && strcmp(f->name, "created_at") == 0)
			v = value_int(im->tx->now_us);
		else if (f->meta && strcmp(f->name, "created_by") == 0)
			v = value_text(im->tx->caller.username);
		fill(row, f, v);
	}
	return row;
}

/* A row that is there: what is given, and that it was changed now. */
static struct row *
as_change(const struct import *im, struct row *row)
{
	const struct schema_table *t = row->table;

	for (size_t i = 0; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];

		if (f->meta && strcmp(f->name, "modified_at") == 0)
			fill(row, f, value_int(im->tx->now_us));
		else if (f->meta && strcmp(f->name, "modified_by") == 0)
			fill(row, f, value_text(im->tx->caller.username));
	}
	row->set &= ~(UINT64_C(1) << t->key->index);
	return row;
}

/* The first row with this key, or what is wrong with it. */
static enum helio_rc
import_new(struct import *im, const struct row *given, struct helio_err *err)
{
	struct tx *tx = im->tx;
	struct row *row = as_new(im, given);
	enum helio_rc rc = check_required(row, err);
	int64_t taken = 0;

	if (rc != HELIO_OK)
		return rc;
	sql_reset(&tx->sql);
	sql_insert_new(&tx->sql, &row, 1);
	rc = tx_run(tx, &taken, err);
	return rc == HELIO_OK && taken == 0 ?
	    store_fail(err, HELIO_E_CONSTRAINT) : rc;
}

/* Nothing differs: an update would only cost (in PostgreSQL, the more the
 * more often a row has been written). */
static bool
is_same(const struct row *stored, const struct row *changes)
{
	for (size_t i = 0; i < stored->table->n_fields; i++)
		if ((changes->set >> i & 1) != 0 &&
		    !value_equal(stored->v[i], changes->v[i]))
			return false;
	return true;
}

static enum helio_rc
import_change(struct import *im, const struct row *stored, struct row *row,
    struct helio_err *err)
{
	struct tx *tx = im->tx;
	struct value key = row_key(row);
	enum helio_rc rc = check_required(row, err);

	if (rc != HELIO_OK || is_same(stored, as_change(im, row)))
		return rc;
	sql_reset(&tx->sql);
	sql_update(&tx->sql, row, key);
	rc = tx_run(tx, NULL, err);
	if (rc != HELIO_E_CONSTRAINT)
		return rc;
	err_clear(err);
	rc = check_unique(tx, row, key, err);
	return rc != HELIO_OK ? rc : store_fail(err, HELIO_E_CONSTRAINT);
}

/*
 * Most rows of most imports are new: insert, and look closer only when that
 * is refused or something is missing.
 */
static enum helio_rc
import_row(struct import *im, struct row *row, struct helio_err *err)
{
	enum helio_rc rc = import_new(im, row, err), why;
	struct row *stored = NULL;

	if (rc != HELIO_E_CONSTRAINT && rc != HELIO_E_INVALID)
		return rc;
	why = tx_find_key(im->tx, row->table, row_key(row), &stored, err);
	if (why != HELIO_OK)
		return why;
	if (stored != NULL) {
		err_clear(err);
		return import_change(im, stored, row, err);
	}
	if (rc == HELIO_E_INVALID)
		return rc;
	err_clear(err);
	why = check_unique(im->tx, row, value_null(), err);
	return why != HELIO_OK ? why : store_fail(err, HELIO_E_CONSTRAINT);
}

/* ---- many rows ---- */

/*
 * All that wait in one statement: a message to another process and back costs
 * many times what a row does.  Unless all are new nothing is kept of it, and
 * *ret_kept is false.
 */
static enum helio_rc
insert_together(struct import *im, const struct import_table *it,
    bool *ret_kept, struct helio_err *err)
{
	const struct driver *d = im->tx->store->driver;
	struct row *rows[TOGETHER_MAX];
	struct tx *tx = im->tx;
	enum helio_rc rc = tx_mark(tx, err);
	int64_t taken = 0;

	for (size_t i = 0; i < it->n_waiting; i++)
		rows[i] = as_new(im, it->waiting[i].row);
	sql_reset(&tx->sql);
	sql_insert_new(&tx->sql, rows, it->n_waiting);
	if (rc == HELIO_OK)
		rc = d->mark(tx->db, err);
	if (rc == HELIO_OK)
		rc = tx_run(tx, &taken, err);
	if (tx->broken != HELIO_OK || !d->alive(tx->db))
		return rc;
	*ret_kept = rc == HELIO_OK && taken == (int64_t)it->n_waiting;
	err_clear(err);
	return *ret_kept ? d->release(tx->db, err) : d->undo(tx->db, err);
}

static enum helio_rc
import_at(struct import *im, struct row *row, unsigned long line_no,
    struct helio_err *err)
{
	enum helio_rc rc = import_row(im, row, err);

	if (rc == HELIO_OK)
		return rc;
	im->line_no = line_no;
	return at_line(im, row, rc, err);
}

/* Those of one table, in their order: together when they are as many as a
 * statement that is kept prepared has, else one by one. */
static enum helio_rc
import_waiting(struct import *im, struct import_table *it, size_t most,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	bool kept = false;

	if (it->n_waiting > 1 && it->n_waiting == most)
		rc = insert_together(im, it, &kept, err);
	for (size_t i = 0; i < it->n_waiting && rc == HELIO_OK && !kept; i++)
		rc = import_at(im, it->waiting[i].row,
		    it->waiting[i].line_no, err);
	it->n_waiting = 0;
	if (it->arena != NULL)
		arena_reset(it->arena);
	return rc;
}

static enum helio_rc
import_all_waiting(struct import *im, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < im->schemas[0]->n_tables && rc == HELIO_OK; i++)
		rc = import_waiting(im, &im->table[i], 0, err);
	return rc;
}

/* Rows of one table keep their order; those of others do not matter, as
 * foreign keys are looked at in the end. */
static enum helio_rc
import_soon(struct import *im, struct row *row, struct helio_err *err)
{
	struct import_table *it = &im->table[row->table->number];
	size_t most = SQL_ARGS_MAX / row->table->n_fields;
	struct helio_err ignored;
	enum helio_rc rc;

	if (most > TOGETHER_MAX)
		most = TOGETHER_MAX;
	if (it->arena == NULL)
		it->arena = arena_new();
	if (it->arena == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	err_clear(&ignored);
	if (check_required(as_new(im, row), &ignored) != HELIO_OK) {
		/* it may say what changes of a row that is there */
		rc = import_waiting(im, it, most, err);
		return rc == HELIO_OK ?
		    import_at(im, row, im->line_no, err) : rc;
	}
	it->waiting[it->n_waiting++] = (struct waiting){
		row_copy(it->arena, row), im->line_no };
	return it->n_waiting < most ? HELIO_OK :
	    import_waiting(im, it, most, err);
}

static bool
is_sequence(const struct import *im, const struct row *row)
{
	return row->table == own_table(im->tx->store, OWN_SEQUENCE);
}

static enum helio_rc
import_sequence(struct import *im, const struct row *row,
    struct helio_err *err)
{
	return counters_imported(&im->tx->store->writer.counters,
	    im->tx->store->schema, row, err);
}

/* Drop or make all indexes of a table that are there for speed only. */
static enum helio_rc
change_indexes(struct tx *tx, const struct schema_table *t,
    void (*change)(struct sql *, const struct schema_table *,
    const struct schema_index *), struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < t->n_indexes && rc == HELIO_OK; i++) {
		if (t->indexes[i].unique)
			continue;
		sql_reset(&tx->sql);
		change(&tx->sql, t, &t->indexes[i]);
		rc = tx_run(tx, NULL, err);
	}
	return rc;
}

/*
 * Before the first row of a table, and when it has become a large import
 * into an empty table: filling an index row by row costs many times what
 * making it at the end does.
 */
static enum helio_rc
prepare_table(struct import *im, const struct schema_table *t,
    struct helio_err *err)
{
	struct import_table *it = &im->table[t->number];
	struct query q = query_all(t);
	bool any = false;
	enum helio_rc rc = HELIO_OK;

	if (!it->touched) {
		rc = tx_has(im->tx, &q, &any, err);
		it->was_empty = !any;
		it->touched = true;
		tx_touch(im->tx, t, 0);
	} else if (it->rows == MANY_ROWS && it->was_empty &&
	    im->tx->store->driver->makes_indexes) {
		it->bare = true;
		rc = change_indexes(im->tx, t, sql_drop_index, err);
	}
	it->rows++;
	return rc;
}

/*
 * Number a row that has no key, beyond all that were given or seen; a later
 * line must not name such a number as its own.
 */
static enum helio_rc
settle_key(struct import *im, struct row *row, struct helio_err *err)
{
	const struct schema_table *t = row->table;
	struct import_table *it = &im->table[t->number];
	int64_t last = counters_last(&im->tx->store->writer.counters, t);
	struct value key = row_key(row);

	if (t->natural_key)
		return HELIO_OK;
	if (key.type == VALUE_NULL) {
		last = last > it->last_id ? last : it->last_id;
		key = value_int(last + 1);
		row->set &= ~(UINT64_C(1) << t->key->index);
		fill(row, t->key, key);
		it->numbered_to = key.i;
		if (it->numbered_from == 0)
			it->numbered_from = key.i;
	} else if (it->numbered_from != 0 && key.i >= it->numbered_from &&
	    key.i <= it->numbered_to) {
		return err_field(err, t->key->name, "is the number of a row "
		    "without key above; put rows with keys first");
	}
	if (key.i > it->last_id)
		it->last_id = key.i;
	return HELIO_OK;
}

static enum helio_rc
import_one(struct import *im, struct row *row, struct helio_err *err)
{
	enum helio_rc rc = prepare_table(im, row->table, err);

	if (rc == HELIO_OK)
		rc = settle_key(im, row, err);
	if (rc != HELIO_OK)
		return at_line(im, row, rc, err);
	im->in->rows++;
	return im->tx->store->driver->waits ? import_soon(im, row, err) :
	    import_at(im, row, im->line_no, err);
}

static enum helio_rc
import_line(struct import *im, const char *line, size_t n,
    struct helio_err *err)
{
	struct row *row = NULL;
	enum helio_rc rc;

	rc = line_read(im->schemas, line, n, im->arena, &row, err);
	if (rc != HELIO_OK)
		return at_line(im, NULL, rc, err);
	if (!is_sequence(im, row))
		return import_one(im, row, err);
	rc = import_sequence(im, row, err);
	return rc == HELIO_OK ? rc : at_line(im, row, rc, err);
}

/* ---- all lines ---- */

static bool
is_blank(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (memchr(" \t\r\n", s[i], 4) == NULL)
			return false;
	return true;
}

/* Every line that says something, to `each`. */
static enum helio_rc
all_lines(struct import *im, enum helio_rc (*each)(struct import *,
    const char *, size_t, struct helio_err *), struct helio_err *err)
{
	struct store_import *in = im->in;
	enum helio_rc rc = HELIO_OK;
	unsigned long lines = 0;
	const char *line;
	size_t n;

	while (rc == HELIO_OK && in->line(in->arg, &line, &n, &im->line_no)) {
		arena_reset(im->arena);
		if (!is_blank(line, n))
			rc = each(im, line, n, err);
		if (++lines % PROGRESS_LINES == 0 && in->progress != NULL)
			in->progress(in->arg, lines);
	}
	if (rc == HELIO_OK && in->failed != HELIO_OK)
		rc = store_fail(err, in->failed);
	return rc;
}

/* ---- foreign keys, at the end ---- */

static enum helio_rc
dangling_add(const struct row *row, void *arg, struct helio_err *err)
{
	struct import *im = arg;
	struct dangling *d = &im->dangling[im->n_dangling];

	(void)err;
	if (im->n_dangling == DANGLING_MAX)
		return HELIO_OK;
	im->n_dangling++;
	*d = (struct dangling){ .table = row->table, .field = im->field,
	    .key = row_key(row_copy(im->tx->arena, row)) };
	return HELIO_OK;
}

static enum helio_rc
find_dangling(struct import *im, const struct schema_table *t,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	struct query q;

	for (size_t i = 0; i < t->n_fields && rc == HELIO_OK; i++) {
		im->field = &t->fields[i];
		if (im->field->target == NULL || im->field->loose)
			continue;
		q = check_dangling(im->tx, t, im->field);
		q.limit = DANGLING_MAX;
		rc = tx_each(im->tx, &q, dangling_add, im, err);
	}
	return rc;
}

/* Which line gave this row its key last? */
static enum helio_rc
match_line(struct import *im, const char *line, size_t n,
    struct helio_err *err)
{
	struct row *row = NULL;
	enum helio_rc rc;

	rc = line_read(im->schemas, line, n, im->arena, &row, err);
	if (rc == HELIO_OK && !is_sequence(im, row))
		rc = settle_key(im, row, err);
	for (size_t i = 0; rc == HELIO_OK && i < im->n_dangling; i++)
		if (im->dangling[i].table == row->table &&
		    row_has(row, im->dangling[i].field) &&
		    value_equal(im->dangling[i].key, row_key(row)))
			im->dangling[i].line = im->line_no;
	return rc;
}

static enum helio_rc
refuse_dangling(struct import *im, struct helio_err *err)
{
	char where[sizeof(err->fault[0].field)];
	const struct dangling *d;
	enum helio_rc rc = HELIO_OK;

	if (im->n_dangling == 0)
		return HELIO_OK;
	/* Numbered again from the start, the lines get the same keys. */
	for (size_t i = 0; i < im->schemas[0]->n_tables; i++)
		im->table[i] = (struct import_table){
			.arena = im->table[i].arena };
	if (im->in->rewind != NULL && im->in->rewind(im->in->arg))
		rc = all_lines(im, match_line, err);
	if (rc != HELIO_OK)
		return rc;
	d = &im->dangling[0];
	rc = err_set(err, HELIO_E_INVALID, "line %lu, %s: %s leads to no %s%s",
	    d->line, d->table->name, d->field->name, d->field->target->name,
	    im->n_dangling > 1 ? " (there are more)" : "");
	for (size_t i = 0; i < im->n_dangling; i++) {
		d = &im->dangling[i];
		(void)snprintf(where, sizeof(where), "line %lu", d->line);
		(void)err_field(err, where, "%s.%s: there is no such %s",
		    d->table->name, d->field->name, d->field->target->name);
	}
	return rc;
}

static enum helio_rc
check_all_keys(struct import *im, struct helio_err *err)
{
	const struct schema *s = im->schemas[0];
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < s->n_tables && rc == HELIO_OK; i++)
		if (im->table[i].touched)
			rc = find_dangling(im, &s->tables[i], err);
	return rc == HELIO_OK ? refuse_dangling(im, err) : rc;
}

/* ---- counters, at the end ---- */

static enum helio_rc
set_counters(struct import *im, struct helio_err *err)
{
	struct counters *c = &im->tx->store->writer.counters;
	const struct schema *s = im->schemas[0];
	enum helio_rc rc = HELIO_OK;
	int64_t rows;

	for (size_t i = 0; i < s->n_tables && rc == HELIO_OK; i++) {
		const struct schema_table *t = &s->tables[i];
		struct query q = query_all(t);

		if (!im->table[i].touched)
			continue;
		counters_seen(c, t, im->table[i].last_id);
		if (t->internal)
			continue;
		rc = tx_count_rows(im->tx, &q, &rows, err);
		if (rc == HELIO_OK)
			counters_add(c, t, rows - counters_rows(c, t));
	}
	return rc;
}

static enum helio_rc
restore_indexes(struct import *im, struct helio_err *err)
{
	const struct schema *s = im->schemas[0];
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < s->n_tables && rc == HELIO_OK; i++)
		if (im->table[i].bare)
			rc = change_indexes(im->tx, &s->tables[i],
			    sql_create_index, err);
	return rc;
}

static enum helio_rc
import_run(struct tx *tx, void *arg, struct helio_err *err)
{
	struct store *st = tx->store;
	struct import im = { .in = arg, .tx = tx,
	    .schemas = { st->schema, st->own } };
	struct arena *kept = tx->arena;
	enum helio_rc rc = HELIO_E_NO_MEMORY;

	im.arena = arena_new();
	im.table = calloc(st->schema->n_tables + 1, sizeof(*im.table));
	if (im.arena == NULL || im.table == NULL) {
		(void)store_fail(err, rc);
		goto out;
	}
	/* What one line needs must not add up over a million. */
	tx->arena = im.arena;
	rc = all_lines(&im, import_line, err);
	if (rc == HELIO_OK)
		rc = import_all_waiting(&im, err);
	tx->arena = kept;
	if (rc == HELIO_OK)
		rc = restore_indexes(&im, err);
	if (rc == HELIO_OK)
		rc = check_all_keys(&im, err);
	if (rc == HELIO_OK)
		rc = set_counters(&im, err);
out:
	for (size_t i = 0; im.table != NULL && i < st->schema->n_tables; i++)
		arena_free(im.table[i].arena);
	free(im.table);
	arena_free(im.arena);
	return rc;
}

enum helio_rc
store_import(struct store *st, struct store_import *in, struct helio_err *err)
{
	in->rows = 0;
	in->failed = HELIO_OK;
	return writer_alone(st, &CALLER_SYSTEM, import_run, in, err);
}
