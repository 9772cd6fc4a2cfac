/* Deleting samples by time, measurement and unit. */
#include <string.h>

#include "telemetry/catalogue.h"
#include "telemetry/layout.h"
#include "telemetry/room.h"
#include "telemetry/stored.h"

enum { SERIES_MOST = 256 };	/* in one call */

/* One series of it. */
struct deleting {
	struct tx	*tx;
	const struct telemetry_doomed *doomed;
	int64_t		 series;
	struct stored	 edge[2];	/* chunks that reach out of the range */
	size_t		 n_edges;
	int64_t		 *rows;
	struct helio_err *err;
};

/* The chunks of the series that lie in the range. */
static const struct cond *
inside(struct deleting *d, const struct schema_table *table)
{
	const struct telemetry_doomed *doomed = d->doomed;
	struct arena *arena = tx_arena(d->tx);
	const struct cond *parts[3] = {
		cond_eq(arena, table, "series", value_int(d->series)),
		cond_compare(arena, schema_field(table, "t0"), OP_GE,
		    value_int(doomed->first_ns)),
		cond_compare(arena, schema_field(table, "t1"), OP_LE,
		    value_int(doomed->last_ns)),
	};

	return cond_all(arena, parts, 3);
}

static enum helio_rc
delete_inside(struct deleting *d)
{
	const struct schema_table *table = tx_table(d->tx, "telemetry_chunk");
	struct telemetry_held held;
	struct query find = query_all(table);
	enum helio_rc rc;

	find.where = inside(d, table);
	rc = telemetry_count_chunks(d->tx, &find, &held, d->err);
	if (rc != HELIO_OK || held.chunks == 0)
		return rc;
	*d->rows += held.rows;
	telemetry_room_add(d->tx, &(struct telemetry_held){
		.chunks = -held.chunks, .rows = -held.rows,
		.bytes = -held.bytes,
	});
	return tx_delete_where(d->tx, &find, NULL, d->err);
}

/* ---- chunks that lie in the range with a part of theirs ---- */

/* Of those that begin up to a time, the last may reach across it. */
static void
take_edge(const struct stored *stored, void *arg, bool *enough)
{
	const struct telemetry_doomed *doomed =
	    ((struct deleting *)arg)->doomed;
	struct deleting *d = arg;

	*enough = true;
	if (stored->t1 < doomed->first_ns ||
	    (d->n_edges > 0 && d->edge[0].id == stored->id))
		return;
	d->edge[d->n_edges] = *stored;
	d->edge[d->n_edges++].data = arena_strndup(tx_arena(d->tx),
	    stored->data, stored->n_data);
}

static enum helio_rc
find_edges(struct deleting *d)
{
	const struct stored_walk walk = { take_edge, d };
	enum helio_rc rc = stored_before(d->tx, d->series, d->doomed->first_ns,
	    &walk, d->err);

	return rc == HELIO_OK ? stored_before(d->tx, d->series,
	    d->doomed->last_ns, &walk, d->err) : rc;
}

static enum helio_rc
insert_rest(struct deleting *d, const struct frame *rest)
{
	struct chunk_coder *coder = chunk_coder_new();
	struct telemetry_piece *pieces = NULL;
	enum helio_rc rc = HELIO_OK;
	size_t n = 0;

	if (coder != NULL)
		layout_encode(coder, tx_arena(d->tx), rest, &pieces, &n);
	chunk_coder_free(coder);
	if (pieces == NULL)
		return err_set(d->err, HELIO_E_NO_MEMORY, "%s", "");
	for (size_t i = 0; i < n && rc == HELIO_OK; i++)
		rc = stored_insert_piece(d->tx, d->series, rest, &pieces[i],
		    d->err);
	return rc;
}

static enum helio_rc
trim(struct deleting *d, const struct stored *edge)
{
	const struct telemetry_doomed *doomed = d->doomed;
	struct arena *arena = tx_arena(d->tx);
	struct frame whole, rest;
	uint64_t *rows;
	enum helio_rc rc;

	if (!chunk_read(arena, edge->data, edge->n_data, &whole))
		return stored_damaged(edge, d->err);
	rows = arena_alloc(arena, present_words(whole.n) * sizeof(*rows));
	for (size_t i = 0; i < whole.n; i++)
		if (whole.at_ns[i] < doomed->first_ns ||
		    whole.at_ns[i] > doomed->last_ns)
			present_set(rows, i);
	frame_filter(arena, &whole, rows, &rest);
	if (rest.n == whole.n)
		return HELIO_OK;
	*d->rows += (int64_t)(whole.n - rest.n);
	rc = stored_delete(d->tx, &edge, 1, d->err);
	return rc == HELIO_OK && rest.n > 0 ? insert_rest(d, &rest) : rc;
}

/* ---- series ---- */

static void
note_any(const struct stored *stored, void *arg, bool *enough)
{
	(void)stored;
	*(bool *)arg = *enough = true;
}

static enum helio_rc
drop_if_empty(struct deleting *d)
{
	const struct schema_table *table = tx_table(d->tx,
	    "telemetry_series");
	struct query find = query_all(table);
	bool any = false;
	const struct stored_walk walk = { note_any, &any };
	enum helio_rc rc = stored_range(d->tx, d->series, INT64_MIN, INT64_MAX,
	    false, 1, &walk, d->err);

	if (rc != HELIO_OK || any)
		return rc;
	find.where = cond_compare(tx_arena(d->tx), table->key, OP_EQ,
	    value_int(d->series));
	telemetry_room_add(d->tx, &(struct telemetry_held){ .series = -1 });
	return tx_delete_where(d->tx, &find, NULL, d->err);
}

static enum helio_rc
delete_series(struct deleting *d)
{
	enum helio_rc rc = delete_inside(d);

	if (rc == HELIO_OK && !d->doomed->whole)
		rc = find_edges(d);
	for (size_t i = 0; i < d->n_edges && rc == HELIO_OK; i++)
		rc = trim(d, &d->edge[i]);
	return rc == HELIO_OK ? drop_if_empty(d) : rc;
}

enum helio_rc
telemetry_delete(struct tx *tx, const struct telemetry_doomed *doomed,
    unsigned most, int64_t *after, int64_t *ret, struct helio_err *err)
{
	int64_t ids[SERIES_MOST];
	size_t n = most < SERIES_MOST ? most : SERIES_MOST, found;
	enum helio_rc rc = catalogue_series_after(tx, doomed->measurement,
	    doomed->imei, *after, ids, n, &found, err);

	*ret = 0;
	tx_unscoped(tx);
	for (size_t i = 0; i < found && rc == HELIO_OK; i++) {
		struct deleting d = { .tx = tx, .doomed = doomed,
		    .series = ids[i], .rows = ret, .err = err };

		rc = delete_series(&d);
		*after = ids[i];
	}
	tx_scoped(tx);
	if (rc == HELIO_OK && found < n)
		*after = -1;
	return rc;
}
