/*
 * The unit protocol on HTTP.  Each route is a message: how its body is
 * decoded (on a worker), what is read for it (on a snapshot), what it does
 * (in the transaction that takes its sequence), what is answered.
 */
#include "device/device.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "device/rc_codec.h"
#include "device/rm_store.h"
#include "device/session.h"
#include "http/gunzip.h"
#include "telemetry/telemetry.h"

enum {
	POLL_AFTER_S = 14400,
	UPLOAD_MAX = 16 << 20,		/* bytes of a body of samples */
	REPORT_MAX = 1 << 20,		/* unpacked bytes of any other */
};

struct exchange;

struct message {
	const char	*text;		/* of a successful reply */
	/* Any may be NULL. */
	enum helio_rc	(*decode)(struct exchange *, const char *, size_t,
			    struct helio_err *);
	enum helio_rc	(*read)(struct exchange *, struct tx *,
			    const struct row *product, struct helio_err *);
	enum helio_rc	(*apply)(struct exchange *, struct tx *,
			    const struct row *product, struct helio_err *);
	void		(*write)(struct exchange *, struct json_write *);
};

/* A route's data. */
struct endpoint {
	const struct message *message;
	struct device_options options;
	size_t		 plain_max;	/* bytes of an unpacked body */
};

/* One request under way, in its arena. */
struct exchange {
	struct api_call	*call;
	const struct endpoint *endpoint;
	struct session	 session;
	bool		 refused;	/* 4xx in call->err; sequence counts */
	int64_t		 stale;		/* not 0: the last sequence taken */
	int64_t		 now_us;
	/* one of these, by message */
	struct report	 report;
	struct report_ignored ignored;
	struct telemetry_upload upload;
	size_t		 points;
	struct telemetry_result stored;
	struct telemetry_rejects rejects, more;
	struct offer	 offer;
};

/* ---- POST rc_data ---- */

static enum helio_rc
decode_report(struct exchange *x, const char *body, size_t n,
    struct helio_err *err)
{
	return rc_decode(x->call->arena, body, n, x->now_us, &x->report, err);
}

/* Names that were made in the transaction's arena move to the request's. */
static enum helio_rc
apply_report(struct exchange *x, struct tx *tx, const struct row *product,
    struct helio_err *err)
{
	enum helio_rc rc = report_apply(tx, product, &x->report, &x->ignored,
	    err);
	size_t i;

	for (i = x->report.ignored.n; i < x->ignored.n && rc == HELIO_OK; i++)
		x->ignored.name[i] = arena_strdup(x->call->arena,
		    x->ignored.name[i]);
	return rc;
}

static void
write_report(struct exchange *x, struct json_write *json)
{
	rc_write_taken(json, x->now_us, &x->ignored);
}

static const struct message post_rc = {
	.text = "status received", .decode = decode_report,
	.apply = apply_report, .write = write_report,
};

/* ---- GET rc_data ---- */

static enum helio_rc
read_offer(struct exchange *x, struct tx *tx, const struct row *product,
    struct helio_err *err)
{
	const char *full = http_param(x->call->http, "full");

	return offer_read(tx, product, full != NULL && strcmp(full, "1") == 0,
	    x->call->arena, &x->offer, err);
}

static enum helio_rc
apply_offer(struct exchange *x, struct tx *tx, const struct row *product,
    struct helio_err *err)
{
	return offer_count_attempt(tx, &x->offer, err);
}

static void
write_offer(struct exchange *x, struct json_write *json)
{
	rc_write_offer(json, x->now_us, x->endpoint->options.poll_after_s,
	    &x->offer);
}

static const struct message get_rc = {
	.text = "settings of the unit", .read = read_offer,
	.apply = apply_offer, .write = write_offer,
};

/* ---- POST rm_data ---- */

static enum helio_rc
decode_samples(struct exchange *x, const char *body, size_t n,
    struct helio_err *err)
{
	struct arena *arena = x->call->arena;
	struct telemetry_batch batch;
	enum helio_rc rc = telemetry_decode(arena, body, n, TELEMETRY_LENIENT,
	    x->now_us, &batch, &x->rejects, err);

	if (rc == HELIO_OK && !telemetry_set_tag(&batch, "product_imei",
	    x->session.imei))
		rc = err_field(err, "tags", "there are too many");
	if (rc != HELIO_OK)
		return rc;
	x->points = telemetry_count(&batch);
	return telemetry_prepare(arena, &batch, &x->rejects, &x->upload, err);
}

static enum helio_rc
apply_samples(struct exchange *x, struct tx *tx, const struct row *product,
    struct helio_err *err)
{
	x->more = (struct telemetry_rejects){ NULL, 0, 0 };
	return rm_store(tx, x->session.imei, &x->upload, &x->rejects,
	    x->call->arena, &x->more, &x->stored, err);
}

static void
write_reject(struct json_write *json, const struct telemetry_reject *reject)
{
	jw_object(json);
	jw_put_str(json, "field", reject->field);
	jw_key(json, "time");
	if (reject->time != NULL)
		jw_raw(json, reject->time, strlen(reject->time));
	else
		jw_null(json);
	jw_put_str(json, "reason", reject->reason);
	jw_end(json);
}

static void
count_samples(struct exchange *x)
{
	api_count(x->call, TALLY_ROWS_WRITTEN, x->stored.rows);
	api_count(x->call, TALLY_VALUES_WRITTEN, x->stored.written);
	api_count(x->call, TALLY_REJECTED_FORM, x->rejects.n);
	api_count(x->call, TALLY_REJECTED_TYPE, x->more.n);
}

static void
write_samples(struct exchange *x, struct json_write *json)
{
	size_t i, n = x->rejects.n;

	count_samples(x);
	jw_object(json);
	jw_put_int(json, "written", (int64_t)x->stored.written);
	jw_key(json, "rejected");
	jw_array(json);
	for (i = 0; i < n + x->more.n && i < RM_REJECTS_TOLD; i++)
		write_reject(json, i < n ? &x->rejects.reject[i] :
		    &x->more.reject[i - n]);
	jw_end(json);
	jw_end(json);
}

static const struct message post_rm = {
	.text = "data received", .decode = decode_samples,
	.apply = apply_samples, .write = write_samples,
};

/* ---- replies ---- */

static void
write_success(struct exchange *x, struct buf *out)
{
	const struct message *message = x->endpoint->message;
	struct json_write json;

	jw_start(&json, out);
	jw_object(&json);
	jw_put_str(&json, "status", "success");
	jw_put_str(&json, "message", message->text);
	jw_key(&json, "data");
	message->write(x, &json);
	jw_end(&json);
}

/* The unit that lost its counter learns where it was, signed with that. */
static void
write_stale(struct exchange *x, struct buf *out)
{
	char last[24];

	snprintf(last, sizeof(last), "%" PRId64, x->stale);
	http_reply_header(x->call->http, "X-Helio-Sequence", last);
	http_reply_header(x->call->http, "WWW-Authenticate", "Unit");
	err_clear(&x->call->err);
	err_set(&x->call->err, HELIO_E_AUTH,
	    "The sequence number is not above the last one");
	api_error_body(&x->call->err, out);
}

static void
sign(struct exchange *x, unsigned status, const struct buf *body)
{
	char signature[HASH_HEX_SIZE];

	if (x->session.sequence == 0 || body->failed)
		return;
	unit_auth_sign(x->session.key, status,
	    x->stale != 0 ? x->stale : x->session.sequence, body->data,
	    body->len, signature);
	http_reply_header(x->call->http, "X-Helio-Signature", signature);
}

static void
reply(struct api_call *call, void *arg)
{
	struct exchange *x = arg;
	struct buf body = BUF_INIT;
	unsigned status = 200;

	if (x->stale != 0) {
		write_stale(x, &body);
		status = rc_status(call->err.rc);
	} else if (x->refused) {
		api_error_body(&call->err, &body);
		status = rc_status(call->err.rc);
	} else {
		write_success(x, &body);
	}
	sign(x, status, &body);
	explicit_bzero(x->session.key, sizeof(x->session.key));
	api_reply_json(call, status, &body);
}

/* ---- the way of a request ---- */

/* The job; see store_job: it may run again. */
static enum helio_rc
run_job(struct tx *tx, void *arg, struct helio_err *err)
{
	struct exchange *x = arg;
	const struct message *message = x->endpoint->message;
	struct row *product = NULL;
	enum helio_rc rc = session_take(tx, &x->session, &x->stale, &product,
	    err);

	if (rc != HELIO_OK || x->stale != 0 || x->refused)
		return rc;
	if (x->session.is_stale)	/* and is no more: who reset it? */
		return err_set(err, HELIO_E_BUSY, "%s", "");
	return message->apply(x, tx, product, err);
}

static bool
basic_allowed(const struct exchange *x)
{
	return x->endpoint->options.basic_always ||
	    http_is_tls(x->call->http);
}

static enum helio_rc
authenticate(struct exchange *x, struct tx *tx, struct row **product,
    struct helio_err *err)
{
	struct http_request *http = x->call->http;
	struct unit_request request = {
		.method = http_method_name(http), .target = http_target(http),
	};
	struct unit_auth auth;

	request.body = http_body(http, &request.body_len);
	if (!unit_auth_parse(http_header(http, "Authorization"), &auth))
		return err_set(err, HELIO_E_AUTH, "The Authorization header "
		    "must be 'Unit <imei>:<sequence>:<signature>'");
	if (auth.basic && !basic_allowed(x))
		return err_set(err, HELIO_E_AUTH,
		    "HTTP Basic is accepted on TLS only: sign the request");
	return session_check(tx, &auth, &request, &x->session, product, err);
}

/* Everything that only reads, on one snapshot. */
static enum helio_rc
read_all(struct exchange *x, struct helio_err *err)
{
	const struct message *message = x->endpoint->message;
	struct row *product = NULL;
	struct tx *tx = NULL;
	enum helio_rc rc;

	rc = store_read(api_store(x->call->api), &x->call->caller, &tx, err);
	if (rc == HELIO_OK)
		rc = authenticate(x, tx, &product, err);
	if (rc == HELIO_OK && message->read != NULL && !x->session.is_stale)
		rc = message->read(x, tx, product, err);
	store_read_end(tx);
	return rc;
}

static enum helio_rc
decode_body(struct exchange *x, struct helio_err *err)
{
	const struct message *message = x->endpoint->message;
	struct buf plain = BUF_INIT;
	enum helio_rc rc;
	const char *body;
	size_t n;

	if (message->decode == NULL)
		return HELIO_OK;
	rc = http_plain_body(x->call->http, x->endpoint->plain_max, &plain,
	    &body, &n, err);
	if (rc == HELIO_OK)
		rc = message->decode(x, body, n, err);
	buf_free(&plain);
	return rc;
}

static void
run_route(struct api_call *call)
{
	struct exchange *x = arena_alloc(call->arena, sizeof(*x));
	enum helio_rc rc;

	x->call = call;
	x->endpoint = call->route->data;
	x->now_us = store_now_us(api_store(call->api));
	rc = read_all(x, &call->err);
	if (rc == HELIO_OK && !x->session.is_stale) {
		rc = decode_body(x, &call->err);
		x->refused = rc != HELIO_OK && rc_status(rc) < 500;
	}
	if (rc != HELIO_OK && !x->refused)
		api_fail(call);
	else if (x->points > TELEMETRY_POINTS_SMALL)
		api_write_wait(call, run_job, reply, x);
	else
		api_write(call, run_job, reply, x);
}

/* ---- routes ---- */

static const struct {
	enum http_method method;
	const char	*path;
	const struct message *message;
	bool		 upload;
	const char	*help;
} table[] = {
	{ HTTP_POST, "rc_data", &post_rc, false,
	    "A unit reports its status, place, firmware and settings." },
	{ HTTP_GET, "rc_data", &get_rc, false,
	    "A unit asks what it should do; full=1 for all its settings." },
	{ HTTP_POST, "rm_data", &post_rm, true,
	    "A unit uploads its samples." },
};

enum { ROUTES = sizeof(table) / sizeof(table[0]) };

const struct api_route *
device_routes(const struct device_options *options, size_t *ret_n)
{
	static struct api_route routes[ROUTES];
	static struct endpoint endpoints[ROUTES];
	size_t i, upload = options->upload_max != 0 ? options->upload_max :
	    UPLOAD_MAX;

	for (i = 0; i < ROUTES; i++) {
		endpoints[i].message = table[i].message;
		endpoints[i].options = *options;
		endpoints[i].plain_max = table[i].upload ? upload : REPORT_MAX;
		if (options->poll_after_s == 0)
			endpoints[i].options.poll_after_s = POLL_AFTER_S;
		routes[i] = (struct api_route){
			.method = table[i].method, .path = table[i].path,
			.auth = AUTH_UNIT, .where = RUN_WORKER,
			.body_max = table[i].upload ? upload : 0,
			.run = run_route, .data = &endpoints[i],
			.help = table[i].help,
		};
	}
	*ret_n = ROUTES;
	return routes;
}
