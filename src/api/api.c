/* Every request's way: route, who asks, may they, body, run. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/internal.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/times.h"

enum {
	BODY_MAX = 1 << 20,
	BODY_MAX_NOBODY = 16 * 1024,	/* from anybody */
	BODY_MS = 30 * 1000, UPLOAD_MS = 120 * 1000,
	WORK_MAX = 1024,		/* calls waiting for a worker */
	BODY_QUICK = 16 * 1024,		/* larger ones are not read on a loop */
	WAITERS = 4, WAITERS_MAX = 16,
	HASHERS = 2, HASH_MAX = 64,	/* logins waiting: under a second's */
};

/* ---- begin: all that can be refused before the body ---- */

static enum helio_rc
find_route(struct api_call *call, struct route_match *match)
{
	enum helio_rc rc;

	rc = routes_find(call->api->routes, call->arena,
	    http_method(call->http), http_path(call->http), match);
	if (rc != HELIO_OK)
		return err_set(&call->err, rc, "%s", rc_text(rc));
	call->route = match->route;
	call->number = match->number;
	memcpy(call->arg, match->arg, sizeof(call->arg));
	return HELIO_OK;
}

/* A loop that must not wait finds out only what is known already. */
static enum helio_rc
find_caller(struct api_call *call, const char *token, bool may_wait)
{
	struct auth *auth = call->api->auth;

	call->unsettled = false;
	if (may_wait)
		return auth_token(auth, token, &call->caller, &call->err);
	call->unsettled = !auth_token_known(auth, token, &call->caller);
	return HELIO_OK;
}

static enum helio_rc
authenticate(struct api_call *call, bool may_wait)
{
	char token[TOKEN_TEXT_MAX + 1];

	if (call->route->auth == AUTH_NONE)
		return HELIO_OK;
	if (call->route->auth == AUTH_UNIT) {
		call->caller = CALLER_UNIT;
		return HELIO_OK;
	}
	if (auth_header(http_header(call->http, "Authorization"), token))
		return find_caller(call, token, may_wait);
	if (call->route->auth != AUTH_PASSWORD ||
	    !password_given(call->http, &call->username, &call->password))
		return err_set(&call->err, HELIO_E_AUTH, "%s",
		    rc_text(HELIO_E_AUTH));
	if (auth_password_known(call->api->auth, call->username,
	    call->password, &call->caller))
		call->username = call->password = NULL;
	return HELIO_OK;
}

static enum helio_rc
check_level(struct api_call *call)
{
	if ((call->route->auth != AUTH_USER &&
	    call->route->auth != AUTH_PASSWORD) || call->username != NULL ||
	    call->unsettled ||
	    call->caller.level >= call->route->level)
		return HELIO_OK;
	return err_set(&call->err, HELIO_E_FORBIDDEN, "%s",
	    rc_text(HELIO_E_FORBIDDEN));
}

static void
limit_body(struct api_call *call)
{
	const struct api_options *opt = &call->api->opt;
	size_t max = call->route->body_max;

	if (max == 0)
		max = call->route->auth == AUTH_NONE &&
		    opt->body_max > BODY_MAX_NOBODY ?
		    BODY_MAX_NOBODY : opt->body_max;
	http_limit_body(call->http, max, max > opt->body_max ?
	    opt->upload_deadline_ms : opt->body_deadline_ms);
}

static void
reply_methods(struct api_call *call, unsigned methods)
{
	char allow[ROUTE_ALLOW_SIZE];

	routes_allow(methods, allow);
	http_reply_header(call->http, "Allow", allow);
	if (http_method(call->http) == HTTP_OPTIONS)
		http_reply(call->http, 200, NULL, NULL);
	else
		api_fail(call);
}

static void
on_begin(void *ctx, struct http_request *http)
{
	struct api *api = ctx;
	struct api_call *call = call_new(api, http);
	struct route_match match;
	enum helio_rc rc;

	http_set_data(http, call);
	if (call == NULL) {
		http_reply(http, 503, NULL, NULL);
		return;
	}
	call_name(call);
	call->language = i18n_choose(http_header(http, "Accept-Language"));
	rc = find_route(call, &match);
	if (rc == HELIO_E_METHOD) {
		reply_methods(call, match.methods);
		return;
	}
	if (rc == HELIO_OK)
		rc = authenticate(call, !api->waits);
	if (rc == HELIO_OK)
		rc = check_level(call);
	if (rc == HELIO_OK)
		limit_body(call);
	else
		api_fail(call);
}

/* ---- handle and after ---- */

static void
run_call(void *arg)
{
	struct api_call *call = arg;

	call->route->run(call);
}

/* A body may take minutes to come: is the user still one? */
static enum helio_rc
settle_caller(struct api_call *call, size_t body)
{
	enum helio_rc rc;

	if (body == 0 && !call->unsettled)
		return HELIO_OK;
	rc = authenticate(call, true);
	return rc == HELIO_OK ? check_level(call) : rc;
}

static bool
runs_here(const struct api_call *call, size_t body)
{
	if (call->route->where != RUN_LOOP || body > BODY_QUICK)
		return false;
	/* what anybody may ask is not answered from the store */
	return !call->api->waits || call->route->auth == AUTH_NONE;
}

/* Where reads wait, some need not; where they do not, some are short. */
static bool
answers_here(struct api_call *call, size_t body)
{
	const struct api_route *route = call->route;
	bool (*try)(struct api_call *) = call->api->waits ? route->ask :
	    route->soon;

	return try != NULL && body == 0 && !call->unsettled && try(call);
}

static void
push_call(struct workers *workers, void (*work)(void *),
    struct api_call *call)
{
	if (workers_push(workers, work, call, &call->err) != HELIO_OK)
		api_fail(call);
}

/* On a hasher: whose password is it? */
static void
prove_call(void *arg)
{
	struct api_call *call = arg;
	enum helio_rc rc = auth_password(call->api->auth, call->username,
	    call->password, http_peer(call->http), &call->caller,
	    &call->retry_after_s, &call->err);

	call->username = call->password = NULL;
	if (rc == HELIO_OK)
		rc = check_level(call);
	if (rc == HELIO_OK)
		push_call(call->api->workers, run_call, call);
	else
		api_fail(call);
}

/* Where nothing that waits may be asked before: a worker finds out. */
static void
settle_and_run(void *arg)
{
	struct api_call *call = arg;
	size_t body;

	http_body(call->http, &body);
	if (settle_caller(call, body) != HELIO_OK)
		api_fail(call);
	else if (call->username != NULL)
		push_call(call->api->hashers, prove_call, call);
	else
		run_call(call);
}

static struct workers *
workers_of(const struct api_call *call)
{
	return call->route->auth == AUTH_UNIT ? call->api->units :
	    call->api->workers;
}

void
api_run(struct api_call *call)
{
	push_call(workers_of(call), call->api->waits ? settle_and_run :
	    run_call, call);
}

static void
on_handle(void *ctx, struct http_request *http)
{
	struct api *api = ctx;
	struct api_call *call = http_data(http);
	enum helio_rc rc = HELIO_OK;
	size_t body;

	http_body(http, &body);
	if (!api->waits)
		rc = settle_caller(call, body);
	if (rc != HELIO_OK)
		api_fail(call);
	else if (call->username != NULL)
		push_call(api->hashers, prove_call, call);
	else if (runs_here(call, body))
		run_call(call);
	else if (!answers_here(call, body))
		api_run(call);
}

/* Does the query name something that is never shown?  Then so may its value. */
static bool
may_hold_secret(const char *query)
{
	static const char *const word[] = { "key", "token", "passw", "secret",
	    "reference" };
	size_t i;

	for (i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (strcasestr(query, word[i]) != NULL)
			return true;
	return false;
}

/* The query of auth/ may hold a password, and so may one that was meant for
 * it, and that of a route which takes passwords there. */
static void
log_request(struct http_request *http, const struct api_call *call,
    const struct meter_request *r)
{
	static const char secret[] = "auth/";
	const char *target = http_target(http);

	if (call->route == NULL || may_hold_secret(http_query(http)) ||
	    call->route->auth == AUTH_PASSWORD ||
	    strncmp(call->route->path, secret, sizeof(secret) - 1) == 0)
		target = http_path(http);
	log_event(LOG_INFO, "http.request", "id=%s peer=%s method=%.16s "
	    "target=" LOG_TEXT " status=%u bytes=%zu us=%lld user=" LOG_TEXT,
	    call->id, http_peer(http), http_method_name(http),
	    log_quoted(call->arena, target), r->status, r->reply_bytes,
	    (long long)r->took_us,
	    log_quoted(call->arena, call->caller.username));
}

static void
on_finished(void *ctx, struct http_request *http, unsigned status,
    size_t reply_bytes, int64_t took_us)
{
	struct api_call *call = http_data(http);
	struct meter_request r = {
		.loop = http_loop(http), .status = status,
		.reply_bytes = reply_bytes, .took_us = took_us,
	};

	if (call == NULL)
		return;
	r.route = call->route;
	r.number = call->number;
	meter_count(call->api->meter, &r);
	if (call->api->opt.access_log && log_level() >= LOG_INFO)
		log_request(http, call, &r);
	http_set_data(http, NULL);
	call_free(call);
}

static void
on_describe(void *ctx, enum helio_rc rc, struct buf *out)
{
	struct helio_err err;

	err_clear(&err);
	err.rc = rc;
	api_error_body(&err, out);
}

struct http_app
api_app(struct api *api)
{
	return (struct http_app){
		.ctx = api, .begin = on_begin, .handle = on_handle,
		.describe = on_describe, .finished = on_finished,
		.readable = lanes_readable, .gathered = lanes_gathered,
	};
}

/* ---- start and end ---- */

static void
fill_options(struct api_options *o)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned some = cores > 2 ? (unsigned)cores : 2;

	/* threads that wait for a database do not work meanwhile */
	if (store_waits(o->store) && some * WAITERS < WAITERS_MAX)
		some *= WAITERS;
	else if (store_waits(o->store) && some < WAITERS_MAX)
		some = WAITERS_MAX;
	if (o->workers == 0)
		o->workers = some;
	if (o->body_max == 0)
		o->body_max = BODY_MAX;
	if (o->body_deadline_ms == 0)
		o->body_deadline_ms = BODY_MS;
	if (o->upload_deadline_ms == 0)
		o->upload_deadline_ms = UPLOAD_MS;
}

enum helio_rc
api_new(const struct api_options *opt, struct api **ret, struct helio_err *err)
{
	struct auth_options auth = {
		.store = opt->store, .ttl_us = opt->token_ttl_us,
	};
	struct api *api = calloc(1, sizeof(*api));
	enum helio_rc rc;

	if (api == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory");
	api->opt = *opt;
	fill_options(&api->opt);
	api->waits = store_waits(opt->store);
	call_pools_init(api);
	api->id_base = (uint64_t)random_below(UINT32_MAX) << 32 |
	    random_below(UINT32_MAX);
	api->routes = routes_new();
	api->meter = meter_new();
	rc = api->routes != NULL && api->meter != NULL ? HELIO_OK :
	    err_set(err, HELIO_E_NO_MEMORY, "no memory for routes");
	if (rc == HELIO_OK)
		rc = auth_new(&auth, &api->auth, err);
	if (rc == HELIO_OK)
		rc = workers_new(api->opt.workers, WORK_MAX, &api->workers,
		    err);
	if (rc == HELIO_OK)
		rc = workers_new(api->opt.workers, WORK_MAX, &api->units, err);
	if (rc == HELIO_OK)
		rc = workers_new(HASHERS, HASH_MAX, &api->hashers, err);
	if (rc == HELIO_OK)
		*ret = api;
	else
		api_free(api);
	return rc;
}

static enum helio_rc
nothing(struct tx *tx, void *arg, struct helio_err *err)
{
	return HELIO_OK;
}

/* Jobs of calls end before their calls do: an empty one after them tells. */
static void
wait_for_jobs(struct api *api)
{
	struct helio_err err;

	err_clear(&err);
	store_write(api->opt.store, &CALLER_SYSTEM, nothing, NULL, &err);
}

void
api_free(struct api *api)
{
	if (api == NULL)
		return;
	/* what still waits has had its time: the drain */
	store_refuse_reads(api->opt.store, true);
	workers_free(api->hashers);
	workers_free(api->workers);
	workers_free(api->units);
	store_refuse_reads(api->opt.store, false);
	lanes_free(api);
	wait_for_jobs(api);
	auth_free(api->auth);
	routes_free(api->routes);
	meter_free(api->meter);
	call_pools_free(api);
	free(api);
}

void
api_add_routes(struct api *api, const struct api_route *route, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		routes_add(api->routes, &route[i]);
	meter_routes(api->meter, routes_count(api->routes));
}

void
api_count(struct api_call *call, enum api_tally tally, uint64_t n)
{
	if (n > 0)
		meter_tally(call->api->meter, http_loop(call->http), tally, n);
}

void
api_metrics(const struct api *api, struct buf *out)
{
	meter_print(api->meter, out);
}

void
api_each_route(const struct api *api,
    void (*each)(const struct api_route *, void *), void *arg)
{
	routes_each(api->routes, each, arg);
}

struct store *
api_store(const struct api *api)
{
	return api->opt.store;
}

const struct api_options *
api_options(const struct api *api)
{
	return &api->opt;
}

enum helio_rc
api_defer(struct api *api, void (*work)(void *), void *arg,
    struct helio_err *err)
{
	return workers_push(api->workers, work, arg, err);
}
