/* helio pbx messages: sessions, or what was said in one. */
#include "cmd/pbx.h"

struct pbx_messages_options {
	const char	*config;
	const char	*session, *domain, *user;
	long		 start, limit;
	bool		 json;
};

static const struct option_row rows[] = {
	OPTION(struct pbx_messages_options, session, "session", OPTION_TEXT,
	    "ID", "the messages of this session (default: the sessions)"),
	OPTION(struct pbx_messages_options, domain, "domain", OPTION_TEXT,
	    "DOMAIN", "of this domain (default: the account's)"),
	OPTION(struct pbx_messages_options, user, "user", OPTION_TEXT, "USER",
	    "of this user (default: sessions of the whole domain)"),
	OPTION(struct pbx_messages_options, start, "start", OPTION_NUMBER,
	    "N", "begin with the Nth"),
	OPTION(struct pbx_messages_options, limit, "limit", OPTION_NUMBER,
	    "N", "so many at most (default: all)"),
	PBX_OPTION_CONFIG(struct pbx_messages_options),
	PBX_OPTION_JSON(struct pbx_messages_options),
};

static helio_code
get(helio_pbx *pbx, void *arg, helio_pbx_records **ret, helio_error *error)
{
	return helio_pbx_messages(pbx, arg, ret, error);
}

static int
run(void *options, char **args, int n_args)
{
	static const char *const sessions[] = { "messagesession-id",
	    "messagesession-last-datetime", "messagesession-remote",
	    "messagesession-last-status", "messagesession-last-message",
	    NULL };
	static const char *const messages[] = { "id", "timestamp",
	    "from-number", "dialed", "status", "text", NULL };
	const struct pbx_messages_options *given = options;
	helio_pbx_range range = {
		.size = sizeof(range), .domain = given->domain,
		.user = given->user, .session = given->session,
		.start = (unsigned)given->start,
		.limit = (unsigned)given->limit,
	};

	return pbx_run(given->config, given->json, given->session != NULL ?
	    messages : sessions, get, &range);
}

const struct command command_pbx_messages = {
	.name = "pbx messages", .args = "", .run = run,
	.summary = "list sessions of the PBX, or the messages of one",
	.example = "  helio pbx messages --user 103 --limit 50\n"
	    "  Newest first, tabs between id, time, number, state and text.",
	COMMAND_OPTIONS(rows, struct pbx_messages_options),
};
