/* From outbox events to the provider. */
#include "sms/sms.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/sms.h"

enum { REPORT_URL_SIZE = 768 };

struct sms {
	struct sms_settings settings;
	const struct sms_provider *provider;
	void		*kept;		/* the provider's */
	struct store	*store;
};

/* ---- set-up ---- */

static const struct sms_provider *
find_provider(const char *name)
{
	size_t i;

	for (i = 0; sms_providers[i] != NULL; i++)
		if (strcmp(sms_providers[i]->name, name) == 0)
			return sms_providers[i];
	return NULL;
}

enum helio_rc
sms_new(const struct sms_settings *settings, struct store *store,
    struct sms **ret, struct helio_err *err)
{
	const struct sms_provider *provider =
	    find_provider(settings->provider);
	struct sms *sms;
	enum helio_rc rc = HELIO_OK;

	if (provider == NULL)
		return err_field(err, "sms_provider", "'%.60s' is none",
		    settings->provider);
	if (provider->needs_url && *settings->url == '\0')
		return err_field(err, "sms_url", "the provider %s needs it",
		    provider->name);
	sms = calloc(1, sizeof(*sms));
	if (sms == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(sms);
		return err_set(err, HELIO_E_NO_MEMORY, "no memory for sms");
	}
	sms->settings = *settings;
	sms->provider = provider;
	sms->store = store;
	if (provider->open != NULL)
		rc = provider->open(&sms->settings, &sms->kept, err);
	if (rc == HELIO_OK)
		*ret = sms;
	else
		sms_free(sms);
	return rc;
}

void
sms_free(struct sms *sms)
{
	if (sms == NULL)
		return;
	if (sms->kept != NULL)
		sms->provider->close(sms->kept);
	curl_global_cleanup();
	free(sms);
}

/* ---- events ---- */

/* The payload is the number of the message. */
static bool
message_id(const struct outbox_item *item, int64_t *ret)
{
	char *end;

	if (item->payload == NULL)
		return false;
	errno = 0;
	*ret = strtoll(item->payload, &end, 10);
	return errno == 0 && end != item->payload && *end == '\0';
}

static enum outbox_result
settle(enum helio_rc rc, const struct helio_err *err, char *why,
    size_t why_size)
{
	if (rc == HELIO_OK)
		return OUTBOX_DONE;
	snprintf(why, why_size, "%s", err_message(err));
	return OUTBOX_RETRY;
}

static enum helio_rc
read_draft(struct sms *sms, int64_t id, struct sms_draft *ret,
    struct helio_err *err)
{
	struct tx *tx;
	enum helio_rc rc = store_read(sms->store, &CALLER_SYSTEM, &tx, err);

	if (rc != HELIO_OK)
		return rc;
	rc = sms_draft(tx, id, ret, err);
	store_read_end(tx);
	return rc;
}

static enum helio_rc
again_job(struct tx *tx, void *arg, struct helio_err *err)
{
	return sms_again(tx, *(const int64_t *)arg, err);
}

static enum helio_rc
expire_job(struct tx *tx, void *arg, struct helio_err *err)
{
	return sms_expire(tx, *(const int64_t *)arg, err);
}

static void
report_url(const struct sms *sms, const struct sms_draft *draft,
    char out[REPORT_URL_SIZE])
{
	out[0] = '\0';
	if (*sms->settings.report_url != '\0')
		snprintf(out, REPORT_URL_SIZE, "%s/v1/sms/delivery?reference="
		    "%s&attempt=%" PRId64, sms->settings.report_url,
		    draft->report_key, draft->retries);
}

static bool
hand_over(const struct sms *sms, const struct sms_draft *draft, bool again,
    char *why, size_t why_size)
{
	char url[REPORT_URL_SIZE];
	const struct sms_message message = {
		.to = draft->to, .text = sms->settings.text,
		.reference = draft->reference, .report_url = url,
		.report_key = draft->report_key, .attempt = draft->retries,
		.valid_s = draft->left_s, .again = again,
	};

	report_url(sms, draft, url);
	return sms->provider->send(sms->kept, &sms->settings, &message, why,
	    why_size);
}

static enum outbox_result
on_sms(const struct outbox_item *item, void *arg, char *why, size_t why_size)
{
	struct sms *sms = arg;
	bool again = item->attempt > 1;
	struct sms_draft draft;
	struct helio_err err;
	enum helio_rc rc;
	int64_t id;

	err_clear(&err);
	if (!message_id(item, &id)) {
		snprintf(why, why_size, "the payload is no number");
		return OUTBOX_DEAD;
	}
	rc = read_draft(sms, id, &draft, &err);
	if (rc != HELIO_OK || draft.state != SMS_SEND)
		return settle(rc, &err, why, why_size);
	if (again) {
		rc = store_write(sms->store, &CALLER_SYSTEM, again_job, &id,
		    &err);
		draft.retries++;
	}
	if (rc != HELIO_OK)
		return settle(rc, &err, why, why_size);
	return hand_over(sms, &draft, again, why, why_size) ? OUTBOX_DONE :
	    OUTBOX_RETRY;
}

static enum outbox_result
on_expiry(const struct outbox_item *item, void *arg, char *why,
    size_t why_size)
{
	struct sms *sms = arg;
	struct helio_err err;
	int64_t id;

	err_clear(&err);
	if (!message_id(item, &id)) {
		snprintf(why, why_size, "the payload is no number");
		return OUTBOX_DEAD;
	}
	return settle(store_write(sms->store, &CALLER_SYSTEM, expire_job, &id,
	    &err), &err, why, why_size);
}

void
sms_register(struct sms *sms, struct outbox *outbox)
{
	outbox_handle(outbox, OUTBOX_SMS, on_sms, sms);
	outbox_handle(outbox, OUTBOX_SMS_EXPIRY, on_expiry, sms);
}
