/* /ping: how clients of InfluxDB ask whether there is one, and which. */
#include "api/api.h"
#include "base/json_write.h"
#include "influx/influx.h"

/* InfluxDB: verbose=true asks for a body. */
void
influx_ping(struct api_call *call)
{
	const char *verbose = http_param(call->http, "verbose");
	struct buf body = BUF_INIT;
	struct json_write json;

	influx_headers(call);
	if (verbose == NULL || *verbose == '\0' || *verbose == '0') {
		http_reply(call->http, 204, NULL, NULL);
		return;
	}
	jw_start(&json, &body);
	jw_object(&json);
	jw_put_str(&json, "version", INFLUX_VERSION);
	jw_end(&json);
	http_reply(call->http, 200, "application/json", &body);
}

/* /health, as InfluxDB 1.8 and 2 have it: newer clients ask there. */
void
influx_health(struct api_call *call)
{
	struct buf body = BUF_INIT;
	struct json_write json;

	influx_headers(call);
	jw_start(&json, &body);
	jw_object(&json);
	jw_put_str(&json, "name", "influxdb");
	jw_put_str(&json, "message", "ready for queries and writes");
	jw_put_str(&json, "status", "pass");
	jw_put_str(&json, "version", INFLUX_VERSION);
	jw_end(&json);
	http_reply(call->http, 200, "application/json", &body);
}
