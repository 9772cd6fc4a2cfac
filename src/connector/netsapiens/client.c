/* The account, and the operations that wait for their answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"
#include "connector/netsapiens/internal.h"

struct helio_pbx {
	struct pbx_account *account;
	helio_keeper	*keeper;
	helio_http	*http;
};

/* ---- set-up ---- */

/* "https://host", whatever stands before and behind. */
static char *
base_url(const char *given)
{
	struct buf url = BUF_INIT;

	if (strstr(given, "://") == NULL)
		buf_adds(&url, "https://");
	buf_adds(&url, given);
	while (!url.failed && url.len > 0 && url.data[url.len - 1] == '/')
		url.data[--url.len] = '\0';
	return buf_take(&url, NULL);
}

static struct pbx_account *
account_new(const struct helio_options *options, const char *client_id,
    const char *client_secret)
{
	struct pbx_account *account = calloc(1, sizeof(*account));

	if (account == NULL)
		return NULL;
	account->base = base_url(options->url);
	account->user = strdup(options->user);
	account->password = secret_copy(options->password);
	account->client_id = secret_copy(client_id);
	account->client_secret = secret_copy(client_secret);
	if (account->base != NULL && account->user != NULL &&
	    account->password != NULL && account->client_id != NULL &&
	    account->client_secret != NULL)
		return account;
	pbx_account_free(account);
	return NULL;
}

static helio_code
check_options(const struct helio_options *options, const char *client_id,
    const char *client_secret, helio_error *error)
{
	helio_code code = pbx_need(options->url, "address of the PBX", error);

	if (code == HELIO_DONE)
		code = pbx_need(client_id, "client id", error);
	if (code == HELIO_DONE)
		code = pbx_need(client_secret, "client secret", error);
	if (code == HELIO_DONE)
		code = pbx_need(options->user, "user", error);
	if (code == HELIO_DONE)
		code = pbx_need(options->password, "password", error);
	return code;
}

/* Connection and keeper, from a copy of the options that is ours to change. */
static helio_code
connect_with(helio_pbx *pbx, helio_options *options, helio_error *error)
{
	helio_code code = HELIO_DONE;

	pbx->keeper = pbx_keeper(pbx->account);
	if (pbx->keeper == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	if (options->token_file != NULL)
		code = helio_keeper_file(pbx->keeper, options->token_file,
		    pbx->account->base, pbx->account->user, error);
	if (code != HELIO_DONE)
		return code;
	helio_options_url(options, pbx->account->base);
	helio_options_keeper(options, pbx->keeper);
	return helio_http_new(options, &pbx->http, error);
}

helio_code
helio_pbx_new(const helio_options *options, const char *client_id,
    const char *client_secret, helio_pbx **ret, helio_error *error)
{
	struct helio_options own;
	helio_pbx *pbx;
	helio_code code = check_options(options, client_id, client_secret,
	    error);

	if (code != HELIO_DONE)
		return code;
	pbx = calloc(1, sizeof(*pbx));
	if (pbx == NULL || !options_copy(&own, options)) {
		free(pbx);
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	}
	pbx->account = account_new(&own, client_id, client_secret);
	code = pbx->account == NULL ?
	    helio_error_set(error, HELIO_LOCAL, "no memory") :
	    connect_with(pbx, &own, error);
	options_clear(&own);
	if (code == HELIO_DONE)
		*ret = pbx;
	else
		helio_pbx_free(pbx);
	return code;
}

void
helio_pbx_free(helio_pbx *pbx)
{
	if (pbx == NULL)
		return;
	helio_http_free(pbx->http);
	helio_keeper_free(pbx->keeper);
	pbx_account_free(pbx->account);
	free(pbx);
}

helio_http *
helio_pbx_http(helio_pbx *pbx)
{
	return pbx->http;
}

helio_code
helio_pbx_login(helio_pbx *pbx, helio_pbx_records **ret, helio_error *error)
{
	helio_code code = helio_http_login(pbx->http, error);

	if (code != HELIO_DONE || ret == NULL)
		return code;
	return pbx_records(json_deep_copy(pbx->account->told), ret, error);
}

/* ---- operations ---- */

/* Send a call that was made (taken); code tells whether it was. */
static helio_code
run(helio_pbx *pbx, helio_code code, helio_call *call, const char *what,
    helio_pbx_records **ret, helio_error *error)
{
	helio_reply *reply = NULL;

	if (code == HELIO_DONE)
		code = helio_http_send(pbx->http, call, &reply, error);
	if (code == HELIO_DONE)
		code = helio_pbx_read(reply, ret, error);
	helio_reply_free(reply);
	helio_call_free(call);
	return code == HELIO_DONE ? code : helio_error_step(error, "%s",
	    what);
}

helio_code
helio_pbx_send(helio_pbx *pbx, const helio_pbx_message *message,
    helio_pbx_records **ret, helio_error *error)
{
	helio_call *call = NULL;
	helio_code code = helio_pbx_send_call(message, &call, error);

	return run(pbx, code, call, "send message", ret, error);
}

static helio_code
get_page(helio_pbx *pbx, const helio_pbx_range *range,
    helio_pbx_records **ret, helio_error *error)
{
	helio_call *call = NULL;
	helio_code code = helio_pbx_messages_call(range, &call, error);

	return run(pbx, code, call, "get messages", ret, error);
}

/*
 * Put a page behind what was got before; false when it is the last one: it is
 * short, or the service does not turn pages and gives the first one again.
 */
static bool
append(json_t *all, const json_t *page, size_t full)
{
	size_t n = json_array_size(page);

	if (n > 0 && json_array_size(all) > 0 && json_equal(
	    json_array_get(all, json_array_size(all) - n),
	    json_array_get(page, 0)))
		return false;
	return json_array_extend(all, (json_t *)page) == 0 && n >= full;
}

static helio_code
check_list(const helio_pbx_records *records, helio_error *error)
{
	if (json_is_array(records->root))
		return HELIO_DONE;
	return helio_error_set(error, HELIO_MALFORMED,
	    "the answer is no list");
}

/* How many to ask for next: 0 leaves it to the service. */
static unsigned
next_limit(const helio_pbx_range *range, size_t have)
{
	size_t want = range->limit > have ? range->limit - have : 0;

	return want < PBX_PAGE_MAX ? (unsigned)want : PBX_PAGE_MAX;
}

static helio_code
get_all(helio_pbx *pbx, const helio_pbx_range *range, json_t *all,
    helio_error *error)
{
	helio_pbx_range page = *range;
	helio_pbx_records *records = NULL;
	bool more = true;

	while (more) {
		size_t have = json_array_size(all);
		helio_code code;

		page.limit = next_limit(range, have);
		if (have > 0)
			page.start = (range->start > 0 ? range->start : 1) +
			    (unsigned)have;
		code = get_page(pbx, &page, &records, error);
		if (code != HELIO_DONE)
			return code;
		code = check_list(records, error);
		more = code == HELIO_DONE && append(all, records->root,
		    page.limit > 0 ? page.limit : PBX_PAGE) &&
		    (range->limit == 0 || json_array_size(all) < range->limit);
		helio_pbx_records_free(records);
		if (code != HELIO_DONE)
			return code;
	}
	return HELIO_DONE;
}

helio_code
helio_pbx_messages(helio_pbx *pbx, const helio_pbx_range *range,
    helio_pbx_records **ret, helio_error *error)
{
	json_t *all = json_array();
	helio_code code = get_all(pbx, range, all, error);

	if (code == HELIO_DONE)
		return pbx_records(all, ret, error);
	json_decref(all);
	return code;
}

helio_code
helio_pbx_subscribe(helio_pbx *pbx, const helio_pbx_subscription *of,
    helio_pbx_records **ret, helio_error *error)
{
	helio_call *call = NULL;
	helio_code code = helio_pbx_subscribe_call(of, &call, error);

	return run(pbx, code, call, "create subscription", ret, error);
}

static helio_code
get_subscriptions(helio_pbx *pbx, const char *id, unsigned start,
    helio_pbx_records **ret, helio_error *error)
{
	helio_call *call = NULL;
	helio_code code = helio_pbx_subscriptions_call(id, &call, error);
	char text[16];

	snprintf(text, sizeof(text), "%u", start);
	if (code == HELIO_DONE && start > 1)
		helio_call_query(call, "start", text);
	return run(pbx, code, call, "read subscriptions", ret, error);
}

/* Page after page, as long as they are full. */
static helio_code
all_subscriptions(helio_pbx *pbx, json_t *all, helio_error *error)
{
	helio_pbx_records *records = NULL;
	bool more = true;

	while (more) {
		helio_code code = get_subscriptions(pbx, NULL,
		    (unsigned)json_array_size(all) + 1, &records, error);

		if (code != HELIO_DONE)
			return code;
		code = check_list(records, error);
		more = code == HELIO_DONE && append(all, records->root,
		    PBX_PAGE);
		helio_pbx_records_free(records);
		if (code != HELIO_DONE)
			return code;
	}
	return HELIO_DONE;
}

helio_code
helio_pbx_subscriptions(helio_pbx *pbx, const char *id,
    helio_pbx_records **ret, helio_error *error)
{
	json_t *all;
	helio_code code;

	if (id != NULL)
		return get_subscriptions(pbx, id, 0, ret, error);
	all = json_array();
	code = all_subscriptions(pbx, all, error);
	if (code == HELIO_DONE)
		return pbx_records(all, ret, error);
	json_decref(all);
	return code;
}

helio_code
helio_pbx_resubscribe(helio_pbx *pbx, const char *id,
    const helio_pbx_subscription *of, helio_pbx_records **ret,
    helio_error *error)
{
	helio_call *call = NULL;
	helio_code code = helio_pbx_resubscribe_call(id, of, &call, error);

	return run(pbx, code, call, "update subscription", ret, error);
}

helio_code
helio_pbx_unsubscribe(helio_pbx *pbx, const char *id,
    helio_pbx_records **ret, helio_error *error)
{
	helio_call *call = NULL;
	helio_code code = helio_pbx_unsubscribe_call(id, &call, error);

	return run(pbx, code, call, "delete subscription", ret, error);
}

helio_code
helio_pbx_calls_read(helio_pbx *pbx, const helio_pbx_calls *calls,
    helio_pbx_records **ret, helio_error *error)
{
	helio_call *call = NULL;
	helio_code code = helio_pbx_calls_call(calls, &call, error);

	return run(pbx, code, call, "read calls", ret, error);
}

helio_code
helio_pbx_call(helio_pbx *pbx, const helio_pbx_dial *dial,
    helio_pbx_records **ret, helio_error *error)
{
	helio_call *call = NULL;
	helio_code code = helio_pbx_call_call(dial, &call, error);

	return run(pbx, code, call, "new call", ret, error);
}
