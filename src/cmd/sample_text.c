/* Samples as text: splitting, keys, and what is written. */
#include "cmd/sample_text.h"

#include <string.h>

#include "base/csv.h"

enum { LINE_FIELDS = 200 };	/* the server takes 256 in a line */

/* ---- records of a stream ---- */

/* Only a field that begins with a quote is a quoted one; a quote right behind
 * the last one goes on with it. */
static bool
split_csv(struct sample_split *split, char c)
{
	bool opens = split->before == '\0' || split->before == ',' ||
	    split->gap;

	split->gap = split->quoted && c == '"';
	split->quoted = split->quoted ? c != '"' : opens && c == '"';
	split->before = c;
	return c == '\n' && !split->quoted;
}

/* In a text both a quote and a backslash are escaped; elsewhere a backslash
 * keeps a blank from parting. */
static bool
is_escaped(struct sample_split *split, char c)
{
	if (split->escaped) {
		split->escaped = false;
		return split->quoted || c != '\n';
	}
	split->escaped = c == '\\' && split->part != SAMPLE_TIME;
	return split->escaped;
}

static void
split_part(struct sample_split *split, char c)
{
	bool blank = c == ' ' || (c == '\t' && split->part != SAMPLE_KEY);

	if (split->gap && !blank) {
		split->gap = false;
		split->part++;
	}
	if (split->part == SAMPLE_FIELDS && c == '"' && split->before == '=')
		split->quoted = true;
	else if (blank && split->part != SAMPLE_TIME)
		split->gap = split->before != '\0';
	if (split->part == SAMPLE_TIME && !blank && c != '\r')
		split->has_time = true;
}

bool
sample_split_byte(struct sample_split *split, char c)
{
	bool escaped;

	if (split->csv)
		return split_csv(split, c);
	escaped = is_escaped(split, c);
	if (split->quoted && !escaped) {
		split->quoted = c != '"';
	} else if (!split->quoted && !escaped && c == '\n') {
		return true;
	} else if (!split->quoted) {
		split_part(split, escaped ? 'x' : c);
	}
	split->before = escaped ? 'x' : c;
	return false;
}

/* ---- keys ---- */

void
sample_add_escaped(struct buf *out, const char *text, const char *escaped)
{
	for (; *text != '\0'; text++) {
		if (strchr(escaped, *text) != NULL)
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
}

/* Up to one of `stops`, without the escapes; the text behind it. */
static const char *
take_piece(struct buf *out, const char *at, const char *stops,
    const char *escaped)
{
	for (; *at != '\0' && strchr(stops, *at) == NULL; at++) {
		if (*at == '\\' && at[1] != '\0') {
			if (strchr(escaped, at[1]) == NULL)
				buf_addc(out, *at);
			at++;
		}
		buf_addc(out, *at);
	}
	buf_addc(out, '\0');
	return at;
}

bool
sample_key_read(struct sample_key *key, const char *text)
{
	size_t name[SAMPLE_TAGS_MAX], value[SAMPLE_TAGS_MAX];

	*key = (struct sample_key){ .text = BUF_INIT };
	text = take_piece(&key->text, text, ",", ",= ");
	while (*text == ',') {
		if (key->n_tags == SAMPLE_TAGS_MAX)
			return false;
		name[key->n_tags] = key->text.len;
		text = take_piece(&key->text, text + 1, "=,", ",= ");
		if (*text != '=')
			return false;
		value[key->n_tags++] = key->text.len;
		text = take_piece(&key->text, text + 1, ",", ",= ");
	}
	if (key->text.failed)
		return false;
	key->measurement = key->text.data;
	for (size_t i = 0; i < key->n_tags; i++) {
		key->name[i] = key->text.data + name[i];
		key->value[i] = key->text.data + value[i];
	}
	return true;
}

void
sample_key_free(struct sample_key *key)
{
	buf_free(&key->text);
}

void
sample_key_line(const struct sample_key *key, struct buf *out)
{
	sample_add_escaped(out, key->measurement, ", ");
	for (size_t i = 0; i < key->n_tags; i++) {
		buf_addc(out, ',');
		sample_add_escaped(out, key->name[i], ",= ");
		buf_addc(out, '=');
		sample_add_escaped(out, key->value[i], ",= ");
	}
}

void
sample_add_quoted(struct buf *out, char q, const char *text)
{
	buf_addc(out, q);
	for (; *text != '\0'; text++) {
		if (*text == q || *text == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
	buf_addc(out, q);
}

/* ---- lines ---- */

static void
add_value(struct buf *out, const struct sample_value *value)
{
	if (value->type != TELEMETRY_TEXT) {
		buf_add(out, value->s, value->n);
		if (value->type == TELEMETRY_INT)
			buf_addc(out, 'i');
		return;
	}
	buf_addc(out, '"');
	for (size_t i = 0; i < value->n; i++) {
		if (value->s[i] == '"' || value->s[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, value->s[i]);
	}
	buf_addc(out, '"');
}

bool
sample_add_lines(struct buf *out, const char *key,
    const struct sample_value *values, size_t n, const char *time)
{
	size_t fields = 0;

	for (size_t i = 0; i < n; i++) {
		if (values[i].s == NULL)
			continue;
		if (fields % LINE_FIELDS == 0) {
			if (fields > 0)
				buf_addf(out, " %s\n", time);
			buf_addf(out, "%s ", key);
		} else {
			buf_addc(out, ',');
		}
		fields++;
		sample_add_escaped(out, values[i].name, ",= ");
		buf_addc(out, '=');
		add_value(out, &values[i]);
	}
	if (fields > 0)
		buf_addf(out, " %s\n", time);
	return fields > 0;
}

/* ---- CSV ---- */

static void
add_field(struct buf *out, const char *s, size_t n, bool quote)
{
	/* a line that begins with # is no row; strchr() finds NUL as well */
	if (quote || memchr(s, '#', n) != NULL || memchr(s, '\0', n) != NULL)
		csv_put_quoted(out, s, n);
	else
		csv_put(out, s, n);
}

void
sample_add_csv_head(struct buf *out, const struct sample_key *key,
    const struct sample_value *values, size_t n)
{
	static const char *const types[] = {
		[TELEMETRY_FLOAT] = "double", [TELEMETRY_INT] = "long",
		[TELEMETRY_BOOL] = "boolean", [TELEMETRY_TEXT] = "string",
	};

	buf_adds(out, "#datatype measurement");
	for (size_t i = 0; i < key->n_tags; i++)
		buf_adds(out, ",tag");
	for (size_t i = 0; i < n; i++)
		buf_addf(out, ",%s", types[values[i].type]);
	buf_adds(out, ",dateTime:number\nmeasurement");
	for (size_t i = 0; i < key->n_tags; i++) {
		buf_addc(out, ',');
		add_field(out, key->name[i], strlen(key->name[i]), false);
	}
	for (size_t i = 0; i < n; i++) {
		buf_addc(out, ',');
		add_field(out, values[i].name, strlen(values[i].name), false);
	}
	buf_adds(out, ",time\n");
}

void
sample_add_csv(struct buf *out, const struct sample_key *key,
    const struct sample_value *values, size_t n, const char *time)
{
	add_field(out, key->measurement, strlen(key->measurement), false);
	for (size_t i = 0; i < key->n_tags; i++) {
		buf_addc(out, ',');
		add_field(out, key->value[i], strlen(key->value[i]), false);
	}
	for (size_t i = 0; i < n; i++) {
		buf_addc(out, ',');
		if (values[i].s != NULL)
			add_field(out, values[i].s, values[i].n,
			    values[i].type == TELEMETRY_TEXT);
	}
	buf_addf(out, ",%s\n", time);
}
