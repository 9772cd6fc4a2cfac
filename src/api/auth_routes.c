/* /auth/login and its like, and /home. */
#include "api/auth_routes.h"

#include <string.h>

#include "api/internal.h"
#include "base/times.h"

enum { LOGIN_BODY_MAX = 8 * 1024 };

struct credentials {
	const char	*username;
	const char	*password;	/* NULL: not asked for */
};

/* ---- parameters, from the query or the body ---- */

static const char *
parameter(struct api_call *call, const char *name)
{
	const char *value = NULL;
	json_t *json = json_object_get(call->body, name);

	if (http_method(call->http) != HTTP_POST)
		value = http_param(call->http, name);
	if (value == NULL && json != NULL && !json_is_string(json)) {
		err_field(&call->err, name, "must be a text");
		return NULL;
	}
	if (value == NULL)
		value = json_string_value(json);
	if (value == NULL || *value == '\0')
		err_field(&call->err, name, "is missing");
	return value;
}

/* E_INVALID names all that is missing. */
static enum helio_rc
read_credentials(struct api_call *call, bool with_password,
    struct credentials *ret)
{
	enum helio_rc rc = api_read_body(call, NULL);

	if (rc != HELIO_OK)
		return rc;
	ret->username = parameter(call, "username");
	ret->password = with_password ? parameter(call, "password") : NULL;
	return call->err.n_faults == 0 ? HELIO_OK : HELIO_E_INVALID;
}

/* Passwords have threads of their own: each hashing takes much memory. */
static void
run_hashing(struct api_call *call, void (*work)(void *))
{
	if (workers_push(call->api->hashers, work, call,
	    &call->err) != HELIO_OK)
		api_fail(call);
}

/* ---- login and logout ---- */

static void
put_text(struct json_write *w, const char *key, const struct row *row,
    const char *field)
{
	const char *text = row_text(row, field);

	jw_put_str(w, key, text != NULL ? text : "");
}

static void
put_number(struct json_write *w, const struct row *row, const char *field)
{
	if (row_is_null(row, field))
		jw_put_null(w, field);
	else
		jw_put_int(w, field, row_int(row, field));
}

/* The reply as the seed shows it ("The Full /auth/login Response"). */
static void
put_login(const struct auth_login *login, struct buf *out)
{
	const struct row *user = login->user;
	char expiry[TIME_TEXT_MAX];
	struct json_write w;

	time_format_http(login->expires_us, expiry);
	jw_start(&w, out);
	jw_object(&w);
	jw_put_str(&w, "status", "success");
	jw_key(&w, "message");
	jw_object(&w);
	jw_key(&w, "login_successful");
	jw_object(&w);
	put_text(&w, "username", user, "username");
	put_number(&w, user, "entity_id");
	put_text(&w, "display_name", user, "display_name");
	put_text(&w, "name", user, "name");
	put_text(&w, "user_product_visibility", user,
	    "user_product_visibility");
	put_number(&w, user, "hub_id");
	put_number(&w, user, "shop_id");
	jw_put_str(&w, "API_token", login->token);
	jw_put_str(&w, "token_expiry", expiry);
	put_text(&w, "permissions", user, "permissions");
	jw_end(&w);
	jw_end(&w);
	jw_end(&w);
}

static void
login_work(void *arg)
{
	struct api_call *call = arg;
	struct credentials who;
	struct auth_login login;
	struct buf out = BUF_INIT;

	if (read_credentials(call, true, &who) != HELIO_OK ||
	    auth_login(call->api->auth, call->arena, who.username,
	    who.password, http_peer(call->http), &login,
	    &call->retry_after_s, &call->err) != HELIO_OK) {
		api_fail(call);
		return;
	}
	put_login(&login, &out);
	api_reply_json(call, 200, &out);
}

static void
run_login(struct api_call *call)
{
	run_hashing(call, login_work);
}

static enum helio_rc
logout_write(struct tx *tx, void *arg, struct helio_err *err)
{
	return auth_logout(tx, arg, err);
}

static void
logout_reply(struct api_call *call, void *arg)
{
	auth_forget(call->api->auth, arg);
	api_reply(call, 200, "Logged out", NULL);
}

static void
run_logout(struct api_call *call)
{
	char *token = arena_alloc(call->arena, TOKEN_TEXT_MAX + 1);

	auth_header(http_header(call->http, "Authorization"), token);
	api_write(call, logout_write, logout_reply, token);
}

/* ---- validate_user ---- */

static void
reply_valid(struct api_call *call, const char *message, bool valid)
{
	struct buf data = BUF_INIT;

	buf_adds(&data, valid ? "\"True\"" : "\"False\"");
	api_reply(call, 200, message, &data);
}

static enum helio_rc
validate(struct api_call *call, bool with_password, const char **ret_username,
    bool *ret)
{
	struct auth_check check = {
		.caller = &call->caller, .peer = http_peer(call->http),
	};
	struct credentials who;
	enum helio_rc rc = read_credentials(call, with_password, &who);

	if (rc != HELIO_OK)
		return rc;
	check.username = *ret_username = who.username;
	check.password = who.password;
	return auth_check_user(call->api->auth, &check, ret,
	    &call->retry_after_s, &call->err);
}

static void
run_validate(struct api_call *call)
{
	const char *username;
	bool valid;

	if (validate(call, false, &username, &valid) == HELIO_OK)
		reply_valid(call, arena_printf(call->arena,
		    "Successfully checked the username %s", username), valid);
	else
		api_fail(call);
}

static void
validate_password_work(void *arg)
{
	struct api_call *call = arg;
	const char *username;
	bool valid;

	if (validate(call, true, &username, &valid) == HELIO_OK)
		reply_valid(call, arena_printf(call->arena, "Successfully "
		    "checked the username %s with it's password", username),
		    valid);
	else
		api_fail(call);
}

static void
run_validate_password(struct api_call *call)
{
	run_hashing(call, validate_password_work);
}

/* ---- home ---- */

static void
run_home(struct api_call *call)
{
	struct buf out = BUF_INIT;
	char now[TIME_TEXT_MAX];

	time_format_iso(store_now_us(call->api->opt.store), now);
	buf_addf(&out, "Welcome to the SMARTSolar API: %s", now);
	http_reply(call->http, 200, "text/plain; charset=utf-8", &out);
}

#define ANYBODY AUTH_NONE, LEVEL_OVERVIEW, RUN_LOOP
#define USER(level) AUTH_USER, LEVEL_##level, RUN_LOOP

static const struct api_route routes[] = {
	{ HTTP_GET, "home", ANYBODY, 0, run_home, NULL,
	    "whether the API is up" },
	{ HTTP_POST, "home", ANYBODY, 0, run_home, NULL,
	    "whether the API is up" },
	{ HTTP_POST, "auth/login", ANYBODY, LOGIN_BODY_MAX, run_login, NULL,
	    "a token for a username and a password" },
	{ HTTP_POST, "auth/logout", USER(OVERVIEW), LOGIN_BODY_MAX, run_logout,
	    NULL, "end the token this is sent with" },
	{ HTTP_GET, "auth/validate_user", USER(SYSTEM), LOGIN_BODY_MAX,
	    run_validate, NULL, "whether a username is an active user's" },
	{ HTTP_GET, "auth/validate_user_and_password", USER(SYSTEM),
	    LOGIN_BODY_MAX, run_validate_password, NULL,
	    "whether username and password belong together" },
	{ HTTP_GET, "auth/validate_user_password", USER(SYSTEM),
	    LOGIN_BODY_MAX, run_validate_password, NULL,
	    "the same as validate_user_and_password" },
};

const struct api_route *
auth_routes(size_t *ret_n)
{
	*ret_n = sizeof(routes) / sizeof(routes[0]);
	return routes;
}
