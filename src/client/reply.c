/* Replies: collected from libcurl, and read. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/internal.h"

enum {
	HEADERS_MAX = 256 << 10,
	REASON_MAX = 200,	/* bytes of a body that are quoted */
};

size_t
reply_on_body(char *data, size_t size, size_t n, void *arg)
{
	helio_reply *reply = arg;

	if (n > reply->max || reply->body.len > reply->max - n) {
		reply->too_long = true;
		return 0;
	}
	buf_add(&reply->body, data, n);
	return reply->body.failed ? 0 : n;
}

size_t
reply_on_header(char *data, size_t size, size_t n, void *arg)
{
	helio_reply *reply = arg;

	/* a new status line: what came before was a 100-continue */
	if (n > 5 && memcmp(data, "HTTP/", 5) == 0) {
		buf_reset(&reply->headers);
		reply->headed = false;
	}
	reply->headed |= *data == '\r' || *data == '\n';
	if (n > HEADERS_MAX || reply->headers.len > HEADERS_MAX - n) {
		reply->too_long = true;
		return 0;
	}
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

/* What a service says of the reason, in the forms that are common. */
static const char *
reason_member(json_t *root)
{
	static const char *const names[] = {
		"message", "error_description", "error",
	};
	const char *text = NULL;

	for (size_t i = 0; i < 3 && text == NULL; i++)
		text = json_string_value(json_object_get(root, names[i]));
	return text;
}

helio_code
helio_reply_check(const helio_reply *reply, helio_error *error)
{
	size_t n;
	const char *body = helio_reply_body(reply, &n);
	json_t *root;
	const char *reason;

	if (reply->status >= 200 && reply->status < 300)
		return HELIO_DONE;
	root = json_loadb(body, n, 0, NULL);
	reason = reason_member(root);
	helio_error_set(error, reply->status == 429 || reply->status >= 500 ?
	    HELIO_UNAVAILABLE : HELIO_REFUSED, "status %d%s%.*s",
	    reply->status, reason != NULL ? ": " : "", REASON_MAX,
	    reason != NULL ? reason : "");
	error->status = reply->status;
	json_decref(root);
	return error->code;
}

void
helio_reply_free(helio_reply *reply)
{
	if (reply == NULL)
		return;
	secret_buf_free(&reply->body);	/* a login's answer is one, too */
	buf_free(&reply->headers);
	free(reply->value);
	free(reply);
}
