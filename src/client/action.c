/* Actions: rows of action.def made into calls. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"
#include "helio/action.h"

#define HELIO_ARG(name, type, required) { name, HELIO_ARG_##type, required },
#define HELIO_ACTION(id, name, method, path, help, ...) \
	[HELIO_##id] = { name, method, path, help, { __VA_ARGS__ } },
static const helio_action_info actions[] = {
#include "helio/action.def"
};
#undef HELIO_ACTION
#undef HELIO_ARG

const helio_action_info *
helio_action_info_of(helio_action action)
{
	return (size_t)action < HELIO_ACTIONS ? &actions[action] : NULL;
}

bool
helio_action_find(const char *name, helio_action *ret)
{
	for (size_t i = 0; i < HELIO_ACTIONS; i++) {
		if (strcmp(actions[i].name, name) == 0) {
			*ret = (helio_action)i;
			return true;
		}
	}
	return false;
}

bool
helio_action_has_subject(helio_action action)
{
	const helio_action_info *info = helio_action_info_of(action);

	return info != NULL && strstr(info->path, "{}") != NULL;
}

/* ---- arguments ---- */

static const helio_arg_info *
find_arg(const helio_action_info *info, const char *name)
{
	const helio_arg_info *at = info->args;

	while (at->name != NULL && strcmp(at->name, name) != 0)
		at++;
	return at->name != NULL ? at : NULL;
}

static const char *
given_value(const helio_arg *args, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(args[i].name, name) == 0 && args[i].value != NULL)
			return args[i].value;
	return NULL;
}

static json_t *
int_value(const char *text)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' ?
	    json_integer(value) : NULL;
}

/* JSON's own grammar, whatever the locale. */
static json_t *
real_value(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	if (json_is_number(value))
		return value;
	json_decref(value);
	return NULL;
}

static json_t *
bool_value(const char *text)
{
	if (strcmp(text, "true") == 0)
		return json_true();
	return strcmp(text, "false") == 0 ? json_false() : NULL;
}

static json_t *
any_value(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	return value != NULL ? value : json_string(text);
}

/* A row for each type: how to read it, and what it is called. */
static const struct {
	json_t		*(*read)(const char *);
	const char	*what;
} types[] = {
	[HELIO_ARG_TEXT] = { json_string, "valid UTF-8" },
	[HELIO_ARG_INT] = { int_value, "a whole number" },
	[HELIO_ARG_REAL] = { real_value, "a number" },
	[HELIO_ARG_BOOL] = { bool_value, "true or false" },
	[HELIO_ARG_JSON] = { any_value, "valid UTF-8" },
};

static helio_code
check_names(const helio_action_info *info, const char *subject,
    const helio_arg *args, size_t n, helio_error *error)
{
	bool wants = strstr(info->path, "{}") != NULL;

	if (wants != (subject != NULL && *subject != '\0'))
		return helio_error_set(error, HELIO_BAD_INPUT, wants ?
		    "%s needs something to act on" : "%s acts on nothing",
		    info->name);
	for (size_t i = 0; i < n; i++)
		if (find_arg(info, args[i].name) == NULL)
			return helio_error_set(error, HELIO_BAD_INPUT,
			    "%s knows no argument %.80s", info->name,
			    args[i].name);
	return HELIO_DONE;
}

/* All arguments as one JSON object. */
static helio_code
make_object(const helio_action_info *info, const helio_arg *args, size_t n,
    json_t *object, helio_error *error)
{
	for (const helio_arg_info *at = info->args; at->name != NULL; at++) {
		const char *text = given_value(args, n, at->name);
		json_t *value;

		if (text == NULL && at->required)
			return helio_error_set(error, HELIO_BAD_INPUT,
			    "%s needs %s", info->name, at->name);
		if (text == NULL)
			continue;
		value = types[at->type].read(text);
		if (value == NULL)
			return helio_error_set(error, HELIO_BAD_INPUT,
			    "%s must be %s, not '%.80s'", at->name,
			    types[at->type].what, text);
		if (json_object_set_new(object, at->name, value) != 0)
			return helio_error_set(error, HELIO_LOCAL,
			    "no memory");
	}
	return HELIO_DONE;
}

/* ---- the call ---- */

static helio_call *
new_call(const helio_action_info *info, const char *subject)
{
	const char *mark = strstr(info->path, "/{}");
	struct buf start = BUF_INIT;
	helio_call *call;

	if (mark == NULL)
		return helio_call_new(info->method, info->path);
	buf_add(&start, info->path, (size_t)(mark - info->path));
	call = start.failed ? NULL : helio_call_new(info->method, start.data);
	if (call != NULL) {
		helio_call_path(call, subject);
		for (const char *at = mark + 3; *at == '/';) {
			size_t len = strcspn(at + 1, "/");
			char segment[64] = "";

			memcpy(segment, at + 1, len);
			helio_call_path(call, segment);
			at += len + 1;
		}
	}
	buf_free(&start);
	return call;
}

static bool
add_query(helio_call *call, json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) {
		char *text = json_is_string(value) ?
		    strdup(json_string_value(value)) :
		    json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

		if (text == NULL)
			return false;
		helio_call_query(call, name, text);
		free(text);
	}
	return true;
}

static bool
add_body(helio_call *call, json_t *object)
{
	char *text = json_object_size(object) > 0 ?
	    json_dumps(object, JSON_COMPACT) : strdup("");

	if (text == NULL)
		return false;
	if (*text != '\0')
		helio_call_body(call, NULL, text, strlen(text));
	explicit_bzero(text, strlen(text));	/* a device key may be in it */
	free(text);
	return true;
}

helio_code
helio_action_call(helio_action action, const char *subject,
    const helio_arg *args, size_t n, helio_call **ret, helio_error *error)
{
	const helio_action_info *info = helio_action_info_of(action);
	json_t *object = json_object();
	helio_call *call = NULL;
	helio_code code;

	if (info == NULL)
		code = helio_error_set(error, HELIO_BAD_INPUT,
		    "there is no such action");
	else
		code = check_names(info, subject, args, n, error);
	if (code == HELIO_DONE)
		code = make_object(info, args, n, object, error);
	if (code == HELIO_DONE)
		call = new_call(info, subject);
	if (call != NULL && (strcmp(info->method, "GET") == 0 ?
	    add_query(call, object) : add_body(call, object))) {
		*ret = call;
	} else if (code == HELIO_DONE) {
		helio_call_free(call);
		code = helio_error_set(error, HELIO_LOCAL, "no memory");
	}
	json_decref(object);
	return code;
}

helio_code
helio_act(helio_client *client, helio_action action, const char *subject,
    const helio_arg *args, size_t n, helio_reply **ret, helio_error *error)
{
	helio_call *call;
	helio_code code = helio_action_call(action, subject, args, n, &call,
	    error);

	if (code != HELIO_DONE)
		return code;
	code = helio_http_send(helio_client_http(client), call, ret, error);
	helio_call_free(call);
	return code;
}
