/* A request to a sandbox: its route, faults, handler and record. */
#include <stdio.h>
#include <string.h>

#include "base/times.h"
#include "sandbox/internal.h"

enum {
	BODY_MOST = 32 << 20, HEADER_MOST = 32768, CONNECTIONS = 1024,
	HEADER_MS = 10000, BODY_MS = 60000, IDLE_MS = 75000, DRAIN_MS = 2000,
};

static const char CONTROL[] = "/_control/";

/* ---- routes ---- */

/* One part of a path, up to the next slash. */
static size_t
part_len(const char *s)
{
	return strcspn(s, "/");
}

static bool
take_part(struct sandbox_call *call, const char *wanted, size_t wanted_n,
    const char *given, size_t n, size_t *n_args)
{
	if (*wanted != '{')
		return wanted_n == n && memcmp(wanted, given, n) == 0;
	if (n == 0 || *n_args == SANDBOX_ARGS_MAX)
		return false;
	call->arg[*n_args] = http_decode(http_arena(call->http), given, n,
	    false);
	return call->arg[(*n_args)++] != NULL;
}

static bool
path_fits(struct sandbox_call *call, const char *wanted, const char *given)
{
	size_t n_args = 0;

	if (strcmp(wanted, "*") == 0)
		return true;
	for (;;) {
		size_t wanted_n = part_len(wanted), n = part_len(given);

		if (!take_part(call, wanted, wanted_n, given, n, &n_args))
			return false;
		wanted += wanted_n;
		given += n;
		if (*wanted != *given)
			return false;
		if (*wanted == '\0')
			return true;
		wanted++;
		given++;
	}
}

/* The route of the call, NULL: 404 or 405 is the answer. */
static const struct sandbox_route *
find_in(const struct sandbox_route *routes, size_t n,
    struct sandbox_call *call, bool *path_known)
{
	for (size_t i = 0; i < n; i++) {
		if (!path_fits(call, routes[i].path, http_path(call->http)))
			continue;
		if (*routes[i].path != '*')
			*path_known = true;
		if (routes[i].method == http_method(call->http))
			return &routes[i];
	}
	return NULL;
}

static const struct sandbox_route *
find_route(struct sandbox_call *call)
{
	const struct sandbox_kind *kind = call->sandbox->kind;
	const struct sandbox_route *route;
	bool known = false;

	route = find_in(control_routes, n_control_routes, call, &known);
	if (route == NULL)
		route = find_in(kind->routes, kind->n_routes, call, &known);
	if (route == NULL && known)
		sandbox_refuse(call, 405, "no such method at this path");
	else if (route == NULL)
		sandbox_refuse(call, 404, "no such path in this sandbox");
	return route;
}

/* ---- faults ---- */

static void
describe(struct sandbox_call *call, unsigned status)
{
	sandbox_refuse(call, status, status == 429 ? "too many requests" :
	    "injected fault");
	if (call->sandbox->kind->describe != NULL)
		call->sandbox->kind->describe(status, call);
}

static void
fail(struct sandbox_call *call, const struct sandbox_fault *fault)
{
	char seconds[16];

	if (fault->kind == SANDBOX_DROP) {
		call->drop = true;
		return;
	}
	describe(call, fault->status);
	if (fault->retry_after_s == 0)
		return;
	snprintf(seconds, sizeof(seconds), "%u", fault->retry_after_s);
	http_reply_header(call->http, "Retry-After", seconds);
}

/* ---- a call ---- */

static void
put_header(void *ctx, const char *name, const char *value)
{
	struct json_write *json = ctx;

	jw_array(json);
	jw_str(json, name);
	jw_str(json, value);
	jw_end(json);
}

static struct record *
record(const struct sandbox_call *call)
{
	struct sandbox *sandbox = call->sandbox;
	struct json_write json;
	struct record *kept = record_add(&sandbox->records,
	    sandbox_now_us(sandbox), http_method_name(call->http),
	    http_target(call->http), call->body, call->n);

	if (kept == NULL)
		return NULL;
	jw_start(&json, &kept->headers);
	jw_array(&json);
	http_headers(call->http, put_header, &json);
	jw_end(&json);
	return kept;
}

/* A request of the service, faults and limit included. */
static void
serve_call(struct sandbox_call *call)
{
	struct sandbox *sandbox = call->sandbox;
	struct record *kept = record(call);
	struct sandbox_fault fault = sandbox_fault(sandbox,
	    http_path(call->http));
	const struct sandbox_route *route;

	if (sandbox_over_limit(sandbox)) {
		describe(call, 429);
	} else if (fault.kind == SANDBOX_STATUS ||
	    fault.kind == SANDBOX_DROP) {
		fail(call, &fault);
	} else {
		route = find_route(call);
		if (route != NULL)
			route->run(sandbox->state, call);
	}
	if (fault.kind == SANDBOX_MALFORMED)
		call->out.len /= 2;
	if (kept != NULL)
		kept->status = call->drop ? 0 : call->status;
}

static bool
is_control(struct http_request *http)
{
	return strncmp(http_path(http), CONTROL, sizeof(CONTROL) - 1) == 0;
}

static void
control_call(struct sandbox_call *call)
{
	const struct sandbox_route *route = find_route(call);

	if (route == NULL)
		return;
	route->run(route >= control_routes && route < control_routes +
	    n_control_routes ? (void *)call->sandbox : call->sandbox->state,
	    call);
}

static void
on_begin(void *ctx, struct http_request *http)
{
	http_limit_body(http, BODY_MOST, BODY_MS);
}

static void
on_handle(void *ctx, struct http_request *http)
{
	struct sandbox *sandbox = ctx;
	struct sandbox_call call = { .sandbox = sandbox, .http = http };
	bool control = is_control(http);
	unsigned delay_ms = control ? 0 : sandbox->delay_ms;

	call.body = http_body(http, &call.n);
	pthread_mutex_lock(&sandbox->lock);
	if (control)
		control_call(&call);
	else
		serve_call(&call);
	pthread_mutex_unlock(&sandbox->lock);
	if (delay_ms > 0)
		late_answer(sandbox->late, &call, delay_ms);
	else
		answer_now(&call);
}

static void
on_describe(void *ctx, enum helio_rc rc, struct buf *out)
{
	buf_addf(out, "{\"error\":\"%s\"}", rc_text(rc));
}

enum helio_rc
serve_start(struct sandbox *sandbox, const struct sandbox_place *on,
    struct helio_err *err)
{
	const struct http_options options = {
		.listen = on->listen, .loops = 1, .header_max = HEADER_MOST,
		.header_deadline_ms = HEADER_MS, .idle_ms = IDLE_MS,
		.connections_max = CONNECTIONS, .drain_ms = DRAIN_MS,
		.tls_cert = on->tls_cert, .tls_key = on->tls_key,
	};
	const struct http_app app = {
		.ctx = sandbox, .begin = on_begin, .handle = on_handle,
		.describe = on_describe,
	};

	return http_start(&options, &app, &sandbox->http, err);
}
