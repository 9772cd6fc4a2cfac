/*
 * A NetSapiens PBX.  A message that is to be reported goes into a session of
 * its own, "<key>_<number of the try>": the PBX tells that name with every
 * change of the message's state, to the subscriber that this provider makes
 * and keeps alive (delivery_netsapiens.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/times.h"
#include "helio/netsapiens.h"
#include "sms/provider.h"

enum {
	CALL_MS = 3000,		/* one call; a message takes three at most ... */
	BEGIN_MS = 7000,	/* ... and is not begun later than this */
	LIFE_S = 24 * 3600,	/* of the subscription, each time */
	CHECK_S = 900,		/* is it still there? */
	SLACK_S = 600,
	SESSION_SIZE = 96, TIME_SIZE = 24,
};

struct pbx {
	helio_pbx	*account;
	struct buf	 post_url;	/* empty: no reports wanted */
	char		*subscription;	/* its id, or NULL: not known */
	int64_t		 until_us, check_us;
};

/* ---- set-up ---- */

static void
close_pbx(void *kept)
{
	struct pbx *pbx = kept;

	helio_pbx_free(pbx->account);
	buf_free(&pbx->post_url);
	free(pbx->subscription);
	free(pbx);
}

static enum helio_rc
open_account(struct pbx *pbx, const struct sms_settings *settings,
    struct helio_err *err)
{
	helio_options *options = helio_options_new();
	helio_error error;
	helio_code code = HELIO_LOCAL;

	if (options == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory for sms");
	helio_options_url(options, settings->url);
	helio_options_user(options, settings->user, settings->password);
	helio_options_timeout(options, CALL_MS);
	helio_options_retries(options, 0);
	code = helio_pbx_new(options, settings->client_id,
	    settings->client_secret, &pbx->account, &error);
	helio_options_free(options);
	if (code == HELIO_DONE)
		return HELIO_OK;
	return err_field(err, "sms_provider", "netsapiens: %.100s",
	    error.text);
}

static enum helio_rc
open_pbx(const struct sms_settings *settings, void **ret,
    struct helio_err *err)
{
	struct pbx *pbx;
	enum helio_rc rc;

	if (*settings->from == '\0')
		return err_field(err, "sms_from",
		    "the provider netsapiens needs it");
	pbx = calloc(1, sizeof(*pbx));
	if (pbx == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory for sms");
	if (*settings->report_url != '\0')
		buf_addf(&pbx->post_url, "%s/v1/sms/netsapiens",
		    settings->report_url);
	rc = open_account(pbx, settings, err);
	if (rc == HELIO_OK)
		*ret = pbx;
	else
		close_pbx(pbx);
	return rc;
}

/* ---- the subscription ---- */

static void
set_subscription(struct pbx *pbx, const char *id)
{
	free(pbx->subscription);
	pbx->subscription = id != NULL ? strdup(id) : NULL;
}

/* One from an earlier run, or of another server beside this one. */
static helio_code
find_subscription(struct pbx *pbx, helio_error *error)
{
	helio_pbx_records *records = NULL;
	helio_code code = helio_pbx_subscriptions(pbx->account, NULL,
	    &records, error);
	const char *text;

	set_subscription(pbx, NULL);
	if (code != HELIO_DONE)
		return code;
	for (size_t i = 0; i < helio_pbx_count(records); i++) {
		text = helio_pbx_text(records, i, "model");
		if (text == NULL || strcmp(text, "message") != 0)
			continue;
		text = helio_pbx_text(records, i, "post-url");
		if (text != NULL && strcmp(text, pbx->post_url.data) == 0)
			set_subscription(pbx, helio_pbx_text(records, i,
			    "id"));
	}
	helio_pbx_records_free(records);
	return HELIO_DONE;
}

/* Make it, or make it last. */
static helio_code
put_subscription(struct pbx *pbx, helio_error *error)
{
	int64_t until_us = time_now_us() + LIFE_S * US_PER_S;
	char text[TIME_TEXT_MAX], expires[TIME_SIZE];
	const helio_pbx_subscription wanted = {
		.size = sizeof(wanted), .model = "message",
		.post_url = pbx->post_url.data, .expires = expires,
	};
	helio_pbx_records *records = NULL;
	helio_code code;

	time_format_blank(until_us, text);
	snprintf(expires, sizeof(expires), "%.19s", text);
	code = pbx->subscription != NULL ?
	    helio_pbx_resubscribe(pbx->account, pbx->subscription, &wanted,
	    &records, error) : helio_pbx_subscribe(pbx->account, &wanted,
	    &records, error);
	if (code == HELIO_DONE && pbx->subscription == NULL)
		set_subscription(pbx, helio_pbx_text(records, 0, "id"));
	helio_pbx_records_free(records);
	if (code == HELIO_DONE)
		pbx->until_us = until_us;
	return code;
}

/*
 * A message without its report is better than none: what fails here is told
 * and tried again with the next one.
 */
static void
keep_subscription(struct pbx *pbx, int64_t valid_s)
{
	int64_t now_us = time_now_us();
	helio_error error;
	helio_code code;

	if (now_us < pbx->check_us &&
	    now_us + (valid_s + SLACK_S) * US_PER_S < pbx->until_us)
		return;
	code = find_subscription(pbx, &error);
	if (code == HELIO_DONE)
		code = put_subscription(pbx, &error);
	if (code == HELIO_DONE)
		pbx->check_us = now_us + CHECK_S * US_PER_S;
	else
		log_event(LOG_WARN, "sms.no_reports", "error=" LOG_TEXT,
		    LOG_ARG(error.text));
}

/* ---- sending ---- */

static void
session_name(const struct sms_message *message, int64_t attempt,
    char out[SESSION_SIZE])
{
	snprintf(out, SESSION_SIZE, "%s_%lld", message->report_key,
	    (long long)attempt);
}

/* Was the message sent by a try whose end nobody saw? */
static bool
was_sent(struct pbx *pbx, const struct sms_message *message)
{
	char session[SESSION_SIZE];
	const helio_pbx_range range = { .size = sizeof(range),
	    .session = session, .limit = 1 };
	helio_pbx_records *records = NULL;
	helio_error error;
	bool found;

	if (!message->again || message->attempt == 0)
		return false;
	session_name(message, message->attempt - 1, session);
	if (helio_pbx_messages(pbx->account, &range, &records, &error) !=
	    HELIO_DONE)
		return false;
	found = helio_pbx_count(records) > 0;
	helio_pbx_records_free(records);
	return found;
}

/* Numbers go without the plus sign. */
static bool
send_message(struct pbx *pbx, const struct sms_settings *settings,
    const struct sms_message *message, char *why, size_t why_size)
{
	const char *to = message->to + (*message->to == '+');
	char session[SESSION_SIZE];
	const helio_pbx_message sms = {
		.size = sizeof(sms), .type = "sms", .text = message->text,
		.to = &to, .n_to = 1, .from = settings->from,
		.session = *message->report_url != '\0' ? session : NULL,
	};
	helio_pbx_records *records = NULL;
	helio_error error;
	bool done;

	session_name(message, message->attempt, session);
	done = helio_pbx_send(pbx->account, &sms, &records, &error) ==
	    HELIO_DONE;
	if (!done)
		snprintf(why, why_size, "gateway: %s",
		    helio_error_cause(&error));
	helio_pbx_records_free(records);
	return done;
}

static bool
send_netsapiens(void *kept, const struct sms_settings *settings,
    const struct sms_message *message, char *why, size_t why_size)
{
	struct pbx *pbx = kept;
	int64_t begun_ms = time_monotonic_ms();

	if (pbx->post_url.len > 0) {
		if (was_sent(pbx, message))
			return true;
		keep_subscription(pbx, message->valid_s);
	}
	if (time_monotonic_ms() - begun_ms > BEGIN_MS) {
		snprintf(why, why_size, "gateway: it is slow");
		return false;
	}
	return send_message(pbx, settings, message, why, why_size);
}

const struct sms_provider sms_provider_netsapiens = {
	.name = "netsapiens", .needs_url = true, .open = open_pbx,
	.close = close_pbx, .send = send_netsapiens,
};
