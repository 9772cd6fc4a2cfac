/*
 * The NetSapiens PBX, APIv2: one account, its tokens, and what they open.
 */
#include "sandbox/netsapiens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"

static const struct sandbox_setting settings[] = {
#define SETTING(name_, fallback_, help_) { #name_, fallback_, help_ },
#include "sandbox/netsapiens.def"
#undef SETTING
};

enum { LIMIT = 100, LIMIT_MAX = 1000 };

/* ---- what the parts use ---- */

void
pbx_new_id(struct pbx *pbx, char out[PBX_ID_SIZE])
{
	snprintf(out, PBX_ID_SIZE, "%016llx%016llx",
	    (unsigned long long)sandbox_random(pbx->sandbox),
	    (unsigned long long)sandbox_random(pbx->sandbox));
}

const char *
pbx_domain(const struct pbx *pbx, const char *given)
{
	return strcmp(given, "~") == 0 ? pbx->domain : given;
}

const char *
pbx_user(const struct pbx *pbx, const char *given)
{
	return strcmp(given, "~") == 0 ? pbx->user : given;
}

void
pbx_answer(struct sandbox_call *call, unsigned status, const char *message)
{
	sandbox_answer(call, status, json_pack("{s:i, s:s}", "code",
	    (int)status, "message", message));
}

void
pbx_answer_made(struct pbx *pbx, struct sandbox_call *call,
    const json_t *record)
{
	if (sandbox_number(pbx->sandbox, PBX_writes) == 202)
		pbx_answer(call, 202, "Accepted");
	else
		sandbox_answer(call, 200, json_deep_copy(record));
}

/* A number of the query, or the fallback; -1: it is none, or out of range. */
static long
number(struct sandbox_call *call, const char *name, long most, long fallback)
{
	const char *text = http_param(call->http, name);
	char *end;
	long n;

	if (text == NULL)
		return fallback;
	n = strtol(text, &end, 10);
	return end != text && *end == '\0' && n >= 1 && n <= most ? n : -1;
}

void
pbx_answer_list(struct sandbox_call *call, json_t *list)
{
	long start = number(call, "start", INT32_MAX, 1);
	long limit = number(call, "limit", LIMIT_MAX, LIMIT);
	json_t *page = json_array();

	if (start < 0 || limit < 0) {
		json_decref(page);
		pbx_answer(call, 400, "start begins at 1, limit is 1 to 1000");
	} else {
		for (size_t i = (size_t)start - 1; limit > 0 &&
		    i < json_array_size(list); i++, limit--)
			json_array_append(page, json_array_get(list, i));
		sandbox_answer(call, 200, page);
	}
	json_decref(list);
}

json_t *
pbx_time_text(int64_t at_us)
{
	char text[TIME_TEXT_MAX], whole[TIME_TEXT_MAX + 8];

	time_format_iso(at_us - at_us % US_PER_S, text);
	snprintf(whole, sizeof(whole), "%.19s+00:00", text);
	return json_string(whole);
}

const char *
pbx_member(const json_t *record, const char *name)
{
	const char *text = json_string_value(json_object_get(record, name));

	return text != NULL ? text : "";
}

bool
pbx_is_of(const json_t *record, const char *domain, const char *user)
{
	return (strcmp(domain, "*") == 0 ||
	    strcmp(pbx_member(record, "domain"), domain) == 0) &&
	    (strcmp(user, "*") == 0 ||
	    strcmp(pbx_member(record, "user"), user) == 0);
}

/* ---- tokens ---- */

const struct pbx_token *
pbx_token_of(const struct pbx *pbx, struct sandbox_call *call)
{
	const char *header = http_header(call->http, "Authorization");

	if (header == NULL || strncmp(header, "Bearer ", 7) != 0)
		return NULL;
	for (size_t i = 0; i < pbx->n_tokens && i < PBX_TOKENS_MAX; i++)
		if (strcmp(pbx->token[i].access, header + 7) == 0 &&
		    pbx->token[i].expires_us > sandbox_now_us(pbx->sandbox))
			return &pbx->token[i];
	return NULL;
}

bool
pbx_admitted(struct pbx *pbx, struct sandbox_call *call)
{
	if (pbx_token_of(pbx, call) != NULL)
		return true;
	pbx_answer(call, 401, "Unauthorized");
	return false;
}

static json_t *
describe_token(const struct pbx *pbx, const struct pbx_token *token)
{
	const char *name = sandbox_text(pbx->sandbox, PBX_username);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
	    "s:s, s:i, s:s, s:s, s:s, s:s}", "username", name,
	    "user", pbx->user, "territory", "Sandbox", "domain", pbx->domain,
	    "department", "n/a", "uid", name, "login", name,
	    "scope", "Super User", "user_email", "sandbox@example.com",
	    "displayName", "Sandbox User", "access_token", token->access,
	    "expires_in", (int)sandbox_number(pbx->sandbox, PBX_token_life),
	    "token_type", "Bearer", "refresh_token", token->refresh,
	    "client_id", sandbox_text(pbx->sandbox, PBX_client_id),
	    "apiversion", "Version: 44.1.2");
}

static void
give_token(struct pbx *pbx, struct sandbox_call *call)
{
	struct pbx_token *token = &pbx->token[pbx->n_tokens++ %
	    PBX_TOKENS_MAX];

	pbx_new_id(pbx, token->access);
	pbx_new_id(pbx, token->refresh);
	token->expires_us = sandbox_now_us(pbx->sandbox) + US_PER_S *
	    sandbox_number(pbx->sandbox, PBX_token_life);
	sandbox_answer(call, 200, describe_token(pbx, token));
}

static bool
is_setting(const struct pbx *pbx, const json_t *body, const char *name,
    enum pbx_setting setting)
{
	return strcmp(pbx_member(body, name), sandbox_text(pbx->sandbox,
	    setting)) == 0;
}

/* A refresh token serves once. */
static bool
use_refresh(struct pbx *pbx, const char *refresh)
{
	for (size_t i = 0; i < pbx->n_tokens && i < PBX_TOKENS_MAX; i++)
		if (*refresh != '\0' &&
		    strcmp(pbx->token[i].refresh, refresh) == 0) {
			pbx->token[i].refresh[0] = '\0';
			return true;
		}
	return false;
}

static void
grant(struct pbx *pbx, const json_t *body, struct sandbox_call *call)
{
	const char *type = pbx_member(body, "grant_type");
	bool good;

	if (strcmp(type, "password") != 0 &&
	    strcmp(type, "refresh_token") != 0) {
		pbx_answer(call, 400, "Unsupported grant_type");
		return;
	}
	good = is_setting(pbx, body, "client_id", PBX_client_id) &&
	    is_setting(pbx, body, "client_secret", PBX_client_secret);
	if (good && strcmp(type, "password") == 0)
		good = is_setting(pbx, body, "username", PBX_username) &&
		    is_setting(pbx, body, "password", PBX_password);
	else if (good)
		good = use_refresh(pbx, pbx_member(body, "refresh_token"));
	if (good)
		give_token(pbx, call);
	else
		pbx_answer(call, 401, "Invalid credentials");
}

void
pbx_post_token(void *state, struct sandbox_call *call)
{
	json_t *body = sandbox_json(call);

	if (json_is_object(body))
		grant(state, body, call);
	else
		pbx_answer(call, 400, "The body is no JSON object");
	json_decref(body);
}

/* POST /_control/tokens/expire [{"refresh": true}]: refresh tokens too */
void
pbx_expire_tokens(void *state, struct sandbox_call *call)
{
	struct pbx *pbx = state;
	json_t *body = sandbox_json(call);
	bool refresh = json_is_true(json_object_get(body, "refresh"));

	for (size_t i = 0; i < PBX_TOKENS_MAX; i++) {
		pbx->token[i].expires_us = 0;
		if (refresh)
			pbx->token[i].refresh[0] = '\0';
	}
	json_decref(body);
	sandbox_answer(call, 200, json_object());
}

/* ---- state ---- */

static void
pbx_free(void *state)
{
	struct pbx *pbx = state;

	poster_stop(pbx->poster);
	json_decref(pbx->sessions);
	json_decref(pbx->messages);
	json_decref(pbx->subscriptions);
	json_decref(pbx->calls);
	json_decref(pbx->due);
	free(pbx);
}

static enum helio_rc
check_settings(struct pbx *pbx, struct helio_err *err)
{
	const char *name = sandbox_text(pbx->sandbox, PBX_username);
	size_t at = strcspn(name, "@");
	long writes = sandbox_number(pbx->sandbox, PBX_writes);

	if (name[at] == '\0' || at == 0 || at >= PBX_NAME_SIZE ||
	    strlen(name + at + 1) >= PBX_NAME_SIZE)
		return err_field(err, "username", "is USER@DOMAIN");
	if (writes != 200 && writes != 202)
		return err_field(err, "writes", "is 200 or 202");
	if (sandbox_number(pbx->sandbox, PBX_token_life) <= 0)
		return err_field(err, "token_life", "is a number of seconds");
	if (sandbox_number(pbx->sandbox, PBX_poll) <= 0)
		return err_field(err, "poll", "is a number of milliseconds");
	snprintf(pbx->user, sizeof(pbx->user), "%.*s", (int)at, name);
	snprintf(pbx->domain, sizeof(pbx->domain), "%s", name + at + 1);
	return HELIO_OK;
}

static enum helio_rc
pbx_new(struct sandbox *sandbox, void **ret, struct helio_err *err)
{
	struct pbx *pbx = calloc(1, sizeof(*pbx));
	enum helio_rc rc;

	if (pbx == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory");
	pbx->sandbox = sandbox;
	pbx->sessions = json_array();
	pbx->messages = json_array();
	pbx->subscriptions = json_array();
	pbx->calls = json_array();
	pbx->due = json_object();
	rc = check_settings(pbx, err);
	if (rc == HELIO_OK && (pbx->poster = poster_start(pbx)) == NULL)
		rc = err_set(err, HELIO_E_NO_MEMORY, "no memory");
	if (rc == HELIO_OK)
		*ret = pbx;
	else
		pbx_free(pbx);
	return rc;
}

static void
describe_fault(unsigned status, struct sandbox_call *call)
{
	pbx_answer(call, status, status == 429 ? "Too many requests" :
	    "Injected fault");
}

static const struct sandbox_route routes[] = {
#define ROUTE(method, path, handler) { HTTP_##method, path, handler },
#include "sandbox/netsapiens_routes.def"
#undef ROUTE
};

const struct sandbox_kind sandbox_netsapiens = {
	.name = "netsapiens",
	SANDBOX_SETTINGS(settings),
	SANDBOX_ROUTES(routes),
	.new = pbx_new,
	.free = pbx_free,
	.describe = describe_fault,
};
