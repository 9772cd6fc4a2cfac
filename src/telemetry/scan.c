/* See scan.h. */
#include "telemetry/scan.h"

#include <stdlib.h>
#include <string.h>

#include "telemetry/catalogue.h"
#include "telemetry/chunk.h"
#include "telemetry/stored.h"

enum { AHEAD = 8 };		/* chunks fetched at once */

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
telemetry_each_field(struct tx *tx, const char *measurement,
    enum helio_rc (*each)(const char *, enum telemetry_type, void *,
    struct helio_err *), void *arg, struct helio_err *err)
{
	struct catalogue c = { .tx = tx };
	struct catalogue_fields *fields;
	enum helio_rc rc = catalogue_fields(&c, measurement, &fields, err);

	for (size_t i = 0; rc == HELIO_OK && i < fields->n; i++)
		rc = each(fields->field[i].name, fields->field[i].type, arg,
		    err);
	return rc;
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

/* ---- rows ---- */

struct telemetry_cursor {
	struct tx	*tx;
	struct telemetry_range range;
	int64_t		 series;
	enum telemetry_type *types;	/* of the asked fields, by the catalogue */
	bool		*known;		/* there is such a field */
	/* chunks not decoded yet, in the cursor's order */
	struct arena	*fetched;
	struct stored	 chunk[AHEAD];
	size_t		 n, at;
	int64_t		 low, high;	/* t0 of what is left to fetch */
	bool		 at_end;
	/* the block that was given last */
	struct arena	*arena;
	struct telemetry_block block;
	struct telemetry_column *columns;
};

void
telemetry_cursor_close(struct telemetry_cursor *cursor)
{
	if (cursor == NULL)
		return;
	arena_free(cursor->fetched);
	arena_free(cursor->arena);
	free(cursor->types);
	free(cursor->known);
	free(cursor->columns);
	free(cursor);
}

static struct telemetry_cursor *
new_cursor(struct tx *tx, int64_t series, const struct telemetry_range *range)
{
	struct telemetry_cursor *c = calloc(1, sizeof(*c));
	size_t n = range->n_fields + 1;

	if (c == NULL)
		return NULL;
	c->tx = tx;
	c->series = series;
	c->range = *range;
	c->low = INT64_MIN;
	c->high = range->last_ns;
	c->at_end = range->first_ns > range->last_ns;
	c->fetched = arena_new();
	c->arena = arena_new();
	c->types = calloc(n, sizeof(*c->types));
	c->known = calloc(n, sizeof(*c->known));
	c->columns = calloc(n, sizeof(*c->columns));
	if (c->fetched != NULL && c->arena != NULL && c->types != NULL &&
	    c->known != NULL && c->columns != NULL)
		return c;
	telemetry_cursor_close(c);
	return NULL;
}

static void
note_start(const struct stored *stored, void *arg, bool *enough)
{
	int64_t *low = arg;

	*low = stored->t0;
	*enough = true;
}

/* Where the chunk begins that may cover the start of the range. */
static enum helio_rc
find_start(struct telemetry_cursor *c, struct helio_err *err)
{
	const struct stored_walk walk = { note_start, &c->low };

	if (c->at_end || c->range.first_ns == INT64_MIN)
		return HELIO_OK;
	c->low = c->range.first_ns;
	return stored_range(c->tx, c->series, INT64_MIN, c->range.first_ns,
	    true, 1, &walk, err);
}

static enum helio_rc
read_types(struct telemetry_cursor *c, const char *measurement,
    struct helio_err *err)
{
	struct catalogue catalogue = { .tx = c->tx };
	struct catalogue_fields *fields;
	enum helio_rc rc = catalogue_fields(&catalogue, measurement, &fields,
	    err);

	for (size_t i = 0; rc == HELIO_OK && i < c->range.n_fields; i++) {
		const struct catalogue_field *field = catalogue_field(fields,
		    c->range.fields[i]);

		c->known[i] = field != NULL;
		if (field != NULL)
			c->types[i] = field->type;
	}
	return rc;
}

enum helio_rc
telemetry_cursor_open(struct tx *tx, const char *measurement,
    int64_t series_id, const struct telemetry_range *range,
    struct telemetry_cursor **ret, struct helio_err *err)
{
	struct telemetry_cursor *c = new_cursor(tx, series_id, range);
	enum helio_rc rc;

	if (c == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	rc = read_types(c, measurement, err);
	if (rc == HELIO_OK)
		rc = find_start(c, err);
	if (rc == HELIO_OK)
		*ret = c;
	else
		telemetry_cursor_close(c);
	return rc;
}

static void
keep_chunk(const struct stored *stored, void *arg, bool *enough)
{
	struct telemetry_cursor *c = arg;
	struct stored *to = &c->chunk[c->n];

	*to = *stored;
	to->data = arena_strndup(c->fetched, stored->data, stored->n_data);
	*enough = ++c->n == AHEAD;
}

/* The next few chunks; none is the end. */
static enum helio_rc
fetch(struct telemetry_cursor *c, struct helio_err *err)
{
	const struct stored_walk walk = { keep_chunk, c };
	bool down = c->range.descending;
	enum helio_rc rc;

	arena_reset(c->fetched);
	c->n = c->at = 0;
	rc = stored_range(c->tx, c->series, c->low, c->high, down, AHEAD,
	    &walk, err);
	if (rc != HELIO_OK)
		return rc;
	c->at_end = c->n < AHEAD;
	if (c->at_end)
		return HELIO_OK;
	if (down && c->chunk[AHEAD - 1].t0 > INT64_MIN)
		c->high = c->chunk[AHEAD - 1].t0 - 1;
	else if (!down && c->chunk[AHEAD - 1].t0 < INT64_MAX)
		c->low = c->chunk[AHEAD - 1].t0 + 1;
	else
		c->at_end = true;
	if (c->low > c->high)
		c->at_end = true;
	return HELIO_OK;
}

/* The column of an asked field, as the catalogue has it; false: damaged. */
static bool
read_column(struct telemetry_cursor *c, const struct chunk *chunk, size_t i)
{
	const struct chunk_column *stored = c->known[i] ?
	    chunk_find(chunk, c->range.fields[i]) : NULL;
	struct telemetry_column *column = &c->columns[i];
	const struct telemetry_column none = { .type = c->types[i] };

	*column = none;
	if (stored == NULL)
		return true;
	if (!chunk_column(c->arena, chunk, stored, column))
		return false;
	if (c->types[i] == TELEMETRY_FLOAT)
		column_widen(c->arena, column, chunk->n);
	if (column->type != c->types[i])
		*column = none;
	return true;
}

static void *
mirrored(struct arena *arena, const void *from, size_t n, size_t width)
{
	char *to = arena_alloc(arena, n * width);

	for (size_t i = 0; i < n; i++)
		memcpy(to + i * width, (const char *)from +
		    (n - 1 - i) * width, width);
	return to;
}

static void
mirror_column(struct arena *arena, struct telemetry_column *column, size_t n)
{
	uint64_t *present;

	if (column->n_present == 0)
		return;
	column->i = mirrored(arena, column->i, n,
	    column->type == TELEMETRY_TEXT ? sizeof(*column->s) :
	    sizeof(*column->i));
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
			column_slice(c->arena, column, whole->n, first, n,
			    column);
		if (column->n_present == 0)
			*column = (struct telemetry_column){
			    .type = column->type };
		if (c->range.descending)
			mirror_column(c->arena, column, n);
		any |= column->n_present > 0;
	}
	c->block.columns = c->columns;
	c->block.at_ns = c->range.descending ? mirrored(c->arena,
	    whole->at_ns + first, n, sizeof(int64_t)) : whole->at_ns + first;
	c->block.n = any ? n : 0;
}

/* Is there any column to look at in this chunk? */
static bool
is_asked(const struct telemetry_cursor *c, const struct chunk *chunk)
{
	for (size_t i = 0; i < c->range.n_fields; i++)
		if (c->known[i] &&
		    chunk_find(chunk, c->range.fields[i]) != NULL)
			return true;
	return false;
}

static bool
read_block(struct telemetry_cursor *c, const struct stored *stored)
{
	struct chunk chunk;
	struct frame whole = { 0 };
	int64_t *times;
	size_t first, last;

	arena_reset(c->arena);
	c->block.n = 0;
	if (!chunk_open(c->arena, stored->data, stored->n_data, &chunk))
		return false;
	if (!is_asked(c, &chunk))
		return true;
	times = arena_alloc(c->arena, chunk.n * sizeof(*times));
	if (!chunk_times(&chunk, times))
		return false;
	whole.n = chunk.n;
	whole.at_ns = times;
	first = frame_row(&whole, c->range.first_ns);
	last = c->range.last_ns == INT64_MAX ? whole.n :
	    frame_row(&whole, c->range.last_ns + 1);
	if (first >= last)
		return true;
	for (size_t i = 0; i < c->range.n_fields; i++)
		if (!read_column(c, &chunk, i))
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
		if (c->at == c->n && c->at_end)
			break;
		if (c->at == c->n) {
			rc = fetch(c, err);
			if (rc != HELIO_OK)
				return rc;
			continue;
		}
		if (!read_block(c, &c->chunk[c->at]))
			return stored_damaged(&c->chunk[c->at], err);
		c->at++;
	}
	*ret = c->block.n > 0 ? &c->block : NULL;
	return HELIO_OK;
}
