/*
 * The face of InfluxDB 1.x: /write, so that Telegraf and scripts can push, and
 * /query and /ping for Grafana and its like.  At the root of the address, not
 * below /v1, with InfluxDB's error bodies and headers.
 *
 * Who asks: a token as everywhere, or a user's name and password in one of
 * InfluxDB's ways (AUTH_PASSWORD).
 */
#ifndef HELIO_INFLUX_INFLUX_H
#define HELIO_INFLUX_INFLUX_H

#include "api/api.h"

struct influx_options {
	size_t		 upload_max;	/* bytes of a body; 0: 16 MB */
	unsigned	 query_ms;	/* a statement may take this long; 0: the
					 * default */
	uint64_t	 query_rows;	/* stored rows that a query may read;
					 * 0: the default */
};

/* The routes of this folder; they live as long as the program. */
const struct api_route *influx_routes(const struct influx_options *,
		    size_t *ret_n);

/* ---- shared by its files ---- */

/* InfluxDB's headers, on every reply. */
void		 influx_headers(struct api_call *);
/* api_route.describe: {"error":".."} and X-Influxdb-Error. */
void		 influx_describe(struct api_call *, struct buf *out);
/* What is told of call->err; in the call's arena. */
const char	*influx_message(struct api_call *);
/* Answer with an error of InfluxDB's own words. */
void		 influx_fail(struct api_call *, unsigned status,
		    const char *message);

/* What clients take for the version of an InfluxDB. */
#define INFLUX_VERSION	"1.6.7"

/* GET and POST /query: InfluxQL. */
void		 influx_query(struct api_call *);
/*
 * The same on the event loop, for what is soon done: a SELECT of one unit that
 * looks at few rows.  False: it is not, nothing was answered.
 */
bool		 influx_query_soon(struct api_call *);
/* GET /ping and /health: for anybody. */
void		 influx_ping(struct api_call *);
void		 influx_health(struct api_call *);
/* POST /write: line protocol. */
void		 influx_write(struct api_call *);

#endif
