/* Calls: those going on, and a new one. */
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/times.h"
#include "connector/netsapiens/internal.h"

enum { CALL_ID_SIZE = 32, CALL_ID_TAIL = 6 };

static helio_code
check_calls(const helio_pbx_calls *calls, helio_error *error)
{
	if (calls->count && (calls->user != NULL || calls->id != NULL))
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "calls are counted over a whole domain");
	if (calls->id != NULL && calls->user == NULL)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "one call is that of a user, who is missing");
	return HELIO_DONE;
}

helio_code
helio_pbx_calls_call(const helio_pbx_calls *calls, helio_call **ret,
    helio_error *error)
{
	const char *domain = pbx_or(calls->domain, "~");
	const char *of_domain[] = { "domains", domain, "calls",
	    calls->count ? "count" : NULL, NULL };
	const char *of_user[] = { "domains", domain, "users", calls->user,
	    "calls", calls->id, NULL };
	helio_code code = check_calls(calls, error);

	if (code != HELIO_DONE)
		return code;
	return pbx_finish(pbx_call("GET", calls->user != NULL ? of_user :
	    of_domain), NULL, ret, error);
}

/* "helio20241209222711rk3x9q2": a time and chance. */
static void
new_call_id(char out[CALL_ID_SIZE])
{
	char time[PBX_TIME_SIZE], token[TOKEN_SIZE];
	int n = snprintf(out, CALL_ID_SIZE, "helio");

	pbx_time(time_now_us(), time);
	for (const char *at = time; *at != '\0'; at++)
		if (*at >= '0' && *at <= '9')
			out[n++] = *at;
	token_new(token);
	snprintf(out + n, CALL_ID_SIZE - (size_t)n, "r%.*s", CALL_ID_TAIL,
	    token);
}

static struct pbx_body
dial_body(const helio_pbx_dial *dial, const char *id)
{
	struct pbx_body body = pbx_body();

	pbx_put(&body, "synchronous", dial->synchronous ? "yes" : "no");
	pbx_put(&body, "call-id", id);
	pbx_put(&body, "dial-rule-application", pbx_or(dial->dial_rule,
	    "call"));
	pbx_put(&body, "call-term-user", dial->to);
	pbx_put(&body, "call-orig-user", dial->from);
	pbx_put(&body, "auto-answer-enabled", dial->auto_answer ? "yes" : "no");
	pbx_put(&body, "caller-id-number", dial->caller_id);
	pbx_put(&body, "callback-caller-id-number", dial->callback_caller_id);
	return body;
}

helio_code
helio_pbx_call_call(const helio_pbx_dial *dial, helio_call **ret,
    helio_error *error)
{
	const char *path[] = { "domains", pbx_or(dial->domain, "~"), "users",
	    pbx_or(dial->user, "~"), "calls", NULL };
	char made_up[CALL_ID_SIZE];
	struct pbx_body body;
	helio_code code = pbx_need(dial->from, "caller", error);

	if (code == HELIO_DONE)
		code = pbx_need(dial->to, "number to call", error);
	if (code != HELIO_DONE)
		return code;
	new_call_id(made_up);
	body = dial_body(dial, pbx_or(dial->id, made_up));
	return pbx_finish(pbx_call("POST", path), &body, ret, error);
}
