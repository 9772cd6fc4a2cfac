/* See lineproto.h. */
#include "influx/lineproto.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "telemetry/catalogue.h"

enum {
	ECHO_MAX = 120,		/* bytes of a bad line that are repeated */
	TAG_VALUE_MAX = 256,	/* bytes */
	TIME_DIGITS = 19,
};

/* A piece of the text. */
struct span {
	const char	*s;
	size_t		 n;
};

struct line_value {
	struct span	 name;		/* escaped still */
	enum telemetry_type type;
	union {
		double	 f;
		int64_t	 i;
		struct telemetry_text s;
	};
};

/* The values of one type that a field of a series has. */
struct column {
	struct span	 raw;		/* its name as the text has it */
	const char	*name;
	enum telemetry_type type;
	void		*values;	/* 8 bytes each, a text 16 */
	uint64_t	*present;	/* NULL while the series is even */
	size_t		 cap;
};

/* Lines of one key (measurement and tags as the text has them). */
struct series {
	struct span	 key;
	const char	*measurement, *tags, *imei;
	int64_t		*at_ns;
	size_t		 n, cap;
	bool		 sorted;
	bool		 even;		/* every row has all columns, and every
					 * line had them in their order */
	struct column	*columns;
	size_t		 n_columns, cap_columns;
	struct series	*next;		/* of all */
	struct series	*same;		/* of one hash */
	struct series	*after;		/* whose line came after one of this */
};

enum {
	BUCKETS = 4096,
	ROWS_FIRST = 4,		/* room for so many at first ... */
	ROWS_GROWTH = 4,	/* ... and so many times as many later */
};

struct reader {
	struct arena	*arena;
	const struct lineproto_options *options;
	struct lineproto_result *result;
	struct buf	 scratch;
	const char	*at, *end;
	/* the line at hand */
	const char	*line;
	const char	*why;		/* it is bad */
	struct line_value value[TELEMETRY_FIELDS_MAX];
	size_t		 n_values;
	int64_t		 at_ns;
	/* all of them */
	struct series	*first, **last, *recent;
	struct series	*bucket[BUCKETS];
};

bool
lineproto_unit(const char *text, int64_t *ret_ns)
{
	static const struct {
		const char	*name;
		int64_t		 ns;
	} units[] = {
		{ "", 1 }, { "n", 1 }, { "ns", 1 }, { "u", 1000 },
		{ "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
		{ "m", INT64_C(60000000000) }, { "h", INT64_C(3600000000000) },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].name, text != NULL ? text : "") == 0) {
			*ret_ns = units[i].ns;
			return true;
		}
	return false;
}

/* ---- the text ---- */

static bool
bad(struct reader *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
	return false;
}

static char
peek(const struct reader *r)
{
	return r->at < r->end ? *r->at : '\n';
}

/* What a character can mean, as bits. */
enum {
	COMMA = 1, EQUALS = 2, SPACE = 4, TAB = 8, END = 16, ESCAPE = 32,
	BLANK = SPACE | TAB,
};

static const uint8_t meaning[256] = {
	[','] = COMMA, ['='] = EQUALS, [' '] = SPACE, ['\t'] = TAB,
	['\r'] = TAB, ['\n'] = END, ['\\'] = ESCAPE,
};

static unsigned
meaning_of(char c)
{
	return meaning[(unsigned char)c];
}

/* Up to an unescaped character of `stops`, or the line's end. */
static struct span
scan(struct reader *r, unsigned stops)
{
	const char *at = r->at;
	struct span span = { at, 0 };

	for (; at < r->end; at++) {
		if ((meaning_of(*at) & (stops | END | ESCAPE)) == 0)
			continue;
		if (*at != '\\')
			break;
		at += at + 1 < r->end && at[1] != '\n';
	}
	r->at = at;
	span.n = (size_t)(at - span.s);
	return span;
}

static void
skip_blanks(struct reader *r)
{
	while (r->at < r->end && (meaning_of(*r->at) & BLANK) != 0)
		r->at++;
}

/* To the line's end; in quotes it may go on. */
static void
skip_line(struct reader *r)
{
	bool quoted = false;

	for (; r->at < r->end; r->at++) {
		if (*r->at == '\n' && !quoted)
			return;
		if (*r->at == '\\' && r->at + 1 < r->end && r->at[1] != '\n')
			r->at++;
		else if (*r->at == '"')
			quoted = !quoted;
	}
}

/* A name without its escapes; NULL when it cannot be one. */
static const char *
unescape(struct reader *r, struct span span, const char *escaped, size_t max)
{
	char *name = arena_strndup(r->arena, span.s, span.n);
	size_t n = 0;

	for (size_t i = 0; i < span.n; i++) {
		if (name[i] == '\\' && i + 1 < span.n &&
		    strchr(escaped, name[i + 1]) != NULL)
			i++;
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return NULL;
		name[n++] = name[i];
	}
	name[n] = '\0';
	return n > 0 && n <= max && utf8_valid(name, n) ? name : NULL;
}

/* ---- values ---- */

static bool
read_number(struct reader *r, struct line_value *value)
{
	struct number num;

	if (!number_scan(&r->at, r->end, NUMBER_LOOSE, &num))
		return bad(r, "invalid number");
	if (peek(r) == 'i') {
		r->at++;
		value->type = TELEMETRY_INT;
		if (!number_whole(&num, &value->i))
			return bad(r, "unable to parse integer");
		return true;
	}
	value->type = TELEMETRY_FLOAT;
	value->f = number_real(&r->scratch, &num);
	if (!isfinite(value->f))
		return bad(r, "number out of range");
	return true;
}

static bool
read_flag(struct reader *r, struct line_value *value)
{
	static const struct {
		const char	*text;
		bool		 on;
	} words[] = {
		{ "t", true }, { "T", true }, { "true", true },
		{ "True", true }, { "TRUE", true }, { "f", false },
		{ "F", false }, { "false", false }, { "False", false },
		{ "FALSE", false },
	};
	struct span word = scan(r, COMMA | BLANK);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (word.n == strlen(words[i].text) &&
		    memcmp(word.s, words[i].text, word.n) == 0) {
			value->type = TELEMETRY_BOOL;
			value->i = words[i].on;
			return true;
		}
	return bad(r, "invalid boolean");
}

static bool
read_text(struct reader *r, struct line_value *value)
{
	const char *start = ++r->at;
	bool escapes = false;
	char *text;
	size_t n = 0, len;

	while (r->at < r->end && *r->at != '"') {
		if (*r->at == '\\' && r->at + 1 < r->end) {
			escapes = true;
			r->at++;
		}
		r->at++;
	}
	if (r->at >= r->end)
		return bad(r, "unbalanced quotes");
	len = (size_t)(r->at++ - start);
	value->type = TELEMETRY_TEXT;
	value->s = (struct telemetry_text){ start, len };
	if (escapes) {
		text = arena_strndup(r->arena, start, len);
		for (size_t i = 0; i < len; i++) {
			if (text[i] == '\\' && i + 1 < len &&
			    (text[i + 1] == '"' || text[i + 1] == '\\'))
				i++;
			text[n++] = text[i];
		}
		value->s = (struct telemetry_text){ text, n };
	}
	if (value->s.n > TELEMETRY_TEXT_MAX)
		return bad(r, "string is too long");
	if (!utf8_valid(value->s.s, value->s.n))
		return bad(r, "string is not valid UTF-8");
	return true;
}

static bool
read_value(struct reader *r, struct line_value *value)
{
	char c = peek(r);

	if (c == '"')
		return read_text(r, value);
	if ((c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.')
		return read_number(r, value);
	if (c == ',' || c == ' ' || c == '\n')
		return bad(r, "missing field value");
	if ((c | 0x20) != 't' && (c | 0x20) != 'f')
		return bad(r, "invalid number");
	return read_flag(r, value);
}

static bool
at_value_end(const struct reader *r)
{
	return (meaning_of(peek(r)) & (COMMA | BLANK | END)) != 0;
}

static bool
read_fields(struct reader *r)
{
	for (r->n_values = 0;; r->at++) {
		struct line_value *value = &r->value[r->n_values];

		if (r->n_values == TELEMETRY_FIELDS_MAX)
			return bad(r, "too many fields");
		value->name = scan(r, EQUALS | COMMA | BLANK);
		if (value->name.n == 0 || peek(r) != '=')
			return bad(r, r->n_values == 0 &&
			    value->name.n == 0 ? "missing fields" :
			    "invalid field format");
		r->at++;
		if (!read_value(r, value))
			return false;
		if (!at_value_end(r))
			return bad(r, value->type == TELEMETRY_TEXT ?
			    "invalid field format" : "invalid number");
		r->n_values++;
		if (peek(r) != ',')
			return true;
	}
}

static bool
read_time(struct reader *r)
{
	struct number num;
	int64_t time;
	char c = peek(r);

	if (c == '\n') {
		r->at_ns = r->options->now_ns;
		return true;
	}
	if (c == '+' || !number_scan(&r->at, r->end, NUMBER_LOOSE, &num) ||
	    num.real || num.n_whole > TIME_DIGITS)
		return bad(r, "bad timestamp");
	skip_blanks(r);
	if (peek(r) != '\n')
		return bad(r, "bad timestamp");
	if (!number_whole(&num, &time) || __builtin_mul_overflow(time,
	    r->options->unit_ns, &r->at_ns))
		return bad(r, "time outside range");
	return true;
}

/* ---- series ---- */

static bool
add_tag(struct reader *r, struct telemetry_batch *tags)
{
	struct span name, value;
	const char *key, *text;

	name = scan(r, EQUALS | COMMA | SPACE);
	if (peek(r) != '=')
		return bad(r, "missing tag value");
	r->at++;
	value = scan(r, EQUALS | COMMA | SPACE);
	if (peek(r) == '=')
		return bad(r, "invalid tag format");
	if (name.n == 0)
		return bad(r, "missing tag key");
	if (value.n == 0)
		return bad(r, "missing tag value");
	key = unescape(r, name, ",= ", TELEMETRY_NAME_MAX);
	text = unescape(r, value, ",= ", TAG_VALUE_MAX);
	if (key == NULL || text == NULL)
		return bad(r, "invalid tag");
	if (strcmp(key, "time") == 0)
		return bad(r, "invalid tag key");
	for (size_t i = 0; i < tags->n_tags; i++)
		if (strcmp(tags->tags[i].name, key) == 0)
			return bad(r, "duplicate tags");
	return telemetry_set_tag(tags, key, text) || bad(r, "too many tags");
}

/* Measurement and tags of a key not met before. */
static bool
read_key(struct reader *r, struct series *series)
{
	struct telemetry_batch tags = { 0 };
	const char *end = r->at;
	bool good = true;

	r->at = series->key.s;
	series->measurement = unescape(r, scan(r, COMMA | SPACE), ", ",
	    TELEMETRY_NAME_MAX);
	if (series->measurement == NULL)
		good = bad(r, "invalid measurement");
	while (good && r->at < end && peek(r) == ',') {
		r->at++;
		good = add_tag(r, &tags);
	}
	r->at = end;
	if (!good)
		return false;
	series->imei = catalogue_tag(tags.tags, tags.n_tags, "product_imei");
	if (series->imei != NULL && strlen(series->imei) > TELEMETRY_IMEI_MAX)
		series->imei = NULL;
	series->tags = catalogue_tags_text(r->arena, tags.tags, tags.n_tags);
	return series->tags != NULL || bad(r, "no memory");
}

static bool
same_span(struct span a, struct span b)
{
	return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
}

static size_t
hash(struct span span)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < span.n; i++)
		h = (h ^ (uint8_t)span.s[i]) * UINT64_C(1099511628211);
	return (h ^ h >> 32) % BUCKETS;
}

/* The key was read: the series it names, added when it is new; NULL: bad. */
static struct series *
find_series(struct reader *r, struct span key)
{
	struct series **at, *series;

	at = &r->bucket[hash(key)];
	for (series = *at; series != NULL; series = series->same)
		if (same_span(series->key, key))
			return series;
	series = arena_alloc(r->arena, sizeof(*series));
	series->key = key;
	if (!read_key(r, series))
		return NULL;
	series->sorted = series->even = true;
	series->same = *at;
	*at = series;
	*r->last = series;
	r->last = &series->next;
	return series;
}

/* ---- rows ---- */

static void *
grown(struct arena *arena, const void *old, size_t used, size_t size)
{
	void *more = arena_alloc(arena, size);

	if (used > 0)
		memcpy(more, old, used);
	return more;
}

static size_t
width_of(enum telemetry_type type)
{
	return type == TELEMETRY_TEXT ? sizeof(struct telemetry_text) :
	    sizeof(int64_t);
}

/* Room for as many rows as the series has room for. */
static void
reserve(struct arena *arena, const struct series *series,
    struct column *column)
{
	size_t width = width_of(column->type), cap = series->cap;

	if (column->cap >= cap)
		return;
	column->values = grown(arena, column->values, column->cap * width,
	    cap * width);
	if (!series->even)
		column->present = grown(arena, column->present,
		    present_words(column->cap) * 8, present_words(cap) * 8);
	column->cap = cap;
}

/* Room for the series' next row, in the columns that all rows have. */
static void
reserve_row(struct arena *arena, struct series *series)
{
	if (series->n < series->cap)
		return;
	series->cap = series->cap > 0 ? ROWS_GROWTH * series->cap :
	    ROWS_FIRST;
	series->at_ns = grown(arena, series->at_ns,
	    series->n * sizeof(*series->at_ns),
	    series->cap * sizeof(*series->at_ns));
	for (size_t i = 0; series->even && i < series->n_columns; i++)
		reserve(arena, series, &series->columns[i]);
}

/* From now on rows say which values they have. */
static void
make_uneven(struct arena *arena, struct series *series)
{
	series->even = false;
	for (size_t i = 0; i < series->n_columns; i++) {
		struct column *column = &series->columns[i];

		column->present = arena_alloc(arena,
		    present_words(column->cap) * 8);
		present_fill(column->present, 0, series->n);
	}
}

static struct column *
new_column(struct reader *r, struct series *series,
    const struct line_value *value)
{
	struct column *column;
	const char *name = unescape(r, value->name, ",= ",
	    TELEMETRY_NAME_MAX);

	if (name == NULL || telemetry_is_reserved(name)) {
		bad(r, "invalid field name");
		return NULL;
	}
	for (size_t i = 0; i < series->n_columns; i++)
		if (series->columns[i].type == value->type &&
		    strcmp(series->columns[i].name, name) == 0)
			return &series->columns[i];
	if (series->n_columns == series->cap_columns) {
		series->cap_columns = series->cap_columns > 0 ?
		    2 * series->cap_columns : 8;
		series->columns = grown(r->arena, series->columns,
		    series->n_columns * sizeof(*column),
		    series->cap_columns * sizeof(*column));
	}
	column = &series->columns[series->n_columns++];
	*column = (struct column){ .raw = value->name, .name = name,
	    .type = value->type };
	return column;
}

static bool
is_column(const struct column *column, const struct line_value *value)
{
	return column->type == value->type &&
	    same_span(column->raw, value->name);
}

/* The column of a field; `guess` is where it was in the line before. */
static struct column *
find_column(struct reader *r, struct series *series,
    const struct line_value *value, size_t guess)
{
	if (guess < series->n_columns &&
	    is_column(&series->columns[guess], value))
		return &series->columns[guess];
	for (size_t i = 0; i < series->n_columns; i++)
		if (is_column(&series->columns[i], value))
			return &series->columns[i];
	return new_column(r, series, value);
}

/* Are all names sound?  Makes the columns that are missing. */
static bool
has_columns(struct reader *r, struct series *series)
{
	for (size_t i = 0; i < r->n_values; i++)
		if (find_column(r, series, &r->value[i], i) == NULL)
			return false;
	return true;
}

static void
set_value(struct column *column, size_t row, const struct line_value *value)
{
	if (column->type == TELEMETRY_TEXT)
		((struct telemetry_text *)column->values)[row] = value->s;
	else
		((int64_t *)column->values)[row] = value->i;
}

static void
put_value(struct reader *r, struct series *series, size_t i)
{
	const struct line_value *value = &r->value[i];
	struct column *column = find_column(r, series, value, i);

	reserve(r->arena, series, column);
	set_value(column, series->n, value);
	if (!series->even)
		present_set(column->present, series->n);
}

/* Has the line the columns of the rows before, in their order?  One without
 * room has come with this line. */
static bool
is_even(const struct reader *r, const struct series *series)
{
	if (r->n_values != series->n_columns)
		return false;
	for (size_t i = 0; i < r->n_values; i++)
		if (!is_column(&series->columns[i], &r->value[i]) ||
		    (series->n > 0 && series->columns[i].cap == 0))
			return false;
	return true;
}

static void
end_row(struct reader *r, struct series *series, size_t n_values)
{
	if (series->n > 0 && r->at_ns <= series->at_ns[series->n - 1])
		series->sorted = false;
	series->at_ns[series->n++] = r->at_ns;
	r->result->rows++;
	r->result->points += n_values;
}

static void
add_row(struct reader *r, struct series *series)
{
	if (series->even && !is_even(r, series))
		make_uneven(r->arena, series);
	reserve_row(r->arena, series);
	for (size_t i = 0; i < r->n_values; i++)
		put_value(r, series, i);
	end_row(r, series, r->n_values);
}

/* ---- a line like one before ---- */

static uint64_t
load(const char *s)
{
	uint64_t word;

	memcpy(&word, s, sizeof(word));
	return word;
}

/* Does the text go on with these bytes?  Then they are passed. */
static inline bool
passes(struct reader *r, const char *s, size_t n)
{
	const char *at = r->at;
	size_t i = 0;

	if ((size_t)(r->end - at) < n)
		return false;
	if (n < sizeof(uint64_t)) {
		while (i < n && at[i] == s[i])
			i++;
		if (i < n)
			return false;
	} else {
		/* the last eight overlap those before */
		for (; i < n - sizeof(uint64_t); i += sizeof(uint64_t))
			if (load(at + i) != load(s + i))
				return false;
		i = n - sizeof(uint64_t);
		if (load(at + i) != load(s + i))
			return false;
	}
	r->at += n;
	return true;
}

/*
 * Has the line at hand the key of this series, and a space after it?  A key
 * that ends with a backslash ended with its line: before a space it would
 * go on.
 */
static bool
has_key(struct reader *r, const struct series *series)
{
	const struct span *key = &series->key;

	if (!series->even || series->n == 0 || key->s[key->n - 1] == '\\' ||
	    !passes(r, key->s, key->n))
		return false;
	if (peek(r) == ' ')
		return true;
	r->at = r->line;
	return false;
}

/* The series before, or the one that came after it the last time. */
static struct series *
likely_series(struct reader *r)
{
	struct series *recent = r->recent;

	if (recent == NULL || has_key(r, recent))
		return recent;
	return recent->after != NULL && has_key(r, recent->after) ?
	    recent->after : NULL;
}

/* A value of this column under its name, to the series' next row. */
static bool
read_alike(struct reader *r, struct column *column, size_t row)
{
	struct line_value value;

	/* with the equals sign, which its name had in the first line */
	if (!passes(r, column->raw.s, column->raw.n + 1))
		return false;
	if (column->type == TELEMETRY_FLOAT && number_quick(&r->at, r->end,
	    &((double *)column->values)[row]))
		return at_value_end(r);
	if (!read_value(r, &value) || value.type != column->type ||
	    !at_value_end(r))
		return false;
	set_value(column, row, &value);
	return true;
}

/*
 * A line with key and fields as one before: its values go where they belong
 * as they are read.  False: it is another or a bad one, and to be read from
 * its start.
 */
static bool
read_like_before(struct reader *r)
{
	struct series *series = likely_series(r);

	if (series == NULL)
		return false;
	skip_blanks(r);
	reserve_row(r->arena, series);
	for (size_t i = 0; i < series->n_columns; i++)
		if ((i > 0 && !passes(r, ",", 1)) ||
		    !read_alike(r, &series->columns[i], series->n))
			return false;
	if (peek(r) == ',')
		return false;
	skip_blanks(r);
	if (!read_time(r))
		return false;
	end_row(r, series, series->n_columns);
	r->recent->after = series;
	r->recent = series;
	return true;
}

/* ---- lines ---- */

static void
note_bad(struct reader *r)
{
	struct lineproto_result *result = r->result;
	size_t n;

	skip_line(r);
	n = (size_t)(r->at - r->line);
	if (n > ECHO_MAX)
		n = ECHO_MAX;
	while (n > 0 && !utf8_valid(r->line, n))
		n--;
	if (result->bad++ == 0)
		snprintf(result->error, sizeof(result->error),
		    "unable to parse '%.*s': %s", (int)n, r->line, r->why);
}

static bool
read_line(struct reader *r)
{
	struct series *series;
	struct span key = { r->at, 0 };

	if (peek(r) == ',')
		return bad(r, "missing measurement");
	scan(r, SPACE);
	key.n = (size_t)(r->at - key.s);
	series = find_series(r, key);
	if (series == NULL)
		return false;
	skip_blanks(r);
	if (!read_fields(r))
		return false;
	skip_blanks(r);
	if (!read_time(r))
		return false;
	if (!has_columns(r, series))
		return false;
	add_row(r, series);
	if (r->recent != NULL)
		r->recent->after = series;
	r->recent = series;
	return true;
}

/* The line at hand, in the quicker way when that goes. */
static bool
take_line(struct reader *r)
{
	if (read_like_before(r))
		return true;
	r->at = r->line;
	r->why = NULL;
	return read_line(r);
}

static enum helio_rc
read_all(struct reader *r, struct helio_err *err)
{
	while (r->at < r->end) {
		skip_blanks(r);
		r->line = r->at;
		if (peek(r) == '#')
			skip_line(r);
		else if (peek(r) != '\n' && !take_line(r))
			note_bad(r);
		if (r->result->points > LINEPROTO_POINTS_MAX)
			return err_set(err, HELIO_E_TOO_LARGE, "more than %d "
			    "points in one request", LINEPROTO_POINTS_MAX);
		r->at++;
	}
	return HELIO_OK;
}

/* ---- series to uploads ---- */

struct place {
	int64_t		 at_ns;
	size_t		 row;
};

static int
by_time(const void *a, const void *b)
{
	const struct place *one = a, *other = b;

	if (one->at_ns != other->at_ns)
		return one->at_ns < other->at_ns ? -1 : 1;
	return one->row < other->row ? -1 : 1;
}

/* Rows in order of time; those of one time become one, the later values win. */
static void
sort_rows(struct arena *arena, struct series *series)
{
	bool even = series->even;
	struct place *places = arena_alloc(arena,
	    series->n * sizeof(*places));
	size_t *to = arena_alloc(arena, series->n * sizeof(*to)), n = 0;

	for (size_t i = 0; i < series->n; i++)
		places[i] = (struct place){ series->at_ns[i], i };
	qsort(places, series->n, sizeof(*places), by_time);
	for (size_t i = 0; i < series->n; i++) {
		n += i > 0 && places[i].at_ns != places[i - 1].at_ns;
		to[i] = n;
		series->at_ns[n] = places[i].at_ns;
	}
	for (size_t k = 0; k < series->n_columns; k++) {
		struct column *column = &series->columns[k];
		size_t width = width_of(column->type);
		char *values = arena_alloc(arena, (n + 1) * width);
		uint64_t *present = arena_alloc(arena,
		    present_words(n + 1) * 8);

		for (size_t i = 0; i < series->n; i++) {
			size_t row = places[i].row;

			if (!even && (row >= column->cap ||
			    (column->present[row / 64] >> (row % 64) & 1) ==
			    0))
				continue;
			memcpy(values + to[i] * width,
			    (char *)column->values + row * width, width);
			present_set(present, to[i]);
		}
		column->values = values;
		column->present = present;
		column->cap = n + 1;
	}
	series->n = n + 1;
	series->even = false;
}

static void
make_column(struct reader *r, struct series *series, struct column *from,
    struct frame_column *ret)
{
	size_t words = present_words(series->n), n = 0;

	*ret = (struct frame_column){ .name = from->name,
	    .data = { .type = from->type } };
	if (from->cap == 0)	/* only in lines that were left out */
		return;
	ret->data.i = from->values;
	ret->data.n_present = series->n;
	if (series->even)
		return;
	reserve(r->arena, series, from);
	ret->data.i = from->values;
	for (size_t i = 0; i < words; i++)
		n += (size_t)__builtin_popcountll(from->present[i]);
	ret->data.n_present = n;
	if (n < series->n)
		ret->data.present = from->present;
}

static void
make_upload(struct reader *r, struct series *series,
    struct telemetry_upload *ret)
{
	struct frame *frame = &ret->frame;

	if (!series->sorted)
		sort_rows(r->arena, series);
	ret->measurement = series->measurement;
	ret->tags = series->tags;
	ret->imei = series->imei;
	frame->n = series->n;
	frame->at_ns = series->at_ns;
	frame->columns = arena_alloc(r->arena,
	    (series->n_columns + 1) * sizeof(*frame->columns));
	for (size_t i = 0; i < series->n_columns; i++) {
		make_column(r, series, &series->columns[i],
		    &frame->columns[frame->n_columns]);
		frame->n_columns +=
		    frame->columns[frame->n_columns].data.n_present > 0;
	}
	frame_sort(frame);
}

static void
make_uploads(struct reader *r)
{
	struct lineproto_result *result = r->result;
	size_t n = 0;

	for (struct series *s = r->first; s != NULL; s = s->next)
		n += s->n > 0;
	result->uploads = arena_alloc(r->arena,
	    (n + 1) * sizeof(*result->uploads));
	for (struct series *s = r->first; s != NULL; s = s->next)
		if (s->n > 0)
			make_upload(r, s,
			    &result->uploads[result->n_uploads++]);
}

enum helio_rc
lineproto_read(struct arena *arena, const char *text, size_t n,
    const struct lineproto_options *options, struct lineproto_result *ret,
    struct helio_err *err)
{
	struct reader *r = arena_alloc(arena, sizeof(*r));
	enum helio_rc rc;

	*ret = (struct lineproto_result){ 0 };
	r->arena = arena;
	r->options = options;
	r->result = ret;
	r->at = text;
	r->end = text + n;
	r->last = &r->first;
	rc = read_all(r, err);
	if (rc == HELIO_OK && r->scratch.failed)
		rc = err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	if (rc == HELIO_OK)
		make_uploads(r);
	buf_free(&r->scratch);
	return rc;
}
