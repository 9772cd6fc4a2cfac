/* CSV with a #datatype record to line protocol; see sample_text.h. */
#include <stdlib.h>
#include <string.h>

#include "cmd/sample_text.h"

/* What a column is. */
enum kind { FIELD, TAG, NAME, TIME, IGNORED };

struct column {
	enum kind	 kind;
	enum telemetry_type type;	/* of a FIELD */
	size_t		 name;		/* offset in `names` */
};

/* One field of a record. */
struct cell {
	size_t		 at, n;		/* in `text`, with a NUL */
	bool		 quoted;
};

struct sample_csv {
	struct column	 column[SAMPLE_COLUMNS_MAX];
	size_t		 n_columns;	/* 0: no #datatype yet */
	bool		 header_due;
	struct buf	 names;
	/* the record at hand */
	struct buf	 text, key;
	struct cell	 cell[SAMPLE_COLUMNS_MAX];
	size_t		 n_cells;
	struct sample_value value[SAMPLE_COLUMNS_MAX];
};

struct sample_csv *
sample_csv_new(void)
{
	return calloc(1, sizeof(struct sample_csv));
}

void
sample_csv_free(struct sample_csv *csv)
{
	if (csv == NULL)
		return;
	buf_free(&csv->names);
	buf_free(&csv->text);
	buf_free(&csv->key);
	free(csv);
}

/* ---- records ---- */

/* What is between quotes; *at is behind the first one, and then behind the
 * last. */
static bool
take_quoted(struct buf *out, const char *s, size_t n, size_t *at)
{
	for (; *at < n; ++*at) {
		if (s[*at] == '"' && (++*at == n || s[*at] != '"'))
			return true;
		buf_addc(out, s[*at]);
	}
	return false;
}

/* One field, from s[*at]; NULL or why not. */
static const char *
take_cell(struct sample_csv *csv, const char *s, size_t n, size_t *at)
{
	struct cell *cell = &csv->cell[csv->n_cells];

	if (csv->n_cells == SAMPLE_COLUMNS_MAX)
		return "too many columns";
	csv->n_cells++;
	*cell = (struct cell){ .at = csv->text.len,
	    .quoted = *at < n && s[*at] == '"' };
	*at += cell->quoted;
	if (cell->quoted && !take_quoted(&csv->text, s, n, at))
		return "a quote is not closed";
	for (; !cell->quoted && *at < n && s[*at] != ','; ++*at) {
		if (s[*at] == '"')
			return "a quote inside a field";
		buf_addc(&csv->text, s[*at]);
	}
	if (*at < n && s[*at] != ',')
		return "something follows a closing quote";
	cell->n = csv->text.len - cell->at;
	buf_addc(&csv->text, '\0');
	return NULL;
}

static const char *
take_cells(struct sample_csv *csv, const char *s, size_t n)
{
	const char *why;
	size_t at = 0;

	buf_reset(&csv->text);
	csv->n_cells = 0;
	if (memchr(s, '\0', n) != NULL)
		return "a NUL byte";
	/* at a comma there is one more, also at the end */
	while ((why = take_cell(csv, s, n, &at)) == NULL && at < n)
		at++;
	return why == NULL && csv->text.failed ? "no memory" : why;
}

static const char *
text_of(const struct sample_csv *csv, size_t i)
{
	return csv->text.data + csv->cell[i].at;
}

/* ---- what the columns are ---- */

static const struct {
	const char	*name;
	enum kind	 kind;
	enum telemetry_type type;
} kinds[] = {
	{ "measurement", NAME, 0 }, { "tag", TAG, 0 },
	{ "dateTime:number", TIME, 0 }, { "ignored", IGNORED, 0 },
	{ "double", FIELD, TELEMETRY_FLOAT }, { "long", FIELD, TELEMETRY_INT },
	{ "boolean", FIELD, TELEMETRY_BOOL },
	{ "string", FIELD, TELEMETRY_TEXT },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const char *
read_types(struct sample_csv *csv)
{
	size_t seen[IGNORED + 1] = { 0 };

	csv->n_columns = 0;
	for (size_t i = 0, k; i < csv->n_cells; i++) {
		for (k = 0; k < KINDS; k++)
			if (strcmp(kinds[k].name, text_of(csv, i)) == 0)
				break;
		if (k == KINDS)
			return "#datatype names a type that is not known";
		csv->column[i] = (struct column){ kinds[k].kind,
		    kinds[k].type, 0 };
		seen[kinds[k].kind]++;
	}
	if (seen[NAME] != 1 || seen[TIME] != 1 || seen[FIELD] == 0)
		return "#datatype needs one measurement, one dateTime:number "
		    "and a field";
	csv->n_columns = csv->n_cells;
	csv->header_due = true;
	return NULL;
}

static const char *
read_header(struct sample_csv *csv)
{
	csv->header_due = false;
	buf_reset(&csv->names);
	for (size_t i = 0; i < csv->n_columns; i++) {
		csv->column[i].name = csv->names.len;
		buf_add(&csv->names, text_of(csv, i), csv->cell[i].n + 1);
	}
	return csv->names.failed ? "no memory" : NULL;
}

/* ---- points ---- */

/* A number of digits is all that may reach a line unquoted. */
static bool
is_plain(const char *text, const char *allowed)
{
	return *text != '\0' && strspn(text, allowed) == strlen(text);
}

static const char *
take_value(struct sample_csv *csv, size_t i, struct sample_value *value)
{
	static const struct {
		const char	*allowed;	/* NULL: anything */
		const char	*why;
	} forms[] = {
		[TELEMETRY_FLOAT] = { "0123456789+-.eE", "no number" },
		[TELEMETRY_INT] = { "0123456789+-", "no whole number" },
		[TELEMETRY_BOOL] = { "truefalsTRUEFALS",
		    "neither true nor false" },
		[TELEMETRY_TEXT] = { NULL, NULL },
	};
	const struct column *column = &csv->column[i];
	bool absent = csv->cell[i].n == 0 && !(csv->cell[i].quoted &&
	    column->type == TELEMETRY_TEXT);

	*value = (struct sample_value){
		csv->names.data + column->name, column->type,
		absent ? NULL : text_of(csv, i), csv->cell[i].n,
	};
	if (absent || forms[column->type].allowed == NULL ||
	    is_plain(value->s, forms[column->type].allowed))
		return NULL;
	return forms[column->type].why;
}

/* The measurement goes first, whatever its column. */
static const char *
make_key(struct sample_csv *csv)
{
	buf_reset(&csv->key);
	for (size_t i = 0; i < csv->n_columns; i++)
		if (csv->column[i].kind == NAME)
			sample_add_escaped(&csv->key, text_of(csv, i), ", ");
	if (csv->key.len == 0 || *csv->key.data == '#')
		return "no measurement";
	for (size_t i = 0; i < csv->n_columns; i++) {
		if (csv->column[i].kind != TAG || csv->cell[i].n == 0)
			continue;
		buf_addc(&csv->key, ',');
		sample_add_escaped(&csv->key,
		    csv->names.data + csv->column[i].name, ",= ");
		buf_addc(&csv->key, '=');
		sample_add_escaped(&csv->key, text_of(csv, i), ",= ");
	}
	if (csv->key.failed)
		return "no memory";
	return strpbrk(csv->key.data, "\r\n") != NULL ?
	    "a line end in a name" : NULL;
}

static const char *
read_point(struct sample_csv *csv, struct buf *lines)
{
	const char *why = make_key(csv), *time = NULL;
	size_t n = 0;

	for (size_t i = 0; i < csv->n_columns && why == NULL; i++) {
		if (csv->column[i].kind == TIME)
			time = text_of(csv, i);
		else if (csv->column[i].kind == FIELD)
			why = take_value(csv, i, &csv->value[n++]);
	}
	for (size_t i = 0; i < n && why == NULL; i++)
		if (strpbrk(csv->value[i].name, "\r\n") != NULL)
			why = "a line end in a name";
	if (why != NULL)
		return why;
	if (!is_plain(time, "-0123456789"))
		return "no time";
	return sample_add_lines(lines, csv->key.data, csv->value, n, time) ?
	    NULL : "no value";
}

const char *
sample_csv_read(struct sample_csv *csv, const char *s, size_t n,
    struct buf *lines)
{
	static const char datatype[] = "#datatype ";
	const size_t n_mark = sizeof(datatype) - 1;
	const char *why;
	bool types;

	n -= n > 0 && s[n - 1] == '\n';
	n -= n > 0 && s[n - 1] == '\r';
	if (n == 0)
		return NULL;
	types = n > n_mark && memcmp(s, datatype, n_mark) == 0;
	if (*s == '#' && !types)
		return "of the records that begin with # only #datatype is "
		    "known";
	why = types ? take_cells(csv, s + n_mark, n - n_mark) :
	    take_cells(csv, s, n);
	if (why != NULL)
		return why;
	if (types)
		return read_types(csv);
	if (csv->n_columns == 0)
		return "there is no #datatype above";
	if (csv->n_cells != csv->n_columns)
		return "another number of fields than #datatype has";
	return csv->header_due ? read_header(csv) : read_point(csv, lines);
}
