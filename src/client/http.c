/*
 * How a call comes to its answer: a token, a try, a pause and another try,
 * a new token and one more.
 *
 *	IDLE -> TOKEN -> FLIGHT -> DONE
 *	         |  ^       |  ^
 *	         v  |       v  |
 *	        LOGIN      PAUSE	(FLIGHT -> TOKEN after a 401, once)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/times.h"
#include "client/call.h"
#include "client/http.h"

static void	ask_token(helio_call *);
static void	begin_try(helio_call *);

/* ---- the service ---- */

helio_code
http_for(const struct helio_options *options, helio_keeper *keeper,
    unsigned retries, helio_http **ret, helio_error *error)
{
	helio_http *http;

	if (options->bad)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "too many headers, or one that holds a line end");
	http = calloc(1, sizeof(*http));
	if (http == NULL || !crypto_start() || options->failed ||
	    !options_copy(&http->options, options)) {
		free(http);
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	}
	helio_options_keeper(&http->options, keeper);
	http->options.retries = retries;
	http->loop = options->loop;
	if (http->loop == NULL)
		http->loop = http->own_loop = helio_loop_new();
	if (http->loop == NULL) {
		helio_http_free(http);
		return helio_error_set(error, HELIO_LOCAL,
		    "no memory or descriptors for a loop");
	}
	*ret = http;
	return HELIO_DONE;
}

helio_code
helio_http_new(const helio_options *options, helio_http **ret,
    helio_error *error)
{
	return http_for(options, options->keeper, options->retries, ret,
	    error);
}

/* Drop one call of this service; false when there is none left. */
static bool
drop_one(helio_http *http)
{
	struct loop_item *item = loop_first(http->loop);

	while (item != NULL && ((helio_call *)item)->http != http)
		item = item->next;
	if (item != NULL)
		call_dropped(item);
	return item != NULL;
}

void
helio_http_free(helio_http *http)
{
	if (http == NULL)
		return;
	while (http->loop != NULL && drop_one(http))
		continue;
	helio_loop_free(http->own_loop);
	options_clear(&http->options);
	free(http);
}

helio_loop *
helio_http_loop(helio_http *http)
{
	return http->loop;
}

void
helio_http_denied(helio_http *http, helio_denied *denied, void *arg)
{
	http->denied = denied;
	http->denied_arg = arg;
}

/* ---- the end of a call ---- */

static void
clear_try(helio_call *call)
{
	if (call->in_flight)
		loop_transfer_end(call->http->loop, call->easy);
	call->in_flight = false;
	curl_easy_cleanup(call->easy);
	call->easy = NULL;
	header_list_free(call->sent);
	call->sent = NULL;
}

static void
leave_loop(helio_call *call)
{
	helio_call *login = call->login;

	clear_try(call);
	free(call->location);
	call->location = NULL;
	loop_remove(call->http->loop, &call->item);
	if (login != NULL) {
		call->login = NULL;
		helio_call_free(login);
		keeper_gave_up(call->http->options.keeper, NULL);
	}
}

static bool
under_way(const helio_call *call)
{
	return call->state != CALL_IDLE && call->state != CALL_DONE;
}

void
call_dropped(struct loop_item *item)
{
	helio_call *call = (helio_call *)item;

	leave_loop(call);
	helio_reply_free(call->reply);
	call->reply = NULL;
	call->state = CALL_IDLE;
}

void
helio_call_cancel(helio_call *call)
{
	if (under_way(call))
		call_dropped(&call->item);
}

/* The last thing that is done with a call: it may be freed by its owner. */
static void
finish(helio_call *call, helio_code code)
{
	helio_reply *reply = call->reply;

	leave_loop(call);
	call->code = code;
	if (code != HELIO_DONE) {
		helio_reply_free(reply);
		call->reply = reply = NULL;
	}
	call->state = CALL_DONE;
	if (call->done == NULL)
		return;
	call->state = CALL_IDLE;
	call->reply = NULL;
	call->done(call->arg, call, code, reply, &call->error);
}

/* The target without its query, which may hold what is nobody's business. */
static void
blame_target(helio_call *call)
{
	helio_error_step(&call->error, "%s %.*s", call->method,
	    (int)strcspn(call->target.data, "?") < 160 ?
	    (int)strcspn(call->target.data, "?") : 160, call->target.data);
}

static void
fail(helio_call *call, helio_code code, const char *why)
{
	helio_error_set(&call->error, code, "%s", why);
	if (!call->login_only)
		blame_target(call);
	finish(call, code);
}

static void
wake_in(helio_call *call, enum call_state state, int64_t ms)
{
	call->state = state;
	call->item.due_ms = time_monotonic_ms() + ms;
}

/* ---- one try ---- */

/* The length of "https://host:port". */
static size_t
origin_len(const char *url)
{
	const char *host = strstr(url, "://");

	return host == NULL ? 0 :
	    (size_t)(host + 3 - url) + strcspn(host + 3, "/?#");
}

static bool
same_origin(const char *a, const char *b)
{
	size_t n = origin_len(a);

	return n > 0 && n == origin_len(b) && memcmp(a, b, n) == 0;
}

static bool
is_whole_url(const char *target)
{
	return strncmp(target, "https://", 8) == 0 ||
	    strncmp(target, "http://", 7) == 0;
}

/* May token and option headers go with it? */
static bool
is_for_service(const helio_call *call)
{
	const char *base = call->http->options.url;

	return !call->anonymous && (!is_whole_url(call->target.data) ||
	    (base != NULL && same_origin(base, call->target.data)));
}

static bool
needs_token(const helio_call *call)
{
	return call->login_only || (call->http->options.keeper != NULL &&
	    call->user == NULL && is_for_service(call));
}

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
	    is_for_service(call); i++)
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

static void
set_reply(CURL *easy, helio_call *call)
{
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, reply_on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call->reply);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, reply_on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call->reply);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
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
	else if (is_whole_url(call->target.data) || base == NULL)
		buf_adds(&url, call->target.data);
	else
		buf_addf(&url, "%s%s", base, call->target.data);
	curl_easy_setopt(easy, CURLOPT_URL, url.failed ? "" : url.data);
	secret_buf_free(&url);
}

static void
start_try(helio_call *call, const char *line)
{
	clear_try(call);
	helio_reply_free(call->reply);
	call->reply = calloc(1, sizeof(*call->reply));
	call->easy = curl_easy_init();
	if (call->reply == NULL || call->easy == NULL ||
	    !make_headers(call, line)) {
		fail(call, HELIO_LOCAL, "no memory");
		return;
	}
	call->reply->max = call->http->options.reply_max;
	set_url(call->easy, call);
	set_method(call->easy, call);
	set_limits(call->easy, call);
	set_reply(call->easy, call);
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->sent);
	call->in_flight = loop_transfer(call->http->loop, call->easy);
	call->state = CALL_FLIGHT;
	if (!call->in_flight)
		fail(call, HELIO_LOCAL, "no memory");
}

/* ---- after a try ---- */

static helio_code
code_of(CURLcode curl, const helio_reply *reply)
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

/*
 * How long to wait before the next try in ms, or -1 when there must be none:
 * the request may have had its effect, or another try would not help.
 */
static long
retry_pause(const helio_call *call, CURLcode curl)
{
	helio_code code = code_of(curl, call->reply);
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

/* Go where a redirection leads, if that is wanted and allowed. */
static bool
follow(helio_call *call)
{
	const char *to = NULL, *from = NULL;
	int status = call->reply->status;

	if (status < 301 || status > 308 || call->hops >= call->redirects ||
	    (strcmp(call->method, "GET") != 0 &&
	    strcmp(call->method, "HEAD") != 0))
		return false;
	curl_easy_getinfo(call->easy, CURLINFO_REDIRECT_URL, &to);
	curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_URL, &from);
	if (to == NULL || from == NULL || !same_origin(to, from))
		return false;
	to = strdup(to);
	if (to == NULL)
		return false;
	free(call->location);
	call->location = (char *)to;
	call->hops++;
	begin_try(call);
	return true;
}

static bool
token_denied(const helio_call *call)
{
	const helio_http *http = call->http;

	if (call->token_no == 0 || call->renewed)
		return false;
	return http->denied != NULL ?
	    http->denied(http->denied_arg, call->reply) :
	    call->reply->status == 401;
}

static void
failed_try(helio_call *call, CURLcode curl)
{
	if (call->reply->too_long || curl == CURLE_FILESIZE_EXCEEDED)
		fail(call, HELIO_MALFORMED, "the answer is too long");
	else
		fail(call, code_of(curl, call->reply), *call->curl_error ?
		    call->curl_error : curl_easy_strerror(curl));
}

void
call_transferred(void *arg, CURLcode curl)
{
	helio_call *call = arg;
	long status = 0, pause;
	curl_off_t after = 0;

	call->in_flight = false;
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &after);
	call->reply->status = (int)status;
	call->reply->retry_after_s = (long)after;
	pause = retry_pause(call, curl);
	if (pause >= 0) {
		call->tries++;
		wake_in(call, CALL_PAUSE, pause);
	} else if (curl != CURLE_OK) {
		failed_try(call, curl);
	} else if (token_denied(call)) {
		call->renewed = true;
		ask_token(call);
	} else if (!follow(call)) {
		finish(call, HELIO_DONE);
	}
}

/* ---- tokens ---- */

static void
token_failed(helio_call *call)
{
	helio_code code = call->error.code;

	keeper_blame(call->http->options.keeper, &call->error);
	if (!call->login_only)
		blame_target(call);
	finish(call, code);
}

static void	send_login(helio_call *);

static void
on_login(void *arg, helio_call *login, helio_code code, helio_reply *reply,
    const helio_error *error)
{
	helio_call *call = arg;
	helio_keeper *keeper = call->http->options.keeper;
	bool again = false;

	call->login = NULL;
	helio_call_free(login);
	if (code != HELIO_DONE) {
		call->error = *error;
		keeper_gave_up(keeper, error);
		token_failed(call);
		return;
	}
	code = keeper_got(keeper, reply, &again, &call->error);
	helio_reply_free(reply);
	if (again)
		send_login(call);
	else if (code != HELIO_DONE)
		token_failed(call);
	else if (call->login_only)
		finish(call, HELIO_DONE);
	else
		wake_in(call, CALL_TOKEN, 0);
}

/* It is this call's turn to get a token. */
static void
send_login(helio_call *call)
{
	helio_keeper *keeper = call->http->options.keeper;
	helio_code code = keeper_request(keeper, &call->login, &call->error);

	call->state = CALL_LOGIN;
	if (code == HELIO_DONE) {
		helio_call_anonymous(call->login);
		code = helio_http_start(call->http, call->login, on_login,
		    call, &call->error);
	}
	if (code == HELIO_DONE)
		return;
	helio_call_free(call->login);
	call->login = NULL;
	keeper_gave_up(keeper, &call->error);
	token_failed(call);
}

/* Somebody else is getting one; that takes no longer than tries take. */
static void
wait_token(helio_call *call)
{
	const struct helio_options *options = &call->http->options;
	int64_t now_ms = time_monotonic_ms();

	if (call->waiting_ms == 0)
		call->waiting_ms = now_ms;
	if (now_ms - call->waiting_ms <=
	    2 * (int64_t)options->timeout_ms) {
		wake_in(call, CALL_TOKEN, KEEPER_WAIT_MS);
		return;
	}
	helio_error_set(&call->error, HELIO_TIMED_OUT,
	    "another program has been getting it for too long");
	token_failed(call);
}

static void
ask_token(helio_call *call)
{
	helio_keeper *keeper = call->http->options.keeper;
	char *line = NULL;
	enum keeper_state state;

	call->state = CALL_TOKEN;
	state = call->login_only ? keeper_renew(keeper, &call->error) :
	    keeper_ask(keeper, call->renewed ? call->token_no : 0, &line,
	    &call->token_no, &call->error);
	switch (state) {
	case KEEPER_READY:
		call->waiting_ms = 0;
		start_try(call, line);
		break;
	case KEEPER_FETCH:
		send_login(call);
		break;
	case KEEPER_WAIT:
		wait_token(call);
		break;
	case KEEPER_NONE:
		/* after a 401 with all there is, that is the answer */
		if (call->renewed)
			finish(call, HELIO_DONE);
		else if (call->login_only)
			token_failed(call);
		else
			start_try(call, NULL);
		break;
	case KEEPER_FAILED:
		token_failed(call);
		break;
	}
	secret_free(line);
}

static void
begin_try(helio_call *call)
{
	if (needs_token(call))
		ask_token(call);
	else
		start_try(call, NULL);
}

/* ---- the beginning ---- */

static void
on_time(struct loop_item *item)
{
	begin_try((helio_call *)item);
}

helio_code
helio_http_start(helio_http *http, helio_call *call, helio_done *done,
    void *arg, helio_error *error)
{
	if (under_way(call))
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "the call is under way already");
	if (call->failed)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	if (call->bad)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "a header holds a line end");
	if (http->options.url == NULL && !call->login_only &&
	    !is_whole_url(call->target.data))
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "no URL is given");
	helio_reply_free(call->reply);
	call->reply = NULL;
	call->http = http;
	call->done = done;
	call->arg = arg;
	call->tries = call->hops = 0;
	call->renewed = false;
	call->token_no = 0;
	call->waiting_ms = 0;
	call->item.wake = on_time;
	loop_add(http->loop, &call->item);
	wake_in(call, CALL_PAUSE, 0);
	return HELIO_DONE;
}

helio_code
helio_http_send(helio_http *http, helio_call *call, helio_reply **ret,
    helio_error *error)
{
	helio_code code = helio_http_start(http, call, NULL, NULL, error);

	if (code != HELIO_DONE)
		return code;
	while (!helio_call_is_done(call))
		helio_loop_wait(http->loop, -1);
	return helio_call_take(call, ret, error);
}

helio_code
helio_http_login(helio_http *http, helio_error *error)
{
	helio_call *call;
	helio_reply *none = NULL;
	helio_code code;

	if (http->options.keeper == NULL)
		return helio_error_set(error, HELIO_DENIED,
		    "there is nothing to log in with");
	call = helio_call_new("POST", "");
	if (call == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	call->login_only = true;
	code = helio_http_send(http, call, &none, error);
	helio_call_free(call);
	return code;
}
