/*
 * helio telemetry export: samples as CSV or line protocol, series by series,
 * in pages that follow the last time given, so that neither side holds more
 * than one page.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/sample_query.h"
#include "cmd/sample_text.h"
#include "cmd/session.h"

enum {
	SERIES_PAGE = 1000,
	PAGE_VALUES = 50000, PAGE_ROWS = 5000,	/* of one series */
};

struct export_options {
	const char	*url, *unit, *start, *end, *output, *format;
};

static const struct option_row rows[] = {
	OPTION(struct export_options, format, "format", OPTION_TEXT, "NAME",
	    "csv or line (default: csv)"),
	OPTION(struct export_options, unit, "unit", OPTION_TEXT, "IMEI",
	    "samples of this unit alone"),
	OPTION(struct export_options, start, "start", OPTION_TEXT, "TIME",
	    "from this time on: 2024-06-01 or 2024-06-01T12:00:00Z"),
	OPTION(struct export_options, end, "end", OPTION_TEXT, "TIME",
	    "before this time"),
	OPTION(struct export_options, output, "output", OPTION_TEXT, "FILE",
	    "where it goes (default: standard output)"),
	OPTION(struct export_options, url, "url", OPTION_TEXT, "URL",
	    "the server (default: HELIO_URL, or that of 'helio login')"),
};

/* Texts one after the other, each with a NUL. */
struct names {
	struct buf	 text;
	size_t		 n;
};

/* What SHOW FIELD KEYS says of a measurement. */
struct fields {
	struct buf	 text;
	size_t		 at[SAMPLE_COLUMNS_MAX];
	struct sample_value value[SAMPLE_COLUMNS_MAX];
	size_t		 n;
};

struct exporting {
	const struct export_options *given;
	helio_client	*client;
	FILE		*file;
	bool		 csv;
	const char	*measurement;
	struct names	 tags;		/* all that it has */
	struct fields	 fields;
	struct sample_key key;		/* of the series at hand ... */
	struct buf	 line_key;
	struct names	 head;		/* ... tags of the last CSV head */
	struct buf	 out, last;	/* last: time of the last row */
	unsigned long	 points, series;
};

/* ---- lists ---- */

static bool
add_name(void *arg, const struct sample_cell *cells, size_t n)
{
	struct names *names = arg;

	if (n == 0 || cells[0].kind != JR_STRING)
		return false;
	buf_add(&names->text, cells[0].s, cells[0].n + 1);
	names->n++;
	return !names->text.failed;
}

static const char *
next_name(const char *name)
{
	return name + strlen(name) + 1;
}

static bool
add_field(void *arg, const struct sample_cell *cells, size_t n)
{
	struct fields *fields = arg;
	enum telemetry_type type = 0;

	while (n == 2 && type < TELEMETRY_TYPE_MAX &&
	    strcmp(telemetry_type_name(type), cells[1].s) != 0)
		type++;
	if (n != 2 || type == TELEMETRY_TYPE_MAX ||
	    fields->n == SAMPLE_COLUMNS_MAX - SAMPLE_TAGS_MAX - 2) {
		say_error(NULL, "the server has fields of a kind that is not "
		    "known here");
		return false;
	}
	fields->value[fields->n].type = type;
	fields->at[fields->n++] = fields->text.len;
	buf_add(&fields->text, cells[0].s, cells[0].n + 1);
	return !fields->text.failed;
}

/* VERB FROM "measurement" and what follows, rows to `row`. */
static int
ask(struct exporting *e, const char *verb, const char *more,
    struct sample_rows *answer)
{
	struct buf q = BUF_INIT;
	int code;

	buf_addf(&q, "%s FROM ", verb);
	sample_add_quoted(&q, '"', e->measurement);
	buf_adds(&q, more);
	code = q.failed ? EXIT_FAILED :
	    sample_query(e->client, q.data, answer);
	buf_free(&q);
	return code;
}

static int
ask_fields(struct exporting *e)
{
	struct sample_rows answer = { add_field, &e->fields, 0, false };
	int code;

	buf_reset(&e->fields.text);
	e->fields.n = 0;
	code = ask(e, "SHOW FIELD KEYS", "", &answer);
	for (size_t i = 0; i < e->fields.n; i++)
		e->fields.value[i].name = e->fields.text.data +
		    e->fields.at[i];
	return code;
}

static int
ask_tags(struct exporting *e)
{
	struct sample_rows answer = { add_name, &e->tags, 0, false };

	buf_reset(&e->tags.text);
	e->tags.n = 0;
	return ask(e, "SHOW TAG KEYS", "", &answer);
}

/* ---- the points of a series ---- */

static bool
flush(struct exporting *e)
{
	bool ok = !e->out.failed &&
	    fwrite(e->out.data, 1, e->out.len, e->file) == e->out.len;

	if (!ok)
		say_error(NULL, "the output cannot be written: %s",
		    e->out.failed ? "no memory" : strerror(errno));
	buf_reset(&e->out);
	return ok;
}

static bool
add_point(void *arg, const struct sample_cell *cells, size_t n)
{
	struct exporting *e = arg;
	struct fields *fields = &e->fields;

	if (n != fields->n + 1 || cells[0].kind != JR_INT) {
		say_error(NULL, "the fields of %s have changed meanwhile: "
		    "try again", e->measurement);
		return false;
	}
	for (size_t i = 0; i < fields->n; i++) {
		fields->value[i].s = cells[i + 1].kind == JR_NULL ? NULL :
		    cells[i + 1].s;
		fields->value[i].n = cells[i + 1].n;
	}
	if (e->csv)
		sample_add_csv(&e->out, &e->key, fields->value, fields->n,
		    cells[0].s);
	else
		sample_add_lines(&e->out, e->line_key.data, fields->value,
		    fields->n, cells[0].s);
	buf_reset(&e->last);
	buf_adds(&e->last, cells[0].s);
	e->points++;
	return e->out.len < SAMPLE_RECORD_MAX || flush(e);
}

/* Those tags that the register gives are no part of a series without them. */
static bool
is_given(const char *tag)
{
	return strcmp(tag, "entity_id") == 0 ||
	    strcmp(tag, "product_type_id") == 0;
}

static const char *
tag_value(const struct sample_key *key, const char *tag)
{
	for (size_t i = 0; i < key->n_tags; i++)
		if (strcmp(key->name[i], tag) == 0)
			return key->value[i];
	return is_given(tag) ? NULL : "";
}

/* What parts one term of a condition from the one before. */
static void
begin_term(struct buf *q)
{
	buf_adds(q, q->len == 0 ? " WHERE " : " AND ");
}

static void
add_bound(struct buf *q, const char *compared, const char *time)
{
	if (time == NULL)
		return;
	begin_term(q);
	buf_adds(q, compared);
	sample_add_quoted(q, '\'', time);
}

/* This series and no other, in the range asked for. */
static void
add_where(const struct exporting *e, struct buf *q)
{
	const char *tag = e->tags.text.data, *value;

	for (size_t i = 0; i < e->tags.n; i++, tag = next_name(tag)) {
		value = tag_value(&e->key, tag);
		if (value == NULL)
			continue;
		begin_term(q);
		sample_add_quoted(q, '"', tag);
		buf_adds(q, "::tag = ");
		sample_add_quoted(q, '\'', value);
	}
	add_bound(q, "time >= ", e->given->start);
	add_bound(q, "time < ", e->given->end);
}

static int
export_points(struct exporting *e)
{
	struct sample_rows answer = { add_point, e, 0, false };
	unsigned long most = PAGE_VALUES / (e->fields.n + 1) + 1;
	struct buf where = BUF_INIT, more = BUF_INIT;
	int code;

	most = most < PAGE_ROWS ? most : PAGE_ROWS;
	add_where(e, &where);
	buf_reset(&e->last);
	do {
		buf_reset(&more);
		buf_add(&more, where.data, where.len);
		if (e->last.len > 0) {
			begin_term(&more);
			buf_addf(&more, "time > %s", e->last.data);
		}
		buf_addf(&more, " LIMIT %lu", most);
		code = ask(e, "SELECT *::field", more.data, &answer);
		if (code == EXIT_OK && !flush(e))
			code = EXIT_FAILED;
		say_progress("%s: %lu points of %lu series", e->measurement,
		    e->points, e->series);
		/* long texts: fewer of them */
		if (answer.too_large && most > 1) {
			most = (most + 1) / 2;
			code = EXIT_OK;
			answer.n = most;
		}
	} while (code == EXIT_OK && answer.n == most);
	if (answer.too_large)
		say_error(NULL, "%s has a point that is too large",
		    e->measurement);
	buf_free(&where);
	buf_free(&more);
	return code;
}

/* ---- series ---- */

/* A head stands above the first series that has these tags. */
static void
add_head(struct exporting *e)
{
	struct names tags = { BUF_INIT, e->key.n_tags };
	bool same;

	for (size_t i = 0; i < e->key.n_tags; i++)
		buf_add(&tags.text, e->key.name[i],
		    strlen(e->key.name[i]) + 1);
	same = e->head.text.data != NULL && e->head.n == tags.n &&
	    e->head.text.len == tags.text.len &&
	    (tags.text.len == 0 || memcmp(e->head.text.data, tags.text.data,
	    tags.text.len) == 0);
	if (!same)
		sample_add_csv_head(&e->out, &e->key, e->fields.value,
		    e->fields.n);
	buf_free(&e->head.text);
	buf_addc(&tags.text, '\0');
	tags.text.len--;
	e->head = tags;
}

static int
export_series(struct exporting *e, const char *key)
{
	int code = EXIT_UNREACHABLE;

	if (sample_key_read(&e->key, key)) {
		buf_reset(&e->line_key);
		sample_key_line(&e->key, &e->line_key);
		if (e->csv)
			add_head(e);
		e->series++;
		code = export_points(e);
	} else {
		say_error(NULL, "'%s' is no series", key);
	}
	sample_key_free(&e->key);
	return code;
}

static int
export_page(struct exporting *e, const struct names *keys)
{
	const char *key = keys->text.data;
	int code = EXIT_OK;

	for (size_t i = 0; i < keys->n && code == EXIT_OK; i++) {
		code = export_series(e, key);
		key = next_name(key);
	}
	return code;
}

static int
export_all_series(struct exporting *e)
{
	struct names keys = { BUF_INIT, 0 };
	struct sample_rows answer = { add_name, &keys, 0, false };
	struct buf more = BUF_INIT;
	unsigned long from = 0;
	int code;

	do {
		buf_reset(&keys.text);
		buf_reset(&more);
		keys.n = 0;
		if (e->given->unit != NULL) {
			buf_adds(&more, " WHERE product_imei::tag = ");
			sample_add_quoted(&more, '\'', e->given->unit);
		}
		buf_addf(&more, " LIMIT %d OFFSET %lu", SERIES_PAGE, from);
		code = ask(e, "SHOW SERIES", more.data, &answer);
		if (code == EXIT_OK)
			code = export_page(e, &keys);
		from += SERIES_PAGE;
	} while (code == EXIT_OK && keys.n == SERIES_PAGE);
	buf_free(&keys.text);
	buf_free(&more);
	return code;
}

static int
export_measurement(struct exporting *e, const char *measurement)
{
	int code;

	e->measurement = measurement;
	buf_free(&e->head.text);
	code = ask_fields(e);
	if (code == EXIT_OK && e->fields.n == 0) {
		say_error(NULL, "there is no measurement '%s' that you see",
		    measurement);
		return EXIT_REFUSED;
	}
	if (code == EXIT_OK)
		code = ask_tags(e);
	return code == EXIT_OK ? export_all_series(e) : code;
}

/* ---- the command line ---- */

static int
export_every(struct exporting *e)
{
	struct names all = { BUF_INIT, 0 };
	struct sample_rows answer = { add_name, &all, 0, false };
	int code = sample_query(e->client, "SHOW MEASUREMENTS", &answer);
	const char *name = all.text.data;

	for (size_t i = 0; i < all.n && code == EXIT_OK; i++) {
		code = export_measurement(e, name);
		name = next_name(name);
	}
	buf_free(&all.text);
	return code;
}

static int
export_given(struct exporting *e, char **args, int n_args)
{
	int code = EXIT_OK;

	if (n_args == 0)
		return export_every(e);
	for (int i = 0; i < n_args && code == EXIT_OK; i++)
		code = export_measurement(e, args[i]);
	return code;
}

static bool
open_output(struct exporting *e)
{
	const char *path = e->given->output;

	e->file = path == NULL || strcmp(path, "-") == 0 ? stdout :
	    fopen(path, "we");
	if (e->file == NULL)
		say_error(NULL, "%s: %s", path, strerror(errno));
	return e->file != NULL;
}

/* What was written is not written before this says so. */
static int
close_output(struct exporting *e, int code)
{
	bool ok = fflush(e->file) == 0;

	if (e->file != stdout)
		ok &= fclose(e->file) == 0;
	if (ok || code != EXIT_OK)
		return code;
	say_error(NULL, "the output cannot be written: %s", strerror(errno));
	return EXIT_FAILED;
}

static void
free_all(struct exporting *e)
{
	buf_free(&e->tags.text);
	buf_free(&e->fields.text);
	buf_free(&e->line_key);
	buf_free(&e->head.text);
	buf_free(&e->out);
	buf_free(&e->last);
	helio_client_free(e->client);
}

static int
run(void *arg, char **args, int n_args)
{
	const struct export_options *given = arg;
	const char *format = given->format != NULL ? given->format : "csv";
	struct exporting *e;
	int code = EXIT_USAGE;

	if (strcmp(format, "csv") != 0 && strcmp(format, "line") != 0) {
		say_error(NULL, "--format is csv or line, not '%s'", format);
		return EXIT_USAGE;
	}
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return EXIT_FAILED;
	e->given = given;
	e->csv = strcmp(format, "csv") == 0;
	e->client = session_open(given->url);
	if (e->client != NULL && open_output(e)) {
		code = close_output(e, export_given(e, args, n_args));
		say_progress("%s", "");
		fprintf(stderr, "%lu points of %lu series\n", e->points,
		    e->series);
	} else if (e->client != NULL) {
		code = EXIT_FAILED;
	}
	free_all(e);
	free(e);
	return code;
}

const struct command command_telemetry_export = {
	.name = "telemetry export", .args = "[MEASUREMENT..]", .args_max = -1,
	.run = run,
	.summary = "write samples as CSV or line protocol",
	.example = "  helio telemetry export telemetry --unit "
	    "350000000000017 --start 2024-06-01 > june.csv\n"
	    "  Without MEASUREMENT all of them. 'helio telemetry import' "
	    "reads both forms back.",
	COMMAND_OPTIONS(rows, struct export_options),
};
