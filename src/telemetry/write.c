/*
 * Storing uploads: which chunks of a series the rows belong to, and what
 * becomes of those.
 *
 *   .. [sealed] [sealed] [open] [open]          chunks never overlap
 *                              ^ appended: the last open segment grows
 *                                while it is small, else a new one follows;
 *                                LAYOUT_SEAL rows of them become one sealed
 *                                chunk, in the same transaction; later when
 *                                there are gaps, which rows on their way
 *                                may fill
 *          ^ inside: decoded, merged field by field, written again
 */
#include <string.h>

#include "telemetry/catalogue.h"
#include "telemetry/layout.h"
#include "telemetry/stored.h"

enum {
	RUN_MAX = 64,		/* open segments before a place that are looked
				 * at */
	GAP = 4,		/* times as far apart as rows are, or farther */
	SEAL_GAPS = 2 * LAYOUT_SEAL,	/* rows that are sealed with their gaps */
};

/* One telemetry_write(). */
struct writing {
	struct tx	*tx;
	struct catalogue catalogue;
	struct arena	*arena;		/* for one group of rows */
	struct chunk_coder *coder;
	enum telemetry_rule rule;
	struct telemetry_result *result;
	size_t		 cap_conflicts;
	struct helio_err *err;
};

/* One series of it. */
struct target {
	struct writing	*w;
	const struct telemetry_upload *upload;
	struct frame	 frame;		/* what of the upload is taken */
	bool		 whole;		/* all of it */
	int64_t		 series;
};

/* Open segments that follow each other, the last first. */
struct run {
	struct arena	*arena;
	struct stored	 chunk[RUN_MAX];
	size_t		 n, rows;
	int64_t		 at_ns;
	bool		 later;		/* chunks begin after at_ns */
	struct stored	 sealed;	/* the chunk before them, without data;
					 * n is 0 when there is none */
};

static struct arena *
arena_of(const struct target *t)
{
	return t->w->arena;
}

/* ---- types ---- */

static void
note_conflict(struct writing *w, const struct telemetry_upload *upload,
    const struct frame_column *column, enum telemetry_type known)
{
	struct telemetry_result *r = w->result;
	struct telemetry_conflict *grown;

	if (r->n_conflicts == w->cap_conflicts) {
		w->cap_conflicts = w->cap_conflicts > 0 ?
		    2 * w->cap_conflicts : 8;
		grown = arena_alloc(tx_arena(w->tx),
		    w->cap_conflicts * sizeof(*grown));
		if (r->n_conflicts > 0)
			memcpy(grown, r->conflicts,
			    r->n_conflicts * sizeof(*grown));
		r->conflicts = grown;
	}
	r->conflicts[r->n_conflicts++] = (struct telemetry_conflict){
		upload, column, known };
}

/* Of a field that is known: fits, or is made to fit, or is a conflict. */
static enum helio_rc
check_known(struct target *t, struct catalogue_field *field,
    const struct frame_column *column)
{
	enum telemetry_type type = column->data.type;
	struct writing *w = t->w;

	if (type == field->type)
		return HELIO_OK;
	if (w->rule != TELEMETRY_TYPED) {
		if (type == TELEMETRY_INT && field->type == TELEMETRY_FLOAT)
			return HELIO_OK;
		if (type == TELEMETRY_FLOAT && field->type == TELEMETRY_INT)
			return catalogue_promote(&w->catalogue, field, w->err);
	}
	note_conflict(w, t->upload, column, field->type);
	if (w->rule == TELEMETRY_REFUSE)
		err_field(w->err, column->name, "holds %s, not %s",
		    telemetry_type_name(field->type),
		    telemetry_type_name(type));
	return HELIO_OK;
}

/* A new field.  Where samples are set aside, so is one field too many. */
static enum helio_rc
add_new(struct target *t, struct catalogue_fields *fields,
    const struct frame_column *column)
{
	struct writing *w = t->w;

	if (w->rule == TELEMETRY_SET_ASIDE &&
	    fields->n >= TELEMETRY_COLUMNS_MAX) {
		note_conflict(w, t->upload, column, TELEMETRY_TYPE_MAX);
		return HELIO_OK;
	}
	return catalogue_add_field(&w->catalogue, fields, column->name,
	    column->data.type, w->err);
}

static enum helio_rc
check_types(struct target *t)
{
	const struct telemetry_upload *upload = t->upload;
	struct writing *w = t->w;
	struct catalogue_fields *fields;
	enum helio_rc rc = catalogue_fields(&w->catalogue,
	    upload->measurement, &fields, w->err);

	for (size_t i = 0; rc == HELIO_OK && i < upload->frame.n_columns;
	    i++) {
		const struct frame_column *column = &upload->frame.columns[i];
		struct catalogue_field *field = catalogue_field(fields,
		    column->name);

		rc = field != NULL ? check_known(t, field, column) :
		    add_new(t, fields, column);
	}
	return rc == HELIO_OK && w->err->n_faults > 0 ? HELIO_E_INVALID : rc;
}

static bool
in_conflict(const struct target *t, size_t first,
    const struct frame_column *column)
{
	const struct telemetry_result *r = t->w->result;

	for (size_t i = first; i < r->n_conflicts; i++)
		if (r->conflicts[i].column == column)
			return true;
	return false;
}

/* Leave out what is in conflict: those samples, or the rows they are in. */
static void
leave_out(struct target *t, size_t first)
{
	const struct frame *all = &t->upload->frame;
	bool typed = t->w->rule == TELEMETRY_TYPED;
	struct frame part = { .n = all->n, .at_ns = all->at_ns };
	struct arena *arena = tx_arena(t->w->tx);
	size_t words = present_words(all->n);
	uint64_t *rows = arena_alloc(arena, words * 8);
	uint64_t *bad = arena_alloc(arena, words * 8);

	part.columns = arena_alloc(arena,
	    (all->n_columns + 1) * sizeof(*part.columns));
	for (size_t i = 0; i < all->n_columns; i++) {
		const struct frame_column *column = &all->columns[i];
		bool conflict = in_conflict(t, first, column);

		if (!conflict)
			part.columns[part.n_columns++] = *column;
		for (size_t k = 0; k < words; k++) {
			uint64_t bits = column->data.present != NULL ?
			    column->data.present[k] : UINT64_MAX;

			*(conflict ? &bad[k] : &rows[k]) |= bits;
		}
	}
	for (size_t k = 0; typed && k < words; k++)
		rows[k] &= ~bad[k];
	frame_filter(arena, &part, rows, &t->frame);
	if (typed)
		t->w->result->dropped += all->n - t->frame.n;
}

/* ---- chunks ---- */

static enum helio_rc
insert_pieces(struct target *t, const struct frame *frame,
    const struct telemetry_piece *pieces, size_t n)
{
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < n && rc == HELIO_OK; i++)
		rc = stored_insert_piece(t->w->tx, t->series, frame,
		    &pieces[i], t->w->err);
	return rc;
}

static enum helio_rc
insert_frame(struct target *t, const struct frame *frame)
{
	struct telemetry_piece *pieces;
	size_t n;

	if (t->w->coder == NULL)
		t->w->coder = chunk_coder_new();
	if (t->w->coder == NULL)
		return err_set(t->w->err, HELIO_E_NO_MEMORY, "%s", "");
	layout_encode(t->w->coder, arena_of(t), frame, &pieces, &n);
	if (n == 0)
		return err_set(t->w->err, HELIO_E_NO_MEMORY, "%s", "");
	return insert_pieces(t, frame, pieces, n);
}

/* Rows that come between chunks, as they were made ready if possible. */
static enum helio_rc
insert_group(struct target *t, const struct frame *group)
{
	if (t->whole && group->n == t->frame.n && t->upload->pieces != NULL)
		return insert_pieces(t, group, t->upload->pieces,
		    t->upload->n_pieces);
	return insert_frame(t, group);
}

/* These chunks, in time order, and a group of rows among or around them
 * become one stretch. */
static enum helio_rc
join(struct target *t, const struct stored *first, size_t n_first,
    const struct frame *group, const struct stored *next)
{
	struct frame parts[RUN_MAX + 2], whole;
	const struct stored *gone[RUN_MAX + 1];
	size_t n = 0, n_gone = 0;
	enum helio_rc rc;

	/* a run has the last first */
	for (size_t i = n_first; i-- > 0; gone[n_gone++] = &first[i])
		if (!chunk_read(arena_of(t), first[i].data, first[i].n_data,
		    &parts[n++]))
			return stored_damaged(&first[i], t->w->err);
	if (group != NULL)
		parts[n++] = *group;
	if (next != NULL) {
		if (!chunk_read(arena_of(t), next->data, next->n_data,
		    &parts[n++]))
			return stored_damaged(next, t->w->err);
		gone[n_gone++] = next;
	}
	frame_join(arena_of(t), parts, n, &whole);
	rc = stored_delete(t->w->tx, gone, n_gone, t->w->err);
	return rc == HELIO_OK ? insert_frame(t, &whole) : rc;
}

/* Time from row to row; 0 when there is one row. */
static uint64_t
pace_of(const struct stored *stored)
{
	return stored->n > 1 ? ((uint64_t)stored->t1 -
	    (uint64_t)stored->t0) / (stored->n - 1) : 0;
}

static bool
is_gap(const struct stored *older, const struct stored *newer)
{
	uint64_t a = pace_of(older), b = pace_of(newer);
	uint64_t pace = a > b ? a : b;

	return pace > 0 && ((uint64_t)newer->t0 - (uint64_t)older->t1) /
	    GAP > pace;
}

/* Are rows missing between the parts of a run, or to what is around it? */
static bool
has_gaps(const struct run *run, const struct frame *group)
{
	struct stored newer = { .n = group->n, .t0 = group->at_ns[0],
	    .t1 = group->at_ns[group->n - 1] };

	for (size_t i = 0; i < run->n; newer = run->chunk[i++])
		if (is_gap(&run->chunk[i], &newer))
			return true;
	return run->sealed.n > 0 && is_gap(&run->sealed, &newer);
}

/* Is it time to seal a run and the group after it? */
static bool
is_full(const struct run *run, const struct frame *group)
{
	size_t rows = run->rows + group->n;

	if (run->n == 0 || rows < LAYOUT_SEAL)
		return false;
	return rows >= SEAL_GAPS || group->n >= LAYOUT_SEAL ||
	    run->n == RUN_MAX || !has_gaps(run, group);
}

/* Rows that no chunk covers; the run before them may be empty. */
static enum helio_rc
add_between(struct target *t, const struct frame *group,
    const struct run *run, const struct stored *next)
{
	const struct stored *last = run->n > 0 ? &run->chunk[0] : NULL;
	enum helio_rc rc = HELIO_OK;

	if (is_full(run, group)) {
		if (group->n < LAYOUT_SEAL)
			return join(t, run->chunk, run->n, group, NULL);
		if (run->n > 1)
			rc = join(t, run->chunk, run->n, NULL, NULL);
		return rc == HELIO_OK ? insert_group(t, group) : rc;
	}
	if (last != NULL && last->n + group->n <= LAYOUT_GROW)
		return join(t, last, 1, group, NULL);
	if (next != NULL && !next->sealed &&
	    next->n + group->n <= LAYOUT_GROW)
		return join(t, NULL, 0, group, next);
	return insert_group(t, group);
}

/* Rows within the stretch of a chunk. */
static enum helio_rc
merge_into(struct target *t, const struct frame *group,
    const struct stored *stored)
{
	struct frame old, merged;
	enum helio_rc rc;

	if (!chunk_read(arena_of(t), stored->data, stored->n_data, &old))
		return stored_damaged(stored, t->w->err);
	if (!frame_merge(arena_of(t), &old, group, &merged))
		return HELIO_OK;
	rc = stored_delete(t->w->tx, &stored, 1, t->w->err);
	return rc == HELIO_OK ? insert_frame(t, &merged) : rc;
}

/* ---- places ---- */

static void
take_run(const struct stored *stored, void *arg, bool *enough)
{
	struct run *run = arg;
	struct stored *to = &run->chunk[run->n];

	if (run->n > 0 && stored->sealed) {
		run->sealed = *stored;
		run->sealed.data = NULL;
		*enough = true;
		return;
	}
	*to = *stored;
	to->data = arena_strndup(run->arena, stored->data, stored->n_data);
	run->n++;
	run->rows += stored->n;
	*enough = stored->sealed || stored->t1 >= run->at_ns ||
	    run->n == RUN_MAX || run->rows >= SEAL_GAPS;
}

/* As a rule samples come in order, and the newest chunk begins before them. */
static void
take_newest(const struct stored *stored, void *arg, bool *enough)
{
	struct run *run = arg;

	run->later = run->n == 0 && stored->t0 > run->at_ns;
	if (run->later)
		*enough = true;
	else
		take_run(stored, arg, enough);
}

/* The run before a place, and the chunk after it where there is one (*more)
 * and none covers it. */
static enum helio_rc
look_around(struct target *t, struct run *run, bool *more,
    struct stored *next)
{
	const struct stored_walk newest = { take_newest, run };
	const struct stored_walk before = { take_run, run };
	struct helio_err *err = t->w->err;
	enum helio_rc rc = stored_before(t->w->tx, t->series, INT64_MAX,
	    &newest, err);

	*more = false;
	if (rc != HELIO_OK || !run->later)
		return rc;
	rc = stored_before(t->w->tx, t->series, run->at_ns, &before, err);
	if (rc != HELIO_OK || (run->n > 0 && run->chunk[0].t1 >= run->at_ns))
		return rc;
	return stored_after(t->w->tx, arena_of(t), t->series, run->at_ns,
	    more, next, err);
}

/*
 * Put the rows from `from` on that belong to one place there; *ret is the
 * first that does not.
 */
static enum helio_rc
add_group(struct target *t, size_t from, size_t *ret)
{
	struct run run = { .arena = arena_of(t),
	    .at_ns = t->frame.at_ns[from] };
	struct stored next;
	struct frame group;
	bool covered, more;
	enum helio_rc rc = look_around(t, &run, &more, &next);

	if (rc != HELIO_OK)
		return rc;
	covered = run.n > 0 && run.chunk[0].t1 >= run.at_ns;
	*ret = covered ? run.chunk[0].t1 == INT64_MAX ? t->frame.n :
	    frame_row(&t->frame, run.chunk[0].t1 + 1) :
	    more ? frame_row(&t->frame, next.t0) : t->frame.n;
	frame_slice(arena_of(t), &t->frame, from, *ret - from, &group);
	if (covered)
		return merge_into(t, &group, &run.chunk[0]);
	if (run.n == 1 && run.chunk[0].sealed)
		run.n = run.rows = 0;
	return add_between(t, &group, &run, more ? &next : NULL);
}

static enum helio_rc
write_one(struct writing *w, const struct telemetry_upload *upload)
{
	struct target t = { .w = w, .upload = upload, .frame = upload->frame,
	    .whole = true };
	size_t first = w->result->n_conflicts, row = 0;
	enum helio_rc rc = check_types(&t);

	if (rc == HELIO_OK && w->result->n_conflicts > first) {
		t.whole = false;
		leave_out(&t, first);
	}
	if (rc != HELIO_OK || t.frame.n == 0)
		return rc;
	rc = catalogue_series(w->tx, upload->measurement, upload->tags,
	    upload->imei, &t.series, w->err);
	while (rc == HELIO_OK && row < t.frame.n) {
		rc = add_group(&t, row, &row);
		arena_reset(w->arena);
	}
	w->result->written += frame_count(&t.frame);
	w->result->rows += t.frame.n;
	return rc;
}

enum helio_rc
telemetry_write(struct tx *tx, const struct telemetry_upload *uploads,
    size_t n, enum telemetry_rule rule, struct telemetry_result *ret,
    struct helio_err *err)
{
	struct telemetry_result result = { 0 };
	struct writing w = { .tx = tx, .catalogue = { .tx = tx },
	    .arena = arena_new(), .rule = rule, .result = &result, .err = err };
	enum helio_rc rc = HELIO_OK;

	if (w.arena == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	tx_unscoped(tx);
	for (size_t i = 0; i < n && rc == HELIO_OK; i++)
		if (uploads[i].frame.n > 0)
			rc = write_one(&w, &uploads[i]);
	tx_scoped(tx);
	chunk_coder_free(w.coder);
	arena_free(w.arena);
	if (rc == HELIO_OK)
		*ret = result;
	return rc;
}

enum helio_rc
telemetry_write_batch(struct tx *tx, const struct telemetry_batch *batch,
    enum telemetry_rule rule, struct helio_err *err)
{
	struct telemetry_upload upload;
	struct telemetry_result result;
	enum helio_rc rc = telemetry_prepare(tx_arena(tx), batch, NULL,
	    &upload, err);

	return rc == HELIO_OK ? telemetry_write(tx, &upload, 1, rule, &result,
	    err) : rc;
}
