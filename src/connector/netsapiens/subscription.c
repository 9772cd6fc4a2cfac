/* Subscriptions: what is told to whom when something happens. */
#include <string.h>

#include "base/times.h"
#include "connector/netsapiens/internal.h"

static const char *const models[] = {
	"agent", "auditlog", "auditlog_lite", "call", "call_origid", "cdr",
	"message", "messagesession", "subscriber", "presence", "voicemail",
	NULL
};

const char *const *
helio_pbx_models(void)
{
	return models;
}

static helio_code
check_model(const char *model, helio_error *error)
{
	for (size_t i = 0; models[i] != NULL; i++)
		if (strcmp(models[i], model) == 0)
			return HELIO_DONE;
	return helio_error_set(error, HELIO_BAD_INPUT,
	    "there is no model '%.40s'", model);
}

/* "2024-12-09 22:27:11", and a time that exists. */
static helio_code
check_expires(const char *expires, helio_error *error)
{
	static const char form[] = "dddd-dd-dd dd:dd:dd";
	int64_t at_us;
	bool good = strlen(expires) == sizeof(form) - 1;

	for (size_t i = 0; good && form[i] != '\0'; i++)
		good = form[i] == 'd' ? expires[i] >= '0' && expires[i] <= '9'
		    : expires[i] == form[i];
	if (good && time_parse(expires, strlen(expires), &at_us, NULL,
	    &(const char *){ NULL }))
		return HELIO_DONE;
	return helio_error_set(error, HELIO_BAD_INPUT,
	    "expiry '%.40s': it is written YYYY-MM-DD HH:MM:SS", expires);
}

static helio_code
check(const helio_pbx_subscription *of, helio_error *error)
{
	helio_code code = HELIO_DONE;

	if (of->model != NULL)
		code = check_model(of->model, error);
	if (code == HELIO_DONE && of->expires != NULL)
		code = check_expires(of->expires, error);
	return code;
}

helio_code
helio_pbx_subscribe_call(const helio_pbx_subscription *of, helio_call **ret,
    helio_error *error)
{
	const char *path[] = { "subscriptions", NULL };
	helio_code code = pbx_need(of->model, "model", error);
	struct pbx_body body;

	if (code == HELIO_DONE)
		code = pbx_need(of->post_url, "address to post to", error);
	if (code == HELIO_DONE)
		code = check(of, error);
	if (code != HELIO_DONE)
		return code;
	body = pbx_body();
	pbx_put(&body, "model", of->model);
	pbx_put(&body, "post-url", of->post_url);
	pbx_put(&body, "subscription-geo-support", pbx_or(of->geo_support,
	    "yes"));
	pbx_put(&body, "reseller", pbx_or(of->reseller, "*"));
	pbx_put(&body, "domain", pbx_or(of->domain, "*"));
	pbx_put(&body, "user", pbx_or(of->user, "*"));
	pbx_put(&body, "preferred-server", of->preferred_server);
	pbx_put(&body, "subscription-expires-datetime", of->expires);
	return pbx_finish(pbx_call("POST", path), &body, ret, error);
}

helio_code
helio_pbx_subscriptions_call(const char *id, helio_call **ret,
    helio_error *error)
{
	const char *path[] = { "subscriptions", id, NULL };

	if (id != NULL && *id == '\0')
		return pbx_need(id, "subscription's id", error);
	return pbx_finish(pbx_call("GET", path), NULL, ret, error);
}

helio_code
helio_pbx_resubscribe_call(const char *id, const helio_pbx_subscription *of,
    helio_call **ret, helio_error *error)
{
	const char *path[] = { "subscriptions", id, NULL };
	helio_code code = pbx_need(id, "subscription's id", error);
	struct pbx_body body;

	if (code == HELIO_DONE)
		code = check(of, error);
	if (code != HELIO_DONE)
		return code;
	body = pbx_body();
	pbx_put(&body, "model", of->model);
	pbx_put(&body, "post-url", of->post_url);
	pbx_put(&body, "subscription-geo-support", of->geo_support);
	pbx_put(&body, "subscription-expires-datetime", of->expires);
	pbx_put(&body, "preferred-server", of->preferred_server);
	pbx_put(&body, "error-count", of->reset_errors ? "0" : NULL);
	pbx_put(&body, "posts-count", of->reset_posts ? "0" : NULL);
	return pbx_finish(pbx_call("PUT", path), &body, ret, error);
}

helio_code
helio_pbx_unsubscribe_call(const char *id, helio_call **ret,
    helio_error *error)
{
	const char *path[] = { "subscriptions", id, NULL };
	helio_code code = pbx_need(id, "subscription's id", error);

	if (code != HELIO_DONE)
		return code;
	return pbx_finish(pbx_call("DELETE", path), NULL, ret, error);
}
