/*
 * GET and POST /v1/sms/delivery: what the gateway says of a message.  No
 * token: the 64 random characters of `reference` are known to the gateway
 * alone.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "domain/find.h"
#include "sms/delivery.h"

enum { BODY_MAX = 4096 };

/* How gateways put it; the numbers are Kannel's. */
static const struct {
	const char	*status;
	enum sms_outcome outcome;
} outcomes[] = {
	{ "1", SMS_REPORT_DELIVERED },
	{ "2", SMS_REPORT_FAILED },
	{ "4", SMS_REPORT_TAKEN },
	{ "8", SMS_REPORT_TAKEN },
	{ "16", SMS_REPORT_FAILED },
	{ "accepted", SMS_REPORT_TAKEN },
	{ "buffered", SMS_REPORT_TAKEN },
	{ "delivered", SMS_REPORT_DELIVERED },
	{ "DELIVRD", SMS_REPORT_DELIVERED },
	{ "error", SMS_REPORT_FAILED },
	{ "failed", SMS_REPORT_FAILED },
	{ "queued", SMS_REPORT_TAKEN },
	{ "read", SMS_REPORT_DELIVERED },
	{ "rejected", SMS_REPORT_FAILED },
	{ "REJECTD", SMS_REPORT_FAILED },
	{ "sending", SMS_REPORT_TAKEN },
	{ "sent", SMS_REPORT_TAKEN },
	{ "undelivered", SMS_REPORT_FAILED },
	{ "UNDELIV", SMS_REPORT_FAILED },
};

/* A parameter of the query, else a member of the body. */
static const char *
parameter(struct api_call *call, const char *name)
{
	const char *value = http_param(call->http, name);
	const json_t *member = json_object_get(call->body, name);

	if (value != NULL)
		return value;
	if (json_is_integer(member))
		return arena_printf(call->arena, "%lld",
		    (long long)json_integer_value(member));
	return json_string_value(member);
}

bool
delivery_outcome(const char *status, enum sms_outcome *ret)
{
	size_t i;

	for (i = 0; status != NULL &&
	    i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (strcasecmp(outcomes[i].status, status) == 0) {
			*ret = outcomes[i].outcome;
			return true;
		}
	return false;
}

static enum helio_rc
read_outcome(const char *status, enum sms_outcome *ret, struct helio_err *err)
{
	if (delivery_outcome(status, ret))
		return HELIO_OK;
	return err_field(err, "status", "must be a state of a message, such "
	    "as delivered, failed or accepted");
}

static bool
is_key(const char *s)
{
	return s != NULL && strlen(s) == SMS_KEY_SIZE - 1 &&
	    strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == SMS_KEY_SIZE - 1;
}

bool
delivery_key_waits(struct tx *tx, const char *key)
{
	struct find find = { .table = "sms_waiting" };

	if (!is_key(key))
		return false;
	find.by[0].field = "report_key";
	find.by[0].value = value_text(key);
	return find_exists(tx, &find);
}

/* Anybody may ask: look before the writer is troubled. */
static enum helio_rc
check_key(struct api_call *call, const char *key)
{
	struct tx *tx;
	bool known;
	enum helio_rc rc = store_read(api_store(call->api), &CALLER_SYSTEM,
	    &tx, &call->err);

	if (rc != HELIO_OK)
		return rc;
	known = delivery_key_waits(tx, key);
	store_read_end(tx);
	return known ? HELIO_OK : err_set(&call->err, HELIO_E_NOT_FOUND, "%s",
	    rc_text(HELIO_E_NOT_FOUND));
}

static enum helio_rc
read_report(struct api_call *call, struct sms_report *report)
{
	const char *attempt;
	enum helio_rc rc = api_read_body(call, NULL);

	if (rc != HELIO_OK)
		return rc;
	report->key = parameter(call, "reference");
	rc = check_key(call, report->key);
	if (rc == HELIO_OK)
		rc = read_outcome(parameter(call, "status"), &report->outcome,
		    &call->err);
	attempt = parameter(call, "attempt");
	report->retries = attempt != NULL ? strtoll(attempt, NULL, 10) : 0;
	return rc;
}

static enum helio_rc
note(struct tx *tx, void *arg, struct helio_err *err)
{
	return sms_reported(tx, arg, err);
}

void
delivery_reply(struct api_call *call, void *arg)
{
	struct buf data = BUF_INIT;

	buf_adds(&data, "null");
	api_reply(call, 200, "Report taken", &data);
}

static void
run(struct api_call *call)
{
	struct sms_report *report = arena_alloc(call->arena, sizeof(*report));

	if (read_report(call, report) != HELIO_OK) {
		api_fail(call);
		return;
	}
	call->caller = CALLER_SYSTEM;
	api_write(call, note, delivery_reply, report);
}

static const struct api_route routes[] = {
	{ HTTP_GET, "sms/delivery", AUTH_NONE, LEVEL_OVERVIEW, RUN_WORKER,
	    BODY_MAX, run, NULL, "what the gateway says of a short message" },
	{ HTTP_POST, "sms/delivery", AUTH_NONE, LEVEL_OVERVIEW, RUN_WORKER,
	    BODY_MAX, run, NULL, "what the gateway says of a short message" },
	{ HTTP_POST, "sms/netsapiens", AUTH_NONE, LEVEL_OVERVIEW, RUN_WORKER,
	    DELIVERY_RECORDS_MAX, delivery_netsapiens, NULL,
	    "what a NetSapiens PBX says of its messages" },
};

const struct api_route *
sms_routes(size_t *ret_n)
{
	*ret_n = sizeof(routes) / sizeof(routes[0]);
	return routes;
}
