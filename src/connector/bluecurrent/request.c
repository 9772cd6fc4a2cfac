/* Frames from rows and members. */
#include "connector/bluecurrent/request.h"

#include <stdio.h>
#include <string.h>

#include "base/json_write.h"

enum { MEMBER_NAME_SIZE = 32 };

const struct bc_request bc_requests[] = {
#define REQUEST(command, members, ends, answer, help) \
	{ #command, members, BC_ENDS_##ends, answer, help },
#include "connector/bluecurrent/request.def"
#undef REQUEST
};
const size_t bc_n_requests = sizeof(bc_requests) / sizeof(bc_requests[0]);

/* One word of a row's members. */
struct member {
	const char	*name;
	size_t		 n;
	char		 type;
	bool		 optional;
};

const struct bc_request *
bc_request_find(const char *command)
{
	for (size_t i = 0; i < bc_n_requests; i++)
		if (strcmp(bc_requests[i].command, command) == 0)
			return &bc_requests[i];
	return NULL;
}

/* The member at *at, which moves on to the next; false at the end. */
static bool
next_member(const char **at, struct member *ret)
{
	*at += strspn(*at, " ");
	if (**at == '\0')
		return false;
	ret->name = *at;
	ret->n = strcspn(*at, ":");
	ret->type = (*at)[ret->n + 1];
	ret->optional = (*at)[ret->n + 2] == '?';
	*at += strcspn(*at, " ");
	return true;
}

static bool
is_texts(const json_t *value)
{
	size_t i;
	json_t *one;

	if (!json_is_array(value))
		return false;
	json_array_foreach(value, i, one)
		if (!json_is_string(one))
			return false;
	return true;
}

static const char *
wrong_type(char type, const json_t *value)
{
	switch (type) {
	case 'b':
		return json_is_boolean(value) ? NULL : "true or false";
	case 'i':
		return json_is_integer(value) ? NULL : "an integer";
	case 'n':
		return json_is_number(value) ? NULL : "a number";
	case 'l':
		return is_texts(value) ? NULL : "a list of texts";
	default:
		return json_is_string(value) ? NULL : "a text";
	}
}

static bool
is_known(const struct bc_request *request, const char *name)
{
	const char *at = request->members;
	struct member member;

	while (next_member(&at, &member))
		if (strlen(name) == member.n &&
		    memcmp(name, member.name, member.n) == 0)
			return true;
	return false;
}

static helio_code
check_known(const struct bc_request *request, const json_t *given,
    helio_error *error)
{
	const char *name;
	json_t *value;

	if (given != NULL && !json_is_object(given))
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "%s: the members are no object", request->command);
	json_object_foreach((json_t *)given, name, value)
		if (!is_known(request, name))
			return helio_error_set(error, HELIO_BAD_INPUT,
			    "%s has no member %.60s", request->command, name);
	return HELIO_DONE;
}

static void
write_value(struct json_write *w, const json_t *value)
{
	const char *name;
	json_t *inner;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		jw_object(w);
		json_object_foreach((json_t *)value, name, inner) {
			jw_key(w, name);
			write_value(w, inner);
		}
		jw_end(w);
		break;
	case JSON_ARRAY:
		jw_array(w);
		json_array_foreach(value, i, inner)
			write_value(w, inner);
		jw_end(w);
		break;
	case JSON_STRING:
		jw_strn(w, json_string_value(value),
		    json_string_length(value));
		break;
	case JSON_INTEGER:
		jw_int(w, json_integer_value(value));
		break;
	case JSON_REAL:
		jw_real(w, json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		jw_bool(w, json_is_true(value));
		break;
	case JSON_NULL:
		jw_null(w);
		break;
	}
}

void
bc_json_text(const json_t *value, struct buf *out)
{
	struct json_write w;

	jw_start(&w, out);
	write_value(&w, value);
}

static helio_code
put_member(struct json_write *w, const struct bc_request *request,
    const struct member *member, const json_t *given, helio_error *error)
{
	const json_t *value = json_object_getn(given, member->name, member->n);
	char name[MEMBER_NAME_SIZE];
	const char *wanted;

	snprintf(name, sizeof(name), "%.*s", (int)member->n, member->name);
	if (value == NULL || json_is_null(value))
		return member->optional ? HELIO_DONE :
		    helio_error_set(error, HELIO_BAD_INPUT, "%s needs %s",
		    request->command, name);
	wanted = wrong_type(member->type, value);
	if (wanted != NULL)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "%s: %s must be %s", request->command, name, wanted);
	jw_key(w, name);
	write_value(w, value);
	return HELIO_DONE;
}

helio_code
bc_request_frame(const struct bc_request *request, const json_t *given,
    const char *authorization, struct buf *out, helio_error *error)
{
	helio_code code = check_known(request, given, error);
	const char *at = request->members;
	struct member member;
	struct json_write w;

	jw_start(&w, out);
	jw_object(&w);
	jw_put_str(&w, "command", request->command);
	while (code == HELIO_DONE && next_member(&at, &member))
		code = put_member(&w, request, &member, given, error);
	if (code != HELIO_DONE)
		return code;
	if (authorization != NULL)
		jw_put_str(&w, "Authorization", authorization);
	jw_end(&w);
	return out->failed ? helio_error_set(error, HELIO_LOCAL, "no memory") :
	    HELIO_DONE;
}
