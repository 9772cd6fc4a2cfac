/* Calls: placed, going on, over. */
#include <stdio.h>
#include <string.h>

#include "base/times.h"
#include "sandbox/netsapiens.h"

static json_t *
find_call(const struct pbx *pbx, const char *id, size_t *ret_i)
{
	size_t i;
	json_t *one;

	json_array_foreach(pbx->calls, i, one)
		if (strcmp(pbx_member(one, "call-id"), id) == 0) {
			*ret_i = i;
			return one;
		}
	return NULL;
}

static json_t *
calls_of(struct pbx *pbx, const char *domain, const char *user)
{
	json_t *list = json_array(), *one;
	size_t i;

	json_array_foreach(pbx->calls, i, one)
		if (pbx_is_of(one, pbx_domain(pbx, domain), user))
			json_array_append(list, one);
	return list;
}

void
pbx_get_calls(void *state, struct sandbox_call *call)
{
	if (pbx_admitted(state, call))
		pbx_answer_list(call, calls_of(state, call->arg[0], "*"));
}

void
pbx_get_user_calls(void *state, struct sandbox_call *call)
{
	if (pbx_admitted(state, call))
		pbx_answer_list(call, calls_of(state, call->arg[0],
		    pbx_user(state, call->arg[1])));
}

void
pbx_count_calls(void *state, struct sandbox_call *call)
{
	json_t *list;

	if (!pbx_admitted(state, call))
		return;
	list = calls_of(state, call->arg[0], "*");
	sandbox_answer(call, 200, json_pack("{s:I}", "total",
	    (json_int_t)json_array_size(list)));
	json_decref(list);
}

void
pbx_get_call(void *state, struct sandbox_call *call)
{
	json_t *one;
	size_t at;

	if (!pbx_admitted(state, call))
		return;
	one = find_call(state, call->arg[2], &at);
	if (one != NULL && pbx_is_of(one, pbx_domain(state, call->arg[0]),
	    pbx_user(state, call->arg[1])))
		sandbox_answer(call, 200, json_deep_copy(one));
	else
		pbx_answer(call, 404, "Call not found");
}

/* GET .../users/{user}: some clients look there for a user's calls. */
void
pbx_get_user(void *state, struct sandbox_call *call)
{
	const struct pbx *pbx = state;

	if (!pbx_admitted(state, call))
		return;
	if (strcmp(pbx_domain(pbx, call->arg[0]), pbx->domain) != 0 ||
	    strcmp(pbx_user(pbx, call->arg[1]), pbx->user) != 0) {
		pbx_answer(call, 404, "User not found");
		return;
	}
	sandbox_answer(call, 200, json_pack("{s:s, s:s, s:s, s:I}",
	    "user", pbx->user, "domain", pbx->domain, "name-full-name",
	    "Sandbox User", "active-calls-total-current",
	    (json_int_t)json_array_size(pbx->calls)));
}

static json_t *
new_call(struct pbx *pbx, struct sandbox_call *call, const json_t *body)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:O?}",
	    "call-id", pbx_member(body, "call-id"),
	    "domain", pbx_domain(pbx, call->arg[0]),
	    "user", pbx_user(pbx, call->arg[1]),
	    "call-orig-user", pbx_member(body, "call-orig-user"),
	    "call-term-user", pbx_member(body, "call-term-user"),
	    "call-state", "progressing",
	    "call-start-datetime", pbx_time_text(sandbox_now_us(
	    pbx->sandbox)), "caller-id-number",
	    json_object_get(body, "caller-id-number"));
}

static void
place(struct pbx *pbx, struct sandbox_call *call, const json_t *body)
{
	json_t *one;
	size_t at;

	if (*pbx_member(body, "call-id") == '\0' ||
	    *pbx_member(body, "call-orig-user") == '\0' ||
	    *pbx_member(body, "call-term-user") == '\0') {
		pbx_answer(call, 400, "call-id, call-orig-user and "
		    "call-term-user are needed");
	} else if (find_call(pbx, pbx_member(body, "call-id"), &at) != NULL) {
		pbx_answer(call, 409, "Call already exists");
	} else if (json_array_size(pbx->calls) == PBX_KEPT_MAX) {
		pbx_answer(call, 400, "There are too many calls");
	} else {
		one = new_call(pbx, call, body);
		json_array_append(pbx->calls, one);
		pbx_publish(pbx, "call", one);
		if (strcmp(pbx_member(body, "synchronous"), "yes") == 0)
			sandbox_answer(call, 200, json_deep_copy(one));
		else
			pbx_answer(call, 202, "Accepted");
		json_decref(one);
	}
}

void
pbx_post_call(void *state, struct sandbox_call *call)
{
	json_t *body;

	if (!pbx_admitted(state, call))
		return;
	body = sandbox_json(call);
	if (json_is_object(body))
		place(state, call, body);
	else
		pbx_answer(call, 400, "The body is no JSON object");
	json_decref(body);
}

/* DELETE /_control/calls/{id}: it is over. */
void
pbx_control_hang_up(void *state, struct sandbox_call *call)
{
	struct pbx *pbx = state;
	size_t at;

	if (find_call(pbx, call->arg[0], &at) == NULL) {
		sandbox_refuse(call, 404, "no such call");
		return;
	}
	json_array_remove(pbx->calls, at);
	sandbox_answer(call, 200, json_object());
}
