/* Calls of the monitor API over libhelio's transport. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connector/xiq/internal.h"

enum { TIMEOUT_MS = 10000, REDIRECTS = 5 };

struct helio_xiq {
	struct xiq_settings settings;
	long		 timeout_ms;
	helio_http	*http;		/* NULL until the first call */
};

helio_xiq *
helio_xiq_new(void)
{
	helio_xiq *xiq = calloc(1, sizeof(*xiq));

	if (xiq != NULL)
		xiq->timeout_ms = TIMEOUT_MS;
	return xiq;
}

/* The next call connects anew, with the settings as they are then. */
static void
forget_connection(helio_xiq *xiq)
{
	helio_http_free(xiq->http);
	xiq->http = NULL;
}

void
helio_xiq_free(helio_xiq *xiq)
{
	if (xiq == NULL)
		return;
	forget_connection(xiq);
	xiq_settings_clear(&xiq->settings);
	free(xiq);
}

helio_code
helio_xiq_set(helio_xiq *xiq, helio_xiq_setting which, const char *value,
    helio_error *error)
{
	forget_connection(xiq);
	return xiq_settings_set(&xiq->settings, which, value, error);
}

void
helio_xiq_timeout(helio_xiq *xiq, long ms)
{
	forget_connection(xiq);
	xiq->timeout_ms = ms;
}

/* ---- connection ---- */

static void
set_headers(helio_options *options, const struct xiq_settings *settings)
{
	static const struct {
		const char	*name;
		helio_xiq_setting which;
	} rows[] = {
		{ "X-AH-API-CLIENT-ID", HELIO_XIQ_CLIENT_ID },
		{ "X-AH-API-CLIENT-SECRET", HELIO_XIQ_CLIENT_SECRET },
		{ "X-AH-API-CLIENT-REDIRECT-URI", HELIO_XIQ_REDIRECT_URI },
	};
	struct buf bearer = BUF_INIT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		helio_options_header(options, rows[i].name,
		    settings->text[rows[i].which]);
	buf_addf(&bearer, "Bearer %s", settings->text[HELIO_XIQ_TOKEN]);
	if (!bearer.failed)
		helio_options_header(options, "Authorization", bearer.data);
	if (bearer.data != NULL)
		explicit_bzero(bearer.data, bearer.len);
	buf_free(&bearer);
	helio_options_header(options, "Content-Type", "application/json");
}

/* A capture counts its tries itself: the transport makes one. */
static helio_code
connect_with(helio_xiq *xiq, helio_options *options, helio_error *error)
{
	struct buf base = BUF_INIT;
	helio_code code;

	xiq_add_base(&base, &xiq->settings);
	if (base.failed)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	helio_options_url(options, base.data);
	helio_options_timeout(options, xiq->timeout_ms);
	helio_options_retries(options, 0);
	if (xiq->settings.text[HELIO_XIQ_CA_FILE] != NULL)
		helio_options_ca_file(options,
		    xiq->settings.text[HELIO_XIQ_CA_FILE]);
	set_headers(options, &xiq->settings);
	code = helio_http_new(options, &xiq->http, error);
	buf_free(&base);
	return code;
}

static helio_code
connection(helio_xiq *xiq, helio_error *error)
{
	helio_options *options;
	helio_code code;

	if (xiq->http != NULL)
		return HELIO_DONE;
	code = xiq_settings_check(&xiq->settings, error);
	if (code != HELIO_DONE)
		return code;
	options = helio_options_new();
	if (options == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	code = connect_with(xiq, options, error);
	helio_options_free(options);
	return code;
}

/* ---- calls ---- */

static helio_code
send_call(helio_xiq *xiq, const struct xiq_window *window, unsigned page,
    helio_reply **ret, helio_error *error)
{
	struct buf target = BUF_INIT;
	helio_call *call = NULL;
	helio_code code = connection(xiq, error);

	if (code == HELIO_DONE) {
		xiq_add_target(&target, &xiq->settings, window, page);
		call = target.failed ? NULL : helio_call_new("GET",
		    target.data);
		if (call == NULL)
			code = helio_error_set(error, HELIO_LOCAL,
			    "no memory");
	}
	if (code == HELIO_DONE) {
		helio_call_redirects(call, REDIRECTS);
		code = helio_http_send(xiq->http, call, ret, error);
	}
	helio_call_free(call);
	buf_free(&target);
	return code;
}

/* One try, for the engine and for callers: how it failed, and the code. */
static helio_xiq_fault
get_page(helio_xiq *xiq, const struct xiq_window *window, unsigned page,
    helio_xiq_page **ret, helio_error *error)
{
	char text[XIQ_TEXT_SIZE];
	helio_reply *reply = NULL;
	helio_xiq_fault fault = HELIO_XIQ_TRANSPORT;
	const char *body;
	size_t n;

	if (send_call(xiq, window, page, &reply, error) == HELIO_DONE) {
		body = helio_reply_body(reply, &n);
		fault = xiq_page_read(body, n, ret, text);
		if (fault != HELIO_XIQ_FINE)
			helio_error_set(error, fault == HELIO_XIQ_API_ERROR ?
			    HELIO_REFUSED : HELIO_MALFORMED, "%s", text);
	}
	helio_reply_free(reply);
	return fault;
}

helio_code
helio_xiq_get(helio_xiq *xiq, int64_t start_us, int64_t end_us,
    unsigned page, helio_xiq_page **ret, helio_error *error)
{
	struct xiq_window window = xiq_window_of(start_us, end_us);

	if (get_page(xiq, &window, page, ret, error) == HELIO_XIQ_FINE)
		return HELIO_DONE;
	return helio_error_step(error, "clients of %s, page %u", window.start,
	    page);
}

static helio_xiq_fault
fetch(void *arg, const struct xiq_window *window, unsigned page,
    helio_xiq_page **ret, char text[XIQ_TEXT_SIZE])
{
	helio_error error;
	helio_xiq_fault fault = get_page(arg, window, page, ret, &error);

	if (fault != HELIO_XIQ_FINE)
		snprintf(text, XIQ_TEXT_SIZE, "%s", helio_error_cause(&error));
	return fault;
}

static void
address(void *arg, const struct xiq_window *window, unsigned page,
    struct buf *out)
{
	const helio_xiq *xiq = arg;

	xiq_add_base(out, &xiq->settings);
	xiq_add_target(out, &xiq->settings, window, page);
}

helio_code
helio_xiq_capture(helio_xiq *xiq, const helio_xiq_span *span,
    helio_xiq_counts *counts, const helio_xiq_owner *owner,
    helio_xiq_result *ret, helio_error *error)
{
	const struct xiq_world world = { xiq, fetch, address };
	helio_code code = connection(xiq, error);

	if (code == HELIO_DONE)
		code = xiq_capture(&world, span, counts, owner, ret, error);
	return code;
}
