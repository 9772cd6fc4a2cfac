/* Requests: path, body. */
#include <stdlib.h>
#include <string.h>

#include "connector/netsapiens/internal.h"

helio_call *
pbx_call(const char *method, const char *const *segments)
{
	helio_call *call = helio_call_new(method, PBX_ROOT);

	for (size_t i = 0; call != NULL && segments[i] != NULL; i++)
		helio_call_path(call, segments[i]);
	return call;
}

struct pbx_body
pbx_body(void)
{
	return (struct pbx_body){ json_object(), false };
}

void
pbx_put_json(struct pbx_body *body, const char *name, json_t *value)
{
	if (json_object_set_new(body->root, name, value) != 0)
		body->failed = true;
}

void
pbx_put(struct pbx_body *body, const char *name, const char *value)
{
	if (value != NULL)
		pbx_put_json(body, name, json_string(value));
}

static bool
add_body(helio_call *call, const struct pbx_body *body)
{
	char *text = body->failed ? NULL : json_dumps(body->root,
	    JSON_COMPACT);

	if (text == NULL)
		return false;
	helio_call_body(call, NULL, text, strlen(text));
	explicit_bzero(text, strlen(text));
	free(text);
	return true;
}

helio_code
pbx_finish(helio_call *call, struct pbx_body *body, helio_call **ret,
    helio_error *error)
{
	bool done = call != NULL && (body == NULL || add_body(call, body));

	if (body != NULL) {
		json_decref(body->root);
		body->root = NULL;
	}
	if (!done) {
		helio_call_free(call);
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "a text is not valid UTF-8, or there is no memory");
	}
	*ret = call;
	return HELIO_DONE;
}

const char *
pbx_or(const char *text, const char *fallback)
{
	return text != NULL ? text : fallback;
}

helio_code
pbx_need(const char *text, const char *name, helio_error *error)
{
	if (text != NULL && *text != '\0')
		return HELIO_DONE;
	return helio_error_set(error, HELIO_BAD_INPUT, "the %s is missing",
	    name);
}
