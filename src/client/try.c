/* One try of a call: how libcurl is told, and what it came to. */
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "client/call.h"
#include "client/http.h"

/* ---- where it goes ---- */

/* The length of "https://host:port". */
static size_t
origin_len(const char *url)
{
	const char *host = strstr(url, "://");

	return host == NULL ? 0 :
	    (size_t)(host + 3 - url) + strcspn(host + 3, "/?#");
}

bool
url_same_origin(const char *a, const char *b)
{
	size_t n = origin_len(a);

	return n > 0 && n == origin_len(b) && memcmp(a, b, n) == 0;
}

bool
url_is_whole(const char *target)
{
	return strncmp(target, "https://", 8) == 0 ||
	    strncmp(target, "http://", 7) == 0;
}

bool
call_is_for_service(const helio_call *call)
{
	const char *base = call->http->options.url;

	return !call->anonymous && (!url_is_whole(call->target.data) ||
	    (base != NULL && url_same_origin(base, call->target.data)));
}

/* ---- what is sent ---- */

static bool
add_line(helio_call *call, const char *line)
{
	struct curl_slist *list = curl_slist_append(call->sent, line);

	if (list == NULL)
		return false;
	call->sent = list;
	return true;
}

static bool
add_header(helio_call *call, const char *name, const char *value)
{
	struct buf line = BUF_INIT;
	bool ok;

	buf_addf(&line, "%s: %s", name, value);
	ok = !line.failed && add_line(call, line.data);
	secret_buf_free(&line);
	return ok;
}

/* line: that of the token, or NULL. */
static bool
make_headers(helio_call *call, const char *line)
{
	const struct helio_options *options = &call->http->options;
	bool ok = add_line(call, "Expect:");

	for (size_t i = 0; ok && i < options->n_headers &&
	    call_is_for_service(call); i++)
		ok = add_header(call, options->headers[i].name,
		    options->headers[i].value);
	for (const struct curl_slist *at = call->headers; ok && at != NULL;
	    at = at->next)
		ok = add_line(call, at->data);
	if (ok && call->has_body)
		ok = add_header(call, "Content-Type", call->type);
	if (ok && line != NULL)
		ok = add_line(call, line);
	return ok;
}

static void
set_method(CURL *easy, const helio_call *call)
{
	if (strcmp(call->method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (call->has_body || strcmp(call->method, "POST") == 0) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
		    call->body.data != NULL ? call->body.data : "");
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)call->body.len);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
}

static void
set_limits(CURL *easy, const helio_call *call)
{
	const struct helio_options *options = &call->http->options;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "libhelio");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    options->connect_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, call->timeout_ms >= 0 ?
	    call->timeout_ms : options->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
	    (curl_off_t)options->reply_max);
	if (options->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
	if (call->user == NULL)
		return;
	curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	curl_easy_setopt(easy, CURLOPT_USERNAME, call->user);
	curl_easy_setopt(easy, CURLOPT_PASSWORD, call->password);
}

/*
 * Before a request goes out on a connection.  libcurl sends it again by
 * itself when a connection that was used before breaks without an answer; by
 * then it may have had its effect.
 */
static int
on_sending(void *arg, char *to, char *from, int to_port, int from_port)
{
	helio_call *call = arg;

	return call->sendings++ == 0 || call->repeatable ?
	    CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static void
set_reply(CURL *easy, helio_call *call)
{
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, reply_on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call->reply);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, reply_on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call->reply);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	call->sendings = 0;
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_sending);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
	*call->curl_error = '\0';
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->curl_error);
}

static void
set_url(CURL *easy, const helio_call *call)
{
	struct buf url = BUF_INIT;
	const char *base = call->http->options.url;

	if (call->location != NULL)
		buf_adds(&url, call->location);
	else if (url_is_whole(call->target.data) || base == NULL)
		buf_adds(&url, call->target.data);
	else
		buf_addf(&url, "%s%s", base, call->target.data);
	curl_easy_setopt(easy, CURLOPT_URL, url.failed ? "" : url.data);
	secret_buf_free(&url);
}

bool
try_start(helio_call *call, const char *line)
{
	try_clear(call);
	helio_reply_free(call->reply);
	call->reply = calloc(1, sizeof(*call->reply));
	call->easy = curl_easy_init();
	if (call->reply == NULL || call->easy == NULL ||
	    !make_headers(call, line))
		return false;
	call->reply->max = call->http->options.reply_max;
	set_url(call->easy, call);
	set_method(call->easy, call);
	set_limits(call->easy, call);
	set_reply(call->easy, call);
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->sent);
	call->in_flight = loop_transfer(call->http->loop, call->easy);
	return call->in_flight;
}

void
try_clear(helio_call *call)
{
	if (call->in_flight)
		loop_transfer_end(call->http->loop, call->easy);
	call->in_flight = false;
	curl_easy_cleanup(call->easy);
	call->easy = NULL;
	header_list_free(call->sent);
	call->sent = NULL;
}
/* ---- what it came to ---- */

helio_code
try_code(CURLcode curl, const helio_reply *reply)
{
	switch (curl) {
	case CURLE_OK:
		return HELIO_DONE;
	case CURLE_OPERATION_TIMEDOUT:
		return HELIO_TIMED_OUT;
	case CURLE_WRITE_ERROR:
		return reply->too_long ? HELIO_MALFORMED : HELIO_LOCAL;
	case CURLE_FILESIZE_EXCEEDED:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:	/* HTTP/0.9 */
	case CURLE_BAD_CONTENT_ENCODING:
		return HELIO_MALFORMED;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_SSL_CACERT_BADFILE:
		return HELIO_LOCAL;
	case CURLE_URL_MALFORMAT:
		return HELIO_BAD_INPUT;
	default:
		return HELIO_UNREACHABLE;
	}
}

/* Was the request never sent? */
static bool
not_begun(CURLcode curl)
{
	return curl == CURLE_COULDNT_CONNECT ||
	    curl == CURLE_COULDNT_RESOLVE_HOST ||
	    curl == CURLE_SSL_CONNECT_ERROR;
}

static long
back_off(const helio_call *call)
{
	const struct helio_options *options = &call->http->options;
	long ms = options->back_off_ms;

	for (unsigned i = 0; i < call->tries && ms < options->back_off_most_ms;
	    i++)
		ms *= 2;
	if (ms > options->back_off_most_ms)
		ms = options->back_off_most_ms;
	return ms / 2 + (long)random_below((uint32_t)ms + 1);
}

/* How long a server that is busy wants us to wait, with jitter; -1: too long,
 * or it does not say. */
static long
server_pause(const helio_call *call)
{
	const helio_reply *reply = call->reply;
	long s = reply->retry_after_s;

	if ((reply->status != 429 && reply->status != 503) ||
	    helio_reply_header(reply, "Retry-After") == NULL ||
	    s > call->http->options.retry_after_max_s)
		return -1;
	s = s > 0 ? s : 1;
	return 1000 * s + (long)random_below((uint32_t)(100 * s + 1));
}

long
try_pause(const helio_call *call, CURLcode curl)
{
	helio_code code = try_code(curl, call->reply);
	long most = call->retries >= 0 ? call->retries :
	    (long)call->http->options.retries;

	if (call->tries >= most)
		return -1;
	if (curl == CURLE_OK)
		return server_pause(call);
	if (code != HELIO_UNREACHABLE && code != HELIO_TIMED_OUT)
		return -1;
	if (curl == CURLE_PEER_FAILED_VERIFICATION)
		return -1;
	return not_begun(curl) || call->repeatable ? back_off(call) : -1;
}
