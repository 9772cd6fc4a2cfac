/* Calls as they are described: method, target, headers, body, limits. */
#include <stdlib.h>
#include <string.h>

#include "client/call.h"

helio_call *
helio_call_new(const char *method, const char *target)
{
	helio_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->method = strdup(method);
	buf_adds(&call->target, target);
	call->has_query = strchr(target, '?') != NULL;
	call->timeout_ms = call->retries = -1;
	call->repeatable = strcmp(method, "POST") != 0 &&
	    strcmp(method, "PATCH") != 0;
	if (call->method == NULL || call->target.failed) {
		helio_call_free(call);
		return NULL;
	}
	return call;
}

void
header_list_free(struct curl_slist *list)
{
	for (struct curl_slist *at = list; at != NULL; at = at->next)
		explicit_bzero(at->data, strlen(at->data));
	curl_slist_free_all(list);
}

void
helio_call_free(helio_call *call)
{
	if (call == NULL)
		return;
	helio_call_cancel(call);
	helio_reply_free(call->reply);
	free(call->method);
	secret_buf_free(&call->target);
	secret_buf_free(&call->body);
	free(call->type);
	free(call->user);
	secret_free(call->password);
	header_list_free(call->headers);
	free(call);
}

/* RFC 3986: unreserved characters stay. */
static void
add_encoded(struct buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text != '\0'; text++)
		if (strchr(plain, *text) != NULL)
			buf_addc(out, *text);
		else
			buf_addf(out, "%%%02X", (unsigned char)*text);
}

void
helio_call_path(helio_call *call, const char *segment)
{
	buf_addc(&call->target, '/');
	add_encoded(&call->target, segment);
	call->failed |= call->target.failed;
}

static void
add_query_mark(helio_call *call)
{
	buf_addc(&call->target, call->has_query ? '&' : '?');
	call->has_query = true;
}

void
helio_call_query(helio_call *call, const char *name, const char *value)
{
	add_query_mark(call);
	add_encoded(&call->target, name);
	buf_addc(&call->target, '=');
	add_encoded(&call->target, value);
	call->failed |= call->target.failed;
}

void
helio_call_query_raw(helio_call *call, const char *name, const char *value)
{
	add_query_mark(call);
	buf_addf(&call->target, "%s=%s", name, value);
	call->failed |= call->target.failed;
}

void
helio_call_header(helio_call *call, const char *name, const char *value)
{
	struct buf line = BUF_INIT;
	struct curl_slist *list;

	call->bad |= !header_is_sane(name, value);
	buf_addf(&line, "%s: %s", name, value);
	list = line.failed ? NULL :
	    curl_slist_append(call->headers, line.data);
	if (list != NULL)
		call->headers = list;
	else
		call->failed = true;
	secret_buf_free(&line);
}

static void
set_type(helio_call *call, const char *type)
{
	free(call->type);
	call->type = strdup(type);
	call->failed |= call->type == NULL;
}

void
helio_call_body(helio_call *call, const char *type, const void *body,
    size_t n)
{
	secret_buf_free(&call->body);
	buf_add(&call->body, body, n);
	set_type(call, type != NULL ? type : "application/json");
	call->has_body = true;
	call->failed |= call->body.failed;
}

void
helio_call_form(helio_call *call, const char *name, const char *value)
{
	if (!call->has_body)
		set_type(call, "application/x-www-form-urlencoded");
	if (call->body.len > 0)
		buf_addc(&call->body, '&');
	add_encoded(&call->body, name);
	buf_addc(&call->body, '=');
	add_encoded(&call->body, value);
	call->has_body = true;
	call->failed |= call->body.failed;
}

void
helio_call_basic(helio_call *call, const char *user, const char *password)
{
	free(call->user);
	secret_free(call->password);
	call->user = strdup(user);
	call->password = secret_copy(password);
	call->failed |= call->user == NULL || call->password == NULL;
}

void
helio_call_anonymous(helio_call *call)
{
	call->anonymous = true;
}

void
helio_call_timeout(helio_call *call, long ms)
{
	call->timeout_ms = ms;
}

void
helio_call_retries(helio_call *call, unsigned retries)
{
	call->retries = retries;
}

void
helio_call_repeatable(helio_call *call, bool repeatable)
{
	call->repeatable = repeatable;
}

void
helio_call_redirects(helio_call *call, unsigned most)
{
	call->redirects = most;
}

bool
helio_call_is_done(const helio_call *call)
{
	return call->state == CALL_DONE;
}

helio_code
helio_call_take(helio_call *call, helio_reply **ret, helio_error *error)
{
	if (call->state != CALL_DONE)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "the call is not done");
	call->state = CALL_IDLE;
	if (call->code == HELIO_DONE)
		*ret = call->reply;
	else
		*error = call->error;
	call->reply = NULL;
	return call->code;
}
