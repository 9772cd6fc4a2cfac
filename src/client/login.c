/* How Heliograph gives tokens: POST /v1/auth/login. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "client/internal.h"

struct login {
	char		*url;		/* of the login */
	char		*user;
	char		*password;	/* secret memory */
};

static void
login_free(void *arg)
{
	struct login *login = arg;

	if (login == NULL)
		return;
	free(login->url);
	free(login->user);
	secret_free(login->password);
	free(login);
}

static char *
login_body(const struct login *login)
{
	json_t *fields = json_pack("{s:s, s:s}", "username", login->user,
	    "password", login->password);
	char *body = fields != NULL ? json_dumps(fields, JSON_COMPACT) : NULL;

	json_decref(fields);
	return body;
}

static helio_code
login_ask(void *arg, const char *refresh, helio_call **ret,
    helio_error *error)
{
	const struct login *login = arg;
	char *body = login_body(login);
	helio_call *call;

	if (body == NULL)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "user or password is not valid UTF-8");
	call = helio_call_new("POST", login->url);
	if (call != NULL) {
		helio_call_body(call, NULL, body, strlen(body));
		helio_call_repeatable(call, true);
	}
	explicit_bzero(body, strlen(body));
	free(body);
	*ret = call;
	return call != NULL ? HELIO_DONE :
	    helio_error_set(error, HELIO_LOCAL, "no memory");
}

/* Token and expiry out of the seed's login reply. */
static helio_code
take_reply(const helio_reply *reply, helio_token **ret, helio_error *error)
{
	size_t n;
	const char *body = helio_reply_body(reply, &n);
	json_t *root = json_loadb(body, n, 0, NULL);
	json_t *login = json_object_get(json_object_get(root, "message"),
	    "login_successful");
	const char *token = json_string_value(json_object_get(login,
	    "API_token"));
	const char *expiry = json_string_value(json_object_get(login,
	    "token_expiry"));
	int64_t expires_us = 0;
	helio_code code = HELIO_DONE;

	if (expiry != NULL)
		time_parse(expiry, strlen(expiry), &expires_us, NULL,
		    &(const char *){ NULL });
	if (token == NULL)
		code = helio_error_set(error, HELIO_DENIED,
		    "the login reply has no token");
	else if ((*ret = helio_token_new(token, NULL, expires_us)) == NULL)
		code = helio_error_set(error, HELIO_LOCAL, "no memory");
	json_decref(root);
	return code;
}

static helio_code
login_take(void *arg, const helio_reply *reply, helio_token **ret,
    helio_error *error)
{
	helio_code code;

	if (reply->status == 200)
		return take_reply(reply, ret, error);
	code = helio_reply_check(reply, error);
	if (code == HELIO_DONE || code == HELIO_REFUSED)
		error->code = HELIO_DENIED;
	if (code == HELIO_DONE)
		helio_error_set(error, HELIO_DENIED, "status %d",
		    reply->status);
	return error->code;
}

/* NULL: no memory. */
static struct login *
login_new(const struct helio_options *options)
{
	struct login *login = calloc(1, sizeof(*login));
	struct buf url = BUF_INIT;

	if (login == NULL)
		return NULL;
	buf_addf(&url, "%s/v1/auth/login", options->url);
	login->url = buf_take(&url, NULL);
	login->user = strdup(options->user);
	login->password = secret_copy(options->password);
	if (login->url != NULL && login->user != NULL &&
	    login->password != NULL)
		return login;
	login_free(login);
	return NULL;
}

static helio_keeper *
new_keeper(const struct helio_options *options)
{
	char name[120];
	helio_grant grant = {
		.size = sizeof(grant), .name = "login",
		.prefix = "Token token=",
	};
	struct login *login = NULL;

	if (options->user != NULL && options->password != NULL) {
		snprintf(name, sizeof(name), "login of %.100s", options->user);
		grant.name = name;
		grant.ask = login_ask;
		grant.take = login_take;
		grant.free = login_free;
		login = login_new(options);
		if (login == NULL)
			return NULL;
	}
	return helio_keeper_new(&grant, login);
}

static helio_code
fill_keeper(helio_keeper *keeper, const struct helio_options *options,
    helio_error *error)
{
	helio_token *token;

	/* a token that is given is used, and not kept */
	if (options->token != NULL) {
		token = helio_token_new(options->token, NULL, 0);
		return token != NULL ? helio_keeper_put(keeper, token, error) :
		    helio_error_set(error, HELIO_LOCAL, "no memory");
	}
	return options->token_file == NULL ? HELIO_DONE : helio_keeper_file(
	    keeper, options->token_file, options->url, options->user, error);
}

helio_keeper *
login_keeper(const struct helio_options *options, helio_error *error)
{
	helio_keeper *keeper = new_keeper(options);

	if (keeper == NULL) {
		helio_error_set(error, HELIO_LOCAL, "no memory");
		return NULL;
	}
	if (fill_keeper(keeper, options, error) == HELIO_DONE)
		return keeper;
	helio_keeper_free(keeper);
	return NULL;
}
