/*
 * Any gateway with an HTTP interface: {to}, {text}, {from}, {reference},
 * {report_url}, {user} and {password} in its URL, and in the form that is
 * posted if there is one, are replaced.  Without {password} the two are sent
 * as HTTP Basic.
 */
#include <stdio.h>
#include <string.h>

#include "sms/provider.h"

struct word {
	const char	*name, *value;
};

enum { WORDS = 7 };

/* The word that stands at s, or NULL. */
static const struct word *
word_at(const struct word *words, const char *s)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		if (strncmp(s, words[i].name, strlen(words[i].name)) == 0)
			return &words[i];
	return NULL;
}

static void
expand(struct buf *out, const char *template, const struct word *words)
{
	const struct word *word;

	while (*template != '\0') {
		word = word_at(words, template);
		if (word == NULL) {
			buf_addc(out, *template++);
			continue;
		}
		gateway_escape(out, word->value);
		template += strlen(word->name);
	}
}

static bool
holds_password(const struct sms_settings *settings)
{
	return strstr(settings->url, "{password}") != NULL ||
	    strstr(settings->body, "{password}") != NULL;
}

static bool
send_http(void *kept, const struct sms_settings *settings,
    const struct sms_message *message, char *why, size_t why_size)
{
	const struct word words[WORDS] = {
		{ "{to}", message->to }, { "{text}", message->text },
		{ "{from}", settings->from },
		{ "{reference}", message->reference },
		{ "{report_url}", message->report_url },
		{ "{user}", settings->user },
		{ "{password}", settings->password },
	};
	struct buf url = BUF_INIT, form = BUF_INIT;
	struct gateway_call call = { .key = message->reference };
	bool ok = false;

	expand(&url, settings->url, words);
	expand(&form, settings->body, words);
	call.url = url.data;
	call.form = form.len > 0 ? form.data : NULL;
	if (*settings->user != '\0' && !holds_password(settings)) {
		call.user = settings->user;
		call.password = settings->password;
	}
	if (url.failed || form.failed)
		snprintf(why, why_size, "no memory for a request");
	else
		ok = gateway_call(&call, why, why_size);
	buf_free(&url);
	buf_free(&form);
	return ok;
}

const struct sms_provider sms_provider_http = {
	.name = "http", .needs_url = true, .send = send_http,
};
