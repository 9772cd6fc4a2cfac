/* helio pbx calls and helio pbx call: calls that go on, and a new one. */
#include "cmd/pbx.h"

struct pbx_calls_options {
	const char	*config;
	const char	*domain, *user, *from, *id, *caller_id, *callback_id;
	bool		 count, auto_answer, wait, json;
};

#define ROW(member_, name_, kind_, arg_, help_) \
	OPTION(struct pbx_calls_options, member_, name_, kind_, arg_, help_)

static const struct option_row calls_rows[] = {
	ROW(domain, "domain", OPTION_TEXT, "DOMAIN",
	    "of this domain (default: the account's)"),
	ROW(user, "user", OPTION_TEXT, "USER",
	    "of this user alone; ~ is the account's"),
	ROW(count, "count", OPTION_FLAG, "", "only how many"),
	PBX_OPTION_CONFIG(struct pbx_calls_options),
	PBX_OPTION_JSON(struct pbx_calls_options),
};

static const struct option_row call_rows[] = {
	OPTION_REQUIRED(struct pbx_calls_options, from, "from", OPTION_TEXT,
	    "USER@DOMAIN", "who calls: rings first"),
	ROW(domain, "domain", OPTION_TEXT, "DOMAIN",
	    "whose call it is (default: the account's)"),
	ROW(user, "user", OPTION_TEXT, "USER",
	    "whose call it is (default: the account's)"),
	ROW(id, "id", OPTION_TEXT, "ID", "of the call (default: made up)"),
	ROW(caller_id, "caller-id", OPTION_TEXT, "NUMBER",
	    "shown to who is called"),
	ROW(callback_id, "callback-caller-id", OPTION_TEXT, "NUMBER",
	    "shown to who calls"),
	ROW(auto_answer, "auto-answer", OPTION_FLAG, "",
	    "the caller's phone answers by itself"),
	ROW(wait, "wait", OPTION_FLAG, "", "until the call is placed"),
	PBX_OPTION_CONFIG(struct pbx_calls_options),
	PBX_OPTION_JSON(struct pbx_calls_options),
};

static helio_code
get(helio_pbx *pbx, void *arg, helio_pbx_records **ret, helio_error *error)
{
	return helio_pbx_calls_read(pbx, arg, ret, error);
}

static int
run_calls(void *options, char **args, int n_args)
{
	static const char *const members[] = { "call-id", "call-orig-user",
	    "call-term-user", "call-start-datetime", NULL };
	static const char *const total[] = { "total", NULL };
	const struct pbx_calls_options *given = options;
	helio_pbx_calls calls = {
		.size = sizeof(calls), .domain = given->domain,
		.user = given->user, .id = n_args > 0 ? args[0] : NULL,
		.count = given->count,
	};

	return pbx_run(given->config, given->json, given->count ? total :
	    members, get, &calls);
}

static helio_code
dial(helio_pbx *pbx, void *arg, helio_pbx_records **ret, helio_error *error)
{
	return helio_pbx_call(pbx, arg, ret, error);
}

static int
run_call(void *options, char **args, int n_args)
{
	static const char *const members[] = { "code", "message", "call-id",
	    NULL };
	const struct pbx_calls_options *given = options;
	helio_pbx_dial call = {
		.size = sizeof(call), .domain = given->domain,
		.user = given->user, .from = given->from, .to = args[0],
		.id = given->id, .caller_id = given->caller_id,
		.callback_caller_id = given->callback_id,
		.auto_answer = given->auto_answer,
		.synchronous = given->wait,
	};

	return pbx_run(given->config, given->json, members, dial, &call);
}

const struct command command_pbx_calls = {
	.name = "pbx calls", .args = "[ID]", .args_max = 1, .run = run_calls,
	.summary = "list the calls that go on, or count them",
	.example = "  helio pbx calls --user 103",
	COMMAND_OPTIONS(calls_rows, struct pbx_calls_options),
};

const struct command command_pbx_call = {
	.name = "pbx call", .args = "NUMBER", .args_min = 1, .args_max = 1,
	.run = run_call,
	.summary = "call a number from a phone of the PBX",
	.example = "  helio pbx call 12125550100 --from 103@example.com",
	COMMAND_OPTIONS(call_rows, struct pbx_calls_options),
};
