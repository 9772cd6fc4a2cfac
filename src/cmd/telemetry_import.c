/*
 * helio telemetry import: samples of files to /write, a batch at a time.  A
 * batch that is not taken whole is halved until the lines at fault stand
 * alone, so that each is named with the server's own words; sending a sample
 * twice changes nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/command.h"
#include "cmd/sample_rows.h"
#include "cmd/sample_text.h"
#include "cmd/session.h"

enum {
	BATCH_RECORDS = 5000, BATCH_BYTES = 1 << 20,
	TRIES = 8,
	STOP_AFTER = 100,	/* bad lines */
	TIMEOUT_MS = 120000,	/* a large batch on a slow disk */
};

struct import_options {
	const char	*url, *format, *precision;
	long		 stop_after;
};

static const struct option_row rows[] = {
	OPTION(struct import_options, format, "format", OPTION_TEXT, "NAME",
	    "csv or line (default: by the file's ending, else line)"),
	OPTION(struct import_options, precision, "precision", OPTION_TEXT,
	    "UNIT", "of the times: n, u, ms, s, m or h (default: n)"),
	OPTION(struct import_options, stop_after, "stop_after", OPTION_NUMBER,
	    "N", "give up after so many bad lines (default 100)"),
	OPTION(struct import_options, url, "url", OPTION_TEXT, "URL",
	    "the server (default: HELIO_URL, or that of 'helio login')"),
};

/* A record that waits to be sent: a piece of the batch's text. */
struct record {
	unsigned long	 line;		/* its first, in the file */
	size_t		 at;
};

struct importing {
	const struct import_options *given;
	helio_client	*client;
	const char	*name;		/* of the file */
	FILE		*file;
	unsigned long	 line;		/* read so far */
	struct sample_split split;
	struct sample_csv *csv;		/* NULL: line protocol */
	struct buf	 text;		/* the record being read */
	struct buf	 batch;
	struct record	 record[BATCH_RECORDS + 1];	/* and the end */
	size_t		 n;
	unsigned long	 stored, bad, sent_to;	/* all of the line's before
						 * are settled */
	int		 code;		/* not EXIT_OK: it is over */
};

/* ---- bad lines ---- */

static void
tell_bad(struct importing *m, unsigned long line, const char *why)
{
	unsigned long most = m->given->stop_after > 0 ?
	    (unsigned long)m->given->stop_after : STOP_AFTER;

	say_progress("%s", "");
	say_error(NULL, "%s: line %lu: %s", m->name, line, why);
	if (++m->bad >= most && m->code == EXIT_OK)
		m->code = EXIT_CUT_SHORT;
}

/* ---- sending ---- */

static helio_call *
new_call(const struct importing *m, size_t from, size_t to)
{
	helio_call *call = helio_call_new("POST", "/write");
	size_t at = m->record[from].at;

	helio_call_query(call, "db", "heliograph");
	if (m->given->precision != NULL)
		helio_call_query(call, "precision", m->given->precision);
	helio_call_body(call, "text/plain; charset=utf-8", m->batch.data + at,
	    m->record[to].at - at);
	/* every sample has its time: twice is once */
	helio_call_repeatable(call, true);
	helio_call_retries(call, TRIES);
	helio_call_timeout(call, TIMEOUT_MS);
	return call;
}

/* May one line be at fault for the answer to all? */
static bool
may_be_one(int status)
{
	return status == 400 || status == 403 || status == 413;
}

static void
say_why(const helio_reply *reply, struct buf *why)
{
	struct sample_rows none = { .row = NULL };
	size_t n;
	const char *body = helio_reply_body(reply, &n);

	(void)sample_rows_read(body, n, &none, why);
	if (why->len == 0)
		buf_addf(why, "status %d", helio_reply_status(reply));
}

static void send_records(struct importing *, size_t from, size_t to);

/* It was answered. */
static void
take_answer(struct importing *m, const helio_reply *reply, size_t from,
    size_t to)
{
	int status = helio_reply_status(reply);
	struct buf why = BUF_INIT;

	if (status / 100 == 2) {
		m->stored += to - from;
	} else if (may_be_one(status) && to - from > 1) {
		send_records(m, from, from + (to - from) / 2);
		send_records(m, from + (to - from) / 2, to);
	} else {
		say_why(reply, &why);
		if (may_be_one(status)) {
			tell_bad(m, m->record[from].line, why.data);
		} else {
			say_progress("%s", "");
			say_error(NULL, "%s", why.data);
			m->code = session_exit(HELIO_DONE, reply);
		}
	}
	buf_free(&why);
}

static void
send_records(struct importing *m, size_t from, size_t to)
{
	helio_call *call;
	helio_reply *reply = NULL;
	helio_error error;
	helio_code code;

	if (m->code != EXIT_OK)
		return;
	call = new_call(m, from, to);
	code = helio_http_send(helio_client_http(m->client), call, &reply,
	    &error);
	if (code == HELIO_DONE) {
		take_answer(m, reply, from, to);
	} else {
		say_progress("%s", "");
		say_error(NULL, "%s", error.text);
		m->code = session_exit(code, NULL);
	}
	helio_reply_free(reply);
	helio_call_free(call);
	if (m->code == EXIT_OK)
		m->sent_to = to < m->n ? m->record[to].line - 1 : m->line;
}

static void
send_batch(struct importing *m)
{
	if (m->batch.failed) {
		say_error(NULL, "out of memory");
		m->code = EXIT_FAILED;
	}
	m->record[m->n].at = m->batch.len;
	if (m->n > 0)
		send_records(m, 0, m->n);
	buf_reset(&m->batch);
	m->n = 0;
	say_progress("%s: %lu lines, %lu points stored, %lu bad", m->name,
	    m->line, m->stored, m->bad);
}

/* ---- reading ---- */

/* Seconds and their parts since 1970, in the file's unit: for lines without a
 * time, which must not get another one when they are sent again. */
static int64_t
now_in(const char *precision)
{
	static const struct {
		const char	*name;
		int64_t		 ns;
	} units[] = {
		{ "u", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
		{ "m", INT64_C(60000000000) }, { "h", INT64_C(3600000000000) },
	};
	struct timespec now;
	int64_t ns;

	clock_gettime(CLOCK_REALTIME, &now);
	ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	for (size_t i = 0; precision != NULL &&
	    i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].name, precision) == 0)
			return ns / units[i].ns;
	return ns;
}

static void
add_line(struct importing *m)
{
	const char *text = m->text.data;
	size_t n = m->text.len, blank = strspn(text, " \t\r\n");

	if (blank == n || text[blank] == '#')
		return;
	n -= text[n - 1] == '\n';
	n -= n > 0 && text[n - 1] == '\r';
	buf_add(&m->batch, text, n);
	if (!m->split.has_time && m->split.part != SAMPLE_KEY)
		buf_addf(&m->batch, " %lld",
		    (long long)now_in(m->given->precision));
	buf_addc(&m->batch, '\n');
}

/* One record joins the batch. */
static void
add_record(struct importing *m, unsigned long line)
{
	size_t before = m->batch.len;
	const char *why = NULL;

	m->record[m->n] = (struct record){ line, before };
	if (m->text.failed || m->text.len > SAMPLE_RECORD_MAX)
		why = "the line is too long";
	else if (m->csv != NULL)
		why = sample_csv_read(m->csv, m->text.data, m->text.len,
		    &m->batch);
	else
		add_line(m);
	if (why != NULL)
		tell_bad(m, line, why);
	m->n += m->batch.len > before;
	if (m->n == BATCH_RECORDS || m->batch.len >= BATCH_BYTES)
		send_batch(m);
}

/* Up to the record's end; what is too much is read and not kept. */
static bool
read_record(struct importing *m)
{
	bool end = false;
	int c;

	buf_reset(&m->text);
	m->split = (struct sample_split){ .csv = m->csv != NULL };
	while (!end && (c = getc_unlocked(m->file)) != EOF) {
		if (m->text.len <= SAMPLE_RECORD_MAX)
			buf_addc(&m->text, (char)c);
		m->line += c == '\n';
		end = sample_split_byte(&m->split, (char)c);
	}
	return m->text.len > 0;
}

/* Spreadsheets write one. */
static void
drop_byte_order_mark(struct buf *text)
{
	if (text->len < 3 || memcmp(text->data, "\xef\xbb\xbf", 3) != 0)
		return;
	text->len -= 3;
	memmove(text->data, text->data + 3, text->len + 1);
}

static void
import_stream(struct importing *m)
{
	unsigned long line = 1;

	while (m->code == EXIT_OK && read_record(m)) {
		if (line == 1)
			drop_byte_order_mark(&m->text);
		add_record(m, line);
		line = m->line + 1;
	}
	if (m->code == EXIT_OK && ferror(m->file)) {
		say_error(NULL, "%s: %s", m->name, strerror(errno));
		m->code = EXIT_FAILED;
	}
	if (m->code == EXIT_OK)
		send_batch(m);
}

static bool
is_csv(const struct importing *m)
{
	size_t n = strlen(m->name);

	if (m->given->format != NULL)
		return strcmp(m->given->format, "csv") == 0;
	return n > 4 && strcmp(m->name + n - 4, ".csv") == 0;
}

static void
import_file(struct importing *m, const char *name)
{
	bool std = strcmp(name, "-") == 0;

	m->name = std ? "standard input" : name;
	m->line = m->sent_to = 0;
	m->file = std ? stdin : fopen(name, "re");
	m->csv = is_csv(m) ? sample_csv_new() : NULL;
	if (m->file == NULL || (is_csv(m) && m->csv == NULL)) {
		say_error(NULL, "%s: %s", name, strerror(errno));
		m->code = EXIT_FAILED;
	} else {
		import_stream(m);
	}
	say_progress("%s", "");
	if (m->code != EXIT_OK)
		fprintf(stderr, "%s: given up; lines up to %lu are settled, "
		    "and to send them again does no harm\n", m->name,
		    m->sent_to);
	sample_csv_free(m->csv);
	if (m->file != NULL && !std)
		fclose(m->file);
}

/* ---- the command line ---- */

static bool
options_are_good(const struct import_options *given)
{
	static const char *const units[] = { "n", "u", "ms", "s", "m", "h" };
	bool known = given->precision == NULL;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		known |= given->precision != NULL &&
		    strcmp(units[i], given->precision) == 0;
	if (!known)
		say_error(NULL, "--precision is n, u, ms, s, m or h, not "
		    "'%s'", given->precision);
	if (given->format == NULL || strcmp(given->format, "csv") == 0 ||
	    strcmp(given->format, "line") == 0)
		return known;
	say_error(NULL, "--format is csv or line, not '%s'", given->format);
	return false;
}

static void
import_all(struct importing *m, char **args, int n_args)
{
	if (n_args == 0)
		import_file(m, "-");
	for (int i = 0; i < n_args && m->code == EXIT_OK; i++)
		import_file(m, args[i]);
	fprintf(stderr, "%lu points stored, %lu lines bad\n", m->stored,
	    m->bad);
	if (m->code == EXIT_OK && m->bad > 0)
		m->code = EXIT_ROWS_FAILED;
}

static int
run(void *arg, char **args, int n_args)
{
	const struct import_options *given = arg;
	struct importing *m;
	int code = EXIT_FAILED;

	if (!options_are_good(given))
		return EXIT_USAGE;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return EXIT_FAILED;
	m->given = given;
	m->client = session_open(given->url);
	if (m->client != NULL) {
		import_all(m, args, n_args);
		code = m->code;
	}
	buf_free(&m->text);
	buf_free(&m->batch);
	helio_client_free(m->client);
	free(m);
	return code;
}

const struct command command_telemetry_import = {
	.name = "telemetry import", .args = "[FILE..]", .args_max = -1,
	.run = run,
	.summary = "store samples from CSV or line protocol",
	.example = "  helio telemetry import june.csv\n"
	    "  Without FILE standard input. Exit status 7 when lines were "
	    "bad, 8 when given up.",
	COMMAND_OPTIONS(rows, struct import_options),
};
