/* JSON tokens to jansson's values; see json_tree.h. */
#include "device/json_tree.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"

static json_t	*read_value(struct json_read *, enum json_token);

static json_t *
read_array(struct json_read *r)
{
	json_t *list = json_array();
	enum json_token token;

	while (list != NULL && (token = jr_next(r)) != JR_ARRAY_END)
		if (json_array_append_new(list, read_value(r, token)) != 0) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

/* The name just read; it is gone when its value is read. */
static char *
keep_name(const struct json_read *r)
{
	char *name = malloc(r->n + 1);
	size_t i;

	if (name == NULL)
		return NULL;
	for (i = 0; i < r->n; i++)
		name[i] = r->text[i] != '\0' ? r->text[i] : '?';
	name[r->n] = '\0';
	return name;
}

static bool
read_member(struct json_read *r, json_t *object)
{
	char *name = keep_name(r);
	bool ok = name != NULL && json_object_set_new_nocheck(object, name,
	    read_value(r, jr_next(r))) == 0;

	free(name);
	return ok;
}

static json_t *
read_object(struct json_read *r)
{
	json_t *object = json_object();
	bool ok = object != NULL;

	while (ok && jr_next(r) == JR_KEY)
		ok = read_member(r, object);
	if (ok && r->error == NULL)
		return object;
	json_decref(object);
	return NULL;
}

/* The value that begins with the token; NULL after an error. */
static json_t *
read_value(struct json_read *r, enum json_token token)
{
	switch (token) {
	case JR_OBJECT:
		return read_object(r);
	case JR_ARRAY:
		return read_array(r);
	case JR_STRING:
		return json_stringn_nocheck(r->text, r->n);
	case JR_INT:
		return json_integer(r->i);
	case JR_REAL:
		return json_real(r->f);
	case JR_HUGE:
		return json_real(DBL_MAX);
	case JR_TRUE:
	case JR_FALSE:
		return json_boolean(token == JR_TRUE);
	case JR_NULL:
		return json_null();
	default:
		return NULL;
	}
}

json_t *
json_tree(const char *s, size_t n)
{
	struct json_read r;
	json_t *tree;

	jr_init(&r, s, n);
	tree = read_value(&r, jr_next(&r));
	if (tree != NULL && jr_next(&r) != JR_END) {
		json_decref(tree);
		tree = NULL;
	}
	jr_free(&r);
	return tree;
}
