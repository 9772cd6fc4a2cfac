/* Two calls at once, in an event loop of one's own. */
#include <helio/http.h>
#include <poll.h>
#include <stdio.h>

static void
on_done(void *arg, helio_call *call, helio_code code, helio_reply *reply,
    const helio_error *error)
{
	const char *what = arg;

	if (code == HELIO_DONE)
		printf("%s: status %d, %s\n", what, helio_reply_status(reply),
		    helio_reply_body(reply, NULL));
	else
		printf("%s: %s\n", what, helio_code_name(code));
	helio_reply_free(reply);
	helio_call_free(call);
}

static void
get(helio_http *http, const char *target, char *what)
{
	helio_call *call = helio_call_new("GET", target);
	helio_error error;

	if (call != NULL && helio_http_start(http, call, on_done, what,
	    &error) != HELIO_DONE)
		helio_call_free(call);
}

int
main(int argc, char **argv)
{
	helio_options *options = helio_options_new();
	helio_loop *loop = helio_loop_new();
	helio_http *http = NULL;
	helio_error error;

	if (argc != 2 || options == NULL || loop == NULL)
		return 2;
	helio_options_url(options, argv[1]);
	helio_options_loop(options, loop);
	helio_options_timeout(options, 5000);
	if (helio_http_new(options, &http, &error) == HELIO_DONE) {
		get(http, "/first", "first");
		get(http, "/second", "second");
	}
	while (helio_loop_pending(loop) > 0) {
		struct pollfd fd = { helio_loop_fd(loop), POLLIN, 0 };

		poll(&fd, 1, (int)helio_loop_timeout_ms(loop));
		helio_loop_run(loop);
	}
	helio_http_free(http);
	helio_loop_free(loop);
	helio_options_free(options);
	return 0;
}
