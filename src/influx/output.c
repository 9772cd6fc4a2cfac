/* Results as JSON and CSV. */
#include "influx/output.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/digits.h"
#include "base/times.h"

/* ---- numbers ---- */

void
influx_number(struct buf *out, double value)
{
	unsigned decimals = 0;
	char *end;

	if (!isfinite(value)) {
		buf_adds(out, "null");
		return;
	}
	if (!buf_reserve(out, DIGITS_REAL_MAX))
		return;
	end = digits_real(out->data + out->len, value, DIGITS_GO, &decimals);
	out->len = (size_t)(end - out->data);
	*end = '\0';
}

/* ---- indenting ---- */

static void
new_line(struct buf *out, unsigned depth)
{
	buf_addc(out, '\n');
	for (unsigned i = 0; i < depth; i++)
		buf_adds(out, "    ");
}

/* A string, from its quote; the offset after it. */
static size_t
copy_string(const char *json, size_t n, size_t at, struct buf *out)
{
	size_t end = at + 1;

	while (end < n && json[end] != '"')
		end += json[end] == '\\' ? 2 : 1;
	buf_add(out, json + at, end + 1 - at);
	return end + 1;
}

void
influx_indent(const char *json, size_t n, struct buf *out)
{
	unsigned depth = 0;

	for (size_t i = 0; i < n; ) {
		char c = json[i];

		if (c == '"') {
			i = copy_string(json, n, i, out);
			continue;
		}
		i++;
		if (c == '}' || c == ']')
			new_line(out, --depth);
		buf_addc(out, c);
		if ((c == '{' || c == '[') && i < n &&
		    (json[i] == '}' || json[i] == ']'))
			buf_addc(out, json[i++]);
		else if (c == '{' || c == '[')
			new_line(out, ++depth);
		else if (c == ',')
			new_line(out, depth);
		else if (c == ':')
			buf_addc(out, ' ');
	}
}

/* ---- values ---- */

static void
write_time(struct influx_output *o, int64_t ns)
{
	char text[TIME_TEXT_MAX];

	if (o->form.epoch_ns != 0)
		jw_int(&o->json, ns / o->form.epoch_ns);
	else
		jw_strn(&o->json, text, time_format_ns(ns, text));
}

static void
write_value(struct influx_output *o, const struct iql_value *v)
{
	switch (v->type) {
	case IQL_T_FLOAT:
		jw_place(&o->json);
		influx_number(&o->out, v->f);
		break;
	case IQL_T_INT:
		jw_int(&o->json, v->i);
		break;
	case IQL_T_BOOL:
		jw_bool(&o->json, v->i != 0);
		break;
	case IQL_T_TEXT:
		jw_strn(&o->json, v->s, v->n);
		break;
	case IQL_T_TIME:
		write_time(o, v->i);
		break;
	default:
		jw_null(&o->json);
	}
}

/* ---- JSON ---- */

static void
open_document(struct influx_output *o)
{
	o->document = o->out.len;
	jw_start(&o->json, &o->out);
	jw_object(&o->json);
	jw_key(&o->json, "results");
	jw_array(&o->json);
}

static void
open_result(struct influx_output *o)
{
	if (o->result_open)
		return;
	o->result_open = true;
	if (o->form.chunked)
		open_document(o);
	jw_object(&o->json);
	jw_put_int(&o->json, "statement_id", o->statement - 1);
}

static void
write_head(struct influx_output *o)
{
	const struct iql_series_head *head = &o->head;
	struct json_write *json = &o->json;

	jw_object(json);
	if (head->name != NULL)
		jw_put_str(json, "name", head->name);
	if (head->n_tags > 0) {
		jw_key(json, "tags");
		jw_object(json);
		for (size_t i = 0; i < head->n_tags; i++)
			jw_put_str(json, head->tag_names[i],
			    head->tag_values[i]);
		jw_end(json);
	}
	jw_key(json, "columns");
	jw_array(json);
	for (size_t i = 0; i < head->n_columns; i++)
		jw_str(json, head->columns[i]);
	jw_end(json);
	jw_key(json, "values");
	jw_array(json);
}

/* more: the same series goes on in another chunk. */
static void
close_series(struct influx_output *o, bool more)
{
	if (!o->series_open)
		return;
	o->series_open = false;
	jw_end(&o->json);
	if (more)
		jw_put_bool(&o->json, "partial", true);
	jw_end(&o->json);
}

static enum helio_rc
flush(struct influx_output *o, struct helio_err *err)
{
	struct buf pretty = BUF_INIT;

	if (o->form.pretty && !o->form.csv && !o->out.failed) {
		influx_indent(o->out.data + o->document,
		    o->out.len - o->document, &pretty);
		o->out.len = o->document;
		buf_add(&o->out, pretty.data, pretty.len);
		o->out.failed |= pretty.failed;
		buf_free(&pretty);
	}
	if (!o->form.csv)
		buf_addc(&o->out, '\n');
	return o->flush != NULL ? o->flush(o->flush_arg, &o->out, err) :
	    HELIO_OK;
}

/* A chunk is a document of its own. */
static enum helio_rc
close_chunk(struct influx_output *o, bool more_rows, bool more,
    struct helio_err *err)
{
	bool had_series = o->series_open;

	close_series(o, more_rows);
	if (had_series)
		jw_end(&o->json);	/* of series */
	if (more)
		jw_put_bool(&o->json, "partial", true);
	jw_end(&o->json);
	jw_end(&o->json);
	jw_end(&o->json);
	o->result_open = false;
	return flush(o, err);
}

static void
open_series(struct influx_output *o, bool first)
{
	open_result(o);
	if (first) {
		jw_key(&o->json, "series");
		jw_array(&o->json);
	}
	write_head(o);
	o->series_open = true;
	o->rows = 0;
}

/* ---- CSV ---- */

/* RFC 4180: quoted where it must be. */
static void
csv_text(struct buf *out, const char *text, size_t n)
{
	if (strcspn(text, ",\"\r\n") >= n) {
		buf_add(out, text, n);
		return;
	}
	buf_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, text[i]);
	}
	buf_addc(out, '"');
}

static void
csv_value(struct influx_output *o, const struct iql_value *v)
{
	switch (v->type) {
	case IQL_T_FLOAT:
		if (isfinite(v->f))
			influx_number(&o->out, v->f);
		break;
	case IQL_T_INT:
		buf_addi(&o->out, v->i);
		break;
	case IQL_T_BOOL:
		buf_adds(&o->out, v->i != 0 ? "true" : "false");
		break;
	case IQL_T_TIME:
		buf_addi(&o->out, v->i /
		    (o->form.epoch_ns != 0 ? o->form.epoch_ns : 1));
		break;
	case IQL_T_TEXT:
		csv_text(&o->out, v->s, v->n);
		break;
	default:
		break;
	}
}

static void
csv_tags(struct influx_output *o)
{
	struct buf tags = BUF_INIT;

	for (size_t i = 0; i < o->head.n_tags; i++)
		buf_addf(&tags, "%s%s=%s", i > 0 ? "," : "",
		    o->head.tag_names[i], o->head.tag_values[i]);
	if (tags.len > 0)
		csv_text(&o->out, tags.data, tags.len);
	o->out.failed |= tags.failed;
	buf_free(&tags);
}

static void
csv_header(struct influx_output *o)
{
	if (o->has_header)
		buf_addc(&o->out, '\n');
	o->has_header = true;
	buf_adds(&o->out, "name,tags");
	for (size_t i = 0; i < o->head.n_columns; i++) {
		buf_addc(&o->out, ',');
		csv_text(&o->out, o->head.columns[i],
		    strlen(o->head.columns[i]));
	}
	buf_addc(&o->out, '\n');
}

static void
csv_row(struct influx_output *o, const struct iql_value *values)
{
	if (o->head.name != NULL)
		csv_text(&o->out, o->head.name, strlen(o->head.name));
	buf_addc(&o->out, ',');
	csv_tags(o);
	for (size_t i = 0; i < o->head.n_columns; i++) {
		buf_addc(&o->out, ',');
		csv_value(o, &values[i]);
	}
	buf_addc(&o->out, '\n');
}

/* ---- the sink ---- */

static const char *const *
copy_texts(struct arena *arena, const char *const *texts, size_t n)
{
	const char **copy = arena_alloc(arena, (n + 1) * sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(arena, texts[i]);
	return copy;
}

static bool
same_columns(const struct iql_series_head *a, const struct iql_series_head *b)
{
	if (a->n_columns != b->n_columns)
		return false;
	for (size_t i = 0; i < a->n_columns; i++)
		if (strcmp(a->columns[i], b->columns[i]) != 0)
			return false;
	return true;
}

static enum helio_rc
on_series(void *arg, const struct iql_series_head *head,
    struct helio_err *err)
{
	struct influx_output *o = arg;
	bool first = !o->series_open;
	bool header = !o->has_header || !same_columns(&o->head, head);
	enum helio_rc rc = HELIO_OK;

	if (o->form.chunked && o->series_open) {
		rc = close_chunk(o, false, true, err);
		if (rc != HELIO_OK)
			return rc;
		first = true;
	} else if (!o->form.csv) {
		close_series(o, false);
	}
	/* the last head's copies go with it */
	arena_reset(o->arena);
	o->head = *head;
	o->head.name = head->name != NULL ?
	    arena_strdup(o->arena, head->name) : NULL;
	o->head.tag_names = copy_texts(o->arena, head->tag_names,
	    head->n_tags);
	o->head.tag_values = copy_texts(o->arena, head->tag_values,
	    head->n_tags);
	o->head.columns = copy_texts(o->arena, head->columns,
	    head->n_columns);
	o->decimals = arena_alloc(o->arena,
	    (head->n_columns + 1) * sizeof(*o->decimals));
	o->row = arena_alloc(o->arena,
	    (head->n_columns + 1) * sizeof(*o->row));
	if (o->form.csv && header)
		csv_header(o);
	else if (!o->form.csv)
		open_series(o, first);
	return rc;
}

/* Does the next row belong into another chunk? */
static bool
is_full(const struct influx_output *o)
{
	return o->form.chunked && (o->rows == o->form.chunk_rows ||
	    o->out.len - o->document > o->form.bytes_max);
}

/* Is there still room for what was written? */
static enum helio_rc
check_size(const struct influx_output *o, struct helio_err *err)
{
	if (o->out.failed)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	if (!o->form.chunked && o->out.len > o->form.bytes_max)
		return err_set(err, HELIO_E_QUERY, "The reply would be larger "
		    "than %zu MB: give a LIMIT, fewer fields or a shorter "
		    "range", o->form.bytes_max >> 20);
	return HELIO_OK;
}

/* Before a row: a full chunk ends. */
static enum helio_rc
make_room(struct influx_output *o, struct helio_err *err)
{
	enum helio_rc rc;

	if (!is_full(o))
		return HELIO_OK;
	rc = close_chunk(o, true, true, err);
	if (rc == HELIO_OK)
		open_series(o, true);
	return rc;
}

static enum helio_rc
on_row(void *arg, const struct iql_value *values, struct helio_err *err)
{
	struct influx_output *o = arg;
	enum helio_rc rc = HELIO_OK;

	if (o->form.csv) {
		csv_row(o, values);
	} else {
		rc = make_room(o, err);
		if (rc != HELIO_OK)
			return rc;
		o->rows++;
		jw_array(&o->json);
		for (size_t i = 0; i < o->head.n_columns; i++)
			write_value(o, &values[i]);
		jw_end(&o->json);
	}
	return rc == HELIO_OK ? check_size(o, err) : rc;
}

/* ---- rows as they are stored ---- */

enum {
	PIECE = 256,		/* rows between looks at the size */
	TIME_ROOM = TIME_TEXT_MAX + 8,	/* with what stands around it */
};

static char *
put_text(char *to, const char *text, size_t n)
{
	memcpy(to, text, n);
	return to + n;
}

static char *
put_time(const struct influx_output *o, char *to, int64_t ns)
{
	if (o->form.epoch_ns == 1)
		return digits_int(to, ns);
	if (o->form.epoch_ns != 0)
		return digits_int(to, ns / o->form.epoch_ns);
	*to++ = '"';
	to += time_format_ns(ns, to);
	*to++ = '"';
	return to;
}

/* A cell of a number or a flag. */
static char *
put_cell(char *to, const struct telemetry_column *column, size_t row,
    unsigned *decimals)
{
	if (!telemetry_present(column, row))
		return put_text(to, "null", 4);
	if (column->type == TELEMETRY_FLOAT)
		return digits_real(to, column->f[row], DIGITS_GO, decimals);
	if (column->type == TELEMETRY_INT)
		return digits_int(to, column->i[row]);
	return column->i[row] != 0 ? put_text(to, "true", 4) :
	    put_text(to, "false", 5);
}

/* A row that has neither texts nor tags. */
static char *
put_row(struct influx_output *o, char *to, const struct iql_stretch *s,
    size_t row)
{
	*to++ = '[';
	to = put_time(o, to, s->at_ns[row]);
	for (size_t i = 0; i + 1 < o->head.n_columns; i++) {
		*to++ = ',';
		to = put_cell(to, s->cells[i].column, row, &o->decimals[i]);
	}
	*to++ = ']';
	return to;
}

/* Up to n rows from *row on, all numbers; *row is where it goes on. */
static void
put_rows(struct influx_output *o, const struct iql_stretch *s, size_t *row,
    size_t n)
{
	size_t room = TIME_ROOM + o->head.n_columns * DIGITS_REAL_MAX;
	char *to;

	jw_place(&o->json);
	for (size_t i = *row; i < s->hi && n > 0 &&
	    buf_reserve(&o->out, room); n--) {
		to = put_row(o, o->out.data + o->out.len, s, i);
		i = *row = iql_mask_next(s->mask, i + 1, s->hi);
		if (n > 1 && i < s->hi)
			*to++ = ',';
		o->out.len = (size_t)(to - o->out.data);
		*to = '\0';
		o->rows++;
	}
}

/* The time of a row and its cells, as values. */
static void
read_row(const struct influx_output *o, const struct iql_stretch *s,
    size_t row, struct iql_value *ret)
{
	ret[0] = iql_time(s->at_ns[row]);
	for (size_t i = 0; i + 1 < o->head.n_columns; i++)
		ret[i + 1] = s->cells[i].column == NULL ? s->cells[i].same :
		    iql_cell(s->cells[i].column, row);
}

static enum helio_rc
each_row(struct influx_output *o, const struct iql_stretch *s,
    struct helio_err *err)
{
	size_t row = iql_mask_next(s->mask, s->lo, s->hi);
	enum helio_rc rc = HELIO_OK;

	for (size_t n = 0; row < s->hi && n < s->most && rc == HELIO_OK; n++) {
		read_row(o, s, row, o->row);
		rc = on_row(o, o->row, err);
		row = iql_mask_next(s->mask, row + 1, s->hi);
	}
	return rc;
}

static bool
all_numbers(const struct influx_output *o, const struct iql_stretch *s)
{
	for (size_t i = 0; i + 1 < o->head.n_columns; i++)
		if (s->cells[i].column == NULL ||
		    s->cells[i].column->type == TELEMETRY_TEXT)
			return false;
	return true;
}

static enum helio_rc
on_stretch(void *arg, const struct iql_stretch *s, struct helio_err *err)
{
	struct influx_output *o = arg;
	size_t row = iql_mask_next(s->mask, s->lo, s->hi), left = s->most, n;
	enum helio_rc rc = HELIO_OK;

	if (o->form.csv || !all_numbers(o, s))
		return each_row(o, s, err);
	while (row < s->hi && left > 0 && rc == HELIO_OK) {
		rc = make_room(o, err);
		n = left < PIECE ? left : PIECE;
		if (o->form.chunked && o->form.chunk_rows - o->rows < n)
			n = o->form.chunk_rows - o->rows;
		left -= n;
		if (rc == HELIO_OK)
			put_rows(o, s, &row, n);
		if (rc == HELIO_OK)
			rc = check_size(o, err);
	}
	return rc;
}

struct iql_sink
influx_output_sink(struct influx_output *o)
{
	return (struct iql_sink){ on_series, on_row, o, on_stretch };
}

/* ---- statements ---- */

void
influx_output_begin(struct influx_output *o, struct arena *arena)
{
	o->arena = arena;
	if (!o->form.csv && !o->form.chunked)
		open_document(o);
}

void
influx_output_statement(struct influx_output *o)
{
	o->statement++;
	o->result_open = o->series_open = false;
}

enum helio_rc
influx_output_end(struct influx_output *o, const char *error,
    struct helio_err *err)
{
	bool had_series = o->series_open;

	if (o->form.csv)
		return HELIO_OK;
	open_result(o);
	close_series(o, false);
	if (had_series)
		jw_end(&o->json);
	if (error != NULL)
		jw_put_str(&o->json, "error", error);
	jw_end(&o->json);
	o->result_open = false;
	if (!o->form.chunked)
		return HELIO_OK;
	jw_end(&o->json);
	jw_end(&o->json);
	return flush(o, err);
}

void
influx_output_finish(struct influx_output *o)
{
	struct helio_err err;

	if (o->form.csv || o->form.chunked)
		return;
	jw_end(&o->json);
	jw_end(&o->json);
	err_clear(&err);
	flush(o, &err);
}
