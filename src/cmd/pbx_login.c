/* helio pbx login: a new token, and whose it is. */
#include "cmd/pbx.h"

struct pbx_login_options {
	const char	*config;
	bool		 json;
};

static const struct option_row rows[] = {
	PBX_OPTION_CONFIG(struct pbx_login_options),
	PBX_OPTION_JSON(struct pbx_login_options),
};

static helio_code
login(helio_pbx *pbx, void *arg, helio_pbx_records **ret, helio_error *error)
{
	return helio_pbx_login(pbx, ret, error);
}

static int
run(void *options, char **args, int n_args)
{
	static const char *const members[] = { "api_url", "uid", "scope",
	    "expires_at", NULL };
	const struct pbx_login_options *given = options;

	return pbx_run(given->config, given->json, members, login, NULL);
}

const struct command command_pbx_login = {
	.name = "pbx login", .args = "", .run = run,
	.summary = "get a token of the PBX, and say whose it is",
	.example = "  helio pbx login\n"
	    "  Prints address, user, scope and when the token expires; the "
	    "other pbx\n  commands log in by themselves.",
	COMMAND_OPTIONS(rows, struct pbx_login_options),
};
