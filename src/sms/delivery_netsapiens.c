/*
 * POST /v1/sms/netsapiens: what a NetSapiens PBX posts to the subscriber of
 * its messages, a list of records.  Ours are those in a session that is named
 * after the key of the message and the number of the try (see
 * provider_netsapiens.c); that name is known to the PBX alone, so it admits.
 * All others, such as what people write, are none of our business.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/find.h"
#include "sms/delivery.h"

enum { REPORTS_MAX = 1000 };

struct reports {
	struct sms_report report[REPORTS_MAX];
	size_t		 n;
};

static const char *
member(const json_t *record, const char *name)
{
	return json_string_value(json_object_get(record, name));
}

/* The report that a record is; false: it is none. */
static bool
read_record(struct arena *arena, const json_t *record, struct sms_report *ret)
{
	const char *session = member(record, "messagesession-id");
	const char *attempt = session != NULL ? strchr(session, '_') : NULL;

	if (attempt == NULL ||
	    !delivery_outcome(member(record, "status"), &ret->outcome))
		return false;
	ret->key = arena_strndup(arena, session, (size_t)(attempt - session));
	ret->retries = strtoll(attempt + 1, NULL, 10);
	return true;
}

/* Anybody may post: what nobody waits for does not reach the writer. */
static enum helio_rc
read_reports(struct api_call *call, struct reports *ret)
{
	struct tx *tx;
	json_t *record;
	size_t i;
	enum helio_rc rc = store_read(api_store(call->api), &CALLER_SYSTEM,
	    &tx, &call->err);

	if (rc != HELIO_OK)
		return rc;
	json_array_foreach(call->body, i, record) {
		struct sms_report *report = &ret->report[ret->n];

		if (i < REPORTS_MAX &&
		    read_record(call->arena, record, report) &&
		    delivery_key_waits(tx, report->key))
			ret->n++;
	}
	store_read_end(tx);
	return HELIO_OK;
}

/* One that has just ended is no reason to refuse the others. */
static enum helio_rc
note(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct reports *reports = arg;
	enum helio_rc rc = HELIO_OK;
	size_t i;

	for (i = 0; rc == HELIO_OK && i < reports->n; i++)
		if (delivery_key_waits(tx, reports->report[i].key))
			rc = sms_reported(tx, &reports->report[i], err);
	return rc;
}

void
delivery_netsapiens(struct api_call *call)
{
	struct reports *reports = arena_alloc(call->arena, sizeof(*reports));
	enum helio_rc rc = api_read_body(call, NULL);

	if (rc == HELIO_OK && !json_is_array(call->body))
		rc = err_set(&call->err, HELIO_E_DECODE,
		    "The body must be a list of messages");
	if (rc == HELIO_OK)
		rc = read_reports(call, reports);
	if (rc != HELIO_OK) {
		api_fail(call);
	} else if (reports->n == 0) {
		delivery_reply(call, NULL);
	} else {
		call->caller = CALLER_SYSTEM;
		api_write(call, note, delivery_reply, reports);
	}
}
