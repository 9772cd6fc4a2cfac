/* Why a call failed: the code to act on, the trail to show. */
#include <helio/http.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	helio_options *options = helio_options_new();
	helio_http *http = NULL;
	helio_call *call = helio_call_new("GET", "/x");
	helio_reply *reply = NULL;
	helio_error error;
	helio_code code;

	if (argc != 2 || options == NULL || call == NULL)
		return 2;
	helio_options_url(options, argv[1]);
	helio_options_retries(options, 0);
	code = helio_http_new(options, &http, &error);
	if (code == HELIO_DONE)
		code = helio_http_send(http, call, &reply, &error);
	if (code == HELIO_DONE)
		code = helio_reply_check(reply, &error);
	if (code != HELIO_DONE) {
		helio_error_step(&error, "fetching x");
		printf("%s\n%s\n", helio_code_name(code), error.text);
	}
	helio_reply_free(reply);
	helio_call_free(call);
	helio_http_free(http);
	helio_options_free(options);
	return code == HELIO_DONE ? 0 : 1;
}
