/* Reading rows. */
#include "batch/input.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct batch_input {
	FILE		*file;
	const struct batch_job *job;	/* borrowed */
	enum batch_format format;
	struct batch_own header;	/* values: names of the CSV's columns */
	unsigned long	 lines;		/* read so far */
	struct buf	 line;		/* the present record */
	bool		 kept;		/* it has not been given yet */
	bool		 too_long;
};

void
batch_own_free(struct batch_own *own)
{
	buf_free(&own->text);
	own->row.n = 0;
}

const char *
batch_value(const struct batch_row *row, const char *column)
{
	for (size_t i = 0; i < row->n; i++)
		if (strcmp(row->names[i], column) == 0)
			return row->values[i] != NULL &&
			    *row->values[i] != '\0' ? row->values[i] : NULL;
	return NULL;
}

/* ---- one record ---- */

/*
 * While a record is read, texts are offsets into `text`, which may move;
 * points_at() makes pointers of them at the end.
 */
static void
points_at(struct batch_own *own, const size_t *names, const size_t *values,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		own->names[i] = names != NULL ? own->text.data + names[i] :
		    NULL;
		own->values[i] = values[i] == SIZE_MAX ? NULL :
		    own->text.data + values[i];
	}
	own->row.n = n;
	own->row.names = own->names;
	own->row.values = own->values;
}

/* A quoted field: *at is behind the first quote, and then behind the last. */
static bool
read_quoted(struct buf *out, const char **at, const char *end)
{
	while (*at < end) {
		if (**at != '"') {
			buf_addc(out, *(*at)++);
		} else if (*at + 1 < end && (*at)[1] == '"') {
			buf_addc(out, '"');
			*at += 2;
		} else {
			(*at)++;
			return true;
		}
	}
	return false;
}

static const char *
read_field(struct buf *out, const char **at, const char *end)
{
	if (*at < end && **at == '"') {
		(*at)++;
		if (!read_quoted(out, at, end))
			return "a quote is not closed";
		return *at == end || **at == ',' ? NULL :
		    "something follows a closing quote";
	}
	for (; *at < end && **at != ','; (*at)++) {
		if (**at == '"')
			return "a quote inside a field";
		buf_addc(out, **at);
	}
	return NULL;
}

static size_t
without_line_end(const char *s, size_t n)
{
	n -= n > 0 && s[n - 1] == '\n';
	n -= n > 0 && s[n - 1] == '\r';
	return n;
}

bool
batch_read_csv(struct batch_own *own, const char *s, size_t n,
    const char **ret_why)
{
	const char *at = s, *end = s + without_line_end(s, n);
	size_t starts[BATCH_COLUMNS_MAX], columns = 0;

	*ret_why = memchr(s, '\0', n) != NULL ? "a NUL byte" : NULL;
	while (*ret_why == NULL) {
		if (columns == BATCH_COLUMNS_MAX) {
			*ret_why = "too many columns";
			break;
		}
		starts[columns++] = own->text.len;
		*ret_why = read_field(&own->text, &at, end);
		buf_addc(&own->text, '\0');
		if (*ret_why != NULL || at == end)
			break;
		at++;
	}
	if (own->text.failed)
		*ret_why = "no memory";
	if (*ret_why == NULL)
		points_at(own, NULL, starts, columns);
	return *ret_why == NULL;
}

/* A value as text; false: no memory, or a NUL in it. */
static bool
add_value(struct buf *out, json_t *value)
{
	char *text;
	bool ok;

	if (json_is_string(value)) {
		buf_add(out, json_string_value(value),
		    json_string_length(value) + 1);
		return strlen(json_string_value(value)) ==
		    json_string_length(value);
	}
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	ok = text != NULL;
	if (ok)
		buf_add(out, text, strlen(text) + 1);
	free(text);
	return ok;
}

static const char *
read_members(struct batch_own *own, json_t *object)
{
	size_t names[BATCH_COLUMNS_MAX], values[BATCH_COLUMNS_MAX], n = 0;
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) {
		if (n == BATCH_COLUMNS_MAX)
			return "too many members";
		names[n] = own->text.len;
		buf_add(&own->text, name, strlen(name) + 1);
		values[n] = own->text.len;
		if (json_is_null(value))
			values[n] = SIZE_MAX;
		else if (!add_value(&own->text, value))
			return "a NUL in a string";
		n++;
	}
	if (own->text.failed)
		return "no memory";
	points_at(own, names, values, n);
	return NULL;
}

bool
batch_read_json(struct batch_own *own, const char *s, size_t n,
    const char **ret_why)
{
	json_t *root = json_loadb(s, n, JSON_REJECT_DUPLICATES, NULL);

	*ret_why = json_is_object(root) ? read_members(own, root) :
	    "no JSON object";
	json_decref(root);
	return *ret_why == NULL;
}

/* ---- lines of a file ---- */

/* One more line onto the record; false at the end.  What is beyond the limit
 * is read and forgotten. */
static bool
add_line(struct batch_input *input)
{
	int c;
	bool any = false;

	while ((c = getc_unlocked(input->file)) != EOF) {
		any = true;
		if (input->line.len < BATCH_LINE_MAX)
			buf_addc(&input->line, (char)c);
		else
			input->too_long = true;
		if (c == '\n')
			break;
	}
	input->lines += any;
	return any;
}

static bool
quotes_are_even(const struct buf *line)
{
	size_t n = 0;

	for (size_t i = 0; i < line->len; i++)
		n += line->data[i] == '"';
	return n % 2 == 0;
}

/* The next line that is not blank; with its continuation, if it is CSV. */
static bool
read_record(struct batch_input *input, unsigned long *ret_no)
{
	if (!input->kept) {
		do {
			buf_reset(&input->line);
			input->too_long = false;
			if (!add_line(input))
				return false;
		} while (strspn(input->line.data, " \t\r\n") ==
		    input->line.len);
	}
	input->kept = false;
	*ret_no = input->lines;
	while (input->format == BATCH_CSV && !quotes_are_even(&input->line) &&
	    !input->too_long && add_line(input))
		continue;
	return true;
}

/* ---- which format ---- */

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), len = strlen(end);

	return n >= len && strcmp(text + n - len, end) == 0;
}

static enum batch_format
format_of_name(const char *file)
{
	static const struct {
		const char	*end;
		enum batch_format format;
	} names[] = {
		{ ".csv", BATCH_CSV }, { ".jsonl", BATCH_JSONL },
		{ ".ndjson", BATCH_JSONL }, { ".txt", BATCH_LINES },
	};

	for (size_t i = 0; file != NULL &&
	    i < sizeof(names) / sizeof(names[0]); i++)
		if (ends_with(file, names[i].end))
			return names[i].format;
	return BATCH_AUTO;
}

static bool
has_column(const struct batch_own *header, const char *column)
{
	for (size_t i = 0; i < header->row.n; i++)
		if (strcmp(header->values[i], column) == 0)
			return true;
	return false;
}

/* A first line that names the job's first column is a header. */
static enum batch_format
format_of_line(const struct batch_input *input)
{
	struct batch_own header = { 0 };
	const char *why;
	bool csv;

	if (input->line.data[strspn(input->line.data, " \t")] == '{')
		return BATCH_JSONL;
	csv = batch_read_csv(&header, input->line.data, input->line.len,
	    &why) && has_column(&header, input->job->columns[0]);
	batch_own_free(&header);
	return csv ? BATCH_CSV : BATCH_LINES;
}

/* ---- the input ---- */

static bool
read_header(struct batch_input *input, struct buf *message)
{
	const char *why;
	unsigned long no;

	if (!read_record(input, &no)) {
		buf_adds(message, "the input has no header");
		return false;
	}
	if (!batch_read_csv(&input->header, input->line.data,
	    input->line.len, &why)) {
		buf_addf(message, "line %lu: the header: %s", no, why);
		return false;
	}
	for (size_t i = 0; i < input->job->n_columns; i++) {
		if (has_column(&input->header, input->job->columns[i]))
			continue;
		buf_addf(message, "the header has no column %s",
		    input->job->columns[i]);
		return false;
	}
	return true;
}

/* Look at the first record, and keep it for the first call. */
static void
look_ahead(struct batch_input *input)
{
	static const char bom[] = "\xef\xbb\xbf";
	unsigned long no;

	input->kept = read_record(input, &no);
	if (!input->kept)
		return;
	if (input->line.len >= 3 && memcmp(input->line.data, bom, 3) == 0) {
		memmove(input->line.data, input->line.data + 3,
		    input->line.len - 2);
		input->line.len -= 3;
	}
	if (input->format == BATCH_AUTO)
		input->format = format_of_line(input);
}

struct batch_input *
batch_input_open(const struct batch_how *how, const struct batch_job *job,
    struct buf *message)
{
	struct batch_input *input = calloc(1, sizeof(*input));
	bool std = how->file == NULL || strcmp(how->file, "-") == 0;

	if (input == NULL) {
		buf_adds(message, "no memory");
		return NULL;
	}
	input->job = job;
	input->format = how->format != BATCH_AUTO ? how->format :
	    format_of_name(how->file);
	input->file = std ? stdin : fopen(how->file, "re");
	if (input->file == NULL) {
		buf_addf(message, "%s: %s", how->file, strerror(errno));
		batch_input_close(input);
		return NULL;
	}
	look_ahead(input);
	if (input->format == BATCH_CSV && !read_header(input, message)) {
		batch_input_close(input);
		return NULL;
	}
	return input;
}

void
batch_input_close(struct batch_input *input)
{
	if (input == NULL)
		return;
	if (input->file != NULL && input->file != stdin)
		fclose(input->file);
	batch_own_free(&input->header);
	buf_free(&input->line);
	free(input);
}

/* A plain line is the value of the job's first column. */
static const char *
read_plain(struct batch_input *input, struct batch_own *own)
{
	const char *s = input->line.data;
	size_t n = without_line_end(s, input->line.len);

	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	while (n > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	if (memchr(s, '\0', n) != NULL)
		return "a NUL byte";
	buf_add(&own->text, s, n + 1);
	if (own->text.failed)
		return "no memory";
	own->text.data[n] = '\0';
	points_at(own, NULL, &(const size_t){ 0 }, 1);
	own->row.names = input->job->columns;
	return NULL;
}

static const char *
read_csv_row(struct batch_input *input, struct batch_own *own)
{
	const char *why;
	size_t wanted = input->header.row.n;

	if (!batch_read_csv(own, input->line.data, input->line.len, &why))
		return why;
	own->row.names = input->header.values;
	if (own->row.n < wanted)
		return "fewer fields than the header has";
	if (own->row.n == wanted)
		return NULL;
	own->row.n = wanted;
	return "more fields than the header has";
}

/* NULL, or why it is no row. */
static const char *
read_row(struct batch_input *input, struct batch_own *own)
{
	const char *why = NULL;

	if (input->too_long)
		return "the line is too long";
	if (!utf8_valid(input->line.data, input->line.len))
		return "not valid UTF-8";
	if (input->format == BATCH_CSV)
		return read_csv_row(input, own);
	if (input->format == BATCH_LINES)
		return read_plain(input, own);
	batch_read_json(own, input->line.data, input->line.len, &why);
	return why;
}

static bool
has_all(const struct batch_input *input, const struct batch_own *own,
    struct buf *message)
{
	for (size_t i = 0; i < input->job->n_columns; i++) {
		if (batch_value(&own->row, input->job->columns[i]) != NULL)
			continue;
		buf_addf(message, "%s is missing", input->job->columns[i]);
		return false;
	}
	return true;
}

enum batch_read
batch_input_next(struct batch_input *input, struct batch_own *own,
    struct buf *message)
{
	const char *why;

	if (!read_record(input, &own->row.no)) {
		if (!ferror(input->file))
			return BATCH_READ_END;
		buf_adds(message, strerror(errno));
		return BATCH_READ_FAILED;
	}
	if (input->line.failed) {
		buf_adds(message, "no memory");
		return BATCH_READ_FAILED;
	}
	why = read_row(input, own);
	if (why != NULL)
		buf_adds(message, why);
	return why == NULL && has_all(input, own, message) ?
	    BATCH_READ_ROW : BATCH_READ_BAD;
}
