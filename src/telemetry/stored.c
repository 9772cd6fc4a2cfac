/* See stored.h. */
#include "telemetry/stored.h"

#include "telemetry/chunk.h"
#include "telemetry/room.h"

static const struct schema_table *
chunks(struct tx *tx)
{
	return tx_table(tx, "telemetry_chunk");
}

struct stored
stored_of(const struct row *row)
{
	struct value data = row_get(row, "data");
	struct stored stored = {
		.id = row_key(row).i, .series = row_int(row, "series"),
		.t0 = row_int(row, "t0"), .t1 = row_int(row, "t1"),
		.n = (size_t)row_int(row, "n"),
		.data = data.s, .n_data = data.n,
	};

	stored.sealed = chunk_is_sealed(data.s, data.n);
	return stored;
}

struct walking {
	const struct stored_walk *walk;
	bool		 enough;
};

static enum helio_rc
walk_row(const struct row *row, void *arg, struct helio_err *err)
{
	struct walking *w = arg;
	struct stored stored = stored_of(row);

	(void)err;
	w->walk->each(&stored, w->walk->arg, &w->enough);
	/* any code ends the walk; run() knows why */
	return w->enough ? HELIO_E_CONFLICT : HELIO_OK;
}

/* Internal tables are nobody's, so scope is left out. */
static enum helio_rc
run(struct tx *tx, const struct query *find, const struct stored_walk *walk,
    struct helio_err *err)
{
	struct walking w = { walk, false };
	enum helio_rc rc;

	tx_unscoped(tx);
	rc = tx_each(tx, find, walk_row, &w, err);
	tx_scoped(tx);
	return w.enough ? HELIO_OK : rc;
}

enum helio_rc
stored_range(struct tx *tx, int64_t series, int64_t first, int64_t last,
    bool descending, int64_t limit, const struct stored_walk *walk,
    struct helio_err *err)
{
	const struct schema_table *table = chunks(tx);
	const struct schema_field *t0 = schema_field(table, "t0");
	struct order order = { .field = t0, .descending = descending };
	struct query find = query_all(table);
	struct arena *arena = tx_arena(tx);
	const struct cond *parts[3];
	size_t n = 0;

	parts[n++] = cond_eq(arena, table, "series", value_int(series));
	if (first != INT64_MIN)
		parts[n++] = cond_compare(arena, t0, OP_GE, value_int(first));
	if (last != INT64_MAX)
		parts[n++] = cond_compare(arena, t0, OP_LE, value_int(last));
	find.where = cond_all(arena, parts, n);
	find.order = &order;
	find.n_order = 1;
	find.limit = limit;
	return run(tx, &find, walk, err);
}

enum helio_rc
stored_before(struct tx *tx, int64_t series, int64_t t0,
    const struct stored_walk *walk, struct helio_err *err)
{
	return stored_range(tx, series, INT64_MIN, t0, true, -1, walk, err);
}

struct keeping {
	struct arena	*arena;
	bool		*found;
	struct stored	*ret;
};

static void
keep_first(const struct stored *stored, void *arg, bool *enough)
{
	struct keeping *k = arg;

	*k->ret = *stored;
	k->ret->data = arena_strndup(k->arena, stored->data, stored->n_data);
	*k->found = *enough = true;
}

enum helio_rc
stored_after(struct tx *tx, struct arena *arena, int64_t series, int64_t t0,
    bool *found, struct stored *ret, struct helio_err *err)
{
	struct keeping k = { arena, found, ret };
	const struct stored_walk walk = { keep_first, &k };

	*found = false;
	if (t0 == INT64_MAX)
		return HELIO_OK;
	return stored_range(tx, series, t0 + 1, INT64_MAX, false, 1, &walk,
	    err);
}

static enum helio_rc
stored_insert(struct tx *tx, const struct stored *stored,
    struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx), chunks(tx));
	enum helio_rc rc;

	row_set_int(row, "series", stored->series);
	row_set_int(row, "t0", stored->t0);
	row_set_int(row, "t1", stored->t1);
	row_set_int(row, "n", (int64_t)stored->n);
	row_set(row, "data", value_blob(stored->data, stored->n_data));
	rc = tx_insert(tx, row, err);
	if (rc == HELIO_OK)
		telemetry_room_add(tx, &(struct telemetry_held){
		    .chunks = 1, .rows = (int64_t)stored->n,
		    .bytes = (int64_t)stored->n_data });
	return rc;
}

enum helio_rc
stored_insert_piece(struct tx *tx, int64_t series, const struct frame *frame,
    const struct telemetry_piece *piece, struct helio_err *err)
{
	return stored_insert(tx, &(struct stored){
		.series = series, .n = piece->n,
		.t0 = frame->at_ns[piece->first],
		.t1 = frame->at_ns[piece->first + piece->n - 1],
		.data = piece->data, .n_data = piece->n_data,
	}, err);
}

enum helio_rc
stored_damaged(const struct stored *stored, struct helio_err *err)
{
	return err_set(err, HELIO_E_IO, "Chunk %lld of the telemetry is "
	    "damaged: see helio doctor", (long long)stored->id);
}

enum helio_rc
stored_delete(struct tx *tx, const struct stored *const *gone, size_t n,
    struct helio_err *err)
{
	const struct schema_table *table = chunks(tx);
	struct query find = query_all(table);
	struct value *keys = arena_alloc(tx_arena(tx), (n + 1) * sizeof(*keys));
	struct telemetry_held held = { .chunks = -(int64_t)n };

	for (size_t i = 0; i < n; i++) {
		keys[i] = value_int(gone[i]->id);
		held.rows -= (int64_t)gone[i]->n;
		held.bytes -= (int64_t)gone[i]->n_data;
	}
	telemetry_room_add(tx, &held);
	find.where = cond_in(tx_arena(tx), table->key, keys, n);
	return tx_delete_where(tx, &find, NULL, err);
}
