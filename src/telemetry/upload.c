/* Batches to uploads: points by field become rows, ready encoded.  No I/O. */
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/times.h"
#include "base/utf8.h"
#include "telemetry/catalogue.h"
#include "telemetry/chunk.h"
#include "telemetry/layout.h"

enum {
	ECHO_MAX = 64,		/* bytes of a bad point that are repeated */
	NS_PER_MS = 1000000,
};

struct prepare {
	struct arena	*arena;
	const struct telemetry_batch *batch;
	struct telemetry_rejects *rejects;	/* NULL: faults */
	struct frame	 frame;
	struct helio_err *err;
};

/* ---- times ---- */

static bool
rises(const struct telemetry_series *series)
{
	for (size_t i = 1; i < series->n; i++)
		if (series->points[i].at_ns <= series->points[i - 1].at_ns)
			return false;
	return true;
}

static bool
same_times(const struct telemetry_series *a, const struct telemetry_series *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->points[i].at_ns != b->points[i].at_ns)
			return false;
	return true;
}

/* Usually all fields have the same times, in order. */
static bool
is_table(const struct telemetry_batch *batch)
{
	if (batch->n_series == 0 || !rises(&batch->series[0]))
		return false;
	for (size_t i = 1; i < batch->n_series; i++)
		if (!same_times(&batch->series[0], &batch->series[i]))
			return false;
	return true;
}

static int
by_time(const void *a, const void *b)
{
	int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

	return (one > other) - (one < other);
}

static void
gather_times(struct prepare *p)
{
	const struct telemetry_batch *batch = p->batch;
	size_t n = 0, kept = 0, some = is_table(batch) ? 1 : batch->n_series;
	int64_t *at_ns = arena_alloc(p->arena,
	    (telemetry_count(batch) + 1) * sizeof(*at_ns));

	for (size_t i = 0; i < some; i++)
		for (size_t k = 0; k < batch->series[i].n; k++)
			at_ns[n++] = batch->series[i].points[k].at_ns;
	if (some != 1 || !rises(&batch->series[0]))
		qsort(at_ns, n, sizeof(*at_ns), by_time);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || at_ns[i] != at_ns[kept - 1])
			at_ns[kept++] = at_ns[i];
	p->frame.at_ns = at_ns;
	p->frame.n = kept;
}

/* ---- values ---- */

static enum telemetry_type
type_of(const struct telemetry_point *point)
{
	if (point->value.type == VALUE_TEXT)
		return TELEMETRY_TEXT;
	if (point->value.type == VALUE_FLOAT)
		return TELEMETRY_FLOAT;
	return point->is_bool ? TELEMETRY_BOOL : TELEMETRY_INT;
}

static bool
is_number(enum telemetry_type type)
{
	return type == TELEMETRY_INT || type == TELEMETRY_FLOAT;
}

/* That of the first point; a float among integers makes them all floats. */
static enum telemetry_type
type_of_all(const struct telemetry_series *series)
{
	enum telemetry_type type = type_of(&series->points[0]);

	for (size_t i = 1; i < series->n && type == TELEMETRY_INT; i++)
		if (type_of(&series->points[i]) == TELEMETRY_FLOAT)
			type = TELEMETRY_FLOAT;
	return type;
}

/* Values being filled in. */
struct filling {
	struct frame_column *column;
	uint64_t	*present;
	union {
		double	*f;
		int64_t	*i;
		struct telemetry_text *s;
	};
};

static void
fill(struct filling *f, const struct telemetry_point *point, size_t row)
{
	if (f->column->data.type == TELEMETRY_TEXT)
		f->s[row] = (struct telemetry_text){ point->value.s,
		    point->value.n };
	else if (f->column->data.type == TELEMETRY_FLOAT)
		f->f[row] = point->value.type == VALUE_FLOAT ?
		    point->value.f : (double)point->value.i;
	else
		f->i[row] = point->value.i;
	present_set(f->present, row);
}

/* One value as JSON, cut. */
static const char *
echo(struct arena *arena, const struct telemetry_column *column, size_t row)
{
	struct buf out = BUF_INIT;
	struct json_write json;
	const char *text;
	size_t n;

	jw_start(&json, &out);
	if (column->type == TELEMETRY_TEXT)
		jw_strn(&json, column->s[row].s, column->s[row].n);
	else if (column->type == TELEMETRY_FLOAT)
		jw_real(&json, column->f[row]);
	else if (column->type == TELEMETRY_INT)
		jw_int(&json, column->i[row]);
	else
		jw_bool(&json, column->i[row] != 0);
	n = out.failed ? 0 : out.len < ECHO_MAX ? out.len : ECHO_MAX;
	while (n > 0 && !utf8_valid(out.data, n))
		n--;
	text = arena_strndup(arena, out.data, n);
	buf_free(&out);
	return text;
}

/* Milliseconds as JSON, with as many decimals as there are. */
static const char *
echo_time(struct arena *arena, int64_t at_ns)
{
	int64_t ms = at_ns / NS_PER_MS, rest = at_ns % NS_PER_MS;

	if (rest == 0)
		return arena_printf(arena, "%lld", (long long)ms);
	return arena_printf(arena, "%s%lld.%06lld", at_ns < 0 ? "-" : "",
	    llabs((long long)ms), llabs((long long)rest));
}

void
telemetry_reject(struct arena *arena, struct telemetry_rejects *rejects,
    const struct frame *frame, const struct frame_column *column, size_t row,
    const char *reason)
{
	telemetry_add_reject(arena, rejects, &(struct telemetry_reject){
		.field = column->name, .reason = reason,
		.time = echo_time(arena, frame->at_ns[row]),
		.point = echo(arena, &column->data, row),
	});
}

/* A point of another kind than the first of its field. */
static void
refuse(struct prepare *p, const char *field,
    const struct telemetry_point *point, enum telemetry_type wanted)
{
	struct frame_column column = { .name = field, .data = {
	    .type = type_of(point), .n_present = 1 } };
	const struct telemetry_text text = { point->value.s, point->value.n };
	const struct frame at = { .n = 1, .at_ns = &point->at_ns };

	if (p->rejects == NULL) {
		err_field(p->err, field, "holds %s and %s in one upload",
		    telemetry_type_name(wanted),
		    telemetry_type_name(column.data.type));
		return;
	}
	if (column.data.type == TELEMETRY_TEXT)
		column.data.s = &text;
	else if (column.data.type == TELEMETRY_FLOAT)
		column.data.f = &point->value.f;
	else
		column.data.i = &point->value.i;
	telemetry_reject(p->arena, p->rejects, &at, &column, 0,
	    "is of another type than the field");
}

static void
fill_column(struct prepare *p, const struct telemetry_series *series,
    struct frame_column *column)
{
	struct frame *frame = &p->frame;
	enum telemetry_type type = type_of_all(series), its;
	struct filling f = { .column = column };
	size_t row = 0;

	column->name = series->field;
	column->data.type = type;
	f.i = arena_alloc(p->arena, frame->n * (type == TELEMETRY_TEXT ?
	    sizeof(struct telemetry_text) : sizeof(int64_t)));
	f.present = arena_alloc(p->arena, present_words(frame->n) * 8);
	for (size_t i = 0; i < series->n; i++, row++) {
		const struct telemetry_point *point = &series->points[i];

		its = type_of(point);
		if (its != type && !(is_number(its) && is_number(type))) {
			refuse(p, series->field, point, type);
			continue;
		}
		if (row >= frame->n || frame->at_ns[row] != point->at_ns)
			row = frame_row(frame, point->at_ns);
		fill(&f, point, row);
	}
	column->data.i = f.i;
	for (size_t i = 0; i < present_words(frame->n); i++)
		column->data.n_present +=
		    (size_t)__builtin_popcountll(f.present[i]);
	if (column->data.n_present < frame->n)
		column->data.present = f.present;
}

/* A field that is named twice: the later points win. */
static void
add_column(struct prepare *p, const struct telemetry_series *series)
{
	struct frame_column column = { 0 };
	struct frame one, whole;

	fill_column(p, series, &column);
	if (column.data.n_present == 0)
		return;
	if (frame_find(&p->frame, series->field) == NULL) {
		p->frame.columns[p->frame.n_columns++] = column;
		return;
	}
	one = whole = p->frame;
	one.columns = &column;
	one.n_columns = 1;
	frame_sort(&whole);
	frame_merge(p->arena, &whole, &one, &p->frame);
	/* with room for the others */
	whole.columns = arena_alloc(p->arena,
	    (p->batch->n_series + 1) * sizeof(column));
	memcpy(whole.columns, p->frame.columns,
	    p->frame.n_columns * sizeof(column));
	p->frame.columns = whole.columns;
}

/* Rows that lost their only value to a refusal. */
static void
drop_empty_rows(struct prepare *p)
{
	uint64_t *rows = arena_alloc(p->arena,
	    present_words(p->frame.n) * 8 + 8);
	size_t n = 0;

	for (size_t i = 0; i < p->frame.n; i++)
		for (size_t k = 0; k < p->frame.n_columns; k++)
			if (telemetry_present(&p->frame.columns[k].data, i)) {
				present_set(rows, i);
				n++;
				break;
			}
	if (n < p->frame.n)
		frame_filter(p->arena, &p->frame, rows, &p->frame);
}

enum helio_rc
telemetry_prepare(struct arena *arena, const struct telemetry_batch *batch,
    struct telemetry_rejects *rejects, struct telemetry_upload *ret,
    struct helio_err *err)
{
	struct prepare p = { .arena = arena, .batch = batch,
	    .rejects = rejects, .err = err };
	struct telemetry_upload upload = { .measurement = batch->measurement };

	gather_times(&p);
	p.frame.columns = arena_alloc(arena,
	    (batch->n_series + 1) * sizeof(*p.frame.columns));
	for (size_t i = 0; i < batch->n_series; i++)
		if (batch->series[i].n > 0)
			add_column(&p, &batch->series[i]);
	if (err->n_faults > 0)
		return HELIO_E_INVALID;
	drop_empty_rows(&p);
	frame_sort(&p.frame);
	upload.tags = catalogue_tags_text(arena, batch->tags, batch->n_tags);
	upload.imei = catalogue_tag(batch->tags, batch->n_tags,
	    "product_imei");
	if (upload.imei != NULL && strlen(upload.imei) > TELEMETRY_IMEI_MAX)
		upload.imei = NULL;
	if (upload.tags == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	upload.frame = p.frame;
	telemetry_encode(arena, &upload, 1);
	*ret = upload;
	return HELIO_OK;
}

void
telemetry_encode(struct arena *arena, struct telemetry_upload *uploads,
    size_t n)
{
	struct chunk_coder *coder = chunk_coder_new();

	for (size_t i = 0; coder != NULL && i < n; i++)
		layout_encode(coder, arena, &uploads[i].frame,
		    &uploads[i].pieces, &uploads[i].n_pieces);
	chunk_coder_free(coder);
}
