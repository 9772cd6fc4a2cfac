/* OAuth 2.0 (RFC 6749): password, client credentials, refresh. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/times.h"
#include "client/internal.h"

struct oauth {
	char		*url, *client_id, *username, *scope;
	char		*client_secret, *password;	/* secret memory */
	bool		 client_in_body, json;
	long		 life_s;
};

static void
oauth_free(void *arg)
{
	struct oauth *oauth = arg;

	if (oauth == NULL)
		return;
	free(oauth->url);
	free(oauth->client_id);
	free(oauth->username);
	free(oauth->scope);
	secret_free(oauth->client_secret);
	secret_free(oauth->password);
	free(oauth);
}

static bool
copy(char **to, const char *from, char *(*how)(const char *))
{
	*to = from != NULL ? how(from) : NULL;
	return from == NULL || *to != NULL;
}

static char *
plain_copy(const char *text)
{
	return strdup(text);
}

static struct oauth *
oauth_new(const helio_oauth *given)
{
	struct oauth *oauth = calloc(1, sizeof(*oauth));

	if (oauth == NULL)
		return NULL;
	oauth->client_in_body = given->client_in_body;
	oauth->json = given->json;
	oauth->life_s = given->life_s;
	if (copy(&oauth->url, given->url, plain_copy) &
	    copy(&oauth->client_id, given->client_id, plain_copy) &
	    copy(&oauth->username, given->username, plain_copy) &
	    copy(&oauth->scope, given->scope, plain_copy) &
	    copy(&oauth->client_secret, given->client_secret, secret_copy) &
	    copy(&oauth->password, given->password, secret_copy))
		return oauth;
	oauth_free(oauth);
	return NULL;
}

/* ---- asking ---- */

struct field {
	const char	*name, *value;
};

enum { FIELDS = 6 };

/* What is sent, in this order; a value of NULL is left out. */
static void
make_fields(const struct oauth *oauth, const char *refresh,
    struct field fields[FIELDS])
{
	const bool full = refresh == NULL;
	const bool user = full && oauth->username != NULL;
	const bool client = oauth->client_in_body;

	memcpy(fields, (struct field[FIELDS]){
		{ "grant_type", !full ? "refresh_token" :
		    user ? "password" : "client_credentials" },
		{ "client_id", client ? oauth->client_id : NULL },
		{ "client_secret", client ? oauth->client_secret : NULL },
		{ full ? "username" : "refresh_token",
		    user ? oauth->username : refresh },
		{ "password", user ? oauth->password : NULL },
		{ "scope", full ? oauth->scope : NULL },
	}, FIELDS * sizeof(*fields));
}

static void
add_json(helio_call *call, const struct field fields[FIELDS])
{
	struct buf body = BUF_INIT;
	struct json_write json;

	jw_start(&json, &body);
	jw_object(&json);
	for (size_t i = 0; i < FIELDS; i++)
		if (fields[i].value != NULL)
			jw_put_str(&json, fields[i].name, fields[i].value);
	jw_end(&json);
	helio_call_body(call, NULL, body.failed ? "" : body.data, body.len);
	secret_buf_free(&body);
}

static helio_code
oauth_ask(void *arg, const char *refresh, helio_call **ret,
    helio_error *error)
{
	const struct oauth *oauth = arg;
	struct field fields[FIELDS];
	helio_call *call = helio_call_new("POST", oauth->url);

	if (call == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	make_fields(oauth, refresh, fields);
	if (oauth->json)
		add_json(call, fields);
	for (size_t i = 0; i < FIELDS && !oauth->json; i++)
		if (fields[i].value != NULL)
			helio_call_form(call, fields[i].name, fields[i].value);
	if (!oauth->client_in_body && oauth->client_id != NULL)
		helio_call_basic(call, oauth->client_id,
		    oauth->client_secret != NULL ? oauth->client_secret : "");
	helio_call_header(call, "Accept", "application/json");
	*ret = call;
	return HELIO_DONE;
}

/* ---- the answer ---- */

static helio_code
take_reply(const struct oauth *oauth, const helio_reply *reply,
    helio_token **ret, helio_error *error)
{
	size_t n;
	const char *body = helio_reply_body(reply, &n);
	json_t *root = json_loadb(body, n, 0, NULL);
	const char *access = json_string_value(json_object_get(root,
	    "access_token"));
	json_t *life = json_object_get(root, "expires_in");
	double life_s = json_is_number(life) ? json_number_value(life) :
	    (double)oauth->life_s;
	helio_code code = HELIO_DONE;

	/* a life beyond all measure is none */
	if (!(life_s > 0 && life_s < 1e10))
		life_s = 0;
	if (access == NULL)
		code = helio_error_set(error, HELIO_DENIED,
		    "the answer has no access_token");
	else if ((*ret = helio_token_new(access, json_string_value(
	    json_object_get(root, "refresh_token")), life_s > 0 ?
	    time_now_us() + (int64_t)(life_s * 1e6) : 0)) == NULL)
		code = helio_error_set(error, HELIO_LOCAL, "no memory");
	json_decref(root);
	return code;
}

static helio_code
oauth_take(void *arg, const helio_reply *reply, helio_token **ret,
    helio_error *error)
{
	helio_code code = helio_reply_check(reply, error);

	if (code == HELIO_DONE)
		return take_reply(arg, reply, ret, error);
	if (code == HELIO_REFUSED)
		error->code = HELIO_DENIED;
	return error->code;
}

helio_code
helio_keeper_oauth(const helio_oauth *given, helio_keeper **ret,
    helio_error *error)
{
	char name[120];
	helio_grant grant = {
		.size = sizeof(grant), .name = name, .ask = oauth_ask,
		.take = oauth_take, .free = oauth_free,
	};
	const char *who = given->username != NULL ? given->username :
	    given->client_id;
	struct oauth *oauth;

	if (given->url == NULL || who == NULL)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "a token needs the address of its endpoint, and a client "
		    "or a user");
	snprintf(name, sizeof(name), "token of %.100s", who);
	oauth = oauth_new(given);
	*ret = oauth != NULL ? helio_keeper_new(&grant, oauth) : NULL;
	return *ret != NULL ? HELIO_DONE :
	    helio_error_set(error, HELIO_LOCAL, "no memory");
}
