/* validate.c - members of a body, each against its field */
#include "rest/validate.h"

#include <string.h>

#include "base/utf8.h"
#include "rest/convert.h"
#include "rest/number.h"
#include "rest/special.h"

struct validator {
	const struct validate_input *in;
	const struct special *special;
	struct row	*row;
	struct helio_err *err;
};

bool
validate_key(const struct schema_table *table, const char *text,
    struct value *ret)
{
	struct number n;

	if (table->key->type != FIELD_INT) {
		*ret = value_text(text);
		return true;
	}
	if (text[strspn(text, "-0123456789")] != '\0' ||
	    !number_parse(text, &n) || !n.is_int)
		return false;
	*ret = value_int(n.i);
	return true;
}

/* ---- what a converted value must still satisfy ---- */

static bool
fits_length(const struct schema_field *field, struct value v,
    struct helio_err *err)
{
	if (field->type != FIELD_TEXT || field->max_len == 0 ||
	    utf8_count(v.s, v.n) <= field->max_len)
		return true;
	err_field(err, field->name, "must have at most %u characters",
	    field->max_len);
	return false;
}

static bool
is_option(const struct schema_field *field, struct value v,
    struct helio_err *err)
{
	char list[sizeof(err->fault[0].text)] = "";
	size_t n = 0;

	if (field->options == NULL || v.type != VALUE_TEXT)
		return true;
	for (size_t i = 0; field->options[i] != NULL; i++) {
		if (strlen(field->options[i]) == v.n &&
		    memcmp(field->options[i], v.s, v.n) == 0)
			return true;
		if (n < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n,
			    "%s%s", i > 0 ? ", " : "", field->options[i]);
	}
	err_field(err, field->name, "must be one of: %s", list);
	return false;
}

static bool
is_exact(const struct schema_field *field, const struct operand *operand,
    struct helio_err *err)
{
	if (operand->kind == OPERAND_EXACT || operand->kind == OPERAND_EMPTY)
		return true;
	err_field(err, field->name, "%s", operand->kind == OPERAND_GAP ?
	    "must be a whole number" : "is out of range");
	return false;
}

/* Keys are part of paths. */
static bool
is_usable_key(const struct schema_table *table,
    const struct schema_field *field, struct value v, struct helio_err *err)
{
	if (field != table->key || v.type != VALUE_TEXT)
		return true;
	if (v.n > 0 && v.n <= 255)
		return true;
	err_field(err, field->name, "must have 1 to 255 bytes");
	return false;
}

/* ---- one member ---- */

static void
set_null(struct validator *v, const struct schema_field *field)
{
	if (field->required || field == v->in->table->key)
		err_field(v->err, field->name, "must not be null");
	else
		row_set_null(v->row, field->name);
}

static void
set_value(struct validator *v, const struct schema_field *field,
    const json_t *json)
{
	struct convert c = {
		.arena = v->in->arena,
		.now_us = v->in->now_us,
		.from = v->in->form ? FROM_FORM : FROM_JSON,
	};
	struct operand operand;

	if (!convert_value(&c, field, json, &operand)) {
		err_field(v->err, field->name, "%s", c.why);
		return;
	}
	if (operand.kind == OPERAND_EMPTY)
		set_null(v, field);
	else if (is_exact(field, &operand, v->err) &&
	    fits_length(field, operand.v, v->err) &&
	    is_option(field, operand.v, v->err) &&
	    is_usable_key(v->in->table, field, operand.v, v->err))
		row_set(v->row, field->name, operand.v);
}

/* PUT may repeat the natural key of the path, but not change it. */
static void
check_same_key(struct validator *v, const json_t *json)
{
	const struct schema_field *key = v->in->table->key;
	struct convert c = { .arena = v->in->arena, .from = FROM_FILTER };
	struct operand given;
	struct value path;

	if (validate_key(v->in->table, v->in->key, &path) &&
	    convert_value(&c, key, json, &given) &&
	    given.kind == OPERAND_EXACT && value_equal(given.v, path))
		return;
	err_field(v->err, key->name, "is the key and cannot be changed");
}

static void
unknown_member(struct validator *v, const char *name)
{
	const char *what = "is no field of this table";

	if (schema_relation(v->in->table, name) != NULL)
		what = "is a relation and cannot be set here";
	/* PUT names the first one in the message, as Flask-Restless does */
	if (v->in->key != NULL && v->err->message[0] == '\0')
		err_set(v->err, HELIO_E_INVALID,
		    "Model does not have field '%.100s'", name);
	err_field(v->err, name, "%s", what);
}

static void
set_member(struct validator *v, const char *name, const json_t *json)
{
	const struct schema_table *table = v->in->table;
	const struct schema_field *field = schema_field(table, name);

	if (special_has(v->special, name))
		return;
	if (field == NULL)
		unknown_member(v, name);
	else if (field->meta || (field == table->key && !table->natural_key))
		return;
	else if (field == table->key && v->in->key != NULL)
		check_same_key(v, json);
	else if (field->owner != NULL)
		err_field(v->err, name, "is set by %s", field->owner);
	else if (field->secret > v->in->writer)
		err_field(v->err, name, "cannot be set");
	else if (json_is_null(json))
		set_null(v, field);
	else
		set_value(v, field, json);
}

/* ---- the whole body ---- */

static bool
is_named(const struct helio_err *err, const char *field)
{
	for (unsigned i = 0; i < err->n_faults; i++)
		if (strcmp(err->fault[i].field, field) == 0)
			return true;
	return false;
}

/* Owned fields are left to the store, which knows what actions set. */
static bool
is_wanted(const struct schema_table *table, const struct schema_field *field)
{
	if (field == table->key)
		return table->natural_key;
	return field->required && !field->has_default && !field->meta &&
	    field->owner == NULL;
}

static void
check_missing(struct validator *v)
{
	const struct schema_table *table = v->in->table;
	const struct schema_field *field;

	for (size_t i = 0; i < table->n_fields; i++) {
		field = &table->fields[i];
		if (is_wanted(table, field) && !row_has(v->row, field) &&
		    !is_named(v->err, field->name))
			err_field(v->err, field->name, "is required");
	}
}

enum helio_rc
validate_body(const struct validate_input *in, struct row **ret,
    struct helio_err *err)
{
	struct validator v = {
		.in = in, .err = err,
		.special = special_find(in->table),
		.row = row_new(in->arena, in->table),
	};
	bool creating = in->key == NULL;
	enum helio_rc rc;
	const char *name;
	json_t *json;

	json_object_foreach((json_t *)in->body, name, json)
		set_member(&v, name, json);
	if (v.special != NULL && v.special->prepare != NULL) {
		rc = v.special->prepare(in->arena, in->body, creating, v.row,
		    err);
		if (rc != HELIO_OK && rc != HELIO_E_INVALID)
			return rc;
	}
	if (creating)
		check_missing(&v);
	*ret = v.row;
	return err->n_faults > 0 ? err->rc : HELIO_OK;
}
