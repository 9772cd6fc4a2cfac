/*
 * test_api_dispatch.c - a request's way through the API, over a real store
 * and a transport of our own: the http_* functions here take the place of
 * src/http.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/api.h"
#include "api/auth.h"
#include "api/auth_routes.h"
#include "base/crypto.h"

/* ---- the transport ---- */

enum { PAIRS_MAX = 4, REPLY_HEADERS_MAX = 8 };

struct pair {
	const char	*name, *value;
};

struct http_request {
	enum http_method method;
	const char	*path;
	struct pair	 header[PAIRS_MAX], param[PAIRS_MAX];
	const char	*body;
	struct arena	*arena;
	void		*data;
	size_t		 body_max;
	unsigned	 deadline_ms;
	/* the reply */
	pthread_mutex_t	 lock;
	pthread_cond_t	 answered;
	unsigned	 status;	/* 0: none yet */
	unsigned	 replies;
	const char	*type;
	struct pair	 reply_header[REPLY_HEADERS_MAX];
	size_t		 n_reply_headers;
	struct buf	 reply;
	pthread_t	 replied_by;
};

enum http_method
http_method(const struct http_request *r)
{
	return r->method;
}

const char *
http_method_name(const struct http_request *r)
{
	return "METHOD";
}

const char *
http_target(const struct http_request *r)
{
	return r->path;
}

const char *
http_path(const struct http_request *r)
{
	return r->path;
}

const char *
http_query(const struct http_request *r)
{
	return "";
}

static const char *
look_up(const struct pair *pair, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n && pair[i].name != NULL; i++)
		if (strcasecmp(pair[i].name, name) == 0)
			return pair[i].value;
	return NULL;
}

const char *
http_param(struct http_request *r, const char *name)
{
	return look_up(r->param, PAIRS_MAX, name);
}

const char *
http_header(struct http_request *r, const char *name)
{
	return look_up(r->header, PAIRS_MAX, name);
}

const char *
http_body(const struct http_request *r, size_t *ret_len)
{
	const char *body = r->body != NULL ? r->body : "";

	*ret_len = strlen(body);
	return body;
}

const char *
http_peer(const struct http_request *r)
{
	return "10.0.0.1";
}

struct arena *
http_arena(struct http_request *r)
{
	return r->arena;
}

unsigned
http_loop(const struct http_request *r)
{
	return 0;
}

bool
http_watch(struct http_request *r, int fd)
{
	return false;
}

void
http_set_data(struct http_request *r, void *data)
{
	r->data = data;
}

void *
http_data(const struct http_request *r)
{
	return r->data;
}

void
http_limit_body(struct http_request *r, size_t max, unsigned deadline_ms)
{
	r->body_max = max;
	r->deadline_ms = deadline_ms;
}

void
http_reply_header(struct http_request *r, const char *name, const char *value)
{
	assert_true(r->n_reply_headers < REPLY_HEADERS_MAX);
	r->reply_header[r->n_reply_headers++] = (struct pair){
		arena_strdup(r->arena, name), arena_strdup(r->arena, value),
	};
}

void
http_reply(struct http_request *r, unsigned status, const char *type,
    struct buf *body)
{
	pthread_mutex_lock(&r->lock);
	r->status = status;
	r->replies++;
	r->type = type;
	if (body != NULL) {
		r->reply = *body;
		buf_init(body);
	}
	r->replied_by = pthread_self();
	pthread_cond_signal(&r->answered);
	pthread_mutex_unlock(&r->lock);
}

/* ---- the fixture ---- */

struct fixture {
	char		 dir[64];
	struct store	*store;
	struct api	*api;
	struct http_app	 app;
	struct helio_err err;
	char		 bearer[2][96];	/* OVERVIEW and SYSTEM */
	struct http_request *req;	/* the last one */
	json_t		*json;		/* its reply */
};

struct user {
	const char	*username;
	const char	*permissions;
};

static const struct user users[] = {
	{ "ann@x.org", "OVERVIEW" }, { "sue@x.org", "SYSTEM" },
};

static enum helio_rc
insert_users(struct tx *tx, void *arg, struct helio_err *err)
{
	char *hash = arena_alloc(tx_arena(tx), PASSWORD_HASH_SIZE);
	struct row *row;
	enum helio_rc rc;
	size_t i;

	rc = password_hash("secret", hash, err);
	for (i = 0; rc == HELIO_OK && i < 2; i++) {
		row = row_new(tx_arena(tx), tx_table(tx, "user"));
		row_set_text(row, "username", users[i].username);
		row_set_text(row, "permissions", users[i].permissions);
		row_set_text(row, "user_product_visibility", "GLOBAL");
		row_set_text(row, "password_hash", hash);
		rc = tx_insert(tx, row, err);
	}
	return rc;
}

static void
request_end(struct fixture *f)
{
	struct http_request *r = f->req;

	if (r == NULL)
		return;
	f->app.finished(f->app.ctx, r, r->status, r->reply.len, 1);
	buf_free(&r->reply);
	arena_free(r->arena);
	free(r);
	f->req = NULL;
	json_decref(f->json);
	f->json = NULL;
}

static void
wait_reply(struct http_request *r)
{
	pthread_mutex_lock(&r->lock);
	while (r->status == 0)
		pthread_cond_wait(&r->answered, &r->lock);
	pthread_mutex_unlock(&r->lock);
}

/* Send a request all the way; returns the status. */
static unsigned
ask(struct fixture *f, struct http_request template)
{
	struct http_request *r = malloc(sizeof(*r));

	request_end(f);
	assert_non_null(r);
	*r = template;
	r->arena = arena_new();
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->answered, NULL);
	f->req = r;
	f->app.begin(f->app.ctx, r);
	if (r->replies == 0)
		f->app.handle(f->app.ctx, r);
	wait_reply(r);
	assert_int_equal(r->replies, 1);
	if (r->reply.len > 0)
		f->json = json_loadb(r->reply.data, r->reply.len, 0, NULL);
	return r->status;
}

#define ASK(f, ...) ask((f), (struct http_request){ __VA_ARGS__ })
#define OVERVIEW(f) { "Authorization", (f)->bearer[0] }
#define SYSTEM(f) { "Authorization", (f)->bearer[1] }

static const char *
text(struct fixture *f, const char *name)
{
	return json_string_value(json_object_get(f->json, name));
}

static const char *
reply_header(struct fixture *f, const char *name)
{
	return look_up(f->req->reply_header, f->req->n_reply_headers, name);
}

/* ---- routes of our own ---- */

static const pthread_t *main_thread;
static const pthread_t *run_thread;

static void
run_where(struct api_call *call)
{
	pthread_t self = pthread_self();

	run_thread = pthread_equal(self, *main_thread) ? main_thread : NULL;
	api_reply(call, 200, "ran", NULL);
}

static void
run_echo(struct api_call *call)
{
	struct buf data = BUF_INIT;
	char *dump;
	bool form;

	if (api_read_body(call, &form) != HELIO_OK) {
		api_fail(call);
		return;
	}
	dump = json_dumps(call->body, JSON_ENCODE_ANY | JSON_COMPACT);
	buf_adds(&data, dump != NULL ? dump : "null");
	free(dump);
	api_reply(call, 200, form ? "form" : "json", &data);
}

static void
run_arguments(struct api_call *call)
{
	struct buf data = BUF_INIT;

	buf_addf(&data, "[\"%s\",\"%s\",\"%s\",%lld]", call->arg[0],
	    call->arg[1], call->caller.username,
	    (long long)call->caller.user_id);
	api_reply(call, 201, "arguments", &data);
}

static enum helio_rc
write_job(struct tx *tx, void *arg, struct helio_err *err)
{
	if (arg == NULL)
		return HELIO_OK;
	err_field(err, "name", "is not free");
	return err_field(err, "size", "must be positive");
}

static void
write_reply(struct api_call *call, void *arg)
{
	api_reply(call, 201, "written", NULL);
}

static void
run_write(struct api_call *call)
{
	api_write(call, write_job, write_reply, NULL);
}

static void
run_bad_write(struct api_call *call)
{
	api_write(call, write_job, write_reply, call);
}

static void
run_busy(struct api_call *call)
{
	call->retry_after_s = 7;
	err_set(&call->err, HELIO_E_BUSY, "Too busy");
	api_fail(call);
}

static void
run_nothing_said(struct api_call *call)
{
	api_fail(call);
}

static const struct api_route routes[] = {
	{ HTTP_GET, "loop", AUTH_USER, LEVEL_OVERVIEW, RUN_LOOP, 0,
	    run_where },
	{ HTTP_GET, "worker", AUTH_USER, LEVEL_OVERVIEW, RUN_WORKER, 0,
	    run_where },
	{ HTTP_POST, "echo", AUTH_NONE, LEVEL_OVERVIEW, RUN_LOOP, 0,
	    run_echo },
	{ HTTP_GET, "a/{x}/b/{y}", AUTH_USER, LEVEL_ADMIN, RUN_LOOP, 0,
	    run_arguments },
	{ HTTP_POST, "write", AUTH_USER, LEVEL_OVERVIEW, RUN_LOOP, 0,
	    run_write },
	{ HTTP_POST, "bad_write", AUTH_USER, LEVEL_OVERVIEW, RUN_LOOP, 0,
	    run_bad_write },
	{ HTTP_POST, "upload", AUTH_USER, LEVEL_OVERVIEW, RUN_LOOP, 16 << 20,
	    run_write },
	{ HTTP_GET, "unit", AUTH_UNIT, LEVEL_OVERVIEW, RUN_LOOP, 0,
	    run_where },
	{ HTTP_GET, "busy", AUTH_NONE, LEVEL_OVERVIEW, RUN_LOOP, 0,
	    run_busy },
	{ HTTP_GET, "silent", AUTH_NONE, LEVEL_OVERVIEW, RUN_LOOP, 0,
	    run_nothing_said },
};

static void
open_all(struct fixture *f)
{
	struct store_options so;
	struct api_options ao = { .workers = 2 };
	const struct api_route *auth;
	size_t n;

	store_options_init(&so);
	so.path = f->dir;
	so.schema = schema_builtin();
	so.create = true;
	if (store_open(&so, &f->store, &f->err) != HELIO_OK ||
	    store_write(f->store, &CALLER_SYSTEM, insert_users, NULL,
	    &f->err) != HELIO_OK)
		fail_msg("store: %s", err_message(&f->err));
	ao.store = f->store;
	assert_int_equal(api_new(&ao, &f->api, &f->err), HELIO_OK);
	auth = auth_routes(&n);
	api_add_routes(f->api, auth, n);
	api_add_routes(f->api, routes, sizeof(routes) / sizeof(routes[0]));
	f->app = api_app(f->api);
}

static void
login(struct fixture *f, size_t i)
{
	char body[128];
	json_t *m;

	snprintf(body, sizeof(body), "username=%s&password=secret",
	    users[i].username);
	assert_int_equal(ASK(f, HTTP_POST, "/v1/auth/login", .body = body),
	    200);
	m = json_object_get(json_object_get(f->json, "message"),
	    "login_successful");
	snprintf(f->bearer[i], sizeof(f->bearer[i]), "Token token=%s",
	    json_string_value(json_object_get(m, "API_token")));
}

/* One store for all tests: it takes longer to make than they do. */
static int
setup(void **state)
{
	static pthread_t self;
	struct fixture *f = calloc(1, sizeof(*f));

	self = pthread_self();
	main_thread = &self;
	if (f == NULL || !crypto_start())
		return -1;
	strcpy(f->dir, "/tmp/helio-api-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	err_clear(&f->err);
	open_all(f);
	login(f, 0);
	login(f, 1);
	*state = f;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	request_end(f);
	api_free(f->api);
	store_close(f->store);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

/* ---- what is refused before the body ---- */

static void
expect_error(struct fixture *f, unsigned status, const char *message)
{
	assert_int_equal(f->req->status, status);
	assert_string_equal(f->req->type, "application/json");
	assert_string_equal(text(f, "status"), "error");
	assert_string_equal(text(f, "message"), message);
	assert_true(json_is_null(json_object_get(f->json, "data")));
	/* nothing was allowed to arrive */
	assert_int_equal(f->req->body_max, 0);
}

static void
test_unknown_path(void **state)
{
	static const char *const paths[] = { "/", "/v1", "/v1/nothing",
	    "/v1/loop/", "/home" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ASK(*state, HTTP_GET, paths[i]);
		expect_error(*state, 404,
		    "The specified resource could not be found");
	}
}

static void
test_other_method(void **state)
{
	static const enum http_method methods[] = { HTTP_POST, HTTP_DELETE,
	    HTTP_PATCH, HTTP_OTHER };
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		ASK(*state, methods[i], "/v1/loop");
		expect_error(*state, 405,
		    "The method is not allowed at this endpoint");
		assert_string_equal(reply_header(*state, "Allow"),
		    "GET, HEAD, OPTIONS");
	}
}

static void
test_options(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ASK(f, HTTP_OPTIONS, "/v1/home"), 200);
	assert_string_equal(reply_header(f, "Allow"),
	    "GET, HEAD, POST, OPTIONS");
	assert_int_equal(f->req->reply.len, 0);
	assert_int_equal(ASK(f, HTTP_OPTIONS, "/v1/nothing"), 404);
}

static void
test_no_token(void **state)
{
	struct fixture *f = *state;

	ASK(f, HTTP_GET, "/v1/loop");
	expect_error(f, 401, "Your token is invalid or not present");
	assert_non_null(reply_header(f, "WWW-Authenticate"));
	ASK(f, HTTP_GET, "/v1/loop", .header = {
	    { "Authorization", "Token token=wrong" } });
	expect_error(f, 401, "Your token is invalid or not present");
	ASK(f, HTTP_GET, "/v1/loop", .header = {
	    { "Authorization", "Basic YTpi" } });
	expect_error(f, 401, "Your token is invalid or not present");
}

static void
test_low_level(void **state)
{
	struct fixture *f = *state;

	ASK(f, HTTP_GET, "/v1/a/1/b/2", .header = { OVERVIEW(f) });
	expect_error(f, 403,
	    "Your user is not allowed to access this resource");
}

static void
test_arguments_and_caller(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ASK(f, HTTP_GET, "/v1/a/x%20y/b/2",
	    .header = { SYSTEM(f) }), 201);
	assert_string_equal(f->req->reply.data, "{\"status\":\"success\","
	    "\"message\":\"arguments\","
	    "\"data\":[\"x y\",\"2\",\"sue@x.org\",2]}");
}

static void
test_limits(void **state)
{
	struct fixture *f = *state;

	ASK(f, HTTP_GET, "/v1/loop", .header = { OVERVIEW(f) });
	assert_int_equal(f->req->body_max, 1 << 20);
	assert_int_equal(f->req->deadline_ms, 30000);
	ASK(f, HTTP_POST, "/v1/upload", .header = { OVERVIEW(f) });
	assert_int_equal(f->req->body_max, 16 << 20);
	assert_int_equal(f->req->deadline_ms, 120000);
	ASK(f, HTTP_POST, "/v1/echo");
	assert_int_equal(f->req->body_max, 16 << 10);
}

/* ---- running ---- */

static void
test_runs_where_the_route_says(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ASK(f, HTTP_GET, "/v1/loop",
	    .header = { OVERVIEW(f) }), 200);
	assert_ptr_equal(run_thread, main_thread);
	assert_int_equal(ASK(f, HTTP_GET, "/v1/worker",
	    .header = { OVERVIEW(f) }), 200);
	assert_null(run_thread);
	assert_int_equal(ASK(f, HTTP_HEAD, "/v1/loop",
	    .header = { OVERVIEW(f) }), 200);
	assert_int_equal(ASK(f, HTTP_GET, "/v1/unit"), 200);
}

static void
test_write(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ASK(f, HTTP_POST, "/v1/write",
	    .header = { OVERVIEW(f) }), 201);
	assert_string_equal(text(f, "message"), "written");
	assert_true(json_is_null(json_object_get(f->json, "data")));
	assert_false(pthread_equal(f->req->replied_by, *main_thread));
}

static void
test_refused_write(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ASK(f, HTTP_POST, "/v1/bad_write",
	    .header = { OVERVIEW(f) }), 400);
	assert_string_equal(f->req->reply.data,
	    "{\"status\":\"validation-error\",\"message\":\"Your request "
	    "contained invalid data. See 'data' or 'validation_errors' for "
	    "exact details\",\"data\":{\"name\":\"is not free\",\"size\":"
	    "\"must be positive\"},\"validation_errors\":{\"name\":\"is not "
	    "free\",\"size\":\"must be positive\"}}");
}

static void
test_retry_after(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ASK(f, HTTP_GET, "/v1/busy"), 503);
	assert_string_equal(reply_header(f, "Retry-After"), "7");
	assert_string_equal(text(f, "message"), "Too busy");
}

static void
test_failing_without_a_reason_is_ours(void **state)
{
	assert_int_equal(ASK(*state, HTTP_GET, "/v1/silent"), 500);
	assert_string_equal(text(*state, "message"),
	    "We had a problem with our server");
}

/* ---- bodies ---- */

static void
test_bodies(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ASK(f, HTTP_POST, "/v1/echo", .body = "{\"a\":1}",
	    .header = { { "Content-Type",
	    "application/x-www-form-urlencoded" } }), 200);
	assert_string_equal(text(f, "message"), "json");
	assert_int_equal(ASK(f, HTTP_POST, "/v1/echo", .body = "a=1",
	    .header = { { "Content-Type", "application/json" } }), 200);
	assert_string_equal(text(f, "message"), "form");
	assert_int_equal(ASK(f, HTTP_POST, "/v1/echo"), 200);
	assert_true(json_is_null(json_object_get(f->json, "data")));
}

static void
test_unreadable_bodies(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ASK(f, HTTP_POST, "/v1/echo", .body = "{"), 400);
	assert_string_equal(text(f, "status"), "error");
	assert_string_equal(text(f, "message"), "Unable to decode data");
	assert_non_null(json_object_get(json_object_get(f->json, "data"),
	    "body"));
	assert_null(json_object_get(f->json, "validation_errors"));
}

static void
test_media_not_supported(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ASK(f, HTTP_POST, "/v1/echo", .body = "{}",
	    .header = { { "Content-Encoding", "gzip" } }), 415);
	assert_int_equal(ASK(f, HTTP_POST, "/v1/echo", .body = "{}",
	    .header = { { "Content-Encoding", "Identity" } }), 200);
	assert_int_equal(ASK(f, HTTP_POST, "/v1/echo",
	    .body = "--x\r\na=1\r\n--x--", .header = { { "Content-Type",
	    "multipart/form-data; boundary=x" } }), 415);
	assert_int_equal(ASK(f, HTTP_POST, "/v1/echo", .body = "{}",
	    .header = { { "Content-Type",
	    "application/octet-stream" } }), 200);
}

/* ---- envelopes ---- */

static void
expect_body(const struct helio_err *err, const char *expected)
{
	struct buf out = BUF_INIT;

	api_error_body(err, &out);
	assert_string_equal(out.data, expected);
	buf_free(&out);
}

static void
test_error_bodies(void **state)
{
	struct helio_err err;

	err_clear(&err);
	err_set(&err, HELIO_E_QUERY, "%s", rc_text(HELIO_E_QUERY));
	err_field(&err, "q", "no such \"field\"");
	expect_body(&err, "{\"status\":\"error\",\"message\":\"Unable to "
	    "construct query\",\"data\":{\"q\":\"no such \\\"field\\\"\"}}");
	err_clear(&err);
	err_set(&err, HELIO_E_INVALID, "no fields named");
	expect_body(&err, "{\"status\":\"error\",\"message\":\"no fields "
	    "named\",\"data\":null}");
	err_clear(&err);
	err_set(&err, HELIO_E_CONSTRAINT, "taken");
	err_field(&err, "name", "taken");
	expect_body(&err, "{\"status\":\"validation-error\",\"message\":"
	    "\"taken\",\"data\":{\"name\":\"taken\"},\"validation_errors\":"
	    "{\"name\":\"taken\"}}");
}

static void
test_inner_trouble_is_not_told(void **state)
{
	struct helio_err err;

	err_clear(&err);
	err_set(&err, HELIO_E_INTERNAL, "near \"FROM\": syntax error");
	expect_body(&err, "{\"status\":\"error\",\"message\":\"We had a "
	    "problem with our server\",\"data\":null}");
}

static void
test_describe_for_the_transport(void **state)
{
	struct fixture *f = *state;
	struct buf out = BUF_INIT;

	f->app.describe(f->app.ctx, HELIO_E_TOO_LARGE, &out);
	assert_string_equal(out.data, "{\"status\":\"error\",\"message\":"
	    "\"The request body is too large\",\"data\":null}");
	buf_free(&out);
}

/* ---- /auth and /home ---- */

static void
test_home(void **state)
{
	static const char welcome[] = "Welcome to the SMARTSolar API: 20";
	struct fixture *f = *state;

	assert_int_equal(ASK(f, HTTP_GET, "/v1/home"), 200);
	assert_memory_equal(f->req->reply.data, welcome, strlen(welcome));
	assert_string_equal(f->req->type, "text/plain; charset=utf-8");
	assert_int_equal(ASK(f, HTTP_POST, "/v1/home", .body = "x"), 200);
}

static void
test_login_reply(void **state)
{
	struct fixture *f = *state;
	char copy[512], *token, *expiry;

	assert_int_equal(ASK(f, HTTP_POST, "/v1/auth/login",
	    .body = "{\"username\":\"sue@x.org\",\"password\":\"secret\"}"),
	    200);
	snprintf(copy, sizeof(copy), "%s", f->req->reply.data);
	token = strstr(copy, "API_token\":\"") + 12;
	memset(token, '*', 64);
	expiry = strstr(copy, "token_expiry\":\"") + 15;
	memcpy(expiry, "Mon, 01 Aug 2016 17:05:11 GMT", 29);
	assert_string_equal(copy, "{\"status\":\"success\",\"message\":"
	    "{\"login_successful\":{\"username\":\"sue@x.org\","
	    "\"entity_id\":null,\"display_name\":\"\",\"name\":\"\","
	    "\"user_product_visibility\":\"GLOBAL\",\"hub_id\":null,"
	    "\"shop_id\":null,\"API_token\":\"*******************************"
	    "*********************************\",\"token_expiry\":\"Mon, 01 "
	    "Aug 2016 17:05:11 GMT\",\"permissions\":\"SYSTEM\"}}}");
}

static void
test_login_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ASK(f, HTTP_POST, "/v1/auth/login",
	    .body = "username=sue@x.org&password=wrong"), 401);
	assert_string_equal(text(f, "status"), "error");
	assert_non_null(reply_header(f, "WWW-Authenticate"));
	assert_int_equal(ASK(f, HTTP_GET, "/v1/auth/login"), 405);
}

static void
test_login_names_what_is_missing(void **state)
{
	struct fixture *f = *state;
	json_t *data;

	assert_int_equal(ASK(f, HTTP_POST, "/v1/auth/login"), 400);
	data = json_object_get(f->json, "data");
	assert_int_equal(json_object_size(data), 2);
	assert_non_null(json_object_get(data, "username"));
	assert_non_null(json_object_get(data, "password"));
	assert_int_equal(ASK(f, HTTP_POST, "/v1/auth/login",
	    .body = "{\"username\":5,\"password\":\"x\"}"), 400);
	assert_string_equal(text(f, "status"), "validation-error");
	assert_int_equal(ASK(f, HTTP_POST, "/v1/auth/login",
	    .body = "[]"), 400);
	/* a login is not taken from the query: proxies log it */
	assert_int_equal(ASK(f, HTTP_POST, "/v1/auth/login", .param = {
	    { "username", "sue@x.org" }, { "password", "secret" } }), 400);
}

static void
test_logout(void **state)
{
	struct fixture *f = *state;
	char old[sizeof(f->bearer[0])];

	memcpy(old, f->bearer[0], sizeof(old));
	assert_int_equal(ASK(f, HTTP_POST, "/v1/auth/logout",
	    .header = { { "Authorization", old } }), 200);
	assert_int_equal(ASK(f, HTTP_GET, "/v1/loop",
	    .header = { { "Authorization", old } }), 401);
	login(f, 0);
}

static void
test_validate_user(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ASK(f, HTTP_GET, "/v1/auth/validate_user",
	    .header = { SYSTEM(f) },
	    .param = { { "username", "ann@x.org" } }), 200);
	assert_string_equal(f->req->reply.data, "{\"status\":\"success\","
	    "\"message\":\"Successfully checked the username ann@x.org\","
	    "\"data\":\"True\"}");
	assert_int_equal(ASK(f, HTTP_GET, "/v1/auth/validate_user",
	    .header = { SYSTEM(f) }, .body = "{\"username\":\"no\"}"), 200);
	assert_string_equal(text(f, "data"), "False");
	assert_int_equal(ASK(f, HTTP_GET, "/v1/auth/validate_user",
	    .header = { SYSTEM(f) }), 400);
	assert_int_equal(ASK(f, HTTP_GET, "/v1/auth/validate_user",
	    .header = { OVERVIEW(f) }), 403);
}

static void
test_validate_user_and_password(void **state)
{
	static const char *const paths[] = {
		"/v1/auth/validate_user_and_password",
		"/v1/auth/validate_user_password",
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(ASK(f, HTTP_GET, paths[i],
		    .header = { SYSTEM(f) }, .param = { { "username",
		    "ann@x.org" }, { "password", "secret" } }), 200);
		assert_string_equal(text(f, "message"), "Successfully checked "
		    "the username ann@x.org with it's password");
		assert_string_equal(text(f, "data"), "True");
	}
	assert_int_equal(ASK(f, HTTP_GET, paths[0], .header = { SYSTEM(f) },
	    .param = { { "username", "ann@x.org" },
	    { "password", "wrong" } }), 200);
	assert_string_equal(text(f, "data"), "False");
	assert_int_equal(ASK(f, HTTP_GET, paths[0], .header = { SYSTEM(f) },
	    .param = { { "username", "ann@x.org" } }), 400);
}

static void
test_guessing_ends_in_429(void **state)
{
	struct fixture *f = *state;
	unsigned status = 0;
	int i;

	for (i = 0; i < 10 && status != 429; i++)
		status = ASK(f, HTTP_POST, "/v1/auth/login",
		    .body = "username=guess&password=wrong");
	assert_int_equal(i, 7);
	assert_string_equal(reply_header(f, "Retry-After"), "1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_path),
		cmocka_unit_test(test_other_method),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_no_token),
		cmocka_unit_test(test_low_level),
		cmocka_unit_test(test_arguments_and_caller),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_runs_where_the_route_says),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_refused_write),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_failing_without_a_reason_is_ours),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_unreadable_bodies),
		cmocka_unit_test(test_media_not_supported),
		cmocka_unit_test(test_error_bodies),
		cmocka_unit_test(test_inner_trouble_is_not_told),
		cmocka_unit_test(test_describe_for_the_transport),
		cmocka_unit_test(test_home),
		cmocka_unit_test(test_login_reply),
		cmocka_unit_test(test_login_refused),
		cmocka_unit_test(test_login_names_what_is_missing),
		cmocka_unit_test(test_logout),
		cmocka_unit_test(test_validate_user),
		cmocka_unit_test(test_validate_user_and_password),
		cmocka_unit_test(test_guessing_ends_in_429),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
