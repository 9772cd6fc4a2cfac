/* The transport: what goes out, what comes back, and what goes wrong. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helio/http.h"
#include "http_stub.h"

struct script {
	struct http_stub *stub;
	helio_options	*options;
	helio_http	*http;
	_Atomic(const char *) answer;	/* raw bytes; NULL: 200, and end */
	_Atomic enum stub_end end;
	atomic_uint	 from;		/* the request from which all is well */
	pthread_mutex_t	 lock;		/* of what follows */
	char		 seen[4096];	/* the last request */
};

static enum stub_end
handle(void *arg, const struct stub_request *request, struct buf *answer)
{
	struct script *script = arg;

	pthread_mutex_lock(&script->lock);
	snprintf(script->seen, sizeof(script->seen), "%s%s", request->head,
	    request->body);
	pthread_mutex_unlock(&script->lock);
	if (script->from != 0 && request->no >= script->from) {
		stub_answer(answer, 200, "Connection: close\r\n", "well");
		return STUB_CLOSE;
	}
	if (script->answer != NULL)
		buf_adds(answer, script->answer);
	else if (script->end == STUB_KEEP)
		stub_answer(answer, 200, "X-Said: yes\r\n", "plain");
	return script->end;
}

/* The last request; the stub is silent meanwhile. */
static const char *
seen(struct script *script)
{
	pthread_mutex_lock(&script->lock);
	pthread_mutex_unlock(&script->lock);
	return script->seen;
}

static int
setup(void **state)
{
	struct script *script = calloc(1, sizeof(*script));
	helio_error error;

	pthread_mutex_init(&script->lock, NULL);
	script->stub = stub_start(handle, script);
	script->options = helio_options_new();
	helio_options_url(script->options, stub_url(script->stub));
	helio_options_back_off(script->options, 1, 4);
	helio_options_reply_max(script->options, 1000);
	*state = script;
	return helio_http_new(script->options, &script->http, &error);
}

static int
teardown(void **state)
{
	struct script *script = *state;

	helio_http_free(script->http);
	helio_options_free(script->options);
	stub_stop(script->stub);
	free(script);
	return 0;
}

/* With the options as they are now. */
static void
renew_http(struct script *script)
{
	helio_error error;

	helio_http_free(script->http);
	assert_int_equal(helio_http_new(script->options, &script->http,
	    &error), HELIO_DONE);
}

static helio_code
send_call(struct script *script, helio_call *call, helio_error *error)
{
	helio_reply *reply = NULL;
	helio_code code = helio_http_send(script->http, call, &reply, error);

	assert_true((code == HELIO_DONE) == (reply != NULL));
	helio_reply_free(reply);
	return code;
}

static helio_code
get(struct script *script, helio_error *error)
{
	helio_call *call = helio_call_new("GET", "/x");
	helio_code code = send_call(script, call, error);

	helio_call_free(call);
	return code;
}

/* ---- what goes out ---- */

static void
sends_what_is_described(void **state)
{
	struct script *script = *state;
	helio_call *call = helio_call_new("POST", "/base");
	helio_reply *reply;
	helio_error error;
	size_t n;

	helio_call_path(call, "a/b c~");
	helio_call_query_raw(call, "start", "2020-01-01T00:00:00.000Z");
	helio_call_query(call, "q", "x&y=1:2");
	helio_call_header(call, "X-One", "1");
	helio_call_body(call, NULL, "{\"a\": 1}", 8);
	assert_int_equal(helio_http_send(script->http, call, &reply, &error),
	    HELIO_DONE);
	assert_int_equal(helio_reply_status(reply), 200);
	assert_string_equal(helio_reply_body(reply, &n), "plain");
	assert_int_equal(n, 5);
	assert_string_equal(helio_reply_header(reply, "x-said"), "yes");
	assert_null(helio_reply_header(reply, "X-Sai"));
	helio_reply_free(reply);
	helio_call_free(call);
	assert_non_null(strstr(seen(script), "POST /base/a%2Fb%20c~?start="
	    "2020-01-01T00:00:00.000Z&q=x%26y%3D1%3A2 HTTP/1.1\r\n"));
	assert_non_null(strstr(seen(script), "\r\nX-One: 1\r\n"));
	assert_non_null(strstr(seen(script),
	    "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(seen(script), "\r\n\r\n{\"a\": 1}"));
}

static void
sends_forms_and_names(void **state)
{
	struct script *script = *state;
	helio_call *call = helio_call_new("POST", "/token");
	helio_error error;

	helio_call_form(call, "grant_type", "client_credentials");
	helio_call_form(call, "x", "a b&c");
	helio_call_basic(call, "id", "secret");
	assert_int_equal(send_call(script, call, &error), HELIO_DONE);
	helio_call_free(call);
	assert_non_null(strstr(seen(script),
	    "\r\nAuthorization: Basic aWQ6c2VjcmV0\r\n"));
	assert_non_null(strstr(seen(script),
	    "\r\n\r\ngrant_type=client_credentials&x=a%20b%26c"));
}

static void
headers_of_the_service_stay_with_it(void **state)
{
	struct script *script = *state, *other;
	void *other_state;
	helio_call *call;
	helio_error error;
	char url[100];

	helio_options_header(script->options, "X-Secret", "sesame");
	renew_http(script);
	get(script, &error);
	assert_non_null(strstr(seen(script), "\r\nX-Secret: sesame\r\n"));

	setup(&other_state);
	other = other_state;
	snprintf(url, sizeof(url), "%s/x", stub_url(other->stub));
	call = helio_call_new("GET", url);
	assert_int_equal(send_call(script, call, &error), HELIO_DONE);
	assert_non_null(strstr(seen(other), "GET /x"));
	assert_null(strstr(seen(other), "sesame"));
	helio_call_free(call);
	teardown(&other_state);
}

static void
a_header_is_one_line(void **state)
{
	struct script *script = *state;
	helio_call *call = helio_call_new("GET", "/x");
	helio_error error;

	helio_call_header(call, "X-A", "b\r\nX-C: d");
	assert_int_equal(send_call(script, call, &error), HELIO_BAD_INPUT);
	helio_call_free(call);
	assert_int_equal(stub_count(script->stub), 0);
}

static void
connections_are_used_again(void **state)
{
	struct script *script = *state;
	helio_error error;

	for (int i = 0; i < 5; i++)
		assert_int_equal(get(script, &error), HELIO_DONE);
	assert_int_equal(stub_count(script->stub), 5);
	assert_int_equal(stub_connections(script->stub), 1);
}

/* ---- what goes wrong ---- */

static void
a_lost_answer_is_asked_for_again(void **state)
{
	struct script *script = *state;
	helio_call *call = helio_call_new("POST", "/x");
	helio_error error;

	script->end = STUB_RESET;
	script->from = 3;
	assert_int_equal(get(script, &error), HELIO_DONE);
	assert_int_equal(stub_count(script->stub), 3);
	script->from = 0;
	assert_int_equal(get(script, &error), HELIO_UNREACHABLE);
	assert_int_equal(stub_count(script->stub), 7);
	/* its effect is not known */
	assert_int_equal(send_call(script, call, &error), HELIO_UNREACHABLE);
	assert_int_equal(stub_count(script->stub), 8);
	assert_non_null(strstr(error.text, "POST /x: "));
	assert_true(strlen(helio_error_cause(&error)) < strlen(error.text));
	helio_call_repeatable(call, true);
	helio_call_retries(call, 1);
	assert_int_equal(send_call(script, call, &error), HELIO_UNREACHABLE);
	assert_int_equal(stub_count(script->stub), 10);
	helio_call_free(call);
}

/* On a connection that was used before, libcurl would send it again. */
static void
an_effect_is_not_had_twice(void **state)
{
	struct script *script = *state;
	helio_call *call = helio_call_new("POST", "/x");
	helio_error error;

	assert_int_equal(get(script, &error), HELIO_DONE);
	script->end = STUB_RESET;
	assert_int_equal(send_call(script, call, &error), HELIO_UNREACHABLE);
	assert_int_equal(stub_count(script->stub), 2);
	helio_call_free(call);
}

static void
broken_answers_are_told(void **state)
{
	static const struct {
		const char	*answer;
		enum stub_end	 end;
		helio_code	 code;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
		    STUB_CLOSE, HELIO_UNREACHABLE },
		{ "HTTP/1.1 200 OK\r\nContent-Le", STUB_CLOSE,
		    HELIO_UNREACHABLE },
		{ "", STUB_CLOSE, HELIO_UNREACHABLE },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"
		    "ab", STUB_RESET, HELIO_UNREACHABLE },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
		    STUB_HANG, HELIO_MALFORMED },
		{ "this is no HTTP\r\n\r\n", STUB_CLOSE, HELIO_MALFORMED },
		{ "HTTP/1.1 200 OK\r\n", STUB_HANG, HELIO_TIMED_OUT },
		{ "", STUB_HANG, HELIO_TIMED_OUT },
	};
	struct script *script = *state;
	helio_error error;

	helio_options_retries(script->options, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		helio_options_timeout(script->options,
		    cases[i].code == HELIO_TIMED_OUT ? 200 : 30000);
		renew_http(script);
		script->answer = cases[i].answer;
		script->end = cases[i].end;
		error = (helio_error){ 0 };
		if (get(script, &error) != cases[i].code)
			fail_msg("case %zu: %s: %s", i,
			    helio_code_name(error.code), error.text);
		assert_non_null(strstr(error.text, "GET /x: "));
	}
}

/* Without a length, so that it shows only as the bytes come. */
static void
an_endless_answer_is_cut(void **state)
{
	struct script *script = *state;
	struct buf long_one = BUF_INIT;
	helio_error error;

	buf_adds(&long_one, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	for (int i = 0; i < 1001; i++)
		buf_addc(&long_one, 'x');
	script->answer = long_one.data;
	script->end = STUB_CLOSE;
	assert_int_equal(get(script, &error), HELIO_MALFORMED);
	assert_non_null(strstr(error.text, "too long"));
	buf_reset(&long_one);
	buf_adds(&long_one, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 20000; i++)
		buf_addf(&long_one, "X-%d: yyyyyyyyyyyyyyyy\r\n", i);
	script->answer = long_one.data;
	assert_int_equal(get(script, &error), HELIO_MALFORMED);
	assert_int_equal(stub_count(script->stub), 2);
	buf_free(&long_one);
}

static void
nobody_there(void **state)
{
	struct script *script = *state;
	helio_error error;

	helio_options_url(script->options, "http://127.0.0.1:1");
	renew_http(script);
	assert_int_equal(get(script, &error), HELIO_UNREACHABLE);
	helio_options_url(script->options, "nonsense://x");
	renew_http(script);
	assert_int_not_equal(get(script, &error), HELIO_DONE);
	helio_options_url(script->options, NULL);
	renew_http(script);
	assert_int_equal(get(script, &error), HELIO_BAD_INPUT);
}

static void
a_busy_server_is_waited_for_within_bounds(void **state)
{
	struct script *script = *state;
	helio_error error;

	/* what it asks for is too long, or nothing: the answer is the 503 */
	script->answer = "HTTP/1.1 503 Busy\r\nRetry-After: 61\r\n"
	    "Content-Length: 0\r\n\r\n";
	assert_int_equal(get(script, &error), HELIO_DONE);
	script->answer = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
	assert_int_equal(get(script, &error), HELIO_DONE);
	script->answer = "HTTP/1.1 429 Busy\r\nRetry-After: "
	    "Fri, 01 Jan 2100 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n";
	assert_int_equal(get(script, &error), HELIO_DONE);
	assert_int_equal(stub_count(script->stub), 3);
	/* a date in the past is at once, or nearly */
	script->answer = "HTTP/1.1 429 Busy\r\nRetry-After: "
	    "Fri, 01 Jan 2010 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n";
	script->from = 5;
	assert_int_equal(get(script, &error), HELIO_DONE);
	assert_int_equal(stub_count(script->stub), 5);
}

static void
redirections_are_followed_when_asked(void **state)
{
	struct script *script = *state;
	helio_call *call = helio_call_new("GET", "/x");
	helio_reply *reply;
	helio_error error;

	script->answer = "HTTP/1.1 302 There\r\nLocation: /there?a=1\r\n"
	    "Content-Length: 0\r\n\r\n";
	script->from = 3;
	assert_int_equal(helio_http_send(script->http, call, &reply, &error),
	    HELIO_DONE);
	assert_int_equal(helio_reply_status(reply), 302);
	helio_reply_free(reply);
	helio_call_redirects(call, 2);
	assert_int_equal(helio_http_send(script->http, call, &reply, &error),
	    HELIO_DONE);
	assert_int_equal(helio_reply_status(reply), 200);
	assert_non_null(strstr(seen(script), "GET /there?a=1 "));
	helio_reply_free(reply);
	/* not to somebody else, and not for ever */
	script->from = 0;
	assert_int_equal(helio_http_send(script->http, call, &reply, &error),
	    HELIO_DONE);
	assert_int_equal(helio_reply_status(reply), 302);
	assert_int_equal(stub_count(script->stub), 6);
	helio_reply_free(reply);
	script->answer = "HTTP/1.1 302 There\r\nLocation: "
	    "http://127.0.0.1:1/there\r\nContent-Length: 0\r\n\r\n";
	assert_int_equal(helio_http_send(script->http, call, &reply, &error),
	    HELIO_DONE);
	assert_int_equal(helio_reply_status(reply), 302);
	helio_reply_free(reply);
	helio_call_free(call);
}

static void
refusals_have_their_reason(void **state)
{
	struct script *script = *state;
	helio_call *call = helio_call_new("GET", "/x");
	helio_reply *reply;
	helio_error error;

	script->answer = "HTTP/1.1 404 No\r\nContent-Length: 32\r\n\r\n"
	    "{\"code\":404,\"message\":\"no such\"}";
	assert_int_equal(helio_http_send(script->http, call, &reply, &error),
	    HELIO_DONE);
	assert_int_equal(helio_reply_check(reply, &error), HELIO_REFUSED);
	assert_int_equal(error.status, 404);
	assert_string_equal(error.text, "status 404: no such");
	helio_reply_free(reply);
	script->answer = "HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\n\n<!";
	assert_int_equal(helio_http_send(script->http, call, &reply, &error),
	    HELIO_DONE);
	assert_int_equal(helio_reply_check(reply, &error), HELIO_UNAVAILABLE);
	assert_string_equal(error.text, "status 500");
	helio_reply_free(reply);
	helio_call_free(call);
}

/* ---- many at once ---- */

struct many {
	struct script	*script;
	unsigned	 done, again;
};

static void
on_done(void *arg, helio_call *call, helio_code code, helio_reply *reply,
    const helio_error *error)
{
	struct many *many = arg;
	helio_error own;

	assert_int_equal(code, HELIO_DONE);
	assert_int_equal(helio_reply_status(reply), 200);
	helio_reply_free(reply);
	many->done++;
	if (many->again > 0) {
		many->again--;
		assert_int_equal(helio_http_start(many->script->http, call,
		    on_done, many, &own), HELIO_DONE);
	} else {
		helio_call_free(call);
	}
}

/* As an event loop would. */
static void
drive(helio_loop *loop)
{
	while (helio_loop_pending(loop) > 0) {
		struct pollfd fd = { helio_loop_fd(loop), POLLIN, 0 };

		poll(&fd, 1, (int)helio_loop_timeout_ms(loop));
		helio_loop_run(loop);
	}
}

static void
many_calls_at_once(void **state)
{
	struct many many = { .script = *state, .again = 10 };
	helio_loop *loop = helio_http_loop(many.script->http);
	helio_call *dropped = helio_call_new("GET", "/x");
	helio_error error;

	for (int i = 0; i < 20; i++)
		assert_int_equal(helio_http_start(many.script->http,
		    helio_call_new("GET", "/x"), on_done, &many, &error),
		    HELIO_DONE);
	assert_int_equal(helio_http_start(many.script->http, dropped, on_done,
	    &many, &error), HELIO_DONE);
	assert_int_equal(helio_http_start(many.script->http, dropped, on_done,
	    &many, &error), HELIO_BAD_INPUT);
	assert_int_equal(many.done, 0);
	assert_int_equal(helio_loop_pending(loop), 21);
	helio_call_cancel(dropped);
	assert_int_equal(helio_loop_pending(loop), 20);
	drive(loop);
	assert_int_equal(many.done, 30);
	assert_true(helio_loop_timeout_ms(loop) == -1 ||
	    helio_loop_timeout_ms(loop) >= 0);
	helio_call_free(dropped);
}

static void
calls_are_asked_whether_they_are_done(void **state)
{
	struct script *script = *state;
	helio_call *call = helio_call_new("GET", "/x");
	helio_reply *reply;
	helio_error error;

	assert_int_equal(helio_call_take(call, &reply, &error),
	    HELIO_BAD_INPUT);
	assert_int_equal(helio_http_start(script->http, call, NULL, NULL,
	    &error), HELIO_DONE);
	while (!helio_call_is_done(call))
		helio_loop_wait(helio_http_loop(script->http), -1);
	assert_int_equal(helio_call_take(call, &reply, &error), HELIO_DONE);
	helio_reply_free(reply);
	assert_int_equal(helio_call_take(call, &reply, &error),
	    HELIO_BAD_INPUT);
	helio_call_free(call);
}

static void
services_share_a_loop_and_may_go_first(void **state)
{
	struct script *script = *state;
	helio_loop *loop = helio_loop_new();
	helio_http *http;
	helio_call *call = helio_call_new("GET", "/x");
	helio_error error;

	helio_options_loop(script->options, loop);
	renew_http(script);
	assert_int_equal(helio_http_new(script->options, &http, &error),
	    HELIO_DONE);
	script->end = STUB_HANG;
	assert_int_equal(helio_http_start(http, call, on_done, NULL, &error),
	    HELIO_DONE);
	while (stub_count(script->stub) == 0)
		helio_loop_wait(loop, 10);
	helio_http_free(http);
	assert_int_equal(helio_loop_pending(loop), 0);
	script->end = STUB_KEEP;
	assert_int_equal(helio_http_start(script->http, call, on_done, NULL,
	    &error), HELIO_DONE);
	helio_http_free(script->http);
	script->http = NULL;
	helio_loop_free(loop);
	helio_call_free(call);
}

/* ---- trails ---- */

static void
trails_grow_outwards(void **state)
{
	helio_error error;

	assert_int_equal(helio_error_set(&error, HELIO_LOCAL, "%s", "cause"),
	    HELIO_LOCAL);
	assert_int_equal(helio_error_step(&error, "step %d", 1), HELIO_LOCAL);
	helio_error_step(&error, "outer");
	assert_string_equal(error.text, "outer: step 1: cause");
	assert_string_equal(helio_error_cause(&error), "cause");
	for (int i = 0; i < 100; i++)
		helio_error_step(&error, "%0100d", i);
	assert_true(strlen(error.text) < sizeof(error.text));
	assert_string_equal(helio_error_cause(&error), "cause");
	assert_string_equal(helio_code_name(HELIO_MALFORMED), "malformed");
	assert_string_equal(helio_code_name((helio_code)99), "unknown");
}

int
main(void)
{
#define SCRIPTED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		SCRIPTED(sends_what_is_described),
		SCRIPTED(sends_forms_and_names),
		SCRIPTED(headers_of_the_service_stay_with_it),
		SCRIPTED(a_header_is_one_line),
		SCRIPTED(connections_are_used_again),
		SCRIPTED(a_lost_answer_is_asked_for_again),
		SCRIPTED(an_effect_is_not_had_twice),
		SCRIPTED(broken_answers_are_told),
		SCRIPTED(an_endless_answer_is_cut),
		SCRIPTED(nobody_there),
		SCRIPTED(a_busy_server_is_waited_for_within_bounds),
		SCRIPTED(redirections_are_followed_when_asked),
		SCRIPTED(refusals_have_their_reason),
		SCRIPTED(many_calls_at_once),
		SCRIPTED(calls_are_asked_whether_they_are_done),
		SCRIPTED(services_share_a_loop_and_may_go_first),
		cmocka_unit_test(trails_grow_outwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
