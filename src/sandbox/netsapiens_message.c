/* Sessions, the messages in them, and what becomes of a message. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "sandbox/netsapiens.h"

enum { SESSION_MIN = 32, DATA_MAX = 4 << 20 };

static bool
is_session_id(const char *id)
{
	return strlen(id) >= SESSION_MIN && strspn(id, "0123456789_"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
	    strlen(id);
}

/* ---- sessions ---- */

static json_t *
find_session(const struct pbx *pbx, const char *id)
{
	size_t i;
	json_t *session;

	json_array_foreach(pbx->sessions, i, session)
		if (strcmp(pbx_member(session, "messagesession-id"), id) == 0)
			return session;
	return NULL;
}

/* What a message changes in its session. */
static void
touch_session(struct pbx *pbx, json_t *session, const json_t *message,
    bool inbound)
{
	json_t *seen = json_pack("{s:O, s:O, s:O, s:O, s:s}",
	    "messagesession-last-datetime",
	    json_object_get(message, "timestamp"),
	    "messagesession-last-message", json_object_get(message, "text"),
	    "messagesession-last-sender",
	    json_object_get(message, "from-number"),
	    "messagesession-last-type", json_object_get(message, "type"),
	    "messagesession-last-status", inbound ? "unread" : "read");

	json_object_update(session, seen);
	json_decref(seen);
	pbx_publish(pbx, "messagesession", session);
}

/* Newest first: a session that speaks goes to the front. */
static void
to_front(json_t *list, json_t *one)
{
	size_t i;
	json_t *other;

	json_incref(one);
	json_array_foreach(list, i, other)
		if (other == one) {
			json_array_remove(list, i);
			break;
		}
	json_array_insert_new(list, 0, one);
	if (json_array_size(list) > PBX_KEPT_MAX)
		json_array_remove(list, PBX_KEPT_MAX);
}

static json_t *
session_for(struct pbx *pbx, const char *id, const char *ours,
    const char *theirs, const json_t *participants)
{
	char made[PBX_ID_SIZE];
	json_t *session = id != NULL ? find_session(pbx, id) : NULL;

	if (session != NULL) {
		to_front(pbx->sessions, session);
		return session;
	}
	if (id == NULL) {
		pbx_new_id(pbx, made);
		id = made;
	}
	session = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:O}",
	    "user", pbx->user, "domain", pbx->domain,
	    "messagesession-id", id, "messagesession-name", "",
	    "messagesession-remote", theirs, "messagesession-sms-number",
	    ours, "messagesession-participants", participants);
	to_front(pbx->sessions, session);
	json_decref(session);
	return session;
}

/* ---- a message ---- */

struct draft {
	const char	*session;	/* NULL: a new one */
	const char	*type, *text, *from, *to;
	const char	*mime_type, *size;
	const json_t	*participants;
	bool		 inbound;
};

static json_t *
message_record(struct pbx *pbx, const struct draft *draft,
    const json_t *session)
{
	char id[PBX_ID_SIZE];

	pbx_new_id(pbx, id);
	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
	    "s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:n, s:n, s:O, s:O, s:s}",
	    "id", id, "timestamp", pbx_time_text(sandbox_now_us(
	    pbx->sandbox)), "type", draft->type,
	    "domain", pbx->domain, "user", pbx->user,
	    "direction", draft->inbound ? "orig" : "term",
	    "from-number", draft->from,
	    "from-user-id", draft->inbound ? "" : pbx->user,
	    "from-user-agent", "", "from-video-attendee-id", "",
	    "dialed", draft->to, "text", draft->text,
	    "terminating-user-id", draft->inbound ? pbx->user : "",
	    "terminating-number", draft->to,
	    "status", draft->inbound ? "received" : "sending",
	    "media-type", draft->mime_type, "media-size", draft->size,
	    "video-instance-id", "deleted-datetime",
	    "messagesession-id", json_object_get(session,
	    "messagesession-id"), "messagesession-participants",
	    draft->participants, "messagesession-reciever-hostname",
	    "core1.sandbox.example");
}

static const json_t *
add_message(struct pbx *pbx, const struct draft *draft)
{
	const char *ours = draft->inbound ? draft->to : draft->from;
	const char *theirs = draft->inbound ? draft->from : draft->to;
	json_t *session = session_for(pbx, draft->session, ours, theirs,
	    draft->participants);
	json_t *message = message_record(pbx, draft, session);

	to_front(pbx->messages, message);
	json_decref(message);
	if (!draft->inbound)
		json_object_set_new(pbx->due, pbx_member(message, "id"),
		    json_integer(sandbox_now_us(pbx->sandbox) + US_PER_S *
		    sandbox_number(pbx->sandbox, PBX_deliver)));
	touch_session(pbx, session, message, draft->inbound);
	pbx_publish(pbx, "message", message);
	return message;
}

static json_t *
find_message(const struct pbx *pbx, const char *id)
{
	size_t i;
	json_t *message;

	json_array_foreach(pbx->messages, i, message)
		if (strcmp(pbx_member(message, "id"), id) == 0)
			return message;
	return NULL;
}

static void
set_status(struct pbx *pbx, json_t *message, const char *status)
{
	json_object_set_new(message, "status", json_string(status));
	pbx_publish(pbx, "message", message);
}

/* Is a number in a list parted by commas? */
static bool
is_listed(const char *list, const char *number)
{
	size_t n = strlen(number);
	const char *at = list;

	while ((at = strstr(at, number)) != NULL) {
		if ((at == list || at[-1] == ',') &&
		    (at[n] == ',' || at[n] == '\0'))
			return true;
		at++;
	}
	return false;
}

void
pbx_deliver(struct pbx *pbx)
{
	const char *lost = sandbox_text(pbx->sandbox, PBX_undeliverable);
	const char *id;
	json_t *due, *message;
	void *next;

	json_object_foreach_safe(pbx->due, next, id, due) {
		if (json_integer_value(due) > sandbox_now_us(pbx->sandbox))
			continue;
		message = find_message(pbx, id);
		if (message != NULL)
			set_status(pbx, message, is_listed(lost, pbx_member(
			    message, "dialed")) ? "failed" : "delivered");
		json_object_del(pbx->due, id);
	}
}

/* ---- sending ---- */

/* Why a message cannot be sent, or NULL. */
static const char *
fault_of(const json_t *body, const json_t *to)
{
	const char *type = pbx_member(body, "type");
	const json_t *data = json_object_get(body, "data");
	size_t i;
	json_t *one;

	if (strcmp(type, "sms") != 0 && strcmp(type, "mms") != 0 &&
	    strcmp(type, "chat") != 0)
		return "type is sms, mms or chat";
	if (*pbx_member(body, "from-number") == '\0')
		return "from-number is missing";
	if (json_array_size(to) == 0)
		return "destination is missing";
	json_array_foreach(to, i, one)
		if (*(json_string_value(one) != NULL ?
		    json_string_value(one) : "") == '\0')
			return "destination is a list of numbers";
	if (data != NULL && (!json_is_string(data) ||
	    json_string_length(data) > DATA_MAX))
		return "data is base64, at most 4 MB";
	return NULL;
}

/* The service takes a list or one number. */
static json_t *
destinations(const json_t *body)
{
	json_t *to = json_object_get(body, "destination");

	if (json_is_array(to))
		return json_incref(to);
	return json_is_string(to) ? json_pack("[O]", to) : json_array();
}

static void
send_body(struct pbx *pbx, struct sandbox_call *call, const char *session,
    const json_t *body)
{
	json_t *to = destinations(body), *participants = json_copy(to);
	const char *fault = fault_of(body, to);
	struct draft draft = {
		.session = session, .type = pbx_member(body, "type"),
		.text = pbx_member(body, "message"),
		.from = pbx_member(body, "from-number"),
		.mime_type = json_string_value(json_object_get(body,
		    "mime-type")),
		.size = json_string_value(json_object_get(body, "size")),
		.participants = participants,
	};

	if (fault != NULL) {
		pbx_answer(call, 400, fault);
	} else {
		json_array_insert(participants, 0, json_object_get(body,
		    "from-number"));
		draft.to = json_string_value(json_array_get(to, 0));
		pbx_answer_made(pbx, call, add_message(pbx, &draft));
	}
	json_decref(participants);
	json_decref(to);
}

static void
send_in(struct pbx *pbx, struct sandbox_call *call, const char *session)
{
	json_t *body;

	if (!pbx_admitted(pbx, call))
		return;
	body = sandbox_json(call);
	if (session != NULL && !is_session_id(session))
		pbx_answer(call, 400, "messagesession is not valid");
	else if (json_is_object(body))
		send_body(pbx, call, session, body);
	else
		pbx_answer(call, 400, "The body is no JSON object");
	json_decref(body);
}

void
pbx_send_new(void *state, struct sandbox_call *call)
{
	send_in(state, call, NULL);
}

void
pbx_send_known(void *state, struct sandbox_call *call)
{
	send_in(state, call, call->arg[2]);
}

/* ---- reading ---- */

/* Sessions of a domain, and of one user unless that is "*". */
static void
list_sessions(struct pbx *pbx, struct sandbox_call *call, const char *user)
{
	json_t *list, *session;
	size_t i;

	if (!pbx_admitted(pbx, call))
		return;
	list = json_array();
	json_array_foreach(pbx->sessions, i, session)
		if (pbx_is_of(session, pbx_domain(pbx, call->arg[0]), user))
			json_array_append(list, session);
	pbx_answer_list(call, list);
}

void
pbx_get_domain_sessions(void *state, struct sandbox_call *call)
{
	list_sessions(state, call, "*");
}

void
pbx_get_user_sessions(void *state, struct sandbox_call *call)
{
	list_sessions(state, call, pbx_user(state, call->arg[1]));
}

static json_t *
messages_of(const struct pbx *pbx, const char *session)
{
	json_t *list = json_array(), *message;
	size_t i;

	json_array_foreach(pbx->messages, i, message)
		if (strcmp(pbx_member(message, "messagesession-id"),
		    session) == 0)
			json_array_append(list, message);
	return list;
}

/* The session of the path; NULL: the answer says why not. */
static json_t *
session_of_path(struct pbx *pbx, struct sandbox_call *call)
{
	json_t *session;

	if (!pbx_admitted(pbx, call))
		return NULL;
	session = find_session(pbx, call->arg[2]);
	if (session != NULL && pbx_is_of(session, pbx_domain(pbx,
	    call->arg[0]), pbx_user(pbx, call->arg[1])))
		return session;
	pbx_answer(call, 404, "Messagesession not found");
	return NULL;
}

void
pbx_get_messages(void *state, struct sandbox_call *call)
{
	if (session_of_path(state, call) != NULL)
		pbx_answer_list(call, messages_of(state, call->arg[2]));
}

/* ---- changing a session ---- */

void
pbx_put_session(void *state, struct sandbox_call *call)
{
	json_t *session = session_of_path(state, call), *body, *name;

	if (session == NULL)
		return;
	body = sandbox_json(call);
	name = json_object_get(body, "messagesession-name");
	if (json_is_string(name)) {
		json_object_set(session, "messagesession-name", name);
		pbx_answer(call, 202, "Accepted");
	} else {
		pbx_answer(call, 400, "messagesession-name is missing");
	}
	json_decref(body);
}

static void
drop_session(struct pbx *pbx, const json_t *session)
{
	size_t i = json_array_size(pbx->messages);

	while (i-- > 0)
		if (strcmp(pbx_member(json_array_get(pbx->messages, i),
		    "messagesession-id"), pbx_member(session,
		    "messagesession-id")) == 0)
			json_array_remove(pbx->messages, i);
	for (i = 0; json_array_get(pbx->sessions, i) != session; i++)
		;
	json_array_remove(pbx->sessions, i);
}

void
pbx_delete_session(void *state, struct sandbox_call *call)
{
	json_t *session = session_of_path(state, call);

	if (session == NULL)
		return;
	drop_session(state, session);
	pbx_answer(call, 202, "Accepted");
}

/* ---- control ---- */

void
pbx_control_list(void *state, struct sandbox_call *call)
{
	const struct pbx *pbx = state;

	sandbox_answer(call, 200, json_deep_copy(pbx->messages));
}

/* POST /_control/messages {"from", "to", "text", "session"}: one comes in */
void
pbx_control_receive(void *state, struct sandbox_call *call)
{
	json_t *body = sandbox_json(call), *participants;
	const char *session = json_string_value(json_object_get(body,
	    "session"));
	struct draft draft = {
		.session = session, .type = "sms", .inbound = true,
		.text = pbx_member(body, "text"),
		.from = pbx_member(body, "from"), .to = pbx_member(body, "to"),
	};

	participants = json_pack("[s, s]", draft.from, draft.to);
	draft.participants = participants;
	if (session != NULL && !is_session_id(session))
		sandbox_refuse(call, 400, "session is no id of one");
	else
		sandbox_answer(call, 200, json_deep_copy(add_message(state,
		    &draft)));
	json_decref(participants);
	json_decref(body);
}

/* PUT /_control/messages/{id} {"status"}: a message's state changes */
void
pbx_control_status(void *state, struct sandbox_call *call)
{
	struct pbx *pbx = state;
	json_t *message = find_message(pbx, call->arg[0]);
	json_t *body = sandbox_json(call);

	if (message == NULL) {
		sandbox_refuse(call, 404, "no such message");
	} else {
		json_object_del(pbx->due, call->arg[0]);
		set_status(pbx, message, pbx_member(body, "status"));
		sandbox_answer(call, 200, json_deep_copy(message));
	}
	json_decref(body);
}
