/* POST /write: line protocol, as InfluxDB 1.x takes it. */
#include <stdio.h>
#include <string.h>

#include "base/times.h"
#include "http/gunzip.h"
#include "influx/influx.h"
#include "influx/lineproto.h"
#include "telemetry/room.h"

enum { POINTS_WAITING = 500000 };	/* of the bodies that wait for the writer */

/* One request, in its arena. */
struct write {
	struct api_call	*call;
	struct lineproto_result lines;
	struct telemetry_result stored;
	char		 conflict[LINEPROTO_ERROR_MAX];	/* about the first */
};

/* ---- the job ---- */

/* Users of one entity write for units they see, and nothing else. */
static enum helio_rc
check_units(struct tx *tx, const struct lineproto_result *lines,
    struct helio_err *err)
{
	const char *seen = NULL, *imei;
	struct row *product;
	enum helio_rc rc = HELIO_OK;

	if (tx_caller(tx)->global)
		return HELIO_OK;
	for (size_t i = 0; i < lines->n_uploads && rc == HELIO_OK; i++) {
		imei = lines->uploads[i].imei;
		if (imei == NULL)
			return err_set(err, HELIO_E_FORBIDDEN, "every point "
			    "needs the tag product_imei of a unit you see");
		if (seen != NULL && strcmp(seen, imei) == 0)
			continue;
		seen = imei;
		rc = tx_get(tx, tx_table(tx, "product"), value_text(imei),
		    &product, err);
		if (rc == HELIO_E_NOT_FOUND) {
			err_clear(err);
			rc = err_set(err, HELIO_E_FORBIDDEN, "product_imei "
			    "'%s' is no unit you see", imei);
		}
	}
	return rc;
}

static void
tell_conflict(struct write *w)
{
	const struct telemetry_conflict *first = w->stored.conflicts;

	snprintf(w->conflict, sizeof(w->conflict), "field type conflict: "
	    "input field \"%.60s\" on measurement \"%.60s\" is type %s, "
	    "already exists as type %s", first->column->name,
	    first->upload->measurement,
	    telemetry_type_name(first->column->data.type),
	    telemetry_type_name(first->known));
}

static enum helio_rc
run_job(struct tx *tx, void *arg, struct helio_err *err)
{
	struct write *w = arg;
	enum helio_rc rc = check_units(tx, &w->lines, err);

	if (rc == HELIO_OK)
		rc = telemetry_room_check(tx, err);
	if (rc == HELIO_OK)
		rc = telemetry_write(tx, w->lines.uploads, w->lines.n_uploads,
		    TELEMETRY_TYPED, &w->stored, err);
	if (rc == HELIO_OK && w->stored.n_conflicts > 0)
		tell_conflict(w);
	/* they are the transaction's */
	w->stored.conflicts = NULL;
	return rc;
}

/* ---- the reply ---- */

static void
reply(struct api_call *call, void *arg)
{
	struct write *w = arg;
	const char *error = w->lines.error[0] != '\0' ? w->lines.error :
	    w->conflict;

	api_count(call, TALLY_ROWS_WRITTEN, w->stored.rows);
	api_count(call, TALLY_VALUES_WRITTEN, w->stored.written);
	api_count(call, TALLY_REJECTED_FORM, w->lines.bad);
	api_count(call, TALLY_REJECTED_TYPE, w->stored.dropped);
	if (w->lines.bad + w->stored.dropped > 0) {
		influx_fail(call, 400, arena_printf(call->arena,
		    "partial write: %s dropped=%zu", error,
		    w->stored.dropped));
		return;
	}
	influx_headers(call);
	http_reply(call->http, 204, NULL, NULL);
}

/* ---- the request ---- */

static enum helio_rc
read_options(struct api_call *call, struct lineproto_options *ret)
{
	const char *db = http_param(call->http, "db");
	const char *precision = http_param(call->http, "precision");

	ret->now_ns = store_now_us(api_store(call->api)) * NS_PER_US;
	if (db == NULL || *db == '\0')
		return err_set(&call->err, HELIO_E_BAD,
		    "database is required");
	if (!lineproto_unit(precision, &ret->unit_ns))
		return err_set(&call->err, HELIO_E_BAD, "invalid precision "
		    "\"%.20s\" (use n, u, ms, s, m or h)", precision);
	return HELIO_OK;
}

/* Texts among the samples point into the body, which has to stay. */
static enum helio_rc
read_body(struct api_call *call, const char **ret, size_t *ret_n)
{
	struct buf plain = BUF_INIT;
	enum helio_rc rc = http_plain_body(call->http, call->route->body_max,
	    &plain, ret, ret_n, &call->err);

	if (rc == HELIO_OK && plain.data != NULL)
		*ret = arena_strndup(call->arena, *ret, *ret_n);
	buf_free(&plain);
	return rc;
}

static enum helio_rc
read_lines(struct write *w, const struct lineproto_options *options,
    const char *body, size_t n)
{
	struct api_call *call = w->call;
	enum helio_rc rc = lineproto_read(call->arena, body, n, options,
	    &w->lines, &call->err);

	if (rc == HELIO_OK)
		telemetry_encode(call->arena, w->lines.uploads,
		    w->lines.n_uploads);
	return rc;
}

/* What has nothing good in it is answered at once. */
static bool
is_answered(struct write *w)
{
	if (w->lines.n_uploads > 0)
		return false;
	if (w->lines.bad > 0)
		influx_fail(w->call, 400, w->lines.error);
	else
		reply(w->call, w);
	return true;
}

/*
 * Would too much memory wait for the writer, if this call did so as well?
 * Bodies that come at a time are much of a size.
 */
static bool
is_too_much(const struct write *w)
{
	struct store_stats stats;

	store_stats(api_store(w->call->api), &stats);
	return w->lines.points * (stats.queue_len + 1) > POINTS_WAITING;
}

/* The worker goes on with other calls, or waits for the end of this one. */
void
influx_write(struct api_call *call)
{
	struct write *w = arena_alloc(call->arena, sizeof(*w));
	struct lineproto_options options;
	const char *body;
	enum helio_rc rc;
	size_t n;

	w->call = call;
	rc = read_options(call, &options);
	if (rc == HELIO_OK)
		rc = read_body(call, &body, &n);
	if (rc == HELIO_OK)
		rc = read_lines(w, &options, body, n);
	if (rc != HELIO_OK)
		api_fail(call);
	else if (!is_answered(w))
		(is_too_much(w) ? api_write_wait : api_write)(call, run_job,
		    reply, w);
}
