/*
 * The field devices' API: client-credentials tokens, device information,
 * commands over data and SMS, SIMs that are suspended.
 *
 * A device is free (its information is refused with statusCode 406), in use
 * (a record without statusCode), or answers with a code or with text of its
 * own.  Commands are answered by the device after a while; suspending the SIM
 * of a device that is in use sets it free.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "helio/field.h"
#include "sandbox/sandbox.h"

enum {
#define SETTING(name, fallback, help) SET_##name,
#include "sandbox/field_device.def"
#undef SETTING
};

static const struct sandbox_setting settings[] = {
#define SETTING(name_, fallback_, help_) { #name_, fallback_, help_ },
#include "sandbox/field_device.def"
#undef SETTING
};

enum {
	DEVICES_MAX = 100000,
	TOKENS_MAX = 64,	/* older ones are forgotten */
	NUMBER_SIZE = 24,
	WORD_SIZE = 64,
	COMMAND_SIZE = 512,
	CODE_FREE = 406,	/* fact sheet, section 5 */
	BASIC_MAX = 1024,
};

struct device {
	char		 imei[NUMBER_SIZE];
	char		 iccid[NUMBER_SIZE];
	char		 phone[NUMBER_SIZE];
	long		 code;		/* its statusCode; 0: a record */
	bool		 text;		/* answers no JSON at all */
	bool		 suspended;
	unsigned	 commands;
	int64_t		 last_us;	/* of the last command */
	char		 last[COMMAND_SIZE];
};

struct token {
	char		 text[SANDBOX_TOKEN_SIZE];
	int64_t		 expires_us;
};

struct fleet {
	struct sandbox	*sandbox;
	struct device	*device;
	size_t		 n, cap;
	struct token	 token[TOKENS_MAX];
	size_t		 n_tokens;	/* ever given */
};

/* ---- devices ---- */

static struct device *
find(struct fleet *fleet, const char *imei)
{
	for (size_t i = 0; i < fleet->n; i++)
		if (strcmp(fleet->device[i].imei, imei) == 0)
			return &fleet->device[i];
	return NULL;
}

static struct device *
find_sim(struct fleet *fleet, const char *iccid)
{
	for (size_t i = 0; i < fleet->n; i++)
		if (strcmp(fleet->device[i].iccid, iccid) == 0)
			return &fleet->device[i];
	return NULL;
}

static struct device *
find_phone(struct fleet *fleet, const char *phone)
{
	for (size_t i = 0; i < fleet->n; i++)
		if (*phone != '\0' &&
		    strcmp(fleet->device[i].phone, phone) == 0)
			return &fleet->device[i];
	return NULL;
}

/* A device with this IMEI, new when there is none; NULL: no room. */
static struct device *
add(struct fleet *fleet, const char *imei)
{
	struct device *device = find(fleet, imei), *more;
	size_t cap = fleet->cap > 0 ? fleet->cap * 2 : 64;

	if (device != NULL)
		return device;
	if (fleet->n == DEVICES_MAX || strlen(imei) >= NUMBER_SIZE)
		return NULL;
	if (fleet->n == fleet->cap) {
		more = realloc(fleet->device, cap * sizeof(*more));
		if (more == NULL)
			return NULL;
		fleet->device = more;
		fleet->cap = cap;
	}
	device = &fleet->device[fleet->n++];
	memset(device, 0, sizeof(*device));
	snprintf(device->imei, sizeof(device->imei), "%s", imei);
	return device;
}

/* "free", "in use", "text" or a statusCode. */
static bool
set_info(struct device *device, const char *value)
{
	char *end;
	long code = strtol(value, &end, 10);

	device->text = strcmp(value, "text") == 0;
	device->code = 0;
	if (strcmp(value, "free") == 0)
		device->code = CODE_FREE;
	else if (strcmp(value, "in use") != 0 && !device->text) {
		if (end == value || *end != '\0' || code < 0)
			return false;
		device->code = code;
	}
	return true;
}

static bool
set_word(struct device *device, const char *name, const char *value)
{
	char *to = strcmp(name, "iccid") == 0 ? device->iccid :
	    strcmp(name, "phone") == 0 ? device->phone : NULL;

	if (strcmp(name, "info") == 0)
		return set_info(device, value);
	if (to == NULL || strlen(value) >= NUMBER_SIZE)
		return false;
	snprintf(to, NUMBER_SIZE, "%s", value);
	return true;
}

/* [device IMEI] with info, iccid, phone */
static enum helio_rc
configure(void *state, const char *section, const char *name,
    const char *value, struct helio_err *err)
{
	static const char prefix[] = "device ";
	struct device *device = NULL;

	if (strncmp(section, prefix, sizeof(prefix) - 1) == 0)
		device = add(state, section + sizeof(prefix) - 1);
	if (device == NULL)
		return err_field(err, section, "is not [device IMEI]");
	if (!set_word(device, name, value))
		return err_field(err, name, "'%.60s' is not understood",
		    value);
	return HELIO_OK;
}

/* The i-th device of the default fleet: every third is free, every tenth
 * answers 500. */
static bool
add_default(struct fleet *fleet, const char *prefix, int i)
{
	char imei[NUMBER_SIZE], iccid[NUMBER_SIZE];
	struct device *device;

	snprintf(imei, sizeof(imei), "%.6s%08d", prefix, i);
	imei[14] = helio_luhn_digit(imei, 14);
	imei[15] = '\0';
	device = add(fleet, imei);
	if (device == NULL)
		return false;
	snprintf(iccid, sizeof(iccid), "890100%012d", i);
	iccid[18] = helio_luhn_digit(iccid, 18);
	iccid[19] = '\0';
	strcpy(device->iccid, iccid);
	snprintf(device->phone, sizeof(device->phone), "+1555%07d", i);
	device->code = i % 10 == 0 ? 500 : i % 3 == 0 ? CODE_FREE : 0;
	return true;
}

static enum helio_rc
check_settings(struct sandbox *sandbox, struct helio_err *err)
{
	const char *prefix = sandbox_text(sandbox, SET_imei_prefix);
	const char *expired = sandbox_text(sandbox, SET_expired);

	if (strlen(prefix) != 6 || strspn(prefix, "0123456789") != 6)
		return err_field(err, "imei_prefix", "has six digits");
	if (strcmp(expired, "http") != 0 && strcmp(expired, "json") != 0)
		return err_field(err, "expired", "is http or json");
	if (sandbox_number(sandbox, SET_token_life) <= 0)
		return err_field(err, "token_life", "is a number of seconds");
	if (sandbox_number(sandbox, SET_devices) > DEVICES_MAX)
		return err_field(err, "devices", "are at most %d",
		    DEVICES_MAX);
	return HELIO_OK;
}

static void
fleet_free(void *state)
{
	struct fleet *fleet = state;

	free(fleet->device);
	free(fleet);
}

static enum helio_rc
fleet_new(struct sandbox *sandbox, void **ret, struct helio_err *err)
{
	long n = sandbox_number(sandbox, SET_devices);
	enum helio_rc rc = check_settings(sandbox, err);
	struct fleet *fleet;

	if (rc != HELIO_OK)
		return rc;
	fleet = calloc(1, sizeof(*fleet));
	if (fleet == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory");
	fleet->sandbox = sandbox;
	for (int i = 1; i <= n; i++) {
		if (!add_default(fleet, sandbox_text(sandbox,
		    SET_imei_prefix), i)) {
			fleet_free(fleet);
			return err_set(err, HELIO_E_NO_MEMORY, "no memory");
		}
	}
	*ret = fleet;
	return HELIO_OK;
}

/* ---- tokens ---- */

/* Does the header carry the client's name and secret (RFC 7617)? */
static bool
basic_is_right(const struct fleet *fleet, const char *header)
{
	const struct sandbox *sandbox = fleet->sandbox;
	char plain[BASIC_MAX], wanted[BASIC_MAX];
	size_t n;

	if (header == NULL || strncmp(header, "Basic ", 6) != 0 ||
	    sodium_base642bin((unsigned char *)plain, sizeof(plain) - 1,
	    header + 6, strlen(header + 6), NULL, &n, NULL,
	    sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	plain[n] = '\0';
	snprintf(wanted, sizeof(wanted), "%s:%s",
	    sandbox_text(sandbox, SET_client_id),
	    sandbox_text(sandbox, SET_client_secret));
	return strlen(plain) == n && strcmp(plain, wanted) == 0;
}

/* RFC 6749 allows the pair in the body too. */
static bool
form_is_right(const struct fleet *fleet, const struct sandbox_call *call)
{
	const char *id = sandbox_form(call, "client_id");
	const char *secret = sandbox_form(call, "client_secret");

	return id != NULL && secret != NULL &&
	    strcmp(id, sandbox_text(fleet->sandbox, SET_client_id)) == 0 &&
	    strcmp(secret, sandbox_text(fleet->sandbox, SET_client_secret)) ==
	    0;
}

static void
give_token(struct fleet *fleet, struct sandbox_call *call)
{
	long life = sandbox_number(fleet->sandbox, SET_token_life);
	struct token *token = &fleet->token[fleet->n_tokens++ % TOKENS_MAX];
	json_t *reply;

	sandbox_token(fleet->sandbox, token->text);
	token->expires_us = sandbox_now_us(fleet->sandbox) + life * US_PER_S;
	reply = json_pack("{s:s, s:s}", "access_token", token->text,
	    "token_type", "Bearer");
	if (strcmp(sandbox_text(fleet->sandbox, SET_expires_in), "yes") == 0)
		json_object_set_new(reply, "expires_in", json_integer(life));
	sandbox_answer(call, 200, reply);
}

static void
post_token(void *state, struct sandbox_call *call)
{
	const char *grant = sandbox_form(call, "grant_type");

	if (!basic_is_right(state, http_header(call->http,
	    "Authorization")) && !form_is_right(state, call)) {
		http_reply_header(call->http, "WWW-Authenticate",
		    "Basic realm=\"sandbox\"");
		sandbox_refuse(call, 401, "invalid_client");
	} else if (grant == NULL) {
		sandbox_refuse(call, 400, "invalid_request");
	} else if (strcmp(grant, "client_credentials") != 0) {
		sandbox_refuse(call, 400, "unsupported_grant_type");
	} else {
		give_token(state, call);
	}
}

static bool
token_is_good(const struct fleet *fleet, const char *header)
{
	int64_t now_us = sandbox_now_us(fleet->sandbox);

	if (header == NULL || strncmp(header, "Bearer ", 7) != 0)
		return false;
	for (size_t i = 0; i < fleet->n_tokens && i < TOKENS_MAX; i++)
		if (strcmp(fleet->token[i].text, header + 7) == 0)
			return fleet->token[i].expires_us > now_us;
	return false;
}

/* ---- answers ---- */

/* {"statusCode", "message"}; the HTTP status is the same where it can be. */
static void
answer_code(struct sandbox_call *call, long code, const char *message)
{
	sandbox_answer(call, code >= 200 && code <= 599 ? (unsigned)code : 200,
	    json_pack("{s:I, s:s}", "statusCode", (json_int_t)code, "message",
	    message));
}

/* false: the answer says that the token is no good. */
static bool
admitted(struct fleet *fleet, struct sandbox_call *call)
{
	if (token_is_good(fleet, http_header(call->http, "Authorization")))
		return true;
	answer_code(call, 401, "the token is invalid or has expired");
	if (strcmp(sandbox_text(fleet->sandbox, SET_expired), "json") == 0)
		call->status = 200;
	return false;
}

/* Commands that the device has had the time to answer. */
static unsigned
answered(const struct fleet *fleet, const struct device *device)
{
	int64_t wait_us = US_PER_S *
	    sandbox_number(fleet->sandbox, SET_acknowledge);

	if (device->commands > 0 &&
	    sandbox_now_us(fleet->sandbox) - device->last_us < wait_us)
		return device->commands - 1;
	return device->commands;
}

static json_t *
describe(const struct fleet *fleet, const struct device *device)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:i, s:i, s:s}",
	    "imei", device->imei, "iccid", device->iccid,
	    "phoneNumber", device->phone, "suspended", device->suspended,
	    "commands", (int)device->commands,
	    "acknowledged", (int)answered(fleet, device),
	    "lastCommand", device->last);
}

static void
answer_device(struct fleet *fleet, const struct device *device,
    struct sandbox_call *call)
{
	if (device == NULL)
		answer_code(call, 404, "no such device");
	else if (device->text)
		sandbox_answer_text(call, 502, "text/html",
		    "<html><body>Bad gateway</body></html>");
	else if (device->code != 0)
		answer_code(call, device->code, device->code == CODE_FREE ?
		    "the device is not active" : "the device cannot be read");
	else
		sandbox_answer(call, 200, describe(fleet, device));
}

/* ---- the service ---- */

static void
post_info(void *state, struct sandbox_call *call)
{
	json_t *body = sandbox_json(call);
	const char *imei = json_string_value(json_object_get(body, "imei"));

	if (!admitted(state, call))
		;
	else if (imei == NULL)
		answer_code(call, 400, "imei is missing");
	else
		answer_device(state, find(state, imei), call);
	json_decref(body);
}

static void
take_command(struct fleet *fleet, struct device *device, const char *text)
{
	device->commands++;
	device->last_us = sandbox_now_us(fleet->sandbox);
	snprintf(device->last, sizeof(device->last), "%s", text);
}

static void
post_command(void *state, struct sandbox_call *call)
{
	json_t *body = sandbox_json(call);
	const char *text = json_string_value(json_object_get(body,
	    "command"));
	struct device *device = find(state, call->arg[0]);

	if (!admitted(state, call))
		;
	else if (!json_is_object(body))
		answer_code(call, 400, "the body is no JSON object");
	else if (device == NULL)
		answer_code(call, 404, "no such device");
	else if (device->suspended)
		answer_code(call, 409, "the SIM is suspended");
	else {
		take_command(state, device, text != NULL ? text : call->body);
		answer_code(call, 200, "command sent");
	}
	json_decref(body);
}

static bool
sms_is_whole(const json_t *body)
{
	const json_t *numbers = json_object_get(body, "phoneNumbers"), *one;
	size_t i;

	json_array_foreach(numbers, i, one)
		if (!json_is_string(one))
			return false;
	return json_array_size(numbers) > 0 &&
	    json_is_string(json_object_get(body, "message")) &&
	    json_is_integer(json_object_get(body, "source"));
}

/* Numbers that are no device's get their message too, as a network does. */
static void
post_sms(void *state, struct sandbox_call *call)
{
	json_t *body = sandbox_json(call), *one;
	struct device *device;
	size_t i;

	if (!admitted(state, call))
		;
	else if (!sms_is_whole(body))
		answer_code(call, 400,
		    "message, phoneNumbers and source are needed");
	else {
		json_array_foreach(json_object_get(body, "phoneNumbers"), i,
		    one) {
			device = find_phone(state, json_string_value(one));
			if (device != NULL)
				take_command(state, device, json_string_value(
				    json_object_get(body, "message")));
		}
		answer_code(call, 200, "messages sent");
	}
	json_decref(body);
}

static void
post_suspend(void *state, struct sandbox_call *call)
{
	struct device *device = find_sim(state, call->arg[0]);

	if (!admitted(state, call))
		return;
	if (device == NULL) {
		answer_code(call, 404, "no such SIM");
		return;
	}
	device->suspended = true;
	if (device->code == 0)
		device->code = CODE_FREE;
	answer_code(call, 200, "suspended");
}

/* ---- for tests ---- */

static void
get_devices(void *state, struct sandbox_call *call)
{
	struct fleet *fleet = state;
	json_t *list = json_array();

	for (size_t i = 0; i < fleet->n; i++)
		json_array_append_new(list, describe(fleet,
		    &fleet->device[i]));
	sandbox_answer(call, 200, json_pack("{s:o}", "devices", list));
}

/* {"imei", "info", "iccid", "phone"}: a new device, or news of one */
static void
post_device(void *state, struct sandbox_call *call)
{
	json_t *body = sandbox_json(call), *value;
	const char *imei = json_string_value(json_object_get(body, "imei"));
	struct device *device = imei != NULL ? add(state, imei) : NULL;
	bool right = device != NULL;
	const char *name;

	json_object_foreach(body, name, value)
		right = right && (strcmp(name, "imei") == 0 ||
		    (json_is_string(value) && set_word(device, name,
		    json_string_value(value))));
	if (right)
		sandbox_answer(call, 200, describe(state, device));
	else
		sandbox_refuse(call, 400, "a device has imei, info, iccid and "
		    "phone");
	json_decref(body);
}

static void
expire_tokens(void *state, struct sandbox_call *call)
{
	struct fleet *fleet = state;

	memset(fleet->token, 0, sizeof(fleet->token));
	fleet->n_tokens = 0;
	sandbox_answer_text(call, 200, "application/json", "{}");
}

/* The path of the token endpoint is a setting: the last route. */
static void
post_other(void *state, struct sandbox_call *call)
{
	struct fleet *fleet = state;

	if (strcmp(http_path(call->http), sandbox_text(fleet->sandbox,
	    SET_token_path)) == 0)
		post_token(state, call);
	else
		sandbox_refuse(call, 404, "no such path in this sandbox");
}

static const struct sandbox_route routes[] = {
	{ HTTP_POST, "/v2/device/info", post_info },
	{ HTTP_POST, "/v1/devices/command/{imei}/send", post_command },
	{ HTTP_POST, "/v2/aws/sms/send", post_sms },
	{ HTTP_POST, "/v1/sims/{iccid}/suspend", post_suspend },
	{ HTTP_GET, "/_control/devices", get_devices },
	{ HTTP_POST, "/_control/devices", post_device },
	{ HTTP_POST, "/_control/tokens/expire", expire_tokens },
	{ HTTP_POST, "*", post_other },
};

const struct sandbox_kind sandbox_field_device = {
	.name = "field-device", .new = fleet_new, .free = fleet_free,
	.configure = configure,
	SANDBOX_SETTINGS(settings), SANDBOX_ROUTES(routes),
};
