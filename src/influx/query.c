/* /query: InfluxQL over HTTP as InfluxDB 1.x answers it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/api.h"
#include "base/times.h"
#include "influx/influx.h"
#include "influx/output.h"
#include "influxql/exec.h"

enum {
	REPLY_MAX = 64 << 20,		/* bytes */
	CHUNK_MAX = 4 << 20,
	STREAM_FROM = 256 << 10,	/* smaller replies are sent at once */
	CHUNK_ROWS = 10000,		/* as InfluxDB has it */
	CHUNK_ROWS_MAX = 100000,
};

struct influx_request {
	struct api_call	*call;
	const char	*q;
	struct iql_statement *statements;
	struct influx_output output;
	struct arena	*arena;		/* of one statement */
	struct arena	*heads;
	struct tx	*tx;
	const struct iql_limits *limits;
	bool		 soon;		/* on the event loop; see soon_limits */
	bool		 streaming;
	bool		 ending;	/* last words: why it ends early */
	bool		 cut;		/* the reader did not get those */
	int64_t		 waited_ms;	/* for the reader */
};

/* ---- parameters ---- */

/* From the query or the form; NULL when absent. */
static const char *
parameter(const struct influx_request *q, const char *name)
{
	const char *text = http_param(q->call->http, name);

	if (text == NULL && json_is_object(q->call->body))
		text = json_string_value(json_object_get(q->call->body, name));
	return text;
}

static bool
is_set(const struct influx_request *q, const char *name)
{
	const char *text = parameter(q, name);

	return text != NULL && strcmp(text, "true") == 0;
}

static const struct {
	const char	*name;
	int64_t		 ns;
} epochs[] = {
	{ "ns", 1 }, { "n", 1 }, { "u", 1000 }, { "\xc2\xb5", 1000 },
	{ "ms", 1000000 }, { "s", 1000000000 },
	{ "m", INT64_C(60000000000) }, { "h", INT64_C(3600000000000) },
};

static enum helio_rc
read_epoch(struct influx_request *q, struct helio_err *err)
{
	const char *text = parameter(q, "epoch");

	if (text == NULL || *text == '\0')
		return HELIO_OK;
	for (size_t i = 0; i < sizeof(epochs) / sizeof(epochs[0]); i++)
		if (strcmp(epochs[i].name, text) == 0) {
			q->output.form.epoch_ns = epochs[i].ns;
			return HELIO_OK;
		}
	return err_set(err, HELIO_E_QUERY,
	    "invalid epoch: must be ns, u, ms, s, m or h");
}

static enum helio_rc
read_form(struct influx_request *q, struct helio_err *err)
{
	struct influx_form *form = &q->output.form;
	const char *accept = http_header(q->call->http, "Accept");
	const char *rows = parameter(q, "chunk_size");
	long n = rows != NULL ? strtol(rows, NULL, 10) : 0;

	form->csv = accept != NULL && (strstr(accept, "text/csv") != NULL ||
	    strstr(accept, "application/csv") != NULL);
	form->pretty = is_set(q, "pretty");
	form->chunked = is_set(q, "chunked") && !form->csv;
	form->chunk_rows = n > 0 && n <= CHUNK_ROWS_MAX ? (size_t)n :
	    CHUNK_ROWS;
	form->bytes_max = form->chunked ? CHUNK_MAX : REPLY_MAX;
	return read_epoch(q, err);
}

static enum helio_rc
parse(struct influx_request *q, struct helio_err *err)
{
	struct iql_fault fault;
	unsigned line, at;

	q->q = parameter(q, "q");
	if (q->q == NULL || *q->q == '\0')
		return err_set(err, HELIO_E_QUERY,
		    "missing required parameter \"q\"");
	q->statements = iql_parse(q->call->arena, q->q, strlen(q->q), &fault);
	if (q->statements != NULL)
		return HELIO_OK;
	iql_place(q->q, fault.at, &line, &at);
	return err_set(err, HELIO_E_QUERY,
	    "error parsing query: %s at line %u, char %u", fault.text, line,
	    at);
}

/* ---- running ---- */

static const char *
text_of(const struct helio_err *err)
{
	return err->n_faults > 0 ? err->fault[0].text : err_message(err);
}

static enum helio_rc
begin_stream(struct influx_request *q, struct helio_err *err)
{
	enum helio_rc rc = api_stream_new(q->call, err);

	if (rc != HELIO_OK)
		return rc;
	influx_headers(q->call);
	http_stream_begin(q->call->http, 200, "application/json");
	q->streaming = true;
	return HELIO_OK;
}

/* The time that the reader takes is not the query's. */
static enum helio_rc
put_documents(struct influx_request *q, const struct buf *out,
    struct helio_err *err)
{
	struct http_request *http = q->call->http;
	enum helio_rc rc = http_stream_put(http, out->data, out->len,
	    q->ending, err);
	int64_t waited_ms = http_stream_waited_ms(http);

	tx_waited(q->tx, waited_ms - q->waited_ms);
	q->waited_ms = waited_ms;
	return rc;
}

/* Documents that are ready; once they are more than a little they go out. */
static enum helio_rc
send_documents(void *arg, struct buf *out, struct helio_err *err)
{
	struct influx_request *q = arg;
	enum helio_rc rc = HELIO_OK;

	if (out->failed)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	if (!q->streaming && out->len < STREAM_FROM)
		return HELIO_OK;
	if (!q->streaming)
		rc = begin_stream(q, err);
	if (rc == HELIO_OK)
		rc = put_documents(q, out, err);
	buf_reset(out);
	return rc;
}

/* Over a limit, or a failure of ours.  Who has part of the reply already is
 * told in the last document. */
static enum helio_rc
give_up(struct influx_request *q, const struct helio_err *why,
    struct helio_err *err)
{
	struct helio_err ignored;

	err_set(err, why->rc, "%s", text_of(why));
	if (!q->streaming)
		return err->rc;
	api_log_failure(q->call);
	err_clear(&ignored);
	q->ending = true;
	q->cut = influx_output_end(&q->output, influx_message(q->call),
	    &ignored) != HELIO_OK;
	return err->rc;
}

/* What a statement itself is guilty of stands in its result; all else ends
 * all of them. */
static enum helio_rc
run_statement(struct influx_request *q, const struct iql_statement *s,
    struct helio_err *err)
{
	const struct iql_sink sink = influx_output_sink(&q->output);
	const struct iql_context context = {
		.tx = q->tx, .arena = q->arena, .sink = &sink,
		.now_ns = tx_now_us(q->tx) * NS_PER_US,
		.limits = q->limits, .waited_ms = &q->waited_ms,
	};
	struct helio_err *fault = arena_alloc(q->call->arena, sizeof(*fault));
	struct helio_err put;
	enum helio_rc rc;

	err_clear(fault);
	err_clear(&put);
	influx_output_statement(&q->output);
	rc = iql_run(&context, s, fault);
	if (q->soon && rc != HELIO_OK)
		return rc;
	api_count(q->call, rc == HELIO_OK ? TALLY_QUERIES_DONE :
	    rc_status(rc) < 500 ? TALLY_QUERIES_REFUSED :
	    TALLY_QUERIES_FAILED, 1);
	if (rc != HELIO_OK && rc != HELIO_E_INVALID)
		return give_up(q, fault, err);
	rc = influx_output_end(&q->output, rc != HELIO_OK ? text_of(fault) :
	    NULL, &put);
	arena_reset(q->arena);
	return rc == HELIO_OK ? rc : give_up(q, &put, err);
}

static enum helio_rc
run_all(struct influx_request *q, struct helio_err *err)
{
	struct api_call *call = q->call;
	enum helio_rc rc;

	if (q->output.form.chunked) {
		q->output.flush = send_documents;
		q->output.flush_arg = q;
	}
	rc = store_read(api_store(call->api), &call->caller, &q->tx, err);
	if (rc == HELIO_OK)
		influx_output_begin(&q->output, q->heads);
	for (struct iql_statement *s = q->statements;
	    s != NULL && rc == HELIO_OK; s = s->next)
		rc = run_statement(q, s, err);
	store_read_end(q->tx);
	if (rc == HELIO_OK)
		influx_output_finish(&q->output);
	return rc;
}

static void
answer(struct influx_request *q)
{
	if (q->streaming) {
		api_stream_end(q->call, !q->cut);
		return;
	}
	influx_headers(q->call);
	http_reply(q->call->http, 200, q->output.form.csv ? "text/csv" :
	    "application/json", &q->output.out);
}

static enum helio_rc
prepare(struct influx_request *q)
{
	struct api_call *call = q->call;
	enum helio_rc rc = HELIO_OK;

	q->arena = arena_new();
	q->heads = arena_new();
	if (q->arena == NULL || q->heads == NULL)
		rc = err_set(&call->err, HELIO_E_NO_MEMORY, "%s", "");
	if (rc == HELIO_OK)
		rc = api_read_body(call, NULL);
	if (rc == HELIO_OK)
		rc = read_form(q, &call->err);
	if (rc == HELIO_OK)
		rc = parse(q, &call->err);
	return rc;
}

void
influx_query(struct api_call *call)
{
	struct influx_request q = {
		.call = call, .limits = call->route->data,
	};
	enum helio_rc rc = prepare(&q);

	if (rc == HELIO_OK)
		rc = run_all(&q, &call->err);
	/* the answer is the last use of the call */
	arena_free(q.arena);
	arena_free(q.heads);
	if (rc == HELIO_OK || q.streaming)
		answer(&q);
	else
		api_fail(call);
	buf_free(&q.output.out);
}

/* ---- on the event loop ---- */

/* Others wait meanwhile: about a chunk of samples of a unit. */
static const struct iql_limits soon_limits = {
	.rows = 6000, .ms = 50, .series = 16, .points = 6000, .buckets = 2000,
	.columns = 64, .one_unit = true,
};

static bool
may_be_soon(const struct influx_request *q)
{
	const struct iql_limits *own = q->call->route->data;
	const struct iql_statement *s = q->statements;

	return s->verb == IQL_SELECT && s->next == NULL &&
	    !q->output.form.chunked &&
	    (own->rows == 0 || own->rows >= soon_limits.rows);
}

bool
influx_query_soon(struct api_call *call)
{
	struct influx_request q = {
		.call = call, .limits = &soon_limits, .soon = true,
	};
	enum helio_rc rc = prepare(&q);
	bool done = rc == HELIO_OK && may_be_soon(&q) &&
	    run_all(&q, &call->err) == HELIO_OK;

	arena_free(q.arena);
	arena_free(q.heads);
	if (done)
		answer(&q);
	else
		err_clear(&call->err);
	buf_free(&q.output.out);
	return done;
}
