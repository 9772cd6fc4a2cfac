/* What handlers use: bodies in, answers out, random numbers. */
#include <stdlib.h>
#include <string.h>

#include "http/query.h"
#include "sandbox/internal.h"

json_t *
sandbox_json(const struct sandbox_call *call)
{
	return json_loadb(call->body, call->n, JSON_REJECT_DUPLICATES |
	    JSON_DECODE_ANY, NULL);
}

const char *
sandbox_form(const struct sandbox_call *call, const char *name)
{
	return http_query_find(http_arena(call->http), call->body, name);
}

void
sandbox_answer_text(struct sandbox_call *call, unsigned status,
    const char *content_type, const char *text)
{
	call->status = status;
	call->content_type = content_type;
	buf_reset(&call->out);
	buf_adds(&call->out, text);
}

void
sandbox_answer(struct sandbox_call *call, unsigned status, json_t *value)
{
	char *text = value != NULL ? json_dumps(value, JSON_ENCODE_ANY) :
	    NULL;

	json_decref(value);
	if (text != NULL)
		sandbox_answer_text(call, status, "application/json", text);
	else
		sandbox_refuse(call, 500, "no memory");
	free(text);
}

void
sandbox_refuse(struct sandbox_call *call, unsigned status, const char *text)
{
	struct json_write json;

	call->status = status;
	call->content_type = "application/json";
	buf_reset(&call->out);
	jw_start(&json, &call->out);
	jw_object(&json);
	jw_put_str(&json, "error", text);
	jw_end(&json);
}

uint64_t
sandbox_random(struct sandbox *sandbox)
{
	/* splitmix64: repeatable, and good enough to vary answers */
	uint64_t z = sandbox->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void
sandbox_token(struct sandbox *sandbox, char out[SANDBOX_TOKEN_SIZE])
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz";

	for (size_t i = 0; i < SANDBOX_TOKEN_SIZE - 1; i++)
		out[i] = letters[sandbox_random(sandbox) %
		    (sizeof(letters) - 1)];
	out[SANDBOX_TOKEN_SIZE - 1] = '\0';
}
