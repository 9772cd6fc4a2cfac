/* One HTTP request to a gateway. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "sms/provider.h"

void
gateway_escape(struct buf *out, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *s != '\0'; s++)
		if (strchr(plain, *s) != NULL)
			buf_addc(out, *s);
		else
			buf_addf(out, "%%%02X", (unsigned char)*s);
}

static size_t
ignore_reply(char *data, size_t size, size_t n, void *arg)
{
	return size * n;
}

static struct curl_slist *
headers_of(const struct gateway_call *call)
{
	char line[160];

	if (call->key == NULL)
		return NULL;
	snprintf(line, sizeof(line), "Idempotency-Key: %s", call->key);
	return curl_slist_append(NULL, line);
}

static void
set_options(CURL *curl, const struct gateway_call *call,
    struct curl_slist *headers)
{
	curl_easy_setopt(curl, CURLOPT_URL, call->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SMS_SEND_MAX_S);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_reply);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (call->form != NULL)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->form);
	if (call->user != NULL) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERNAME, call->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, call->password);
	}
}

static bool
perform(CURL *curl, char *why, size_t why_size)
{
	CURLcode code = curl_easy_perform(curl);
	long status = 0;

	if (code != CURLE_OK) {
		snprintf(why, why_size, "gateway: %s",
		    curl_easy_strerror(code));
		return false;
	}
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300)
		return true;
	snprintf(why, why_size, "gateway: answered %ld", status);
	return false;
}

bool
gateway_call(const struct gateway_call *call, char *why, size_t why_size)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *headers = headers_of(call);
	bool ok = false;

	if (curl == NULL || (call->key != NULL && headers == NULL)) {
		snprintf(why, why_size, "no memory for a request");
	} else {
		set_options(curl, call, headers);
		ok = perform(curl, why, why_size);
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return ok;
}
