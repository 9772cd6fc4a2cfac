/*
 * An answer as libcurl hands it over, line by line, and what is made of it:
 * headers, JSON by path, a token of both kinds, a refusal.
 *
 * Sources: src/base src/client
 * Libraries: libcurl jansson libsodium
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"
#include "helio/json.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Headers to the first blank line, the rest is the body. */
static helio_reply *
make_reply(const char *data, size_t n)
{
	helio_reply *reply = calloc(1, sizeof(*reply));
	const char *at = data, *end = data + n;

	if (reply == NULL)
		return NULL;
	reply->max = 1 << 16;
	reply->status = n > 0 && data[n - 1] == '}' ? 200 : 401;
	while (at < end && !reply->headed) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((lf != NULL ? lf + 1 : end) - at);

		if (reply_on_header((char *)at, 1, len, reply) != len)
			break;
		at += len;
	}
	reply_on_body((char *)at, 1, (size_t)(end - at), reply);
	return reply;
}

static void
read_values(const helio_reply *reply)
{
	static const char *const paths[] = {
		"", "a", "a.0.b", "message.login_successful", "..", "a.99999",
	};
	helio_json *json;
	helio_error error;
	int64_t i;
	double f;

	if (helio_json_of(reply, &json, &error) != HELIO_DONE)
		return;
	for (size_t k = 0; k < sizeof(paths) / sizeof(paths[0]); k++) {
		helio_json_text(json, paths[k]);
		helio_json_int(json, paths[k], &i);
		helio_json_real(json, paths[k], &f);
		helio_json_count(json, paths[k]);
		free(helio_json_dump(json, paths[k]));
	}
	helio_json_free(json);
}

/* A token, if there is one, can stand in a header line. */
static void
take_token(helio_keeper *keeper, const helio_reply *reply)
{
	helio_error error;
	helio_token *token;
	uint64_t number;
	bool again = false;

	if (keeper == NULL || keeper_renew(keeper, &error) != KEEPER_FETCH)
		abort();
	keeper_got(keeper, reply, &again, &number, &error);
	token = helio_keeper_token(keeper);
	if (token != NULL && !token_is_sane(helio_token_access(token)))
		abort();
	helio_token_free(token);
	helio_keeper_free(keeper);
}

static helio_keeper *
oauth_keeper(void)
{
	const helio_oauth oauth = {
		.size = sizeof(oauth), .url = "http://x", .client_id = "c",
	};
	helio_keeper *keeper = NULL;
	helio_error error;

	helio_keeper_oauth(&oauth, &keeper, &error);
	return keeper;
}

static helio_keeper *
own_keeper(void)
{
	helio_options *options = helio_options_new();
	helio_keeper *keeper;
	helio_error error;

	helio_options_url(options, "http://x");
	helio_options_user(options, "u", "p");
	keeper = login_keeper(options, &error);
	helio_options_free(options);
	return keeper;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	helio_reply *reply = make_reply((const char *)data, n);
	helio_error error;

	if (reply == NULL)
		return 0;
	helio_reply_header(reply, "Retry-After");
	helio_reply_header(reply, "x");
	helio_reply_check(reply, &error);
	read_values(reply);
	take_token(oauth_keeper(), reply);
	take_token(own_keeper(), reply);
	helio_reply_free(reply);
	return 0;
}
