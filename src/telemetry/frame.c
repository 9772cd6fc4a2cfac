/* See frame.h. */
#include "telemetry/frame.h"

#include <string.h>

enum { ABSENT = -1 };		/* no such row on that side */

struct frame_column *
frame_find(const struct frame *frame, const char *name)
{
	for (size_t i = 0; i < frame->n_columns; i++)
		if (strcmp(frame->columns[i].name, name) == 0)
			return &frame->columns[i];
	return NULL;
}

static int
by_name(const struct frame_column *one, const struct frame_column *other)
{
	return strcmp(one->name, other->name);
}

/* There are few, mostly in order already. */
void
frame_sort(struct frame *frame)
{
	for (size_t i = 1; i < frame->n_columns; i++) {
		struct frame_column column = frame->columns[i];
		size_t k = i;

		for (; k > 0 && by_name(&frame->columns[k - 1], &column) > 0;
		    k--)
			frame->columns[k] = frame->columns[k - 1];
		frame->columns[k] = column;
	}
}

size_t
frame_count(const struct frame *frame)
{
	size_t n = 0;

	for (size_t i = 0; i < frame->n_columns; i++)
		n += frame->columns[i].data.n_present;
	return n;
}

size_t
frame_row(const struct frame *frame, int64_t at_ns)
{
	size_t low = 0, high = frame->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (frame->at_ns[middle] < at_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- slices ---- */

static size_t
width_of(enum telemetry_type type)
{
	return type == TELEMETRY_TEXT ? sizeof(struct telemetry_text) :
	    sizeof(int64_t);
}

/* Values from a row on, whatever they are. */
static const void *
values_from(const struct telemetry_column *column, size_t row)
{
	return (const char *)column->i + row * width_of(column->type);
}

void
column_slice(struct arena *arena, const struct telemetry_column *from,
    size_t n_from, size_t first, size_t n, struct telemetry_column *ret)
{
	struct telemetry_column part = *from;
	uint64_t *present;

	if (first == 0 && n == n_from) {
		*ret = part;
		return;
	}
	part.i = values_from(from, first);
	part.n_present = n;
	if (from->present != NULL) {
		present = arena_alloc(arena,
		    present_words(n) * sizeof(*present));
		part.n_present = 0;
		for (size_t i = 0; i < n; i++)
			if (telemetry_present(from, first + i)) {
				present_set(present, i);
				part.n_present++;
			}
		part.present = part.n_present == n ? NULL : present;
	}
	*ret = part;
}

void
frame_slice(struct arena *arena, const struct frame *frame, size_t first,
    size_t n, struct frame *ret)
{
	struct frame part = { .n = n, .at_ns = frame->at_ns + first };

	if (first == 0 && n == frame->n) {
		*ret = *frame;
		return;
	}
	part.columns = arena_alloc(arena,
	    (frame->n_columns + 1) * sizeof(*part.columns));
	for (size_t i = 0; i < frame->n_columns; i++) {
		struct frame_column *to = &part.columns[part.n_columns];

		to->name = frame->columns[i].name;
		column_slice(arena, &frame->columns[i].data, frame->n, first,
		    n, &to->data);
		part.n_columns += to->data.n_present > 0;
	}
	*ret = part;
}

/* ---- merging ---- */

struct merge {
	struct arena	*arena;
	const struct frame *side[2];	/* older, newer */
	int32_t		*row[2];	/* of each merged row, on each side */
	int64_t		*at_ns;
	size_t		 n;
};

static void
merge_row(struct merge *m, int64_t at_ns, int32_t older, int32_t newer)
{
	m->at_ns[m->n] = at_ns;
	m->row[0][m->n] = older;
	m->row[1][m->n++] = newer;
}

static void
merge_times(struct merge *m)
{
	const struct frame *a = m->side[0], *b = m->side[1];
	size_t i = 0, k = 0, max = a->n + b->n + 1;

	m->at_ns = arena_alloc(m->arena, max * sizeof(*m->at_ns));
	m->row[0] = arena_alloc(m->arena, max * sizeof(*m->row[0]));
	m->row[1] = arena_alloc(m->arena, max * sizeof(*m->row[1]));
	while (i < a->n || k < b->n) {
		if (k == b->n || (i < a->n && a->at_ns[i] < b->at_ns[k])) {
			merge_row(m, a->at_ns[i], (int32_t)i, ABSENT);
			i++;
		} else if (i == a->n || a->at_ns[i] > b->at_ns[k]) {
			merge_row(m, b->at_ns[k], ABSENT, (int32_t)k);
			k++;
		} else {
			merge_row(m, a->at_ns[i], (int32_t)i, (int32_t)k);
			i++;
			k++;
		}
	}
}

void
column_widen(struct arena *arena, struct telemetry_column *column, size_t n)
{
	double *f;

	if (column->type != TELEMETRY_INT)
		return;
	column->type = TELEMETRY_FLOAT;
	if (column->n_present == 0)
		return;
	f = arena_alloc(arena, n * sizeof(*f));
	for (size_t i = 0; i < n; i++)
		f[i] = (double)column->i[i];
	column->f = f;
}

/* The column of a name on both sides, in one type; n_present 0: none. */
static void
both_sides(struct merge *m, const char *name, struct telemetry_column ret[2])
{
	const struct frame_column *found;

	for (unsigned s = 0; s < 2; s++) {
		found = frame_find(m->side[s], name);
		ret[s] = found != NULL ? found->data :
		    (struct telemetry_column){ 0 };
	}
	if (ret[0].n_present == 0 || ret[1].n_present == 0 ||
	    ret[0].type == ret[1].type)
		return;
	if (ret[0].type == TELEMETRY_INT && ret[1].type == TELEMETRY_FLOAT)
		column_widen(m->arena, &ret[0], m->side[0]->n);
	else if (ret[0].type == TELEMETRY_FLOAT &&
	    ret[1].type == TELEMETRY_INT)
		column_widen(m->arena, &ret[1], m->side[1]->n);
	else
		ret[0] = (struct telemetry_column){ 0 };
}

static void
merge_column(struct merge *m, const char *name, struct frame_column *ret)
{
	struct telemetry_column side[2];
	enum telemetry_type type;
	uint64_t *present;
	size_t width;
	char *values;

	both_sides(m, name, side);
	type = side[side[1].n_present > 0].type;
	width = width_of(type);
	values = arena_alloc(m->arena, m->n * width);
	present = arena_alloc(m->arena, present_words(m->n) * 8);
	ret->name = name;
	ret->data = (struct telemetry_column){ .type = type,
	    .i = (const int64_t *)(const void *)values };
	for (size_t i = 0; i < m->n; i++) {
		bool newer = m->row[1][i] != ABSENT &&
		    telemetry_present(&side[1], (size_t)m->row[1][i]);
		int32_t row = m->row[newer][i];

		if (row == ABSENT ||
		    !telemetry_present(&side[newer], (size_t)row))
			continue;
		memcpy(values + i * width, values_from(&side[newer],
		    (size_t)row), width);
		present_set(present, i);
		ret->data.n_present++;
	}
	if (ret->data.n_present < m->n)
		ret->data.present = present;
}

bool
column_same(const struct telemetry_column *a, size_t row,
    const struct telemetry_column *b, size_t other)
{
	if (a->type != b->type || !telemetry_present(a, row) ||
	    !telemetry_present(b, other))
		return false;
	if (a->type != TELEMETRY_TEXT)	/* doubles by their bits */
		return a->i[row] == b->i[other];
	return a->s[row].n == b->s[other].n && (a->s[row].n == 0 ||
	    memcmp(a->s[row].s, b->s[other].s, a->s[row].n) == 0);
}

/* Has the older side all that this column of the newer one says? */
static bool
is_known(const struct merge *m, const struct frame_column *newer)
{
	const struct frame_column *older = frame_find(m->side[0],
	    newer->name);

	if (older == NULL)
		return false;
	for (size_t i = 0; i < m->n; i++)
		if (m->row[1][i] != ABSENT && telemetry_present(&newer->data,
		    (size_t)m->row[1][i]) && !column_same(&older->data,
		    (size_t)m->row[0][i], &newer->data,
		    (size_t)m->row[1][i]))
			return false;
	return true;
}

static bool
all_known(const struct merge *m)
{
	if (m->n != m->side[0]->n)
		return false;
	for (size_t i = 0; i < m->side[1]->n_columns; i++)
		if (!is_known(m, &m->side[1]->columns[i]))
			return false;
	return true;
}

bool
frame_merge(struct arena *arena, const struct frame *older,
    const struct frame *newer, struct frame *ret)
{
	struct merge m = { .arena = arena, .side = { older, newer } };
	struct frame out = { 0 };
	size_t i = 0, k = 0;

	merge_times(&m);
	if (all_known(&m)) {
		*ret = *older;
		return false;
	}
	out.n = m.n;
	out.at_ns = m.at_ns;
	out.columns = arena_alloc(arena, (older->n_columns +
	    newer->n_columns + 1) * sizeof(*out.columns));
	while (i < older->n_columns || k < newer->n_columns) {
		int order = i == older->n_columns ? 1 :
		    k == newer->n_columns ? -1 :
		    by_name(&older->columns[i], &newer->columns[k]);
		const char *name = order <= 0 ? older->columns[i].name :
		    newer->columns[k].name;

		merge_column(&m, name, &out.columns[out.n_columns++]);
		i += order <= 0;
		k += order >= 0;
	}
	*ret = out;
	return true;
}

/* ---- joining ---- */

/* A column of the whole, empty so far; its type from all that have it. */
static void
join_type(const struct frame *frames, size_t n_frames,
    struct frame_column *column)
{
	bool any = false;

	for (size_t i = 0; i < n_frames; i++) {
		const struct frame_column *part = frame_find(&frames[i],
		    column->name);

		if (part == NULL)
			continue;
		if (!any || part->data.type != TELEMETRY_INT ||
		    column->data.type != TELEMETRY_FLOAT)
			column->data.type = part->data.type;
		any = true;
	}
}

static void
join_part(struct arena *arena, const struct frame *frame, size_t at,
    struct frame_column *column, uint64_t *present, char *values)
{
	const struct frame_column *found = frame_find(frame, column->name);
	size_t width = width_of(column->data.type);
	struct telemetry_column part;

	if (found == NULL)
		return;
	part = found->data;
	if (column->data.type == TELEMETRY_FLOAT)
		column_widen(arena, &part, frame->n);
	if (part.type != column->data.type)
		return;
	memcpy(values + at * width, part.i, frame->n * width);
	column->data.n_present += part.n_present;
	if (part.n_present == frame->n)
		present_fill(present, at, frame->n);
	for (size_t i = 0; part.n_present < frame->n && i < frame->n; i++)
		if (telemetry_present(&part, i))
			present_set(present, at + i);
}

static void
join_column(struct arena *arena, const struct frame *frames, size_t n_frames,
    size_t n, struct frame_column *column)
{
	uint64_t *present = arena_alloc(arena, present_words(n) * 8);
	char *values;
	size_t at = 0;

	join_type(frames, n_frames, column);
	values = arena_alloc(arena, n * width_of(column->data.type));
	column->data.i = (const int64_t *)(const void *)values;
	for (size_t i = 0; i < n_frames; i++) {
		join_part(arena, &frames[i], at, column, present, values);
		at += frames[i].n;
	}
	if (column->data.n_present < n)
		column->data.present = present;
}

/* Every name once. */
static void
join_names(const struct frame *frames, size_t n_frames, struct frame *out)
{
	for (size_t i = 0; i < n_frames; i++)
		for (size_t k = 0; k < frames[i].n_columns; k++) {
			const char *name = frames[i].columns[k].name;

			if (frame_find(out, name) == NULL)
				out->columns[out->n_columns++].name = name;
		}
	frame_sort(out);
}

void
frame_join(struct arena *arena, const struct frame *frames, size_t n_frames,
    struct frame *ret)
{
	struct frame out = { 0 };
	int64_t *at_ns;
	size_t names = 1;

	for (size_t i = 0; i < n_frames; i++) {
		out.n += frames[i].n;
		names += frames[i].n_columns;
	}
	out.columns = arena_alloc(arena, names * sizeof(*out.columns));
	at_ns = arena_alloc(arena, (out.n + 1) * sizeof(*at_ns));
	out.at_ns = at_ns;
	for (size_t i = 0; i < n_frames; i++) {
		memcpy(at_ns, frames[i].at_ns, frames[i].n * sizeof(*at_ns));
		at_ns += frames[i].n;
	}
	join_names(frames, n_frames, &out);
	for (size_t i = 0; i < out.n_columns; i++)
		join_column(arena, frames, n_frames, out.n, &out.columns[i]);
	*ret = out;
}

/* ---- filtering ---- */

static bool
row_is_set(const uint64_t *rows, size_t row)
{
	return (rows[row / 64] >> (row % 64) & 1) != 0;
}

static void
filter_column(struct arena *arena, const struct frame *frame,
    const uint64_t *rows, size_t n, const struct frame_column *from,
    struct frame_column *ret)
{
	size_t width = width_of(from->data.type), k = 0;
	uint64_t *present = arena_alloc(arena, present_words(n) * 8 + 8);
	char *values = arena_alloc(arena, n * width + 1);

	ret->name = from->name;
	ret->data = (struct telemetry_column){ .type = from->data.type,
	    .i = (const int64_t *)(const void *)values };
	for (size_t i = 0; i < frame->n; i++) {
		if (!row_is_set(rows, i))
			continue;
		if (telemetry_present(&from->data, i)) {
			memcpy(values + k * width, values_from(&from->data,
			    i), width);
			present_set(present, k);
			ret->data.n_present++;
		}
		k++;
	}
	if (ret->data.n_present < n)
		ret->data.present = present;
}

void
frame_filter(struct arena *arena, const struct frame *frame,
    const uint64_t *rows, struct frame *ret)
{
	struct frame out = { 0 };
	int64_t *at_ns = arena_alloc(arena, (frame->n + 1) * sizeof(*at_ns));

	out.at_ns = at_ns;
	for (size_t i = 0; i < frame->n; i++)
		if (row_is_set(rows, i))
			at_ns[out.n++] = frame->at_ns[i];
	out.columns = arena_alloc(arena,
	    (frame->n_columns + 1) * sizeof(*out.columns));
	for (size_t i = 0; i < frame->n_columns; i++) {
		filter_column(arena, frame, rows, out.n, &frame->columns[i],
		    &out.columns[out.n_columns]);
		out.n_columns += out.columns[out.n_columns].data.n_present > 0;
	}
	*ret = out;
}

size_t
frame_text_bytes(const struct frame *frame)
{
	size_t sum = 0;

	for (size_t i = 0; i < frame->n_columns; i++) {
		const struct telemetry_column *column =
		    &frame->columns[i].data;

		if (column->type != TELEMETRY_TEXT)
			continue;
		for (size_t k = 0; k < frame->n; k++)
			if (telemetry_present(column, k))
				sum += column->s[k].n;
	}
	return sum;
}
