/* Everything a PBX account can be asked, one after the other: URL, and an
 * address to post to. */
#include <helio/netsapiens.h>
#include <stdio.h>
#include <stdlib.h>

/* Tell what a call came to; the records are given up. */
static void
tell(const char *what, helio_code code, helio_pbx_records *records,
    const helio_error *error)
{
	char *text;

	if (code != HELIO_DONE) {
		printf("%s: %s\n", what, error->text);
		return;
	}
	text = helio_pbx_json(records, helio_pbx_count(records));
	printf("%s: %s\n", what, text != NULL ? text : "no memory");
	free(text);
	helio_pbx_records_free(records);
}

static void
messages(helio_pbx *pbx)
{
	static const char *const to[] = { "12125550100" };
	static const unsigned char picture[] = { 0xff, 0xd8, 0xff, 0xe0 };
	helio_pbx_message message = { .size = sizeof(message),
	    .text = "We come tomorrow.", .to = to, .n_to = 1,
	    .from = "12125550199" };
	helio_pbx_range range = { .size = sizeof(range), .limit = 10 };
	helio_pbx_records *records = NULL;
	helio_error error;
	char session[80];
	helio_code code = helio_pbx_send(pbx, &message, &records, &error);

	if (code != HELIO_DONE) {
		tell("send", code, NULL, &error);
		return;
	}
	snprintf(session, sizeof(session), "%s",
	    helio_pbx_text(records, 0, "messagesession-id"));
	tell("send", code, records, &error);
	message.type = "mms";
	message.session = session;
	message.media = picture;
	message.media_n = sizeof(picture);
	message.mime_type = "image/jpeg";
	code = helio_pbx_send(pbx, &message, &records, &error);
	tell("send a picture", code, records, &error);
	code = helio_pbx_messages(pbx, &range, &records, &error);
	tell("sessions", code, records, &error);
	range.session = session;
	code = helio_pbx_messages(pbx, &range, &records, &error);
	tell("messages", code, records, &error);
}

static void
subscriptions(helio_pbx *pbx, const char *post_url)
{
	const helio_pbx_subscription wanted = { .size = sizeof(wanted),
	    .model = "message", .post_url = post_url };
	const helio_pbx_subscription change = { .size = sizeof(change),
	    .expires = "2100-01-01 00:00:00", .reset_errors = true };
	helio_pbx_records *records = NULL;
	helio_error error;
	char id[64];
	helio_code code = helio_pbx_subscribe(pbx, &wanted, &records, &error);

	if (code != HELIO_DONE) {
		tell("subscribe", code, NULL, &error);
		return;
	}
	snprintf(id, sizeof(id), "%s", helio_pbx_text(records, 0, "id"));
	tell("subscribe", code, records, &error);
	code = helio_pbx_resubscribe(pbx, id, &change, &records, &error);
	tell("resubscribe", code, records, &error);
	code = helio_pbx_subscriptions(pbx, id, &records, &error);
	tell("subscription", code, records, &error);
	code = helio_pbx_unsubscribe(pbx, id, &records, &error);
	tell("unsubscribe", code, records, &error);
}

static void
calls(helio_pbx *pbx)
{
	const helio_pbx_dial dial = { .size = sizeof(dial),
	    .from = "103@sandbox.example", .to = "12125550100" };
	const helio_pbx_calls all = { .size = sizeof(all), .count = true };
	helio_pbx_records *records = NULL;
	helio_error error;
	helio_code code = helio_pbx_call(pbx, &dial, &records, &error);

	tell("call", code, records, &error);
	code = helio_pbx_calls_read(pbx, &all, &records, &error);
	tell("calls", code, records, &error);
}

/* The same without waiting: the call is made, started, and looked after by
 * whatever loop there is. */
static void
in_a_loop(helio_pbx *pbx)
{
	helio_http *http = helio_pbx_http(pbx);
	helio_pbx_records *records = NULL;
	helio_reply *reply = NULL;
	helio_call *call = NULL;
	helio_error error;
	helio_code code = helio_pbx_subscriptions_call(NULL, &call, &error);

	if (code == HELIO_DONE)
		code = helio_http_start(http, call, NULL, NULL, &error);
	while (code == HELIO_DONE && !helio_call_is_done(call))
		helio_loop_wait(helio_http_loop(http), -1);
	if (code == HELIO_DONE)
		code = helio_call_take(call, &reply, &error);
	if (code == HELIO_DONE)
		code = helio_pbx_read(reply, &records, &error);
	tell("in a loop", code, records, &error);
	helio_reply_free(reply);
	helio_call_free(call);
}

int
main(int argc, char **argv)
{
	helio_options *options = helio_options_new();
	helio_pbx_records *records = NULL;
	helio_pbx *pbx = NULL;
	helio_error error;
	helio_code code;

	if (argc != 3 || options == NULL)
		return 2;
	helio_options_url(options, argv[1]);
	helio_options_user(options, getenv("PBX_USER"),
	    getenv("PBX_PASSWORD"));
	code = helio_pbx_new(options, getenv("PBX_CLIENT_ID"),
	    getenv("PBX_CLIENT_SECRET"), &pbx, &error);
	helio_options_free(options);
	if (code == HELIO_DONE)
		code = helio_pbx_login(pbx, &records, &error);
	tell("login", code, records, &error);
	if (code == HELIO_DONE) {
		messages(pbx);
		subscriptions(pbx, argv[2]);
		calls(pbx);
		in_a_loop(pbx);
	}
	helio_pbx_free(pbx);
	return code == HELIO_DONE ? 0 : 1;
}
