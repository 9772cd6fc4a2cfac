/* The client: requests with a token that is got, kept and renewed. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "client/internal.h"

helio_code
helio_client_new(const helio_options *options, helio_client **ret,
    helio_error *error)
{
	helio_client *client;

	if (options->url == NULL)
		return error_set(error, HELIO_BAD_INPUT, "no URL is given");
	client = calloc(1, sizeof(*client));
	if (client == NULL)
		return error_set(error, HELIO_LOCAL, "no memory");
	if (!crypto_start() || !options_copy(&client->options, options) ||
	    (client->curl = transport_open(&client->options)) == NULL) {
		helio_client_free(client);
		return error_set(error, HELIO_LOCAL, "no memory");
	}
	if (options->token != NULL &&
	    strlen(options->token) < sizeof(client->token))
		strcpy(client->token, options->token);
	else
		token_load(client);
	*ret = client;
	return HELIO_DONE;
}

void
helio_client_free(helio_client *client)
{
	if (client == NULL)
		return;
	curl_easy_cleanup(client->curl);
	options_clear(&client->options);
	explicit_bzero(client->token, sizeof(client->token));
	free(client);
}

const char *
helio_client_token(const helio_client *client)
{
	return *client->token != '\0' ? client->token : NULL;
}

/* Take token and expiry out of the seed's login reply. */
static helio_code
take_login(helio_client *client, const helio_reply *reply,
    helio_error *error)
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
	helio_code code;

	if (token == NULL || strlen(token) >= sizeof(client->token)) {
		code = error_set(error, HELIO_DENIED,
		    "the login reply has no token");
	} else {
		strcpy(client->token, token);
		if (expiry != NULL)
			time_parse(expiry, strlen(expiry), &expires_us, NULL,
			    &(const char *){ NULL });
		code = token_save(client, expires_us, error);
	}
	json_decref(root);
	return code;
}

static helio_code
send_login(helio_client *client, const char *body, helio_error *error)
{
	struct transfer transfer = {
		.method = "POST", .path = "/v1/auth/login", .body = body,
		.n = strlen(body), .repeatable = true,
	};
	helio_reply *reply;
	helio_code code;

	code = transport_send(client->curl, &client->options, &transfer,
	    &reply, error);
	if (code != HELIO_DONE)
		return code;
	if (reply->status == 200)
		code = take_login(client, reply, error);
	else
		code = error_set(error, reply->status == 429 ||
		    reply->status >= 500 ? HELIO_UNAVAILABLE : HELIO_DENIED,
		    "login of %.100s: status %d", client->options.user,
		    reply->status);
	helio_reply_free(reply);
	return code;
}

helio_code
helio_client_login(helio_client *client, helio_error *error)
{
	json_t *fields;
	char *body;
	helio_code code;

	if (client->options.user == NULL || client->options.password == NULL)
		return error_set(error, HELIO_DENIED,
		    "no user and password to log in with");
	fields = json_pack("{s:s, s:s}", "username", client->options.user,
	    "password", client->options.password);
	body = fields != NULL ? json_dumps(fields, JSON_COMPACT) : NULL;
	json_decref(fields);
	if (body == NULL)
		return error_set(error, HELIO_BAD_INPUT,
		    "user or password is not valid UTF-8");
	code = send_login(client, body, error);
	explicit_bzero(body, strlen(body));
	free(body);
	return code;
}

static helio_code
send_with_token(helio_client *client, struct transfer *transfer,
    helio_reply **ret, helio_error *error)
{
	char header[TOKEN_SIZE + 40];
	helio_code code;

	snprintf(header, sizeof(header), "Authorization: Token token=%s",
	    client->token);
	transfer->authorization = *client->token != '\0' ? header : NULL;
	code = transport_send(client->curl, &client->options, transfer, ret,
	    error);
	explicit_bzero(header, sizeof(header));
	return code;
}

helio_code
helio_request(helio_client *client, const char *method, const char *path,
    const char *body, size_t n, helio_reply **ret, helio_error *error)
{
	struct transfer transfer = {
		.method = method, .path = path, .body = body, .n = n,
		.repeatable = strcmp(method, "POST") != 0,
	};
	bool can_login = client->options.password != NULL;
	helio_code code = HELIO_DONE;

	if (*client->token == '\0' && can_login)
		code = helio_client_login(client, error);
	if (code == HELIO_DONE)
		code = send_with_token(client, &transfer, ret, error);
	if (code != HELIO_DONE || (*ret)->status != 401 || !can_login)
		return code;
	helio_reply_free(*ret);
	*ret = NULL;
	code = helio_client_login(client, error);
	if (code == HELIO_DONE)
		code = send_with_token(client, &transfer, ret, error);
	return code;
}
