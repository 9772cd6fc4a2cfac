/* See scan.h. */
#include "telemetry/scan.h"

#include <stdlib.h>
#include <string.h>

#include "telemetry/catalogue.h"
#include "telemetry/chunk.h"
#include "telemetry/stored.h"

/* ---- the catalogue ---- */

struct naming {
	enum helio_rc	(*each)(const char *, void *, struct helio_err *);
	void		*arg;
};

static enum helio_rc
name_measurement(const struct row *row, void *arg, struct helio_err *err)
{
	const struct naming *n = arg;

	return n->each(row_text(row, "measurement"), n->arg, err);
}

enum helio_rc
telemetry_each_measurement(struct tx *tx,
    enum helio_rc (*each)(const char *, void *, struct helio_err *),
    void *arg, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "telemetry_series");
	struct order by = { .field = schema_field(table, "measurement") };
	struct query find = query_all(table);
	struct naming n = { each, arg };

	find.order = find.group = &by;
	find.n_order = find.n_group = 1;
	return tx_each(tx, &find, name_measurement, &n, err);
}

enum helio_rc
telemetry_has_measurement(struct tx *tx, const char *measurement, bool *ret,
    struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "telemetry_series");
	struct query find = query_all(table);
	struct row *row;
	enum helio_rc rc;

	find.where = cond_eq(tx_arena(tx), table, "measurement",
	    value_text(measurement));
	rc = tx_first(tx, &find, &row, err);
	*ret = rc == HELIO_OK;
	if (rc != HELIO_E_NOT_FOUND)
		return rc;
	err_clear(err);
	return HELIO_OK;
}

static enum helio_rc
each_field(const struct catalogue_fields *fields,
    enum helio_rc (*each)(const char *, enum telemetry_type, void *,
    struct helio_err *), void *arg, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; rc == HELIO_OK && i < fields->n; i++)
		rc = each(fields->field[i].name, fields->field[i].type, arg,
		    err);
	return rc;
}

enum helio_rc
telemetry_each_field(struct tx *tx, const char *measurement,
    enum helio_rc (*each)(const char *, enum telemetry_type, void *,
    struct helio_err *), void *arg, struct helio_err *err)
{
	struct catalogue c = { .tx = tx };
	struct catalogue_fields *fields;
	enum helio_rc rc = catalogue_fields(&c, measurement, &fields, err);

	return rc == HELIO_OK ? each_field(fields, each, arg, err) : rc;
}

struct matching {
	struct arena	*arena;		/* for one series */
	const struct telemetry_tag *tags;	/* that all must match */
	size_t		 n_tags;
	enum helio_rc	(*each)(const struct telemetry_series_info *, void *,
			    struct helio_err *);
	void		*arg;
};

static enum helio_rc
match_series(const struct row *row, void *arg, struct helio_err *err)
{
	struct matching *m = arg;
	struct telemetry_tag tags[TELEMETRY_TAGS_MAX];
	struct telemetry_series_info info = {
		.id = row_key(row).i, .tags = tags,
		.measurement = row_text(row, "measurement"),
	};

	arena_reset(m->arena);
	info.n_tags = catalogue_tags_read(m->arena, row_text(row, "tags"),
	    tags);
	for (size_t i = 0; i < m->n_tags; i++) {
		const char *value = catalogue_tag(tags, info.n_tags,
		    m->tags[i].name);

		if (value == NULL || strcmp(value, m->tags[i].value) != 0)
			return HELIO_OK;
	}
	return m->each(&info, m->arg, err);
}

enum helio_rc
telemetry_each_series(struct tx *tx, const char *measurement,
    const struct telemetry_tag *tags, size_t n_tags,
    enum helio_rc (*each)(const struct telemetry_series_info *, void *,
    struct helio_err *), void *arg, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "telemetry_series");
	const char *imei = catalogue_tag(tags, n_tags, "product_imei");
	struct order by = { .field = schema_field(table, "tags") };
	struct query find = query_all(table);
	struct matching m = { arena_new(), tags, n_tags, each, arg };
	const struct cond *parts[2];
	size_t n = 0;
	enum helio_rc rc;

	if (m.arena == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	parts[n++] = cond_eq(tx_arena(tx), table, "measurement",
	    value_text(measurement));
	if (imei != NULL && strlen(imei) <= TELEMETRY_IMEI_MAX)
		parts[n++] = cond_eq(tx_arena(tx), table, "product_imei",
		    value_text(imei));
	find.where = cond_all(tx_arena(tx), parts, n);
	find.order = &by;
	find.n_order = 1;
	rc = tx_each(tx, &find, match_series, &m, err);
	arena_free(m.arena);
	return rc;
}

/* ---- scans ---- */

enum {
	AHEAD = 8,		/* chunks fetched at once, at most */
	KEEP_MAX = 1 << 20,	/* bytes of memory kept from chunk to chunk */
};

/* What a cursor reads into. */
struct memory {
	struct arena	*fetched;	/* chunks not decoded yet */
	struct arena	*block;		/* the block that was given last */
	struct memory	*next;
};

struct telemetry_scan {
	struct tx	*tx;
	struct catalogue catalogue;
	struct catalogue_fields *fields;
	struct chunk_unpacker unpacker;
	struct memory	*idle;
};

static void
memory_free(struct memory *m)
{
	if (m == NULL)
		return;
	arena_free(m->fetched);
	arena_free(m->block);
	free(m);
}

static struct memory *
memory_new(void)
{
	struct memory *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->fetched = arena_new();
	m->block = arena_new();
	if (m->fetched == NULL || m->block == NULL) {
		memory_free(m);
		return NULL;
	}
	arena_keep(m->fetched, KEEP_MAX);
	arena_keep(m->block, KEEP_MAX);
	return m;
}

static struct memory *
memory_take(struct telemetry_scan *scan)
{
	struct memory *m = scan->idle;

	if (m == NULL)
		return memory_new();
	scan->idle = m->next;
	return m;
}

enum helio_rc
telemetry_scan_open(struct tx *tx, const char *measurement,
    struct telemetry_scan **ret, struct helio_err *err)
{
	struct telemetry_scan *scan = calloc(1, sizeof(*scan));
	enum helio_rc rc;

	if (scan == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	scan->tx = tx;
	scan->catalogue.tx = tx;
	rc = catalogue_fields(&scan->catalogue, measurement, &scan->fields,
	    err);
	if (rc == HELIO_OK)
		*ret = scan;
	else
		free(scan);
	return rc;
}

enum helio_rc
telemetry_scan_each_field(const struct telemetry_scan *scan,
    enum helio_rc (*each)(const char *, enum telemetry_type, void *,
    struct helio_err *), void *arg, struct helio_err *err)
{
	return each_field(scan->fields, each, arg, err);
}

void
telemetry_scan_close(struct telemetry_scan *scan)
{
	struct memory *m;

	if (scan == NULL)
		return;
	while ((m = scan->idle) != NULL) {
		scan->idle = m->next;
		memory_free(m);
	}
	chunk_unpacker_end(&scan->unpacker);
	free(scan);
}

/* ---- rows ---- */

/* A chunk with the asked columns, not decoded. */
struct picked {
	struct stored	 stored;	/* without data */
	struct chunk	 chunk;
};

struct telemetry_cursor {
	struct telemetry_scan *scan;
	struct telemetry_range range;
	int64_t		 series;
	struct memory	*memory;
	/* fetched, in the cursor's order */
	struct picked	 picked[AHEAD];
	size_t		 n, at;
	size_t		 looked_at;	/* in one walk, also what is not taken */
	size_t		 ahead;		/* how many to fetch next */
	int64_t		 low, high;	/* t0 of what is left to fetch */
	bool		 begun, at_end;
	bool		 damaged;	/* the chunk after the last one picked */
	/* the block that was given last */
	struct telemetry_block block;
	struct telemetry_column *columns;
	struct column_kind {		/* of the asked fields */
		enum telemetry_type type;	/* by the catalogue */
		bool	 known;		/* there is such a field */
	} *kinds;
};

void
telemetry_cursor_close(struct telemetry_cursor *c)
{
	if (c == NULL)
		return;
	if (c->memory != NULL) {
		arena_reset(c->memory->fetched);
		arena_reset(c->memory->block);
		c->memory->next = c->scan->idle;
		c->scan->idle = c->memory;
	}
	free(c->columns);
	free(c->kinds);
	free(c);
}

static struct telemetry_cursor *
new_cursor(struct telemetry_scan *scan, int64_t series,
    const struct telemetry_range *range)
{
	struct telemetry_cursor *c = calloc(1, sizeof(*c));
	size_t n = range->n_fields + 1;

	if (c == NULL)
		return NULL;
	c->scan = scan;
	c->series = series;
	c->range = *range;
	c->low = range->descending ? INT64_MIN : range->first_ns;
	c->high = range->last_ns;
	c->at_end = range->first_ns > range->last_ns;
	c->ahead = 1;
	c->memory = memory_take(scan);
	c->columns = calloc(n, sizeof(*c->columns));
	c->kinds = calloc(n, sizeof(*c->kinds));
	if (c->memory != NULL && c->columns != NULL && c->kinds != NULL)
		return c;
	telemetry_cursor_close(c);
	return NULL;
}

enum helio_rc
telemetry_cursor_open(struct telemetry_scan *scan, int64_t series_id,
    const struct telemetry_range *range, struct telemetry_cursor **ret,
    struct helio_err *err)
{
	struct telemetry_cursor *c = new_cursor(scan, series_id, range);

	if (c == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	for (size_t i = 0; i < range->n_fields; i++) {
		const struct catalogue_field *field = catalogue_field(
		    scan->fields, range->fields[i]);

		if (field != NULL)
			c->kinds[i] = (struct column_kind){ field->type,
			    true };
	}
	*ret = c;
	return HELIO_OK;
}

/* ---- chunks ---- */

/* Keep what is asked of a chunk, and see whether any can follow it. */
static void
pick(const struct stored *stored, void *arg, bool *enough)
{
	struct telemetry_cursor *c = arg;
	struct picked *to = &c->picked[c->n];

	c->looked_at++;
	if (c->range.descending ? stored->t0 <= c->range.first_ns :
	    stored->t1 >= c->range.last_ns)
		c->at_end = *enough = true;
	if (c->range.descending && stored->t0 > INT64_MIN)
		c->high = stored->t0 - 1;
	else if (!c->range.descending && stored->t0 < INT64_MAX)
		c->low = stored->t0 + 1;
	else
		c->at_end = true;
	if (stored->t1 < c->range.first_ns)
		return;
	to->stored = *stored;
	to->stored.data = NULL;
	c->damaged = !chunk_pick(c->memory->fetched, stored->data,
	    stored->n_data, c->range.fields, c->range.n_fields, &to->chunk);
	*enough |= c->damaged;
	c->n += !c->damaged;
}

static enum helio_rc
fetch_range(struct telemetry_cursor *c, int64_t first, int64_t last,
    bool descending, size_t most, struct helio_err *err)
{
	const struct stored_walk walk = { pick, c };

	c->looked_at = 0;
	return stored_range(c->scan->tx, c->series, first, last, descending,
	    (int64_t)most, &walk, err);
}

/*
 * The next few chunks; none is the end.  Few at first: the end may come soon,
 * or the reader may have seen enough.
 */
static enum helio_rc
fetch(struct telemetry_cursor *c, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	arena_reset(c->memory->fetched);
	c->n = c->at = 0;
	/* the chunk that covers the start of the range begins before it */
	if (!c->begun && !c->range.descending &&
	    c->range.first_ns != INT64_MIN)
		rc = fetch_range(c, INT64_MIN, c->range.first_ns, true, 1,
		    err);
	c->begun = true;
	if (rc != HELIO_OK || c->n > 0 || c->damaged || c->at_end)
		return rc;
	rc = fetch_range(c, c->low, c->high, c->range.descending, c->ahead,
	    err);
	if (rc == HELIO_OK && (c->looked_at < c->ahead || c->low > c->high))
		c->at_end = true;
	c->ahead = c->ahead < AHEAD ? 2 * c->ahead : AHEAD;
	return rc;
}

/* ---- blocks ---- */

/* The column of an asked field, as the catalogue has it; false: damaged. */
static bool
read_column(struct telemetry_cursor *c, const struct chunk *chunk, size_t i,
    size_t first, size_t last)
{
	const struct chunk_column *stored = &chunk->columns[i];
	struct telemetry_column *column = &c->columns[i];
	const struct column_kind *kind = &c->kinds[i];
	const struct telemetry_column none = { .type = kind->type };

	*column = none;
	if (!kind->known || stored->bytes == NULL)
		return true;
	if (!chunk_column_part(&c->scan->unpacker, c->memory->block, chunk,
	    stored, first, last, column))
		return false;
	if (kind->type == TELEMETRY_FLOAT)
		column_widen(c->memory->block, column, chunk->n);
	if (column->type != kind->type)
		*column = none;
	return true;
}

static int64_t *
mirrored(struct arena *arena, const int64_t *from, size_t n)
{
	int64_t *to = arena_alloc(arena, n * sizeof(*to));

	for (size_t i = 0; i < n; i++)
		to[i] = from[n - 1 - i];
	return to;
}

static struct telemetry_text *
mirrored_texts(struct arena *arena, const struct telemetry_text *from,
    size_t n)
{
	struct telemetry_text *to = arena_alloc(arena, n * sizeof(*to));

	for (size_t i = 0; i < n; i++)
		to[i] = from[n - 1 - i];
	return to;
}

static void
mirror_column(struct arena *arena, struct telemetry_column *column, size_t n)
{
	uint64_t *present;

	if (column->n_present == 0)
		return;
	if (column->type == TELEMETRY_TEXT)
		column->s = mirrored_texts(arena, column->s, n);
	else			/* floats are as wide, and only moved */
		column->i = mirrored(arena, column->i, n);
	if (column->present == NULL)
		return;
	present = arena_alloc(arena, present_words(n) * sizeof(*present));
	for (size_t i = 0; i < n; i++)
		if (telemetry_present(column, n - 1 - i))
			present_set(present, i);
	column->present = present;
}

/* Turn the rows first..first + n of a chunk's columns into the block. */
static void
make_block(struct telemetry_cursor *c, const struct frame *whole,
    size_t first, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < c->range.n_fields; i++) {
		struct telemetry_column *column = &c->columns[i];

		if (column->n_present > 0)
			column_slice(c->memory->block, column, whole->n, first, n,
			    column);
		if (column->n_present == 0)
			*column = (struct telemetry_column){
			    .type = column->type };
		if (c->range.descending)
			mirror_column(c->memory->block, column, n);
		any |= column->n_present > 0;
	}
	c->block.columns = c->columns;
	c->block.at_ns = c->range.descending ? mirrored(c->memory->block,
	    whole->at_ns + first, n) : whole->at_ns + first;
	c->block.n = any ? n : 0;
}

/* Is there any column to look at in this chunk? */
static bool
is_asked(const struct telemetry_cursor *c, const struct chunk *chunk)
{
	for (size_t i = 0; i < c->range.n_fields; i++)
		if (c->kinds[i].known && chunk->columns[i].bytes != NULL)
			return true;
	return false;
}

static bool
read_block(struct telemetry_cursor *c, const struct chunk *chunk)
{
	struct arena *arena = c->memory->block;
	struct frame whole = { .n = chunk->n };
	int64_t *times;
	size_t first, last;

	arena_reset(arena);
	c->block.n = 0;
	if (!is_asked(c, chunk))
		return true;
	times = arena_alloc(arena, chunk->n * sizeof(*times));
	if (!chunk_times(chunk, times))
		return false;
	whole.at_ns = times;
	first = frame_row(&whole, c->range.first_ns);
	last = c->range.last_ns == INT64_MAX ? whole.n :
	    frame_row(&whole, c->range.last_ns + 1);
	if (first >= last)
		return true;
	for (size_t i = 0; i < c->range.n_fields; i++)
		if (!read_column(c, chunk, i, first, last))
			return false;
	make_block(c, &whole, first, last - first);
	return true;
}

enum helio_rc
telemetry_cursor_next(struct telemetry_cursor *c,
    const struct telemetry_block **ret, struct helio_err *err)
{
	enum helio_rc rc;

	c->block.n = 0;
	while (c->block.n == 0) {
		const struct picked *next = &c->picked[c->at];

		if (c->at < c->n) {
			if (!read_block(c, &next->chunk))
				return stored_damaged(&next->stored, err);
			c->at++;
		} else if (c->damaged) {
			return stored_damaged(&next->stored, err);
		} else if (c->at_end) {
			break;
		} else if ((rc = fetch(c, err)) != HELIO_OK) {
			return rc;
		}
	}
	*ret = c->block.n > 0 ? &c->block : NULL;
	return HELIO_OK;
}
