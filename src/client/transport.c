/* One HTTP exchange over libcurl, with retries where they are safe. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "client/internal.h"

enum {
	CONNECT_MS = 10000,
	BACK_OFF_MS = 200,	/* first; doubles, with jitter */
	BACK_OFF_MOST_MS = 10000,
};

CURL *
transport_open(const struct helio_options *options)
{
	CURL *curl = curl_easy_init();

	if (curl == NULL)
		return NULL;
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, options->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "libhelio");
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)REPLY_MAX);
	if (options->ca_file != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file);
	return curl;
}

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	helio_reply *reply = arg;

	if (reply->body.len + n > REPLY_MAX)
		return 0;
	buf_add(&reply->body, data, n);
	return reply->body.failed ? 0 : n;
}

static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	helio_reply *reply = arg;

	/* a new status line: what came before was a 100-continue */
	if (n > 5 && memcmp(data, "HTTP/", 5) == 0)
		buf_reset(&reply->headers);
	buf_add(&reply->headers, data, n);
	return reply->headers.failed ? 0 : n;
}

int
helio_reply_status(const helio_reply *reply)
{
	return reply->status;
}

const char *
helio_reply_body(const helio_reply *reply, size_t *ret_n)
{
	if (ret_n != NULL)
		*ret_n = reply->body.len;
	return reply->body.data != NULL ? reply->body.data : "";
}

const char *
helio_reply_header(const helio_reply *reply, const char *name)
{
	helio_reply *own = (helio_reply *)reply;
	size_t len = strlen(name);
	const char *line = reply->headers.data;

	while (line != NULL && *line != '\0') {
		const char *end = strstr(line, "\r\n");

		if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
			line += len + 1;
			line += strspn(line, " \t");
			free(own->value);
			own->value = strndup(line, end != NULL ?
			    (size_t)(end - line) : strlen(line));
			return own->value;
		}
		line = end != NULL ? end + 2 : NULL;
	}
	return NULL;
}

void
helio_reply_free(helio_reply *reply)
{
	if (reply == NULL)
		return;
	buf_free(&reply->body);
	buf_free(&reply->headers);
	free(reply->value);
	free(reply);
}

static void
set_method(CURL *curl, const struct transfer *transfer)
{
	curl_easy_setopt(curl, CURLOPT_NOBODY, 0L);
	curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, transfer->method);
	if (transfer->body != NULL || strcmp(transfer->method, "POST") == 0) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
		    transfer->body != NULL ? transfer->body : "");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)transfer->n);
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST,
		    transfer->method);
	}
	if (strcmp(transfer->method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
}

static struct curl_slist *
make_headers(const struct transfer *transfer)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	char line[128];

	if (transfer->authorization != NULL)
		list = curl_slist_append(list, transfer->authorization);
	snprintf(line, sizeof(line), "Content-Type: %s",
	    transfer->content_type != NULL ? transfer->content_type :
	    "application/json");
	if (transfer->body != NULL)
		list = curl_slist_append(list, line);
	return list;
}

static helio_code
code_of(CURLcode curl)
{
	switch (curl) {
	case CURLE_OK:
		return HELIO_DONE;
	case CURLE_OPERATION_TIMEDOUT:
		return HELIO_TIMED_OUT;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_WRITE_ERROR:
		return HELIO_LOCAL;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return HELIO_BAD_INPUT;
	default:
		return HELIO_UNREACHABLE;
	}
}

/* One try. */
static helio_code
exchange(CURL *curl, const struct helio_options *options,
    const struct transfer *transfer, helio_reply *reply, CURLcode *ret_curl,
    helio_error *error)
{
	struct curl_slist *headers = make_headers(transfer);
	struct buf url = BUF_INIT;
	long status = 0;

	buf_addf(&url, "%s%s", options->url, transfer->path);
	curl_easy_setopt(curl, CURLOPT_URL, url.data);
	set_method(curl, transfer);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply);
	*ret_curl = url.failed ? CURLE_OUT_OF_MEMORY : curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	buf_free(&url);
	reply->status = (int)status;
	if (*ret_curl == CURLE_OK)
		return HELIO_DONE;
	return error_set(error, code_of(*ret_curl), "%s %.200s: %s",
	    transfer->method, transfer->path, curl_easy_strerror(*ret_curl));
}

/*
 * How long to wait before the next try in ms, or -1 when there must be none:
 * the request may have had its effect, or another try would not help.
 */
static long
retry_delay(const struct transfer *transfer, const helio_reply *reply,
    CURLcode curl, unsigned tries)
{
	const char *after;
	long delay = BACK_OFF_MS;

	if (curl == CURLE_OK) {
		if (reply->status != 429 && reply->status != 503)
			return -1;
		after = helio_reply_header(reply, "Retry-After");
		if (after == NULL || atoi(after) > RETRY_AFTER_MAX_S)
			return -1;
		return 1000L * (atoi(after) > 0 ? atoi(after) : 1);
	}
	if (code_of(curl) != HELIO_UNREACHABLE &&
	    code_of(curl) != HELIO_TIMED_OUT)
		return -1;
	if (curl != CURLE_COULDNT_CONNECT && !transfer->repeatable)
		return -1;
	while (tries-- > 0 && delay < BACK_OFF_MOST_MS)
		delay *= 2;
	return delay / 2 + (long)random_below((uint32_t)delay);
}

static void
wait_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

helio_code
transport_send(CURL *curl, const struct helio_options *options,
    const struct transfer *transfer, helio_reply **ret, helio_error *error)
{
	for (unsigned tries = 0;; tries++) {
		helio_reply *reply = calloc(1, sizeof(*reply));
		CURLcode result;
		helio_code code;
		long delay;

		if (reply == NULL)
			return error_set(error, HELIO_LOCAL, "no memory");
		code = exchange(curl, options, transfer, reply, &result,
		    error);
		delay = tries < options->retries ?
		    retry_delay(transfer, reply, result, tries) : -1;
		if (delay < 0 && code == HELIO_DONE) {
			*ret = reply;
			return HELIO_DONE;
		}
		helio_reply_free(reply);
		if (delay < 0)
			return code;
		wait_ms(delay);
	}
}
