/* telemetry_read(): the series that match, side by side in one table. */
#include <stdlib.h>
#include <string.h>

#include "telemetry/scan.h"

enum { SERIES_MAX = 64 };	/* that one query may match */

/* A series under way. */
struct source {
	int64_t		 id;
	struct telemetry_cursor *cursor;
	const struct telemetry_block *block;	/* NULL: no more */
	size_t		 row;
};

struct reader {
	struct tx	*tx;
	const struct telemetry_query *query;
	const struct telemetry_sink *sink;
	struct telemetry_scan *scan;
	struct telemetry_range range;
	struct source	 source[SERIES_MAX];
	size_t		 n;
	const char	**names;	/* columns of the result */
	size_t		 n_names, cap_names;
	struct telemetry_point *row;
};

static enum helio_rc
take_series(const struct telemetry_series_info *info, void *arg,
    struct helio_err *err)
{
	struct reader *r = arg;

	if (r->n == SERIES_MAX)
		return err_field(err, "tags", "more than %d combinations of "
		    "tags match: give some", SERIES_MAX);
	r->source[r->n++].id = info->id;
	return HELIO_OK;
}

static enum helio_rc
take_name(const char *name, enum telemetry_type type, void *arg,
    struct helio_err *err)
{
	struct reader *r = arg;
	const char **grown;

	(void)type;
	(void)err;
	if (r->n_names == r->cap_names) {
		r->cap_names = r->cap_names > 0 ? 2 * r->cap_names : 16;
		grown = arena_alloc(tx_arena(r->tx),
		    r->cap_names * sizeof(*grown));
		if (r->n_names > 0)
			memcpy(grown, r->names, r->n_names * sizeof(*grown));
		r->names = grown;
	}
	r->names[r->n_names++] = arena_strdup(tx_arena(r->tx), name);
	return HELIO_OK;
}

static void
close_all(struct reader *r)
{
	for (size_t i = 0; i < r->n; i++) {
		telemetry_cursor_close(r->source[i].cursor);
		r->source[i].cursor = NULL;
	}
}

static enum helio_rc
open_all(struct reader *r, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	r->range.fields = r->names;
	r->range.n_fields = r->n_names;
	for (size_t i = 0; i < r->n && rc == HELIO_OK; i++) {
		struct source *source = &r->source[i];

		source->row = 0;
		rc = telemetry_cursor_open(r->scan, source->id,
		    &r->range, &source->cursor, err);
		if (rc == HELIO_OK)
			rc = telemetry_cursor_next(source->cursor,
			    &source->block, err);
	}
	return rc;
}

/* Which of the names have a sample in the range: the others go. */
static enum helio_rc
drop_empty_names(struct reader *r, struct helio_err *err)
{
	bool *seen = arena_alloc(tx_arena(r->tx), r->n_names + 1);
	enum helio_rc rc = open_all(r, err);
	size_t kept = 0;

	for (size_t i = 0; i < r->n && rc == HELIO_OK; i++) {
		struct source *source = &r->source[i];

		while (rc == HELIO_OK && source->block != NULL) {
			for (size_t k = 0; k < r->n_names; k++)
				seen[k] |=
				    source->block->columns[k].n_present > 0;
			rc = telemetry_cursor_next(source->cursor,
			    &source->block, err);
		}
	}
	close_all(r);
	for (size_t k = 0; k < r->n_names; k++)
		if (seen[k])
			r->names[kept++] = r->names[k];
	r->n_names = kept;
	return rc;
}

static enum helio_rc
choose_names(struct reader *r, struct helio_err *err)
{
	const struct telemetry_query *query = r->query;
	enum helio_rc rc = HELIO_OK;

	if (query->fields == NULL) {
		rc = telemetry_each_field(r->tx, query->measurement, take_name,
		    r, err);
		return rc == HELIO_OK ? drop_empty_names(r, err) : rc;
	}
	for (size_t i = 0; i < query->n_fields; i++)
		(void)take_name(query->fields[i], TELEMETRY_FLOAT, r, err);
	return rc;
}

static struct telemetry_point
point_of(const struct telemetry_column *column, size_t row, int64_t at_ns)
{
	struct telemetry_point point = { .at_ns = at_ns };

	if (column->type == TELEMETRY_FLOAT)
		point.value = value_float(column->f[row]);
	else if (column->type == TELEMETRY_TEXT)
		point.value = value_textn(column->s[row].s,
		    column->s[row].n);
	else
		point.value = value_int(column->i[row]);
	point.is_bool = column->type == TELEMETRY_BOOL;
	return point;
}

/* The earliest time of all sources; false: none has any. */
static bool
next_time(const struct reader *r, int64_t *ret)
{
	bool any = false;

	for (size_t i = 0; i < r->n; i++) {
		const struct source *s = &r->source[i];

		if (s->block == NULL)
			continue;
		if (!any || s->block->at_ns[s->row] < *ret)
			*ret = s->block->at_ns[s->row];
		any = true;
	}
	return any;
}

/* Add the values of the sources that are at this time. */
static bool
fill_row(struct reader *r, int64_t at_ns)
{
	bool any = false;

	memset(r->row, 0, r->n_names * sizeof(*r->row));
	for (size_t i = 0; i < r->n; i++) {
		const struct source *s = &r->source[i];

		if (s->block == NULL || s->block->at_ns[s->row] != at_ns)
			continue;
		for (size_t k = 0; k < r->n_names; k++) {
			const struct telemetry_column *column =
			    &s->block->columns[k];

			if (!telemetry_present(column, s->row))
				continue;
			r->row[k] = point_of(column, s->row, at_ns);
			any = true;
		}
	}
	return any;
}

static enum helio_rc
step(struct reader *r, int64_t at_ns, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < r->n && rc == HELIO_OK; i++) {
		struct source *s = &r->source[i];

		if (s->block == NULL || s->block->at_ns[s->row] != at_ns ||
		    ++s->row < s->block->n)
			continue;
		s->row = 0;
		rc = telemetry_cursor_next(s->cursor, &s->block, err);
	}
	return rc;
}

static enum helio_rc
walk(struct reader *r, struct helio_err *err)
{
	int64_t limit = r->query->limit, at_ns = 0;
	enum helio_rc rc = open_all(r, err);

	r->row = arena_alloc(tx_arena(r->tx),
	    (r->n_names + 1) * sizeof(*r->row));
	while (rc == HELIO_OK && limit != 0 && next_time(r, &at_ns)) {
		if (fill_row(r, at_ns)) {
			rc = r->sink->row(r->sink->arg, at_ns, r->row,
			    r->n_names, err);
			limit -= limit > 0;
		}
		if (rc == HELIO_OK)
			rc = step(r, at_ns, err);
	}
	close_all(r);
	return rc;
}

enum helio_rc
telemetry_read(struct tx *tx, const struct telemetry_query *query,
    const struct telemetry_sink *sink, struct helio_err *err)
{
	struct reader r = { .tx = tx, .query = query, .sink = sink };
	enum helio_rc rc;

	/* start is exclusive: at the end of time nothing is left */
	r.range.first_ns = query->start_ns;
	r.range.last_ns = query->end_ns;
	if (query->start_ns == INT64_MAX)
		r.range.last_ns = INT64_MIN;
	else if (query->start_ns != INT64_MIN)
		r.range.first_ns++;
	rc = telemetry_each_series(tx, query->measurement, query->tags,
	    query->n_tags, take_series, &r, err);
	if (rc == HELIO_OK)
		rc = telemetry_scan_open(tx, query->measurement, &r.scan,
		    err);
	if (rc == HELIO_OK)
		rc = choose_names(&r, err);
	if (rc == HELIO_OK)
		rc = sink->names(sink->arg, r.names, r.n_names, err);
	if (rc == HELIO_OK)
		rc = walk(&r, err);
	telemetry_scan_close(r.scan);
	return rc;
}
