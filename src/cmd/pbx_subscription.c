/* helio pbx subscription list|add|set|remove: who is told what. */
#include "cmd/pbx.h"

struct pbx_subscription_options {
	const char	*config;
	const char	*model, *post_url, *domain, *user, *reseller;
	const char	*geo_support, *server, *expires;
	bool		 reset_errors, reset_posts, json;
};

#define ROW(member_, name_, kind_, arg_, help_) \
	OPTION(struct pbx_subscription_options, member_, name_, kind_, arg_, \
	    help_)
#define COMMON_ROWS \
	ROW(geo_support, "geo-support", OPTION_TEXT, "yes|no", \
	    "may another server take over"), \
	ROW(server, "preferred-server", OPTION_TEXT, "HOST", \
	    "the server that posts"), \
	ROW(expires, "expires", OPTION_TEXT, "TIME", \
	    "until when, UTC: 'YYYY-MM-DD HH:MM:SS'"), \
	PBX_OPTION_CONFIG(struct pbx_subscription_options), \
	PBX_OPTION_JSON(struct pbx_subscription_options)

static const struct option_row list_rows[] = {
	PBX_OPTION_CONFIG(struct pbx_subscription_options),
	PBX_OPTION_JSON(struct pbx_subscription_options),
};

static const struct option_row add_rows[] = {
	OPTION_REQUIRED(struct pbx_subscription_options, model, "model",
	    OPTION_TEXT, "MODEL",
	    "what is told: message, cdr, call and others"),
	OPTION_REQUIRED(struct pbx_subscription_options, post_url, "post-url",
	    OPTION_TEXT, "URL", "to whom"),
	ROW(domain, "domain", OPTION_TEXT, "DOMAIN",
	    "of this domain alone (default: any)"),
	ROW(user, "user", OPTION_TEXT, "USER",
	    "of this user alone (default: any)"),
	ROW(reseller, "reseller", OPTION_TEXT, "NAME",
	    "of this reseller alone (default: any)"),
	COMMON_ROWS,
};

static const struct option_row set_rows[] = {
	ROW(model, "model", OPTION_TEXT, "MODEL", "what is told"),
	ROW(post_url, "post-url", OPTION_TEXT, "URL", "to whom"),
	ROW(reset_errors, "reset-errors", OPTION_FLAG, "",
	    "count its errors from 0 again"),
	ROW(reset_posts, "reset-posts", OPTION_FLAG, "",
	    "count its posts from 0 again"),
	COMMON_ROWS,
};

static const char *const members[] = { "id", "model", "status", "domain",
    "user", "subscription-expires-datetime", "error-count", "posts-count",
    "post-url", NULL };
static const char *const accepted[] = { "code", "message", NULL };

/* What is asked for, and of which subscription (NULL: all, or a new one). */
struct order {
	helio_pbx_subscription subscription;
	const char	*id;
};

static struct order
order(const struct pbx_subscription_options *given, char **args, int n_args)
{
	return (struct order){ .id = n_args > 0 ? args[0] : NULL,
	    .subscription = {
		.size = sizeof(helio_pbx_subscription), .model = given->model,
		.post_url = given->post_url,
		.geo_support = given->geo_support,
		.reseller = given->reseller, .domain = given->domain,
		.user = given->user, .preferred_server = given->server,
		.expires = given->expires,
		.reset_errors = given->reset_errors,
		.reset_posts = given->reset_posts,
	    } };
}

static int
run(const struct pbx_subscription_options *given, char **args, int n_args,
    const char *const *shown, pbx_job *job)
{
	struct order arg = order(given, args, n_args);

	return pbx_run(given->config, given->json, shown, job, &arg);
}

static helio_code
list(helio_pbx *pbx, void *arg, helio_pbx_records **ret, helio_error *error)
{
	const struct order *of = arg;

	return helio_pbx_subscriptions(pbx, of->id, ret, error);
}

static int
run_list(void *options, char **args, int n_args)
{
	return run(options, args, n_args, members, list);
}

static helio_code
add(helio_pbx *pbx, void *arg, helio_pbx_records **ret, helio_error *error)
{
	const struct order *of = arg;

	return helio_pbx_subscribe(pbx, &of->subscription, ret, error);
}

static int
run_add(void *options, char **args, int n_args)
{
	return run(options, args, n_args, members, add);
}

static helio_code
set(helio_pbx *pbx, void *arg, helio_pbx_records **ret, helio_error *error)
{
	const struct order *of = arg;

	return helio_pbx_resubscribe(pbx, of->id, &of->subscription, ret,
	    error);
}

static int
run_set(void *options, char **args, int n_args)
{
	return run(options, args, n_args, accepted, set);
}

static helio_code
end(helio_pbx *pbx, void *arg, helio_pbx_records **ret, helio_error *error)
{
	const struct order *of = arg;

	return helio_pbx_unsubscribe(pbx, of->id, ret, error);
}

static int
run_remove(void *options, char **args, int n_args)
{
	return run(options, args, n_args, accepted, end);
}

const struct command command_pbx_subscription_list = {
	.name = "pbx subscription list", .args = "[ID]", .args_max = 1,
	.run = run_list,
	.summary = "list what the PBX tells to whom",
	.example = "  helio pbx subscription list --json",
	COMMAND_OPTIONS(list_rows, struct pbx_subscription_options),
};

const struct command command_pbx_subscription_add = {
	.name = "pbx subscription add", .args = "", .run = run_add,
	.summary = "have the PBX post events to an address",
	.example = "  helio pbx subscription add --model message --post-url "
	    "https://example.com/callback\n"
	    "  It lasts as long as the token, unless --expires says more.",
	COMMAND_OPTIONS(add_rows, struct pbx_subscription_options),
};

const struct command command_pbx_subscription_set = {
	.name = "pbx subscription set", .args = "ID", .args_min = 1,
	.args_max = 1, .run = run_set,
	.summary = "change a subscription",
	.example = "  helio pbx subscription set "
	    "603559d421797c7b09b904ea9b6e6079 --expires '2030-01-01 "
	    "00:00:00'",
	COMMAND_OPTIONS(set_rows, struct pbx_subscription_options),
};

const struct command command_pbx_subscription_remove = {
	.name = "pbx subscription remove", .args = "ID", .args_min = 1,
	.args_max = 1, .run = run_remove,
	.summary = "end a subscription",
	.example = "  helio pbx subscription remove "
	    "603559d421797c7b09b904ea9b6e6079",
	COMMAND_OPTIONS(list_rows, struct pbx_subscription_options),
};
