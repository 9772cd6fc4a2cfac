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
	struct helio_options wanted = *options;
	helio_http *http;

	if (options->bad)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "too many headers, or one that holds a line end");
	/* the keeper's alone; there may be thousands of handles */
	wanted.user = wanted.password = wanted.token = NULL;
	wanted.token_file = NULL;
	http = calloc(1, sizeof(*http));
	if (http == NULL || !crypto_start() || options->failed ||
	    !options_copy(&http->options, &wanted)) {
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
leave_loop(helio_call *call)
{
	helio_call *login = call->login;

	try_clear(call);
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
	helio_error error;

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
	error = call->error;
	call->done(call->arg, call, code, reply, &error);
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

/* ---- a try ---- */

/* line: the header of the token, or NULL. */
static void
start(helio_call *call, const char *line)
{
	call->state = CALL_FLIGHT;
	if (!try_start(call, line))
		fail(call, HELIO_LOCAL, "no memory");
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
	if (to == NULL || from == NULL || !url_same_origin(to, from))
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
	else if (curl == CURLE_ABORTED_BY_CALLBACK)
		fail(call, HELIO_UNREACHABLE, "the connection broke");
	else
		fail(call, try_code(curl, call->reply), *call->curl_error ?
		    call->curl_error : curl_easy_strerror(curl));
}

void
call_transferred(void *arg, CURLcode curl)
{
	helio_call *call = arg;
	long status = 0, pause;
	curl_off_t after = 0;

	call->in_flight = false;
	/* libcurl is content with headers that are cut */
	if (curl == CURLE_OK && !call->reply->headed)
		curl = CURLE_GOT_NOTHING;
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &after);
	call->reply->status = (int)status;
	call->reply->retry_after_s = (long)after;
	pause = try_pause(call, curl);
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

static bool
needs_token(const helio_call *call)
{
	return call->login_only || (call->http->options.keeper != NULL &&
	    call->user == NULL && call_is_for_service(call));
}

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
	code = keeper_got(keeper, reply, &again, &call->got_no, &call->error);
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
	const struct keeper_wish wish = {
		.refused = call->renewed ? call->token_no : 0,
		.got = call->got_no,
	};
	char *line = NULL;
	enum keeper_state state;

	call->state = CALL_TOKEN;
	state = call->login_only ? keeper_renew(keeper, &call->error) :
	    keeper_ask(keeper, &wish, &line, &call->token_no, &call->error);
	switch (state) {
	case KEEPER_READY:
		call->waiting_ms = 0;
		start(call, line);
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
			start(call, NULL);
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
		start(call, NULL);
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
	    !url_is_whole(call->target.data))
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "no URL is given");
	helio_reply_free(call->reply);
	call->reply = NULL;
	call->http = http;
	call->done = done;
	call->arg = arg;
	call->tries = call->hops = 0;
	call->renewed = false;
	call->token_no = call->got_no = 0;
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
