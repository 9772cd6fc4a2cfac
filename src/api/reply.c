/* Answers: the envelopes and the headers that go with them. */
#include <stdio.h>
#include <string.h>

#include "api/internal.h"
#include "base/log.h"

void
err_copy(struct helio_err *to, const struct helio_err *from)
{
	to->rc = from->rc;
	memcpy(to->message, from->message, sizeof(to->message));
	to->n_faults = from->n_faults;
	memcpy(to->fault, from->fault, from->n_faults * sizeof(to->fault[0]));
}

/* Whose language an envelope is in. */
struct reader {
	struct arena	*arena;
	enum language	 language;
};

static void
put_faults(struct json_write *w, const char *key, const struct helio_err *err,
    const struct reader *to)
{
	unsigned i;

	jw_key(w, key);
	jw_object(w);
	for (i = 0; i < err->n_faults; i++)
		jw_put_str(w, err->fault[i].field, i18n_text(to->arena,
		    to->language, err->fault[i].text));
	jw_end(w);
}

/* Ours to know, not the reader's. */
static bool
is_private(enum helio_rc rc)
{
	return rc == HELIO_E_INTERNAL || rc == HELIO_E_IO || rc == HELIO_OK;
}

static void
error_body(const struct helio_err *err, const struct reader *to,
    struct buf *out)
{
	const char *message = is_private(err->rc) ?
	    rc_text(err->rc == HELIO_OK ? HELIO_E_INTERNAL : err->rc) :
	    err_message(err);
	bool faults = err->n_faults > 0 && !is_private(err->rc);
	bool invalid = faults && (err->rc == HELIO_E_INVALID ||
	    err->rc == HELIO_E_CONSTRAINT);
	struct json_write w;

	jw_start(&w, out);
	jw_object(&w);
	jw_put_str(&w, "status", invalid ? "validation-error" : "error");
	jw_put_str(&w, "message", i18n_text(to->arena, to->language, message));
	if (faults)
		put_faults(&w, "data", err, to);
	else
		jw_put_null(&w, "data");
	if (invalid)
		put_faults(&w, "validation_errors", err, to);
	jw_end(&w);
}

void
api_error_body(const struct helio_err *err, struct buf *out)
{
	static const struct reader english = { NULL, LANGUAGE_EN };

	error_body(err, &english, out);
}

static void
add_language(struct api_call *call)
{
	http_reply_header(call->http, "Content-Language",
	    i18n_code(call->language));
	http_reply_header(call->http, "Vary", "Accept-Language");
}

const char *
api_message(struct api_call *call, const char *message)
{
	add_language(call);
	return i18n_text(call->arena, call->language, message);
}

/* Room comes from retention, which looks once an hour, or from people. */
static void
add_retry_after(struct api_call *call, unsigned status)
{
	unsigned usual = status == 507 ? 3600 : 1;
	char seconds[16];

	snprintf(seconds, sizeof(seconds), "%u",
	    call->retry_after_s > 0 ? call->retry_after_s : usual);
	http_reply_header(call->http, "Retry-After", seconds);
}

/* RFC 9110 section 11.6.1: a 401 says which credentials are wanted. */
static void
add_challenge(struct api_call *call)
{
	static const char *const schemes[] = {
		[AUTH_UNIT] = "Unit",
		[AUTH_PASSWORD] = "Basic realm=\"heliograph\"",
	};
	enum api_auth auth = call->route != NULL ? call->route->auth :
	    AUTH_NONE;
	bool special = auth == AUTH_UNIT || auth == AUTH_PASSWORD;

	http_reply_header(call->http, "WWW-Authenticate",
	    special ? schemes[auth] : "Token realm=\"heliograph\"");
}

void
api_log_failure(const struct api_call *call)
{
	if (!is_private(call->err.rc))
		return;
	log_event(LOG_ERROR, "api.failed", "id=%s code=%s method=%s path="
	    LOG_TEXT " message=" LOG_TEXT, call->id, rc_code(call->err.rc),
	    http_method_name(call->http),
	    log_quoted(call->arena, http_path(call->http)),
	    log_quoted(call->arena, call->err.message));
}

/* Vary as the original has it, though all that is on offer is JSON. */
static void
reply_send(struct api_call *call, unsigned status, struct buf *body)
{
	http_reply_header(call->http, "Vary", "Accept");
	http_reply(call->http, status, "application/json", body);
}

void
api_fail(struct api_call *call)
{
	const struct reader to = { call->arena, call->language };
	struct buf out = BUF_INIT;
	unsigned status;

	api_log_failure(call);
	if (call->err.rc == HELIO_OK)
		call->err.rc = HELIO_E_INTERNAL;
	status = rc_status(call->err.rc);
	if (call->route != NULL && call->route->describe != NULL) {
		call->route->describe(call, &out);
	} else {
		add_language(call);
		error_body(&call->err, &to, &out);
	}
	if (status == 401)
		add_challenge(call);
	if (status == 503 || status == 429 || status == 507)
		add_retry_after(call, status);
	reply_send(call, status, &out);
}

void
api_reply_json(struct api_call *call, unsigned status, struct buf *body)
{
	if (!body->failed) {
		reply_send(call, status, body);
		return;
	}
	buf_free(body);
	err_clear(&call->err);
	err_set(&call->err, HELIO_E_NO_MEMORY, "No memory for the reply");
	api_fail(call);
}

void
api_reply(struct api_call *call, unsigned status, const char *message,
    struct buf *data_json)
{
	struct buf out = BUF_INIT;
	struct json_write w;

	if (data_json != NULL)
		buf_reserve(&out, data_json->len + 256);
	jw_start(&w, &out);
	jw_object(&w);
	jw_put_str(&w, "status", "success");
	jw_put_str(&w, "message", api_message(call, message));
	jw_key(&w, "data");
	if (data_json != NULL && data_json->len > 0)
		jw_raw(&w, data_json->data, data_json->len);
	else
		jw_null(&w);
	jw_end(&w);
	if (data_json != NULL) {
		out.failed |= data_json->failed;
		buf_free(data_json);
	}
	api_reply_json(call, status, &out);
}
