/* OAuth client credentials; the token is kept in a file for other programs. */
#include <helio/token.h>
#include <stdio.h>
#include <stdlib.h>

static helio_code
use(helio_http *http, helio_error *error)
{
	helio_call *call = helio_call_new("POST", "/v2/device/info");
	helio_reply *reply;
	helio_code code;

	if (call == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	helio_call_body(call, NULL, "{}", 2);
	code = helio_http_send(http, call, &reply, error);
	helio_call_free(call);
	if (code != HELIO_DONE)
		return code;
	printf("status %d\n", helio_reply_status(reply));
	helio_reply_free(reply);
	return HELIO_DONE;
}

int
main(int argc, char **argv)
{
	helio_oauth oauth = {
		.size = sizeof(oauth), .url = argc == 3 ? argv[2] : NULL,
		.client_id = getenv("CLIENT_ID"),
		.client_secret = getenv("CLIENT_SECRET"),
		.life_s = 1800,		/* when the answer does not say */
	};
	helio_options *options = helio_options_new();
	helio_keeper *keeper = NULL;
	helio_http *http = NULL;
	helio_error error;
	helio_code code;

	if (argc != 3 || options == NULL)
		return 2;
	code = helio_keeper_oauth(&oauth, &keeper, &error);
	if (code == HELIO_DONE)
		code = helio_keeper_file(keeper, "token.json", argv[1],
		    oauth.client_id, &error);
	if (code == HELIO_DONE) {
		helio_options_url(options, argv[1]);
		helio_options_keeper(options, keeper);
		code = helio_http_new(options, &http, &error);
	}
	if (code == HELIO_DONE)
		code = use(http, &error);
	if (code != HELIO_DONE)
		fprintf(stderr, "%s\n", error.text);
	helio_http_free(http);
	helio_keeper_free(keeper);
	helio_options_free(options);
	return code == HELIO_DONE ? 0 : 1;
}
