/* /livez, /readyz and /metrics. */
#include "server/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/times.h"
#include "telemetry/room.h"

enum {
	HEADER_MAX = 8192, CONNECTIONS_MAX = 64, HEADER_MS = 10000,
	IDLE_MS = 75000, DRAIN_MS = 1000,
};

struct admin {
	struct admin_options opt;
	struct http_server *server;
	int64_t		 started_us;
};

/* ---- life and readiness ---- */

static void
answer(struct http_request *http, unsigned status, const char *text)
{
	struct buf out = BUF_INIT;

	buf_addf(&out, "%s\n", text);
	http_reply(http, status, "text/plain; charset=utf-8", &out);
}

static void
livez(struct admin *admin, struct http_request *http)
{
	answer(http, 200, "ok");
}

/* Ready is who can read the store. */
static void
readyz(struct admin *admin, struct http_request *http)
{
	struct helio_err err;
	struct tx *tx = NULL;

	err_clear(&err);
	if (store_read(admin->opt.store, &CALLER_SYSTEM, &tx, &err) ==
	    HELIO_OK)
		answer(http, 200, "ok");
	else
		answer(http, 503, "the store cannot be read");
	store_read_end(tx);
}

/* ---- metrics ---- */

static void
metric(struct buf *out, const char *name, const char *type, const char *help,
    double value)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n%s ", name, help, name,
	    type, name);
	if (value == (double)(int64_t)value)
		buf_addi(out, (int64_t)value);
	else
		buf_addd(out, value);
	buf_addc(out, '\n');
}

static void
put_store(struct admin *admin, struct buf *out)
{
	struct store_stats stats;

	store_stats(admin->opt.store, &stats);
	metric(out, "helio_store_commits_total", "counter",
	    "Durable commits.", (double)stats.commits);
	metric(out, "helio_store_jobs_total", "counter",
	    "Changes asked for, several of which share a commit.",
	    (double)stats.jobs);
	metric(out, "helio_store_jobs_failed_total", "counter",
	    "Changes that were refused or failed.", (double)stats.jobs_failed);
	metric(out, "helio_store_batch_largest", "gauge",
	    "Most changes in one commit.", (double)stats.batch_largest);
	metric(out, "helio_store_queue_length", "gauge",
	    "Changes that wait for the writer.", (double)stats.queue_len);
	metric(out, "helio_store_lane_answered_total", "counter",
	    "Reads of a database that no thread waited for.",
	    (double)stats.lane_answered);
	metric(out, "helio_store_lane_lost_total", "counter",
	    "Such reads that were asked again, by a thread that waits.",
	    (double)stats.lane_lost);
}

static void
put_rows(struct tx *tx, const char *table, const char *name, const char *help,
    struct buf *out)
{
	struct query query = query_all(tx_table(tx, table));
	struct helio_err err;
	int64_t n;

	err_clear(&err);
	if (tx_count(tx, &query, &n, &err) == HELIO_OK)
		metric(out, name, "gauge", help, (double)n);
}

static void
put_telemetry(struct tx *tx, struct buf *out)
{
	struct telemetry_room room;
	struct helio_err err;

	err_clear(&err);
	if (telemetry_room(tx, &room, &err) != HELIO_OK)
		return;
	metric(out, "helio_telemetry_series", "gauge",
	    "Series of samples.", (double)room.held.series);
	metric(out, "helio_telemetry_chunks", "gauge",
	    "Chunks that hold them.", (double)room.held.chunks);
	metric(out, "helio_telemetry_rows", "gauge",
	    "Points in time of all series.", (double)room.held.rows);
	metric(out, "helio_telemetry_bytes", "gauge",
	    "Bytes of the chunks.", (double)room.held.bytes);
	metric(out, "helio_telemetry_max_bytes", "gauge",
	    "The setting telemetry_max; 0: no limit.", (double)room.most);
	metric(out, "helio_telemetry_level", "gauge",
	    "1 from 90 % of telemetry_max on, 2 when uploads are refused.",
	    telemetry_level(&room));
}

/* What the store knows, on one snapshot. */
static void
put_contents(struct admin *admin, struct buf *out)
{
	struct helio_err err;
	struct tx *tx = NULL;

	err_clear(&err);
	if (store_read(admin->opt.store, &CALLER_SYSTEM, &tx, &err) ==
	    HELIO_OK) {
		put_telemetry(tx, out);
		put_rows(tx, "outbox", "helio_outbox_length",
		    "What follows from changes and is not done yet.", out);
		put_rows(tx, "outbox_dead", "helio_outbox_dead",
		    "What was given up.", out);
		put_rows(tx, "product", "helio_products",
		    "Units registered.", out);
	}
	store_read_end(tx);
}

/* Resident memory in bytes (proc(5), statm), 0 when it cannot be told. */
static double
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long all, pages = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu %lu", &all, &pages) != 2)
		pages = 0;
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void
put_process(struct admin *admin, struct buf *out)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	metric(out, "process_resident_memory_bytes", "gauge",
	    "Memory in use.", resident());
	metric(out, "process_cpu_seconds_total", "counter",
	    "Processor time used.",
	    seconds(use.ru_utime) + seconds(use.ru_stime));
	metric(out, "process_start_time_seconds", "gauge",
	    "When the server was started.", (double)admin->started_us / 1e6);
}

static void
metrics(struct admin *admin, struct http_request *http)
{
	struct buf out = BUF_INIT;

	buf_adds(&out, "# HELP helio_info What runs here.\n"
	    "# TYPE helio_info gauge\n"
	    "helio_info{version=\"" HELIO_VERSION "\"} 1\n");
	api_metrics(admin->opt.api, &out);
	metric(&out, "helio_connections", "gauge",
	    "Connections open on the API's listener.",
	    http_connections(admin->opt.http));
	metric(&out, "helio_streams", "gauge",
	    "Replies that are read while they are made.",
	    http_streams(admin->opt.http));
	metric(&out, "helio_streams_cut_total", "counter",
	    "Those of which a reader did not get the end.",
	    (double)http_streams_cut(admin->opt.http));
	put_store(admin, &out);
	put_contents(admin, &out);
	put_process(admin, &out);
	http_reply(http, 200, "text/plain; version=0.0.4; charset=utf-8",
	    &out);
}

/* ---- the listener ---- */

static const struct page {
	const char	*path;
	void		(*run)(struct admin *, struct http_request *);
} pages[] = {
	{ "/livez", livez },
	{ "/readyz", readyz },
	{ "/metrics", metrics },
};

static void
on_begin(void *ctx, struct http_request *http)
{
	http_limit_body(http, 0, HEADER_MS);
}

static void
on_handle(void *ctx, struct http_request *http)
{
	enum http_method method = http_method(http);
	size_t i;

	if (method != HTTP_GET && method != HTTP_HEAD) {
		http_reply_header(http, "Allow", "GET, HEAD");
		answer(http, 405, rc_text(HELIO_E_METHOD));
		return;
	}
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strcmp(pages[i].path, http_path(http)) == 0) {
			pages[i].run(ctx, http);
			return;
		}
	}
	answer(http, 404, rc_text(HELIO_E_NOT_FOUND));
}

static void
on_describe(void *ctx, enum helio_rc rc, struct buf *out)
{
	struct helio_err err;

	err_clear(&err);
	err.rc = rc;
	api_error_body(&err, out);
}

enum helio_rc
admin_start(const struct admin_options *opt, struct admin **ret,
    struct helio_err *err)
{
	const struct http_options options = {
		.listen = opt->listen, .loops = 1, .header_max = HEADER_MAX,
		.header_deadline_ms = HEADER_MS, .idle_ms = IDLE_MS,
		.connections_max = CONNECTIONS_MAX, .drain_ms = DRAIN_MS,
	};
	struct admin *admin = calloc(1, sizeof(*admin));
	const struct http_app app = {
		.ctx = admin, .begin = on_begin, .handle = on_handle,
		.describe = on_describe,
	};
	enum helio_rc rc;

	if (admin == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory");
	admin->opt = *opt;
	admin->started_us = time_now_us();
	rc = http_start(&options, &app, &admin->server, err);
	if (rc == HELIO_OK)
		*ret = admin;
	else
		free(admin);
	return rc;
}

const char *
admin_url(const struct admin *admin)
{
	return http_url(admin->server);
}

void
admin_stop(struct admin *admin)
{
	if (admin == NULL)
		return;
	http_stop(admin->server);
	free(admin);
}
