/* Arguments of actions. */
#include "action/args.h"

#include "base/utf8.h"
#include "rest/convert.h"

enum { TEXT_MAX = 255 };

/* A repeated parameter becomes an array. */
static bool
add_member(json_t *object, const char *name, const char *value)
{
	json_t *old = json_object_get(object, name), *text, *array;

	text = json_string(value);
	if (old == NULL)
		return json_object_set_new(object, name, text) == 0;
	if (json_is_array(old))
		return json_array_append_new(old, text) == 0;
	array = json_array();
	if (json_array_append(array, old) != 0 ||
	    json_array_append_new(array, text) != 0) {
		json_decref(array);
		return false;
	}
	return json_object_set_new(object, name, array) == 0;
}

enum helio_rc
args_query(struct http_request *http, json_t *into, json_t **ret,
    struct helio_err *err)
{
	json_t *query = json_object();
	const char *name, *value;
	size_t pos = 0;
	bool ok = query != NULL;

	while (ok && http_param_next(http, &pos, &name, &value))
		ok = add_member(query, name, value);
	if (!ok) {
		json_decref(query);
		return err_set(err, HELIO_E_BAD,
		    "The query could not be read");
	}
	if (json_is_object(into))
		json_object_update_missing(query, into);
	if (json_object_size(query) == 0) {
		json_decref(query);
		query = NULL;
	}
	*ret = query;
	return HELIO_OK;
}

static bool
is_too_long(const struct schema_field *field, const struct operand *operand)
{
	return operand->kind == OPERAND_EXACT &&
	    operand->v.type == VALUE_TEXT &&
	    utf8_count(operand->v.s, operand->v.n) > field->max_len;
}

static void
convert_arg(const struct action_arg *arg, struct convert *convert,
    const json_t *given, struct value *ret, struct helio_err *err)
{
	const struct schema_field field = {
		.name = arg->name, .type = arg->type,
		.max_len = arg->max_len != 0 ? arg->max_len : TEXT_MAX,
	};
	struct operand operand = { .kind = OPERAND_EMPTY };

	if (!convert_value(convert, &field, given, &operand))
		err_field(err, arg->name, "%s", convert->why);
	else if (is_too_long(&field, &operand))
		err_field(err, arg->name, "has more than %u characters",
		    field.max_len);
	else if (operand.kind == OPERAND_EXACT)
		*ret = operand.v;
	else if (operand.kind != OPERAND_EMPTY)
		err_field(err, arg->name, "must be of type %s",
		    field_type_name(arg->type));
	else if (arg->required)
		err_field(err, arg->name, "this field is required");
}

enum helio_rc
args_convert(const struct action *action, struct action_call *c,
    struct helio_err *err)
{
	struct convert convert = {
		.arena = c->arena, .now_us = c->now_us, .from = FROM_FILTER,
	};
	const struct action_arg *arg;
	const json_t *given;
	size_t i;

	for (i = 0; i < action->n_args; i++) {
		arg = &action->args[i];
		given = json_object_get(c->body, arg->name);
		c->arg[i] = value_null();
		if (given != NULL && !json_is_null(given)) {
			/* What is JSON is looked at by the action itself. */
			if (arg->type != FIELD_JSON)
				convert_arg(arg, &convert, given, &c->arg[i],
				    err);
		} else if (arg->required)
			err_field(err, arg->name, "this field is required");
	}
	return err->rc;
}
