/*
 * Kannel's sendsms (user's guide, "HTTP interface to sendsms").  The address
 * for reports carries our key of the message, so that Kannel gives it back
 * with every report; %d becomes what happened.
 */
#include <stdio.h>
#include <string.h>

#include "sms/provider.h"

/* Delivered to the phone or not (1, 2), to the network or not (4, 8, 16). */
#define DLR_MASK "31"

static void
add_parameter(struct buf *url, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	buf_addf(url, "%c%s=", memchr(url->data, '?', url->len) == NULL ? '?' :
	    '&', name);
	gateway_escape(url, value);
}

static void
add_report(struct buf *url, const struct sms_message *message)
{
	struct buf report = BUF_INIT;

	if (*message->report_url == '\0')
		return;
	buf_addf(&report, "%s&status=%%d", message->report_url);
	add_parameter(url, "dlr-mask", DLR_MASK);
	if (report.failed)
		url->failed = true;
	else
		add_parameter(url, "dlr-url", report.data);
	buf_free(&report);
}

static void
build_url(struct buf *url, const struct sms_settings *settings,
    const struct sms_message *message)
{
	char minutes[24];

	buf_adds(url, settings->url);
	if (url->failed)
		return;
	add_parameter(url, "username", settings->user);
	add_parameter(url, "password", settings->password);
	add_parameter(url, "from", settings->from);
	add_parameter(url, "to", message->to);
	add_parameter(url, "text", message->text);
	snprintf(minutes, sizeof(minutes), "%lld",
	    (long long)(message->valid_s + 59) / 60);
	add_parameter(url, "validity", minutes);
	add_report(url, message);
}

static bool
send_kannel(void *kept, const struct sms_settings *settings,
    const struct sms_message *message, char *why, size_t why_size)
{
	struct buf url = BUF_INIT;
	bool ok = false;

	build_url(&url, settings, message);
	if (url.failed)
		snprintf(why, why_size, "no memory for a request");
	else
		ok = gateway_call(&(const struct gateway_call){
		    .url = url.data }, why, why_size);
	buf_free(&url);
	return ok;
}

const struct sms_provider sms_provider_kannel = {
	.name = "kannel", .needs_url = true, .send = send_kannel,
};
