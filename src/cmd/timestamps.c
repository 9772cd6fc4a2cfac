/*
 * helio timestamps: when devices knew where they were, sent it, and were
 * heard (seed: parse_timestamps).  Reads exports of AWS CloudWatch (CSV of
 * the console, JSON and text of `aws logs`) and messages alone.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/json_write.h"
#include "base/times.h"
#include "base/zone.h"
#include "cmd/command.h"
#include "cmd/lag.h"
#include "cmd/model_file.h"

enum { TEXT_SIZE = 48, DOCUMENT_MAX = 256 << 20 };

struct timestamps_options {
	const char	*zone, *show, *models;
	bool		 csv, json, summary;
};

static const struct option_row rows[] = {
	OPTION(struct timestamps_options, zone, "zone", OPTION_TEXT, "NAME",
	    "of receive times that tell none (America/New_York)"),
	OPTION(struct timestamps_options, show, "show-zone", OPTION_TEXT,
	    "NAME", "that times are printed in (UTC)"),
	OPTION(struct timestamps_options, models, "models", OPTION_TEXT,
	    "FILE", "pattern table (see 'helio imei model')"),
	OPTION(struct timestamps_options, summary, "summary", OPTION_FLAG, "",
	    "only the differences' percentiles"),
	OPTION(struct timestamps_options, csv, "csv", OPTION_FLAG, "",
	    "CSV, a row per message"),
	OPTION(struct timestamps_options, json, "json", OPTION_FLAG, "",
	    "one JSON object: messages and summary"),
};

/* A moment that may be missing. */
struct moment {
	bool		 known;
	int64_t		 at_us;		/* UTC */
};

struct sighting {
	helio_message	 message;
	helio_span	 raw;
	struct moment	 locked, sent, received;
};

struct reader {
	const struct timestamps_options *given;
	struct zone	*zone, *show;
	helio_models	*models;
	struct lag	 to_send, to_receive;
	struct buf	 out;
	struct json_write json;
	const char	*file;
	unsigned long	 line;
	unsigned long	 found, other, bad;
	bool		 failed;	/* no memory */
};

/* ---- moments ---- */

/*
 * The moment of a local clock.  In the hour that comes twice it is the first
 * one that is not before the message was sent.
 */
static int64_t
from_local(const struct reader *reader, int64_t local_us, struct moment sent)
{
	int64_t local_s = local_us / US_PER_S, utc_s[2];
	unsigned n = zone_to_utc(reader->zone, local_s, utc_s);
	unsigned pick = n == 2 && sent.known &&
	    utc_s[0] < sent.at_us / US_PER_S ? 1 : 0;

	return utc_s[pick] * US_PER_S + local_us % US_PER_S;
}

static struct moment
moment(const helio_message *message,
    bool (*read)(const helio_message *, int64_t *))
{
	int64_t at_s;

	if (!read(message, &at_s))
		return (struct moment){ .known = false };
	return (struct moment){ true, at_s * US_PER_S };
}

static void
set_moments(const struct reader *reader, const helio_log_line *line,
    struct sighting *ret)
{
	ret->locked = moment(&ret->message, helio_message_locked);
	ret->sent = moment(&ret->message, helio_message_sent);
	ret->received.known = line->receipt != HELIO_RECEIPT_NONE;
	ret->received.at_us = line->receipt == HELIO_RECEIPT_LOCAL ?
	    from_local(reader, line->received_us, ret->sent) :
	    line->received_us;
}

/* "2020-07-01T08:34:56.789-04:00", or "" */
static const char *
show(const struct reader *reader, struct moment at, char out[TEXT_SIZE])
{
	int32_t offset = zone_offset(reader->show, at.at_us / US_PER_S);
	size_t n;

	*out = '\0';
	if (!at.known)
		return out;
	n = time_format_iso(at.at_us + offset * US_PER_S, out);
	/* milliseconds are all that an export has */
	if (n > 23)
		n = 23;
	snprintf(out + n, TEXT_SIZE - n, "%c%02d:%02d", offset < 0 ? '-' : '+',
	    abs(offset) / 3600, abs(offset) / 60 % 60);
	return out;
}

/* Seconds from one to the other. */
static bool
difference(struct moment from, struct moment to, double *ret)
{
	if (!from.known || !to.known)
		return false;
	*ret = (double)(to.at_us - from.at_us) / 1e6;
	return true;
}

static const char *
show_difference(struct moment from, struct moment to, char out[TEXT_SIZE])
{
	double seconds;

	*out = '\0';
	if (difference(from, to, &seconds))
		snprintf(out, TEXT_SIZE, "%.3f", seconds);
	return out;
}

/* ---- rows ---- */

static helio_span
span_of(const char *text)
{
	return (helio_span){ text, strlen(text) };
}

static const char *
count_text(const struct sighting *one, char out[TEXT_SIZE])
{
	unsigned count;

	*out = '\0';
	if (helio_message_count(&one->message, &count))
		snprintf(out, TEXT_SIZE, "%u", count);
	return out;
}

static const char *
model_text(const struct reader *reader, const struct sighting *one,
    char version[TEXT_SIZE])
{
	helio_device_code code;
	const char *model;

	*version = '\0';
	if (!helio_message_code(&one->message, &code))
		return "Unknown";
	snprintf(version, TEXT_SIZE, "%u.%u", code.major, code.minor);
	model = helio_models_of_type(reader->models, code.type);
	return model != NULL ? model : "Unknown";
}

enum { COLUMNS = 15 };

static const char *const columns[COLUMNS] = {
	"msg_count", "gps_acc", "lock_time", "lock_to_send", "sent_time",
	"send_to_receive", "server_time", "buff/resp", "lat", "long",
	"msg_type", "raw_data", "imei", "model", "firmware",
};

/* Texts of the cells that are made, while a row is written. */
struct cells {
	helio_span	 cell[COLUMNS];
	char		 text[7][TEXT_SIZE];
};

static void
fill(const struct reader *reader, const struct sighting *one,
    struct cells *ret)
{
	const helio_message *message = &one->message;
	char (*text)[TEXT_SIZE] = ret->text;
	const helio_span cell[COLUMNS] = {
		span_of(count_text(one, text[0])),
		helio_message_field(message, HELIO_FIELD_ACCURACY),
		span_of(show(reader, one->locked, text[1])),
		span_of(show_difference(one->locked, one->sent, text[2])),
		span_of(show(reader, one->sent, text[3])),
		span_of(show_difference(one->sent, one->received, text[4])),
		span_of(show(reader, one->received, text[5])),
		message->head,
		helio_message_field(message, HELIO_FIELD_LATITUDE),
		helio_message_field(message, HELIO_FIELD_LONGITUDE),
		message->type,
		one->raw,
		helio_message_field(message, HELIO_FIELD_IMEI),
		span_of(model_text(reader, one, text[6])),
		span_of(text[6]),
	};

	/* the last one was measured before its text was made */
	memcpy(ret->cell, cell, sizeof(cell));
	ret->cell[COLUMNS - 1] = span_of(text[6]);
}

static void
put_csv(struct reader *reader, const struct cells *cells)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		if (i > 0)
			buf_addc(&reader->out, ',');
		csv_put(&reader->out, cells->cell[i].s,
		    cells->cell[i].n);
	}
	buf_addc(&reader->out, '\n');
}

/* What is missing is null, differences are numbers. */
static void
put_json(struct reader *reader, const struct cells *cells)
{
	jw_object(&reader->json);
	for (size_t i = 0; i < COLUMNS; i++) {
		helio_span cell = cells->cell[i];

		jw_key(&reader->json, columns[i]);
		if (cell.n == 0)
			jw_null(&reader->json);
		else if (i == 0 || i == 3 || i == 5)
			jw_raw(&reader->json, cell.s, cell.n);
		else
			jw_strn(&reader->json, cell.s, cell.n);
	}
	jw_end(&reader->json);
}

static void
put_line(struct reader *reader, const struct cells *cells)
{
	static const struct { int column, width; } shown[] = {
		{ 12, 15 }, { 10, -6 }, { 7, -4 }, { 2, -29 }, { 3, 10 },
		{ 4, -29 }, { 5, 10 }, { 6, -29 },
	};

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		buf_addf(&reader->out, "%s%*.*s", i > 0 ? "  " : "",
		    shown[i].width, (int)cells->cell[shown[i].column].n,
		    cells->cell[shown[i].column].s);
	buf_addc(&reader->out, '\n');
}

static void
put(struct reader *reader, const struct sighting *one)
{
	struct cells cells;

	fill(reader, one, &cells);
	if (reader->given->json)
		put_json(reader, &cells);
	else if (reader->given->csv)
		put_csv(reader, &cells);
	else
		put_line(reader, &cells);
}

/* ---- input ---- */

static void
tell_bad(struct reader *reader, const char *why)
{
	reader->bad++;
	fprintf(stderr, "helio: %s: line %lu: %s\n", reader->file,
	    reader->line, why);
}

static bool
count_difference(struct lag *lag, struct moment from, struct moment to)
{
	double seconds;

	return !difference(from, to, &seconds) || lag_add(lag, seconds);
}

static void
take_line(struct reader *reader, const helio_log_line *line)
{
	struct sighting one = { .raw = line->message };
	const char *why;

	if (!helio_message_read(line->message.s, line->message.n,
	    &one.message, &why)) {
		tell_bad(reader, why);
		return;
	}
	reader->found++;
	set_moments(reader, line, &one);
	if (!count_difference(&reader->to_send, one.locked, one.sent) ||
	    !count_difference(&reader->to_receive, one.sent, one.received))
		reader->failed = true;
	if (!reader->given->summary)
		put(reader, &one);
}

static void
take_text(struct reader *reader, const char *s, size_t n)
{
	helio_log_line line;

	if (helio_log_line_read(s, n, &line))
		take_line(reader, &line);
	else
		reader->other++;
}

/* The message of an event, with the time that the event tells beside it. */
static void
take_event(struct reader *reader, const json_t *message, const json_t *time)
{
	const char *text = json_string_value(message);
	const char *stamp = json_string_value(time);
	helio_log_line line, beside;

	reader->line++;
	if (text == NULL || !helio_log_line_read(text,
	    json_string_length(message), &line)) {
		reader->other++;
		return;
	}
	if (json_is_integer(time)) {
		line.receipt = HELIO_RECEIPT_UTC;
		line.received_us = json_integer_value(time) * 1000;
	} else if (stamp != NULL && helio_log_time(stamp, strlen(stamp),
	    &beside)) {
		line.receipt = beside.receipt;
		line.received_us = beside.received_us;
	}
	take_line(reader, &line);
}

/* One result of Logs Insights: a list of {"field", "value"}. */
static void
take_result(struct reader *reader, const json_t *result)
{
	const json_t *message = NULL, *time = NULL, *pair;
	size_t i;

	json_array_foreach(result, i, pair) {
		const char *field = json_string_value(json_object_get(pair,
		    "field"));

		if (field != NULL && strcmp(field, "@message") == 0)
			message = json_object_get(pair, "value");
		if (field != NULL && strcmp(field, "@timestamp") == 0)
			time = json_object_get(pair, "value");
	}
	take_event(reader, message, time);
}

static void
take_object(struct reader *reader, const json_t *event)
{
	const json_t *message = json_object_get(event, "message");
	const json_t *time = json_object_get(event, "timestamp");

	if (message == NULL) {
		message = json_object_get(event, "@message");
		time = json_object_get(event, "@timestamp");
	}
	take_event(reader, message, time);
}

/* {"events": [..]}, {"results": [[..]]}, a list of either, or one event. */
static void
take_document(struct reader *reader, const json_t *root)
{
	const json_t *list = root, *one;
	size_t i;

	if (json_object_get(root, "events") != NULL)
		list = json_object_get(root, "events");
	else if (json_object_get(root, "results") != NULL)
		list = json_object_get(root, "results");
	if (!json_is_array(list)) {
		take_object(reader, list);
		return;
	}
	json_array_foreach(list, i, one) {
		if (json_is_array(one))
			take_result(reader, one);
		else
			take_object(reader, one);
	}
}

static void
take_one_line(struct reader *reader, const char *s, size_t n)
{
	json_t *event = n > 0 && *s == '{' ? json_loadb(s, n, 0, NULL) : NULL;

	reader->line++;
	if (event == NULL) {
		take_text(reader, s, n);
		return;
	}
	reader->line--;
	take_document(reader, event);
	json_decref(event);
}

static void
take_lines(struct reader *reader, const char *s, const char *end)
{
	while (s < end && !reader->failed) {
		const char *stop = memchr(s, '\n', (size_t)(end - s));

		stop = stop != NULL ? stop : end;
		take_one_line(reader, s, (size_t)(stop - s));
		s = stop < end ? stop + 1 : end;
	}
}

static void
take_content(struct reader *reader, const struct buf *content)
{
	const char *s = content->len > 0 ? content->data : "";
	size_t blank = strspn(s, " \t\r\n");
	json_t *root = NULL;

	if (s[blank] == '{' || s[blank] == '[')
		root = json_loadb(s, content->len, 0, NULL);
	reader->line = 0;
	if (root != NULL)
		take_document(reader, root);
	else
		take_lines(reader, s, s + content->len);
	json_decref(root);
}

static bool
read_file(struct reader *reader, const char *name)
{
	struct buf content = BUF_INIT;
	bool ok = file_read(name, DOCUMENT_MAX, &content);

	reader->file = strcmp(name, "-") == 0 ? "standard input" : name;
	if (ok)
		take_content(reader, &content);
	if (reader->failed || content.failed || reader->out.failed) {
		say_error(NULL, "out of memory");
		ok = false;
	}
	buf_free(&content);
	return ok;
}

/* ---- summary ---- */

static void
put_summary_json(struct json_write *json, const char *name,
    const struct lag_summary *sum)
{
	jw_key(json, name);
	jw_object(json);
	jw_put_int(json, "n", (int64_t)sum->n);
	if (sum->n > 0) {
		jw_put_real(json, "min", sum->least);
		jw_put_real(json, "mean", sum->mean);
		jw_put_real(json, "p50", sum->p50);
		jw_put_real(json, "p90", sum->p90);
		jw_put_real(json, "p95", sum->p95);
		jw_put_real(json, "p99", sum->p99);
		jw_put_real(json, "max", sum->most);
	}
	jw_end(json);
}

static void
put_summary_row(struct reader *reader, const char *name,
    const struct lag_summary *s)
{
	static const char text[] = "%-16s n %zu  min %.3f  mean %.3f  "
	    "p50 %.3f  p90 %.3f  p95 %.3f  p99 %.3f  max %.3f\n";
	static const char csv[] = "%s,%zu,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,"
	    "%.3f\n";

	buf_addf(&reader->out, reader->given->csv ? csv : text, name, s->n,
	    s->least, s->mean, s->p50, s->p90, s->p95, s->p99, s->most);
}

static void
put_summary(struct reader *reader)
{
	const struct timestamps_options *given = reader->given;
	struct lag_summary to_send, to_receive;

	lag_sum_up(&reader->to_send, &to_send);
	lag_sum_up(&reader->to_receive, &to_receive);
	if (given->json) {
		put_summary_json(&reader->json, "lock_to_send", &to_send);
		put_summary_json(&reader->json, "send_to_receive",
		    &to_receive);
	} else if (given->summary || !given->csv) {
		put_summary_row(reader, "lock_to_send", &to_send);
		put_summary_row(reader, "send_to_receive", &to_receive);
	}
}

/* ---- all of it ---- */

static void
begin(struct reader *reader)
{
	const struct timestamps_options *given = reader->given;

	if (given->json) {
		jw_start(&reader->json, &reader->out);
		jw_object(&reader->json);
		jw_key(&reader->json, "messages");
		jw_array(&reader->json);
	} else if (given->csv && given->summary) {
		buf_adds(&reader->out,
		    "difference,n,min,mean,p50,p90,p95,p99,max\n");
	} else if (given->csv) {
		for (size_t i = 0; i < COLUMNS; i++)
			buf_addf(&reader->out, "%s%s", i > 0 ? "," : "",
			    columns[i]);
		buf_addc(&reader->out, '\n');
	}
}

static void
end(struct reader *reader)
{
	if (reader->given->json) {
		jw_end(&reader->json);
		jw_key(&reader->json, "summary");
		jw_object(&reader->json);
	}
	put_summary(reader);
	if (reader->given->json) {
		jw_end(&reader->json);
		jw_end(&reader->json);
		buf_addc(&reader->out, '\n');
	}
}

static bool
load(struct reader *reader)
{
	const char *zone = reader->given->zone, *show_zone =
	    reader->given->show;
	struct helio_err err;

	err_clear(&err);
	if (zone_load(zone != NULL ? zone : "America/New_York", &reader->zone,
	    &err) != HELIO_OK ||
	    zone_load(show_zone != NULL ? show_zone : "UTC", &reader->show,
	    &err) != HELIO_OK) {
		say_error("zones are named as in America/New_York; their "
		    "files are in Debian's package tzdata", "%s",
		    err_message(&err));
		return false;
	}
	return model_file_load(reader->given->models, &reader->models);
}

static bool
read_files(struct reader *reader, char **files, int n)
{
	begin(reader);
	for (int i = 0; i < n; i++)
		if (!read_file(reader, files[i]))
			return false;
	end(reader);
	if (reader->out.failed) {
		say_error(NULL, "out of memory");
		return false;
	}
	fwrite(reader->out.data, 1, reader->out.len, stdout);
	if (fflush(stdout) == 0)
		return true;
	say_error(NULL, "standard output: %s", strerror(errno));
	return false;
}

static int
run(void *arg, char **args, int n_args)
{
	struct reader reader = { .given = arg };
	int code = EXIT_USAGE;

	if (load(&reader)) {
		code = read_files(&reader, args, n_args) && reader.bad == 0 ?
		    EXIT_OK : EXIT_FAILED;
		if (code == EXIT_OK && reader.found == 0)
			say_error(NULL, "no message was found in %lu lines",
			    reader.other);
	}
	zone_free(reader.zone);
	zone_free(reader.show);
	helio_models_free(reader.models);
	lag_free(&reader.to_send);
	lag_free(&reader.to_receive);
	buf_free(&reader.out);
	return code;
}

const struct command command_timestamps = {
	.name = "timestamps", .args = "FILE..", .args_min = 1, .args_max = -1,
	.run = run,
	.summary = "when devices were located, sent and were received",
	.example = "  helio timestamps log-events.csv --csv > times.csv\n"
	    "  Reads exports of AWS CloudWatch (CSV, JSON, text) and device "
	    "messages; '-' is\n  standard input. Differences are in seconds.",
	COMMAND_OPTIONS(rows, struct timestamps_options),
};
