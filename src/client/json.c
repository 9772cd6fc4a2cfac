/* JSON values behind paths. */
#include <stdlib.h>
#include <string.h>

#include "client/json.h"

enum { NAME_MAX_LEN = 255 };

static json_t *
step(json_t *value, const char *name)
{
	char *end;
	unsigned long at;

	if (!json_is_array(value))
		return json_object_get(value, name);
	at = strtoul(name, &end, 10);
	return *name != '\0' && *end == '\0' ? json_array_get(value, at) :
	    NULL;
}

json_t *
json_at(json_t *root, const char *path)
{
	char name[NAME_MAX_LEN + 1];

	while (root != NULL && *path != '\0') {
		size_t n = strcspn(path, ".");

		if (n > NAME_MAX_LEN)
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		root = step(root, name);
		path += n + (path[n] == '.');
	}
	return root;
}

helio_code
helio_json_parse(const char *text, size_t n, helio_json **ret,
    helio_error *error)
{
	json_error_t where;
	json_t *root = json_loadb(text, n, JSON_DECODE_ANY |
	    JSON_REJECT_DUPLICATES, &where);

	if (root == NULL)
		return helio_error_set(error, HELIO_MALFORMED,
		    "no JSON: line %d: %s", where.line, where.text);
	*ret = malloc(sizeof(**ret));
	if (*ret == NULL) {
		json_decref(root);
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	}
	(*ret)->root = root;
	return HELIO_DONE;
}

helio_code
helio_json_of(const helio_reply *reply, helio_json **ret, helio_error *error)
{
	size_t n;
	const char *body = helio_reply_body(reply, &n);
	helio_code code = helio_json_parse(body, n, ret, error);

	if (code != HELIO_DONE)
		error->status = helio_reply_status(reply);
	return code;
}

void
helio_json_free(helio_json *json)
{
	if (json == NULL)
		return;
	json_decref(json->root);
	free(json);
}

bool
helio_json_has(const helio_json *json, const char *path)
{
	return json_at(json->root, path) != NULL;
}

const char *
helio_json_text(const helio_json *json, const char *path)
{
	return json_string_value(json_at(json->root, path));
}

bool
helio_json_int(const helio_json *json, const char *path, int64_t *ret)
{
	json_t *value = json_at(json->root, path);

	if (!json_is_integer(value))
		return false;
	*ret = json_integer_value(value);
	return true;
}

bool
helio_json_real(const helio_json *json, const char *path, double *ret)
{
	json_t *value = json_at(json->root, path);

	if (!json_is_number(value))
		return false;
	*ret = json_number_value(value);
	return true;
}

bool
helio_json_bool(const helio_json *json, const char *path, bool *ret)
{
	json_t *value = json_at(json->root, path);

	if (!json_is_boolean(value))
		return false;
	*ret = json_is_true(value);
	return true;
}

size_t
helio_json_count(const helio_json *json, const char *path)
{
	json_t *value = json_at(json->root, path);

	return json_is_array(value) ? json_array_size(value) :
	    json_object_size(value);
}

char *
helio_json_dump(const helio_json *json, const char *path)
{
	json_t *value = json_at(json->root, path);

	return value == NULL ? NULL :
	    json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}
