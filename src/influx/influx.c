/* Routes, headers and errors; see influx.h. */
#include "influx/influx.h"

#include <string.h>

#include "influxql/exec.h"

enum { UPLOAD_MAX = 16 << 20 };		/* bytes */

void
influx_headers(struct api_call *call)
{
	http_reply_header(call->http, "X-Influxdb-Version", INFLUX_VERSION);
	http_reply_header(call->http, "X-Influxdb-Build", "heliograph");
	http_reply_header(call->http, "Request-Id", call->id);
}

static void
put_error(struct buf *out, const char *message)
{
	struct json_write w;

	jw_start(&w, out);
	jw_object(&w);
	jw_put_str(&w, "error", message);
	jw_end(&w);
}

/* A header holds no control characters and not too much. */
static void
add_error_header(struct api_call *call, const char *message)
{
	char *text = arena_strndup(call->arena, message,
	    strnlen(message, 1024));

	for (size_t i = 0; text[i] != '\0'; i++)
		if ((unsigned char)text[i] < 0x20 ||
		    (unsigned char)text[i] >= 0x7f)
			text[i] = ' ';
	http_reply_header(call->http, "X-Influxdb-Error", text);
}

/* What is ours to know is for the log; faults are told by name. */
const char *
influx_message(struct api_call *call)
{
	const struct helio_err *err = &call->err;

	if (err->rc == HELIO_E_INTERNAL || err->rc == HELIO_E_IO)
		return rc_text(err->rc);
	if (err->rc == HELIO_E_AUTH)
		return "authorization failed";
	if (err->n_faults > 0)
		return arena_printf(call->arena, "%s: %s",
		    err->fault[0].field, err->fault[0].text);
	return err_message(err);
}

void
influx_describe(struct api_call *call, struct buf *out)
{
	const char *message = influx_message(call);

	influx_headers(call);
	add_error_header(call, message);
	put_error(out, message);
}

void
influx_fail(struct api_call *call, unsigned status, const char *message)
{
	struct buf out = BUF_INIT;

	influx_headers(call);
	add_error_header(call, message);
	put_error(&out, message);
	api_reply_json(call, status, &out);
}

/* ---- routes ---- */

#define QUERY(method_)							\
	{ .method = method_, .path = "/query", .auth = AUTH_PASSWORD,	\
	    .level = LEVEL_OVERVIEW, .where = RUN_WORKER,		\
	    .run = influx_query, .soon = influx_query_soon,		\
	    .describe = influx_describe,				\
	    .help = "InfluxDB 1.x: statements in InfluxQL." }

const struct api_route *
influx_routes(const struct influx_options *options, size_t *ret_n)
{
	static struct iql_limits limits;
	static struct api_route routes[] = {
		{ .method = HTTP_POST, .path = "/write",
		    .auth = AUTH_PASSWORD, .level = LEVEL_TECHNICAL,
		    .where = RUN_WORKER, .run = influx_write,
		    .describe = influx_describe,
		    .help = "InfluxDB 1.x: store samples in line protocol." },
		QUERY(HTTP_GET),
		QUERY(HTTP_POST),
		{ .method = HTTP_GET, .path = "/ping", .auth = AUTH_NONE,
		    .where = RUN_LOOP, .run = influx_ping,
		    .help = "InfluxDB 1.x: is there a server, and which?" },
		{ .method = HTTP_GET, .path = "/health", .auth = AUTH_NONE,
		    .where = RUN_LOOP, .run = influx_health,
		    .help = "InfluxDB: is the server well?" },
	};

	limits.rows = options->query_rows;
	limits.ms = options->query_ms;
	routes[0].body_max = options->upload_max != 0 ? options->upload_max :
	    UPLOAD_MAX;
	routes[1].data = routes[2].data = &limits;
	*ret_n = sizeof(routes) / sizeof(routes[0]);
	return routes;
}
