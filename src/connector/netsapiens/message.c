/* Messages: sending one, reading sessions and what was said in them. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connector/netsapiens/internal.h"

enum { SESSION_MIN = 32 };

bool
helio_pbx_session_valid(const char *id)
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return n >= SESSION_MIN && id[n] == '\0';
}

static helio_code
check_session(const char *id, helio_error *error)
{
	if (id == NULL || helio_pbx_session_valid(id))
		return HELIO_DONE;
	return helio_error_set(error, HELIO_BAD_INPUT, "session id '%.80s': "
	    "it has at least %d characters, letters, digits and '_'", id,
	    SESSION_MIN);
}

/* ---- sending ---- */

static helio_code
check_type(const char *type, helio_error *error)
{
	static const char *const types[] = { "sms", "mms", "chat" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i], type) == 0)
			return HELIO_DONE;
	return helio_error_set(error, HELIO_BAD_INPUT,
	    "type '%.40s': it is sms, mms or chat", type);
}

static helio_code
check_message(const helio_pbx_message *message, helio_error *error)
{
	helio_code code = check_session(message->session, error);

	if (code == HELIO_DONE)
		code = check_type(pbx_or(message->type, "sms"), error);
	if (code == HELIO_DONE)
		code = pbx_need(message->from, "sender", error);
	if (code == HELIO_DONE && message->n_to == 0)
		code = pbx_need(NULL, "recipient", error);
	for (size_t i = 0; code == HELIO_DONE && i < message->n_to; i++)
		code = pbx_need(message->to[i], "recipient", error);
	if (code == HELIO_DONE && message->media != NULL)
		code = pbx_need(message->mime_type, "media's type", error);
	return code;
}

static void
put_media(struct pbx_body *body, const helio_pbx_message *message)
{
	size_t n = sodium_base64_ENCODED_LEN(message->media_n,
	    sodium_base64_VARIANT_ORIGINAL);
	char *text = malloc(n), size[24];

	if (text != NULL)
		sodium_bin2base64(text, n, message->media, message->media_n,
		    sodium_base64_VARIANT_ORIGINAL);
	pbx_put_json(body, "data", text != NULL ? json_string(text) : NULL);
	pbx_put(body, "mime-type", message->mime_type);
	snprintf(size, sizeof(size), "%zu", message->media_n);
	pbx_put(body, "size", size);
	free(text);
}

static struct pbx_body
message_body(const helio_pbx_message *message)
{
	struct pbx_body body = pbx_body();
	json_t *to = json_array();

	pbx_put(&body, "type", pbx_or(message->type, "sms"));
	pbx_put(&body, "message", pbx_or(message->text, ""));
	for (size_t i = 0; i < message->n_to; i++)
		if (json_array_append_new(to, json_string(message->to[i])) !=
		    0)
			body.failed = true;
	pbx_put_json(&body, "destination", to);
	pbx_put(&body, "from-number", message->from);
	if (message->media != NULL)
		put_media(&body, message);
	return body;
}

helio_code
helio_pbx_send_call(const helio_pbx_message *message, helio_call **ret,
    helio_error *error)
{
	const char *fresh[] = { "domains", "~", "users", "~", "messages",
	    NULL };
	const char *known[] = { "domains", "~", "users", "~",
	    "messagesessions", message->session, "messages", NULL };
	struct pbx_body body;
	helio_code code = check_message(message, error);

	if (code != HELIO_DONE)
		return code;
	body = message_body(message);
	return pbx_finish(pbx_call("POST", message->session != NULL ? known :
	    fresh), &body, ret, error);
}

/* ---- reading ---- */

static helio_call *
range_call(const helio_pbx_range *range)
{
	const char *domain = pbx_or(range->domain, "~");
	const char *user = pbx_or(range->user, "~");
	const char *messages[] = { "domains", domain, "users", user,
	    "messagesessions", range->session, "messages", NULL };
	const char *of_user[] = { "domains", domain, "users", user,
	    "messagesessions", NULL };
	const char *of_domain[] = { "domains", domain, "messagesessions",
	    NULL };

	if (range->session != NULL)
		return pbx_call("GET", messages);
	return pbx_call("GET", range->user != NULL ? of_user : of_domain);
}

static void
put_number(helio_call *call, const char *name, unsigned n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	if (n > 0 && call != NULL)
		helio_call_query(call, name, text);
}

helio_code
helio_pbx_messages_call(const helio_pbx_range *range, helio_call **ret,
    helio_error *error)
{
	helio_code code = check_session(range->session, error);
	helio_call *call;

	if (code != HELIO_DONE)
		return code;
	call = range_call(range);
	put_number(call, "start", range->start);
	put_number(call, "limit", range->limit);
	return pbx_finish(call, NULL, ret, error);
}
