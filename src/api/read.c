/* A call's body, whatever its headers say it is. */
#include <string.h>
#include <strings.h>

#include "api/api.h"
#include "api/body.h"

static bool
starts_with(const char *s, const char *prefix)
{
	return s != NULL && strncasecmp(s, prefix, strlen(prefix)) == 0;
}

static enum helio_rc
check_encoding(struct api_call *call)
{
	const char *encoding = http_header(call->http, "Content-Encoding");

	if (encoding == NULL || *encoding == '\0' ||
	    strcasecmp(encoding, "identity") == 0)
		return HELIO_OK;
	return err_set(&call->err, HELIO_E_MEDIA,
	    "The content encoding is not supported here");
}

/* What failed to parse may be something that nobody said was JSON. */
static enum helio_rc
undecodable(struct api_call *call)
{
	const char *type = http_header(call->http, "Content-Type");

	if (!starts_with(type, "multipart/") &&
	    !starts_with(type, "application/octet-stream"))
		return HELIO_E_DECODE;
	err_clear(&call->err);
	return err_set(&call->err, HELIO_E_MEDIA,
	    "The body must be JSON or a form, not %.60s", type);
}

enum helio_rc
api_read_body(struct api_call *call, bool *ret_form)
{
	enum helio_rc rc = check_encoding(call);
	const char *bytes;
	json_t *body = NULL;
	bool form = false;
	size_t n;

	if (rc != HELIO_OK)
		return rc;
	bytes = http_body(call->http, &n);
	rc = body_parse(bytes, n, call->arena, &body, &form, &call->err);
	if (rc == HELIO_E_DECODE)
		rc = undecodable(call);
	if (rc != HELIO_OK)
		return rc;
	json_decref(call->body);
	call->body = body;
	if (ret_form != NULL)
		*ret_form = form;
	return HELIO_OK;
}
