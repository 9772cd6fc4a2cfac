/* Calls of the field devices' API. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_write.h"
#include "helio/field.h"
#include "helio/field_client.h"

enum { PAUSE_MS = 500, PAUSE_MOST_MS = 60000, SOURCE_API = 2,
	STATUS_DENIED = 401, REPLY_MOST = 4 << 20 };

static const char URL[] = "https://api.companylistener.com";
static const char SUSPEND_PATH[] = "/v1/sims/{iccid}/suspend";

struct helio_field {
	helio_http	*http;
	char		*devkey, *suspend_path;
	long		 pause_ms;
};

/* ---- answers ---- */

/* The statusCode of a body: a number, or digits in a string. */
static bool
code_of(const json_t *root, long *ret)
{
	const json_t *code = json_object_get(root, "statusCode");
	const char *text = json_string_value(code);
	char *end;

	if (json_is_integer(code)) {
		*ret = (long)json_integer_value(code);
		return true;
	}
	if (text == NULL)
		return false;
	*ret = strtol(text, &end, 10);
	return end != text && *end == '\0';
}

static bool
body_code(const helio_reply *reply, bool *is_json, long *ret)
{
	size_t n;
	const char *body = helio_reply_body(reply, &n);
	json_t *root = json_loadb(body, n, 0, NULL);
	bool found = code_of(root, ret);

	*is_json = json_is_object(root);
	json_decref(root);
	return found;
}

/* The service also says so in the body of a 200. */
static bool
is_denied(void *arg, const helio_reply *reply)
{
	bool is_json;
	long code;

	return helio_reply_status(reply) == STATUS_DENIED ||
	    (body_code(reply, &is_json, &code) && code == STATUS_DENIED);
}

void
helio_field_answer_clear(helio_field_answer *answer)
{
	free(answer->body);
	memset(answer, 0, sizeof(*answer));
}

static helio_code
take_answer(helio_reply *reply, helio_field_answer *ret, helio_error *error)
{
	helio_field_answer answer = { .status = helio_reply_status(reply) };

	answer.has_code = body_code(reply, &answer.is_json, &answer.code);
	answer.body = strdup(helio_reply_body(reply, NULL));
	if (answer.body == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	if (is_denied(NULL, reply)) {
		free(answer.body);
		helio_error_set(error, HELIO_DENIED,
		    "the service refuses the token it gave");
		error->status = answer.status;
		return HELIO_DENIED;
	}
	*ret = answer;
	return HELIO_DONE;
}

bool
helio_field_is_yes(const helio_field_answer *answer)
{
	return answer->has_code && answer->code == HELIO_FIELD_OK;
}

enum helio_refurb
helio_field_refurb(const helio_field_answer *answer)
{
	if (!answer->has_code)
		return HELIO_REFURB_TAKEN;
	return answer->code == HELIO_FIELD_FREE ? HELIO_REFURB_SUCCESSFUL :
	    HELIO_REFURB_FAILED;
}

const char *
helio_refurb_name(enum helio_refurb list)
{
	static const char *const list_names[HELIO_REFURB_LISTS] = {
		[HELIO_REFURB_SUCCESSFUL] = "successful",
		[HELIO_REFURB_FAILED] = "failed",
		[HELIO_REFURB_TAKEN] = "taken",
	};

	return list_names[list];
}

/* ---- the handle ---- */

helio_code
helio_field_keeper(const helio_field_config *config, helio_keeper **ret,
    helio_error *error)
{
	const helio_oauth oauth = {
		.size = sizeof(oauth), .url = config->token_url,
		.client_id = config->client_id,
		.client_secret = config->client_secret,
		.life_s = HELIO_FIELD_TOKEN_LIFE_S,
	};

	if (config->client_id == NULL || config->client_secret == NULL)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "a client id and its secret are needed");
	return helio_keeper_oauth(&oauth, ret, error);
}

static helio_code
open_http(const helio_field_config *config, helio_keeper *keeper,
    helio_field *field, helio_error *error)
{
	helio_options *options = helio_options_new();
	helio_code code;

	if (options == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	helio_options_url(options, config->url != NULL ? config->url : URL);
	helio_options_keeper(options, keeper);
	helio_options_reply_max(options, REPLY_MOST);
	if (config->ca_file != NULL)
		helio_options_ca_file(options, config->ca_file);
	if (config->timeout_ms > 0)
		helio_options_timeout(options, config->timeout_ms);
	code = helio_http_new(options, &field->http, error);
	if (code == HELIO_DONE)
		helio_http_denied(field->http, is_denied, NULL);
	helio_options_free(options);
	return code;
}

helio_code
helio_field_new(const helio_field_config *config, helio_keeper *keeper,
    helio_field **ret, helio_error *error)
{
	helio_field *field = calloc(1, sizeof(*field));
	helio_keeper *own = NULL;
	helio_code code = HELIO_DONE;

	if (field == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	field->pause_ms = config->pause_ms > 0 ? config->pause_ms : PAUSE_MS;
	field->devkey = strdup(config->devkey != NULL ? config->devkey :
	    "False");
	field->suspend_path = strdup(config->suspend_path != NULL ?
	    config->suspend_path : SUSPEND_PATH);
	if (field->devkey == NULL || field->suspend_path == NULL)
		code = helio_error_set(error, HELIO_LOCAL, "no memory");
	if (code == HELIO_DONE && keeper == NULL)
		code = helio_field_keeper(config, &own, error);
	if (code == HELIO_DONE)
		code = open_http(config, keeper != NULL ? keeper : own, field,
		    error);
	helio_keeper_free(own);
	if (code == HELIO_DONE)
		*ret = field;
	else
		helio_field_free(field);
	return code;
}

void
helio_field_free(helio_field *field)
{
	if (field == NULL)
		return;
	helio_http_free(field->http);
	if (field->devkey != NULL)
		explicit_bzero(field->devkey, strlen(field->devkey));
	free(field->devkey);
	free(field->suspend_path);
	free(field);
}

/* ---- calls ---- */

/* The attempts are counted here, not by the transport. */
static helio_code
post(helio_field *field, const char *path, const struct buf *body,
    helio_field_answer *ret, helio_error *error)
{
	helio_call *call = body->failed ? NULL : helio_call_new("POST", path);
	helio_reply *reply = NULL;
	helio_code code;

	if (call == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	helio_call_body(call, NULL, body->data, body->len);
	helio_call_retries(call, 0);
	code = helio_http_send(field->http, call, &reply, error);
	if (code == HELIO_DONE)
		code = take_answer(reply, ret, error);
	helio_reply_free(reply);
	helio_call_free(call);
	return code;
}

static void
pause_before(const helio_field *field, unsigned attempt)
{
	long ms = field->pause_ms;
	struct timespec time;

	while (attempt-- > 1 && ms < PAUSE_MOST_MS)
		ms *= 2;
	time = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	nanosleep(&time, NULL);
}

/* Another try makes sense, unless the token or the call itself is at fault. */
static bool
is_final(helio_code code)
{
	return code == HELIO_DENIED || code == HELIO_BAD_INPUT ||
	    code == HELIO_LOCAL;
}

/* Up to so many attempts, until one is a success. */
static helio_code
post_until_yes(helio_field *field, const char *path, const struct buf *body,
    unsigned attempts, helio_field_answer *ret, helio_error *error)
{
	helio_field_answer answer = { .body = NULL };
	helio_code code;
	unsigned n = 0;

	do {
		if (n > 0)
			pause_before(field, n);
		helio_field_answer_clear(&answer);
		code = post(field, path, body, &answer, error);
		answer.attempts = ++n;
	} while (n < attempts && !is_final(code) &&
	    !(code == HELIO_DONE && helio_field_is_yes(&answer)));
	if (code != HELIO_DONE)
		return attempts > 1 ? helio_error_step(error,
		    "attempt %u of %u", n, attempts) : code;
	*ret = answer;
	return HELIO_DONE;
}

static helio_code
post_object(helio_field *field, const char *path, struct buf *body,
    unsigned attempts, helio_field_answer *ret, helio_error *error)
{
	helio_code code = post_until_yes(field, path, body, attempts, ret,
	    error);

	if (body->data != NULL)
		explicit_bzero(body->data, body->len);
	buf_free(body);
	return code;
}

helio_code
helio_field_info(helio_field *field, const char *imei,
    helio_field_answer *ret, helio_error *error)
{
	struct buf body = BUF_INIT;
	struct json_write json;

	jw_start(&json, &body);
	jw_object(&json);
	jw_put_str(&json, "imei", imei);
	jw_end(&json);
	return post_object(field, "/v2/device/info", &body, 1, ret, error);
}

/* One part of a path in its place; digits and the like stay as they are. */
static bool
put_part(struct buf *path, const char *part)
{
	for (const char *at = part; *at != '\0'; at++) {
		if ((*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') ||
		    (*at >= 'a' && *at <= 'z') || *at == '-')
			buf_addc(path, *at);
		else
			buf_addf(path, "%%%02X", (unsigned char)*at);
	}
	return *part != '\0';
}

static void
put_command(const helio_field *field, const char *command, const char *own,
    struct buf *body)
{
	struct json_write json;

	if (own != NULL) {
		buf_adds(body, own);
		return;
	}
	jw_start(&json, body);
	jw_object(&json);
	jw_put_str(&json, "command", command);
	jw_put_str(&json, "development", field->devkey);
	jw_end(&json);
}

helio_code
helio_field_command(helio_field *field, const char *imei, const char *command,
    const char *own, unsigned attempts, helio_field_answer *ret,
    helio_error *error)
{
	struct buf path = BUF_INIT, body = BUF_INIT;
	helio_code code;

	buf_adds(&path, "/v1/devices/command/");
	if (!put_part(&path, imei) || (command == NULL && own == NULL)) {
		buf_free(&path);
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "an IMEI is needed, and a command or a body");
	}
	buf_adds(&path, "/send");
	put_command(field, command, own, &body);
	body.failed |= path.failed;
	code = post_object(field, path.data, &body, attempts > 0 ? attempts :
	    HELIO_FIELD_DATA_ATTEMPTS, ret, error);
	buf_free(&path);
	return code;
}

helio_code
helio_field_sms(helio_field *field, const char *const *numbers, size_t n,
    const char *text, unsigned attempts, helio_field_answer *ret,
    helio_error *error)
{
	struct buf body = BUF_INIT;
	struct json_write json;

	if (n == 0)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "a phone number is needed");
	jw_start(&json, &body);
	jw_object(&json);
	jw_put_str(&json, "message", text);
	jw_key(&json, "phoneNumbers");
	jw_array(&json);
	for (size_t i = 0; i < n; i++)
		jw_str(&json, numbers[i]);
	jw_end(&json);
	jw_put_int(&json, "source", SOURCE_API);
	jw_put_str(&json, "development", field->devkey);
	jw_end(&json);
	return post_object(field, "/v2/aws/sms/send", &body, attempts > 0 ?
	    attempts : HELIO_FIELD_SMS_ATTEMPTS, ret, error);
}

helio_code
helio_field_suspend(helio_field *field, const char *iccid,
    helio_field_answer *ret, helio_error *error)
{
	static const char name[] = "{iccid}";
	const char *at = strstr(field->suspend_path, name);
	struct buf path = BUF_INIT, body = BUF_INIT;
	helio_code code;

	if (at == NULL || *iccid == '\0')
		return helio_error_set(error, HELIO_BAD_INPUT, "an ICCID is "
		    "needed, and %s in the path that suspends it", name);
	buf_add(&path, field->suspend_path,
	    (size_t)(at - field->suspend_path));
	put_part(&path, iccid);
	buf_adds(&path, at + sizeof(name) - 1);
	buf_adds(&body, "{}");
	body.failed |= path.failed;
	code = post_object(field, path.data, &body, 1, ret, error);
	buf_free(&path);
	return code;
}
