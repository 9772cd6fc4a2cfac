/*
 * test_telemetry_engine.c - uploads of every shape against a plain model: what
 * is read back is what was written last, to the bit, in order, once.
 */
#include "plain_store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telemetry/room.h"
#include "telemetry/scan.h"
#include "telemetry/stored.h"

#define IMEI "350000000000017"

enum { FIELDS = 5, SLOTS = 1 << 16 };

static const char *const field_names[FIELDS] = {
	"count", "flag", "level", "text", "wild",
};
static const enum telemetry_type field_types[FIELDS] = {
	TELEMETRY_INT, TELEMETRY_BOOL, TELEMETRY_FLOAT, TELEMETRY_TEXT,
	TELEMETRY_FLOAT,
};
static const char *const texts[] = {
	"", "on", "off", "a much longer text than the others, \xc3\xa9",
};

/* A value as 64 bits: the double's, the number, the index of the text. */
struct cell {
	bool		 used, present[FIELDS];
	int64_t		 at_ns;
	uint64_t	 bits[FIELDS];
};

struct world {
	struct plain_store *plain;
	uint64_t	 seed;
	struct cell	*cells;		/* hashed by time */
	size_t		 n;
};

static uint64_t
dice(struct world *w, uint64_t n)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return w->seed % n;
}

/* ---- the model ---- */

static struct cell *
model_at(struct world *w, int64_t at_ns)
{
	size_t slot = (uint64_t)at_ns * UINT64_C(0x9e3779b97f4a7c15) >> 48;

	while (w->cells[slot].used && w->cells[slot].at_ns != at_ns)
		slot = (slot + 1) % SLOTS;
	return &w->cells[slot];
}

static void
model_set(struct world *w, int64_t at_ns, size_t field, uint64_t bits)
{
	struct cell *cell = model_at(w, at_ns);

	if (!cell->used && ++w->n > SLOTS / 2)
		fail_msg("the model is full");
	cell->used = cell->present[field] = true;
	cell->at_ns = at_ns;
	cell->bits[field] = bits;
}

/* ---- random uploads ---- */

static double
random_double(struct world *w, size_t field)
{
	static const double odd[] = { 0.0, -0.0, 5e-324, -5e-324,
	    2.2250738585072014e-308, 1.7976931348623157e308,
	    -1.7976931348623157e308, 0.1, 1e22, 9007199254740993.0,
	    0.30000000000000004, 1e-7, 123456789012345680.0 };
	uint64_t bits;
	double f;

	if (field == 2)		/* a sensor's: two decimals, seldom odd */
		return dice(w, 50) == 0 ? odd[dice(w, 13)] :
		    (double)(int64_t)(1200 + dice(w, 90)) / 100;
	if (dice(w, 8) == 0)
		return odd[dice(w, 13)];
	do {
		bits = dice(w, UINT64_MAX) ^ dice(w, UINT64_MAX) << 1;
		memcpy(&f, &bits, sizeof(f));
	} while (!isfinite(f));
	return f;
}

static uint64_t
random_bits(struct world *w, size_t field)
{
	uint64_t bits;
	double f;

	switch (field_types[field]) {
	case TELEMETRY_FLOAT:
		f = random_double(w, field);
		memcpy(&bits, &f, sizeof(bits));
		return bits;
	case TELEMETRY_INT:
		return dice(w, 20) == 0 ? dice(w, UINT64_MAX) : dice(w, 100);
	default:
		return dice(w, field_types[field] == TELEMETRY_BOOL ? 2 : 4);
	}
}

static struct telemetry_point
point_of(size_t field, int64_t at_ns, uint64_t bits)
{
	struct telemetry_point point = { .at_ns = at_ns };
	double f;

	switch (field_types[field]) {
	case TELEMETRY_FLOAT:
		memcpy(&f, &bits, sizeof(f));
		point.value = value_float(f);
		break;
	case TELEMETRY_TEXT:
		point.value = value_text(texts[bits]);
		break;
	default:
		point.value = value_int((int64_t)bits);
		point.is_bool = field_types[field] == TELEMETRY_BOOL;
	}
	return point;
}

/* Where an upload begins and how its times go on. */
struct pace {
	int64_t		 at_ns, step_ns;
	unsigned	 jitter;	/* 0: regular */
	bool		 backwards;
};

static struct pace
random_pace(struct world *w)
{
	static const int64_t steps[] = { 1, 1000, 1000000000, 60000000000,
	    INT64_C(86400000000000), INT64_C(31557600000000000) };
	struct pace pace = { .at_ns = INT64_C(1700000000000000000),
	    .step_ns = 60000000000 };

	/* mostly around the same days, so that they meet */
	pace.at_ns += (int64_t)dice(w, 4000) * pace.step_ns;
	if (dice(w, 4) == 0)
		pace.step_ns = steps[dice(w, 6)];
	if (dice(w, 30) == 0)
		pace.at_ns = INT64_MIN + (int64_t)dice(w, 3);
	if (dice(w, 30) == 0) {
		pace.at_ns = INT64_MAX - (int64_t)dice(w, 3);
		pace.backwards = true;
	}
	pace.jitter = dice(w, 3) == 0 ? 1 + (unsigned)dice(w, 1000) : 0;
	pace.backwards |= dice(w, 6) == 0;
	return pace;
}

static void
next_time(struct world *w, struct pace *pace)
{
	int64_t step = pace->step_ns + (pace->jitter == 0 ? 0 :
	    (int64_t)dice(w, pace->jitter));
	int64_t next;

	if (dice(w, 40) == 0)
		step *= 3;	/* a gap */
	if (dice(w, 60) == 0)
		return;		/* the same time again */
	if (!(pace->backwards ? __builtin_sub_overflow(pace->at_ns, step,
	    &next) : __builtin_add_overflow(pace->at_ns, step, &next)))
		pace->at_ns = next;
}

struct upload {
	struct telemetry_series series[FIELDS];
	struct telemetry_batch batch;
};

static void
random_upload(struct world *w, struct arena *arena, struct upload *u)
{
	static const uint64_t sizes[] = { 1, 3, 30, 240, 400, 3000 };
	size_t rows = 1 + dice(w, sizes[dice(w, dice(w, 8) == 0 ? 6 : 5)]);
	struct pace pace = random_pace(w);
	unsigned used = 1 + (unsigned)dice(w, (1 << FIELDS) - 1);
	unsigned density = dice(w, 2) == 0 ? 100 : 30;

	for (size_t f = 0; f < FIELDS; f++)
		u->series[f] = (struct telemetry_series){ field_names[f],
		    arena_alloc(arena, rows * sizeof(struct telemetry_point)),
		    0 };
	for (size_t i = 0; i < rows; i++, next_time(w, &pace))
		for (size_t f = 0; f < FIELDS; f++) {
			uint64_t bits;

			if ((used >> f & 1) == 0 || dice(w, 100) >= density)
				continue;
			bits = random_bits(w, f);
			u->series[f].points[u->series[f].n++] =
			    point_of(f, pace.at_ns, bits);
			model_set(w, pace.at_ns, f, bits);
		}
	u->batch = (struct telemetry_batch){ .measurement = "telemetry",
	    .series = u->series, .n_series = FIELDS };
	telemetry_set_tag(&u->batch, "product_imei", IMEI);
}

static enum helio_rc
upload_run(struct tx *tx, void *arg, struct helio_err *err)
{
	return telemetry_write_batch(tx, &((struct upload *)arg)->batch,
	    TELEMETRY_REFUSE, err);
}

static void
upload_some(struct world *w, size_t n)
{
	struct arena *arena = arena_new();
	struct upload u;

	for (size_t i = 0; i < n; i++) {
		random_upload(w, arena, &u);
		plain_store_write(w->plain, upload_run, &u);
		if (dice(w, 10) == 0)	/* a retry */
			plain_store_write(w->plain, upload_run, &u);
		arena_reset(arena);
	}
	arena_free(arena);
}

/* ---- reading ---- */

static enum helio_rc
take_id(const struct telemetry_series_info *info, void *arg,
    struct helio_err *err)
{
	(void)err;
	assert_int_equal(*(int64_t *)arg, 0);
	assert_string_equal(info->tags[0].value, IMEI);
	*(int64_t *)arg = info->id;
	return HELIO_OK;
}

static uint64_t
bits_at(const struct telemetry_column *column, size_t row)
{
	uint64_t i;

	if (column->type != TELEMETRY_TEXT)
		return (uint64_t)column->i[row];
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (column->s[row].n == strlen(texts[i]) &&
		    memcmp(column->s[row].s, texts[i], column->s[row].n) == 0)
			break;
	return i;
}

struct range {
	int64_t		 first, last;
	unsigned	 fields;	/* bits */
	bool		 descending;
};

/* Rows of the model in a range that have one of these fields. */
static size_t
model_count(const struct world *w, const struct range *range)
{
	size_t n = 0;

	for (size_t i = 0; i < SLOTS; i++) {
		const struct cell *cell = &w->cells[i];
		bool any = false;

		for (size_t f = 0; f < FIELDS; f++)
			any |= cell->present[f] && (range->fields >> f & 1);
		n += cell->used && any && cell->at_ns >= range->first &&
		    cell->at_ns <= range->last;
	}
	return n;
}

/* One row against the model; true when it has a value. */
static bool
check_row(struct world *w, const struct telemetry_block *block, size_t row,
    const size_t *fields, size_t n_fields)
{
	const struct cell *cell = model_at(w, block->at_ns[row]);
	bool any = false;

	assert_true(cell->used);
	for (size_t k = 0; k < n_fields; k++) {
		const struct telemetry_column *column = &block->columns[k];
		size_t f = fields[k];

		assert_int_equal(telemetry_present(column, row),
		    cell->present[f]);
		if (!cell->present[f])
			continue;
		assert_int_equal(column->type, field_types[f]);
		assert_true(bits_at(column, row) == cell->bits[f]);
		any = true;
	}
	return any;
}

static void
check_range_once(struct world *w, struct telemetry_scan *scan, int64_t id,
    const struct range *range)
{
	const char *names[FIELDS];
	size_t fields[FIELDS], n_fields = 0, rows = 0;
	struct telemetry_range asked = { range->first, range->last, names, 0,
	    range->descending };
	struct telemetry_cursor *cursor = NULL;
	const struct telemetry_block *block;
	struct helio_err err;
	int64_t last = 0;
	bool any = false;

	err_clear(&err);
	for (size_t f = 0; f < FIELDS; f++)
		if ((range->fields >> f & 1) != 0) {
			names[n_fields] = field_names[f];
			fields[n_fields++] = f;
		}
	asked.n_fields = n_fields;
	assert_int_equal(telemetry_cursor_open(scan, id, &asked, &cursor,
	    &err), HELIO_OK);
	for (;;) {
		assert_int_equal(telemetry_cursor_next(cursor, &block, &err),
		    HELIO_OK);
		if (block == NULL)
			break;
		for (size_t i = 0; i < block->n; i++) {
			int64_t at_ns = block->at_ns[i];

			assert_true(at_ns >= range->first &&
			    at_ns <= range->last);
			assert_true(!any || (range->descending ?
			    at_ns < last : at_ns > last));
			last = at_ns;
			any = true;
			rows += check_row(w, block, i, fields, n_fields);
		}
	}
	telemetry_cursor_close(cursor);
	assert_int_equal(rows, model_count(w, range));
}

/* Twice: the second time in memory that was used before. */
static void
check_range(struct world *w, struct tx *tx, int64_t id,
    const struct range *range)
{
	struct telemetry_scan *scan = NULL;
	struct helio_err err;

	err_clear(&err);
	assert_int_equal(telemetry_scan_open(tx, "telemetry", &scan, &err),
	    HELIO_OK);
	check_range_once(w, scan, id, range);
	check_range_once(w, scan, id, range);
	telemetry_scan_close(scan);
}

static void
check_all(struct world *w)
{
	struct tx *tx = plain_store_read(w->plain);
	struct range range = { INT64_MIN, INT64_MAX, (1 << FIELDS) - 1,
	    false };
	struct helio_err err;
	int64_t id = 0;

	err_clear(&err);
	assert_int_equal(telemetry_each_series(tx, "telemetry", NULL, 0,
	    take_id, &id, &err), HELIO_OK);
	check_range(w, tx, id, &range);
	range.descending = true;
	check_range(w, tx, id, &range);
	for (size_t i = 0; i < 20; i++) {
		range.first = INT64_C(1700000000000000000) +
		    (int64_t)dice(w, 5000) * 60000000000 - 1 +
		    (int64_t)dice(w, 3);
		range.last = range.first + (int64_t)dice(w, 2000) *
		    60000000000;
		range.fields = 1 + (unsigned)dice(w, (1 << FIELDS) - 1);
		range.descending = dice(w, 2) == 0;
		check_range(w, tx, id, &range);
	}
	store_read_end(tx);
}

/* ---- chunks ---- */

struct chunks {
	size_t		 n, rows, small;
	int64_t		 last;
};

static void
check_chunk(const struct stored *stored, void *arg, bool *enough)
{
	struct chunks *c = arg;

	(void)enough;
	assert_true(stored->t0 <= stored->t1);
	assert_true(c->n == 0 || stored->t0 > c->last);
	c->last = stored->t1;
	c->n++;
	c->rows += stored->n;
	c->small += !stored->sealed;
}

static void
check_chunks(struct world *w, struct chunks *ret)
{
	const struct stored_walk walk = { check_chunk, ret };
	struct tx *tx = plain_store_read(w->plain);
	struct helio_err err;

	*ret = (struct chunks){ 0 };
	assert_int_equal(stored_range(tx, 1, INT64_MIN, INT64_MAX, false, -1,
	    &walk, &err), HELIO_OK);
	store_read_end(tx);
	assert_int_equal(ret->rows, w->n);
}

/* ---- tests ---- */

/* What is kept of chunks and series, against what there is. */
static void
check_held(struct world *w)
{
	struct tx *tx = plain_store_read(w->plain);
	struct telemetry_held held;
	struct telemetry_room room;
	struct helio_err err;

	assert_int_equal(telemetry_count_held(tx, &held, &err), HELIO_OK);
	assert_int_equal(telemetry_room(tx, &room, &err), HELIO_OK);
	store_read_end(tx);
	assert_true(room.known);
	assert_int_equal(held.rows, w->n);
	assert_memory_equal(&room.held, &held, sizeof(held));
}

static void
new_world(struct world *w, void **state, uint64_t seed)
{
	*w = (struct world){ .plain = *state, .seed = seed };
	w->cells = calloc(SLOTS, sizeof(*w->cells));
	assert_non_null(w->cells);
	assert_int_equal(telemetry_room_open(w->plain->store, 0,
	    &w->plain->err), HELIO_OK);
}

static void
uploads_are_what_the_model_says(void **state)
{
	struct chunks chunks;
	struct world w;

	new_world(&w, state, UINT64_C(0x2545f4914f6cdd1d));
	for (unsigned round = 0; round < 4; round++) {
		upload_some(&w, 20);
		check_all(&w);
		check_chunks(&w, &chunks);
		check_held(&w);
	}
	plain_store_reopen(*state);
	check_all(&w);
	check_held(&w);
	free(w.cells);
}

struct deletion {
	struct telemetry_doomed doomed;
	int64_t		 rows;
};

static enum helio_rc
delete_run(struct tx *tx, void *arg, struct helio_err *err)
{
	struct deletion *d = arg;
	int64_t after = 0;
	enum helio_rc rc = telemetry_delete(tx, &d->doomed, 10, &after,
	    &d->rows, err);

	assert_int_equal(after, -1);
	return rc;
}

/* Take the cells of a range out of the model; how many there were. */
static size_t
model_delete(struct world *w, int64_t first, int64_t last)
{
	struct cell *old = w->cells;
	size_t gone = 0;

	w->cells = calloc(SLOTS, sizeof(*w->cells));
	assert_non_null(w->cells);
	for (size_t i = 0; i < SLOTS; i++) {
		if (!old[i].used)
			continue;
		if (old[i].at_ns >= first && old[i].at_ns <= last)
			gone++;
		else
			*model_at(w, old[i].at_ns) = old[i];
	}
	free(old);
	w->n -= gone;
	return gone;
}

static void
ranges_can_be_deleted(void **state)
{
	struct chunks chunks;
	struct deletion d;
	struct world w;

	new_world(&w, state, 777767777u);
	upload_some(&w, 25);
	for (unsigned round = 0; round < 4; round++) {
		d = (struct deletion){ .doomed = { .imei = IMEI } };
		d.doomed.first_ns = INT64_C(1700000000000000000) +
		    (int64_t)dice(&w, 4000) * 60000000000;
		d.doomed.last_ns = d.doomed.first_ns +
		    (int64_t)dice(&w, 1000) * 60000000000;
		plain_store_write(*state, delete_run, &d);
		assert_int_equal(d.rows, model_delete(&w, d.doomed.first_ns,
		    d.doomed.last_ns));
		check_all(&w);
		check_chunks(&w, &chunks);
		check_held(&w);
		upload_some(&w, 2);
	}
	d.doomed = (struct telemetry_doomed){ .imei = "other",
	    .first_ns = INT64_MIN, .last_ns = INT64_MAX };
	plain_store_write(*state, delete_run, &d);
	assert_int_equal(d.rows, 0);
	d.doomed.imei = NULL;
	plain_store_write(*state, delete_run, &d);
	assert_int_equal(d.rows, w.n);
	assert_int_equal(plain_store_count(*state, "telemetry_series"), 0);
	assert_int_equal(plain_store_count(*state, "telemetry_chunk"), 0);
	w.n = 0;
	check_held(&w);
	free(w.cells);
}

static void
count_finding(void *arg, const struct store_finding *finding)
{
	unsigned *bad = arg;

	*bad += !finding->ok;
}

static enum helio_rc
spoil(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "telemetry_chunk");
	struct query find = query_all(table);
	struct row *row, *change = row_new(tx_arena(tx), table);
	enum helio_rc rc = tx_first(tx, &find, &row, err);
	struct value data = row_get(row, "data");

	(void)arg;
	/* one bit, in a copy of ours */
	((char *)data.s)[data.n / 2] ^= 4;
	row_set(change, "data", data);
	return rc == HELIO_OK ? tx_update(tx, table, row_key(row), change,
	    NULL, err) : rc;
}

static void
the_doctor_decodes_everything(void **state)
{
	struct plain_store *plain = *state;
	unsigned told = 0, bad = 0;
	struct world w;

	new_world(&w, state, 424242u);
	upload_some(&w, 20);
	assert_int_equal(telemetry_doctor(plain->store, count_finding, &told,
	    &bad, &plain->err), HELIO_OK);
	assert_int_equal(bad + told, 0);
	check_held(&w);
	plain_store_write(plain, spoil, NULL);
	assert_int_equal(telemetry_doctor(plain->store, count_finding, &told,
	    &bad, &plain->err), HELIO_OK);
	assert_int_equal(bad, 1);
	assert_int_equal(told, 1);
	free(w.cells);
}

/* Rows of two fields, one minute apart. */
static void
upload_minutes(struct world *w, int64_t first, size_t rows)
{
	struct arena *arena = arena_new();
	struct upload u = { 0 };

	for (size_t f = 0; f < 2; f++) {
		u.series[f] = (struct telemetry_series){ field_names[2 * f],
		    arena_alloc(arena, rows * sizeof(struct telemetry_point)),
		    rows };
		for (size_t i = 0; i < rows; i++) {
			int64_t at = (first + (int64_t)i) * 60000000000;
			uint64_t bits = random_bits(w, 2 * f);

			u.series[f].points[i] = point_of(2 * f, at, bits);
			model_set(w, at, 2 * f, bits);
		}
	}
	u.batch = (struct telemetry_batch){ .measurement = "telemetry",
	    .series = u.series, .n_series = 2 };
	telemetry_set_tag(&u.batch, "product_imei", IMEI);
	plain_store_write(w->plain, upload_run, &u);
	arena_free(arena);
}

static void
uploads_in_order_become_full_chunks(void **state)
{
	struct chunks chunks;
	struct world w;

	new_world(&w, state, 88172645463325252u);
	for (int64_t i = 0; i < 25; i++)
		upload_minutes(&w, i * 240, 240);
	check_chunks(&w, &chunks);
	assert_int_equal(chunks.n, 3);		/* 2 sealed, one of 240 */
	assert_int_equal(chunks.small, 1);
	check_all(&w);
	/* row by row: the last segment grows */
	for (int64_t i = 0; i < 40; i++)
		upload_minutes(&w, 25 * 240 + i, 1);
	check_chunks(&w, &chunks);
	assert_int_equal(chunks.n, 4);
	check_all(&w);
	free(w.cells);
}

static void
rows_in_reverse_do_not_scatter(void **state)
{
	struct chunks chunks;
	struct world w;

	new_world(&w, state, 362436069u);
	for (int64_t i = 300; i > 0; i--)
		upload_minutes(&w, i, 1);
	check_chunks(&w, &chunks);
	assert_in_range(chunks.n, 2, 3);
	check_all(&w);
	free(w.cells);
}

static void
a_full_chunk_takes_rows_inside(void **state)
{
	struct chunks chunks;
	struct world w;

	new_world(&w, state, 521288629u);
	/* with gaps, so that they stay open for longer */
	for (int64_t i = 0; i < 24; i++)
		upload_minutes(&w, i * 480, 240);
	check_chunks(&w, &chunks);
	assert_int_equal(chunks.n, 2);
	assert_int_equal(chunks.small, 0);
	for (int64_t i = 23; i >= 0; i--)
		upload_minutes(&w, i * 480 + 100, 300);
	check_chunks(&w, &chunks);
	assert_in_range(chunks.n, 2, 5);
	check_all(&w);
	free(w.cells);
}

/* What eight clients send at a time arrives in any order. */
static void
uploads_in_any_order_are_sealed_together(void **state)
{
	struct chunks chunks;
	struct world w;

	new_world(&w, state, 1812433253u);
	for (int64_t i = 0; i < 24; i++) {
		check_chunks(&w, &chunks);
		/* nothing is sealed while one before it is missing */
		assert_int_equal(chunks.n, chunks.small);
		upload_minutes(&w, (i ^ 7) * 240, 240);
	}
	/* 16 came last and closed the gap */
	check_chunks(&w, &chunks);
	assert_int_equal(chunks.n - chunks.small, 1);
	assert_int_equal(chunks.small, 7);
	for (int64_t i = 24; i < 29; i++)
		upload_minutes(&w, i * 240, 240);
	check_chunks(&w, &chunks);
	assert_int_equal(chunks.n, 2);
	assert_int_equal(chunks.small, 0);
	check_all(&w);
	free(w.cells);
}

static void
an_upload_may_span_years(void **state)
{
	struct chunks chunks;
	struct world w;

	new_world(&w, state, 5783321u);
	for (int64_t i = 0; i < 20; i++)
		upload_minutes(&w, i * 525600, 10);
	upload_minutes(&w, 5, 20000);
	check_chunks(&w, &chunks);
	check_all(&w);
	free(w.cells);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, plain_store_setup, \
	    plain_store_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(uploads_are_what_the_model_says),
		TEST(ranges_can_be_deleted),
		TEST(the_doctor_decodes_everything),
		TEST(uploads_in_order_become_full_chunks),
		TEST(rows_in_reverse_do_not_scatter),
		TEST(a_full_chunk_takes_rows_inside),
		TEST(uploads_in_any_order_are_sealed_together),
		TEST(an_upload_may_span_years),
	};

	return cmocka_run_group_tests_name("telemetry_engine", tests, NULL,
	    NULL);
}
