/* POST /ns-api/v2/tokens: with the password, or with a refresh token. */
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "client/internal.h"
#include "connector/netsapiens/internal.h"

enum { LIFE_UNKNOWN_S = 5 };

void
pbx_account_free(struct pbx_account *account)
{
	if (account == NULL)
		return;
	free(account->base);
	free(account->user);
	secret_free(account->client_id);
	secret_free(account->client_secret);
	secret_free(account->password);
	json_decref(account->told);
	free(account);
}

static helio_code
ask(void *arg, const char *refresh, helio_call **ret, helio_error *error)
{
	const struct pbx_account *account = arg;
	struct pbx_body body = pbx_body();
	struct buf url = BUF_INIT;
	helio_code code;

	buf_addf(&url, "%s%s/tokens", account->base, PBX_ROOT);
	pbx_put(&body, "grant_type", refresh != NULL ? "refresh_token" :
	    "password");
	pbx_put(&body, "client_id", account->client_id);
	pbx_put(&body, "client_secret", account->client_secret);
	if (refresh != NULL) {
		pbx_put(&body, "refresh_token", refresh);
	} else {
		pbx_put(&body, "username", account->user);
		pbx_put(&body, "password", account->password);
	}
	code = pbx_finish(url.failed ? NULL : helio_call_new("POST",
	    url.data), &body, ret, error);
	if (code == HELIO_DONE)
		helio_call_repeatable(*ret, true);
	buf_free(&url);
	return code;
}

/* Keep what the service says of the account, without the tokens. */
static void
tell(struct pbx_account *account, json_t *reply, int64_t expires_us)
{
	static const char *const secrets[] = { "access_token",
	    "refresh_token", "client_id" };
	char expires[PBX_TIME_SIZE];

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		json_object_del(reply, secrets[i]);
	pbx_time(expires_us, expires);
	json_object_set_new(reply, "expires_at", json_string(expires));
	json_object_set_new(reply, "api_url", json_string(account->base));
	json_decref(account->told);
	account->told = json_incref(reply);
}

/* Seconds that the token is good for; a service that does not say is asked
 * again soon. */
static int64_t
life_of(const json_t *reply)
{
	const json_t *life = json_object_get(reply, "expires_in");
	int64_t s = json_is_string(life) ?
	    strtoll(json_string_value(life), NULL, 10) :
	    json_integer_value(life);

	return s > 0 && s < INT32_MAX ? s : LIFE_UNKNOWN_S;
}

static helio_code
take_token(struct pbx_account *account, json_t *reply, helio_token **ret,
    helio_error *error)
{
	const char *access = json_string_value(json_object_get(reply,
	    "access_token"));
	int64_t expires_us = time_now_us() + life_of(reply) * US_PER_S;

	if (access == NULL || *access == '\0')
		return helio_error_set(error, HELIO_MALFORMED,
		    "the answer has no access_token");
	*ret = helio_token_new(access, json_string_value(json_object_get(
	    reply, "refresh_token")), expires_us);
	if (*ret == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	tell(account, reply, expires_us);
	return HELIO_DONE;
}

/* Wrong credentials, or a refresh token that is over, are a 4xx. */
static helio_code
refused(const helio_reply *reply, helio_error *error)
{
	helio_code code = helio_reply_check(reply, error);

	if (code == HELIO_REFUSED)
		error->code = code = HELIO_DENIED;
	return code;
}

static helio_code
take(void *arg, const helio_reply *reply, helio_token **ret,
    helio_error *error)
{
	helio_code code = refused(reply, error);
	const char *body;
	json_t *root;
	size_t n;

	if (code != HELIO_DONE)
		return code;
	body = helio_reply_body(reply, &n);
	root = json_loadb(body, n, 0, NULL);
	code = take_token(arg, root, ret, error);
	json_decref(root);
	return code;
}

helio_keeper *
pbx_keeper(struct pbx_account *account)
{
	const helio_grant grant = {
		.size = sizeof(grant), .name = account->user, .ask = ask,
		.take = take,
	};

	return helio_keeper_new(&grant, account);
}
