/* See sample_query.h. */
#include "cmd/sample_query.h"

#include <string.h>

#include "cmd/command.h"
#include "cmd/session.h"

enum { TRIES = 6 };

/* What an answer amounts to. */
static int
take_reply(const helio_reply *reply, struct sample_rows *rows)
{
	struct buf out = BUF_INIT;
	size_t n;
	const char *body = helio_reply_body(reply, &n);
	const char *why = sample_rows_read(body, n, rows, &out);
	int code = session_exit(HELIO_DONE, reply);

	rows->too_large = helio_reply_status(reply) == 400 && why != NULL &&
	    strncmp(why, "The reply would be larger", 25) == 0;
	if (why != NULL && why != sample_ended && !rows->too_large)
		say_error(NULL, "%s", why);
	if (why != NULL && code == EXIT_OK)
		code = why == sample_no_reply ? EXIT_UNREACHABLE :
		    why == sample_ended ? EXIT_FAILED : EXIT_REFUSED;
	buf_free(&out);
	return code;
}

int
sample_query(helio_client *client, const char *statement,
    struct sample_rows *rows)
{
	helio_call *call = helio_call_new("POST", "/query");
	helio_reply *reply = NULL;
	helio_error error;
	helio_code code;
	int exit_code;

	rows->n = 0;
	rows->too_large = false;
	helio_call_form(call, "q", statement);
	helio_call_form(call, "epoch", "ns");
	helio_call_repeatable(call, true);
	helio_call_retries(call, TRIES);
	code = helio_http_send(helio_client_http(client), call, &reply,
	    &error);
	if (code == HELIO_DONE) {
		exit_code = take_reply(reply, rows);
	} else {
		say_error(NULL, "%s", error.text);
		exit_code = session_exit(code, NULL);
	}
	helio_reply_free(reply);
	helio_call_free(call);
	return exit_code;
}
