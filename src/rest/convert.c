/* convert.c - JSON values to stored values, one function per field type */
#include "rest/convert.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/times.h"
#include "rest/number.h"

#define BLANKS	" \t\r\n\f\v"

static bool
refuse(struct convert *c, const char *why)
{
	c->why = why;
	return false;
}

static bool
give(struct operand *ret, enum operand_kind kind, struct value v)
{
	*ret = (struct operand){ .kind = kind, .v = v };
	return true;
}

static bool
exact(struct operand *ret, struct value v)
{
	return give(ret, OPERAND_EXACT, v);
}

static bool
is_blank(const char *s)
{
	return s[strspn(s, BLANKS)] == '\0';
}

/* ---- numbers ---- */

static bool
number_from(const json_t *json, struct number *ret)
{
	if (json_is_string(json))
		return number_parse(json_string_value(json), ret);
	if (json_is_integer(json))
		*ret = (struct number){ .is_int = true,
		    .i = json_integer_value(json) };
	else if (json_is_real(json))
		*ret = (struct number){ .f = json_real_value(json) };
	else
		return false;
	return true;
}

/* A form has no other way to say null. */
static bool
is_form_null(const struct convert *c, const json_t *json)
{
	return c->from == FROM_FORM && json_is_string(json) &&
	    is_blank(json_string_value(json));
}

static bool
int_operand(struct number n, struct operand *ret)
{
	double whole;

	if (n.is_int)
		return exact(ret, value_int(n.i));
	if (n.f >= 0x1p63)
		return give(ret, OPERAND_ABOVE, value_null());
	if (n.f < -0x1p63)
		return give(ret, OPERAND_BELOW, value_null());
	whole = floor(n.f);
	return give(ret, whole == n.f ? OPERAND_EXACT : OPERAND_GAP,
	    value_int((int64_t)whole));
}

static bool
to_int(struct convert *c, const json_t *json, struct operand *ret)
{
	struct number n;

	if (is_form_null(c, json))
		return give(ret, OPERAND_EMPTY, value_null());
	if (!number_from(json, &n))
		return refuse(c, "must be a whole number");
	return int_operand(n, ret);
}

static bool
to_float(struct convert *c, const json_t *json, struct operand *ret)
{
	struct number n;

	if (is_form_null(c, json))
		return give(ret, OPERAND_EMPTY, value_null());
	if (!number_from(json, &n))
		return refuse(c, "must be a number");
	return exact(ret, value_float(n.is_int ? (double)n.i : n.f));
}

/* ---- flags ---- */

static const struct {
	const char	*text;
	bool		 value;
} flag_text[] = {
	{ "true", true }, { "false", false }, { "1", true }, { "0", false },
};

static bool
flag_from_text(const char *s, int64_t *ret)
{
	for (size_t i = 0; i < sizeof(flag_text) / sizeof(flag_text[0]); i++)
		if (strcasecmp(s, flag_text[i].text) == 0) {
			*ret = flag_text[i].value;
			return true;
		}
	return false;
}

static bool
flag_from_number(const json_t *json, int64_t *ret)
{
	double f;

	if (!json_is_number(json))
		return false;
	f = json_number_value(json);
	*ret = f != 0;
	return f == 0 || f == 1;
}

static bool
to_bool(struct convert *c, const json_t *json, struct operand *ret)
{
	int64_t flag = json_is_true(json);
	bool ok;

	if (is_form_null(c, json))
		return give(ret, OPERAND_EMPTY, value_null());
	ok = json_is_boolean(json);
	if (!ok && c->from != FROM_JSON)
		ok = json_is_string(json) ?
		    flag_from_text(json_string_value(json), &flag) :
		    flag_from_number(json, &flag);
	if (!ok)
		return refuse(c, "must be true or false");
	return exact(ret, value_int(flag));
}

/* ---- texts ---- */

static struct value
number_text(struct arena *a, const json_t *json)
{
	double f = json_number_value(json);

	if (json_is_integer(json))
		return value_text(arena_printf(a, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(json)));
	if (f == floor(f) && fabs(f) < 0x1p63)
		return value_text(arena_printf(a, "%lld", (long long)f));
	return value_text(convert_json_text(a, json, NULL));
}

static bool
to_text(struct convert *c, const json_t *json, struct operand *ret)
{
	size_t n = json_string_length(json);

	if (json_is_string(json))
		return exact(ret, value_textn(c->from != FROM_FILTER ?
		    json_string_value(json) :
		    arena_strndup(c->arena, json_string_value(json), n), n));
	if (json_is_number(json) && c->from == FROM_FILTER)
		return exact(ret, number_text(c->arena, json));
	return refuse(c, "must be a text");
}

/* ---- times ---- */

static int64_t
day_of(int64_t us)
{
	return us / US_PER_DAY - (us % US_PER_DAY < 0);
}

/* The SQL words that the documents allow in place of a time. */
static bool
time_word(const struct convert *c, const char *s, int64_t *ret)
{
	if (strcmp(s, "CURRENT_TIMESTAMP") == 0 ||
	    strcmp(s, "LOCALTIMESTAMP") == 0) {
		*ret = c->now_us;
		return true;
	}
	*ret = day_of(c->now_us) * US_PER_DAY;
	return strcmp(s, "CURRENT_DATE") == 0;
}

static bool
to_datetime(struct convert *c, const json_t *json, struct operand *ret)
{
	const char *s = json_string_value(json), *why = NULL;
	int64_t us;

	if (s == NULL)
		return refuse(c, "must be a date and time as text");
	if (is_blank(s))
		return give(ret, OPERAND_EMPTY, value_null());
	if (!time_word(c, s, &us) &&
	    !time_parse(s, json_string_length(json), &us, NULL, &why))
		return refuse(c, why);
	return exact(ret, value_int(us));
}

static bool
to_date(struct convert *c, const json_t *json, struct operand *ret)
{
	if (!to_datetime(c, json, ret))
		return false;
	if (ret->kind == OPERAND_EXACT)
		ret->v.i = day_of(ret->v.i);
	return true;
}

/* ---- JSON ---- */

static bool	write_value(struct json_write *, const json_t *, unsigned);

static bool
write_members(struct json_write *w, json_t *object, unsigned depth)
{
	const char *key;
	json_t *member;

	jw_object(w);
	json_object_foreach(object, key, member) {
		jw_key(w, key);
		if (!write_value(w, member, depth))
			return false;
	}
	jw_end(w);
	return true;
}

static bool
write_elements(struct json_write *w, const json_t *list, unsigned depth)
{
	json_t *element;
	size_t i;

	jw_array(w);
	json_array_foreach(list, i, element)
		if (!write_value(w, element, depth))
			return false;
	jw_end(w);
	return true;
}

static void
write_scalar(struct json_write *w, const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_STRING:
		jw_strn(w, json_string_value(json), json_string_length(json));
		break;
	case JSON_INTEGER:
		jw_int(w, json_integer_value(json));
		break;
	case JSON_REAL:
		jw_real(w, json_real_value(json));
		break;
	case JSON_NULL:
		jw_null(w);
		break;
	default:
		jw_bool(w, json_is_true(json));
	}
}

static bool
write_value(struct json_write *w, const json_t *json, unsigned depth)
{
	if (!json_is_object(json) && !json_is_array(json)) {
		write_scalar(w, json);
		return true;
	}
	if (depth == CONVERT_JSON_DEPTH)
		return false;
	if (json_is_array(json))
		return write_elements(w, json, depth + 1);
	return write_members(w, (json_t *)json, depth + 1);
}

const char *
convert_json_text(struct arena *a, const json_t *json, size_t *ret_n)
{
	struct buf out = BUF_INIT;
	struct json_write w;
	const char *text = NULL;

	jw_start(&w, &out);
	if (write_value(&w, json, 0) && !out.failed) {
		text = arena_strndup(a, out.data, out.len);
		if (ret_n != NULL)
			*ret_n = out.len;
	}
	buf_free(&out);
	return text;
}

/* A text that itself is JSON: always in a form; in a filter only where it can
 * be nothing else, so that the text "5" still finds the text "5". */
static json_t *
json_within(const struct convert *c, const json_t *json)
{
	const char *s = json_string_value(json);
	json_t *inner;

	if (s == NULL || c->from == FROM_JSON)
		return NULL;
	inner = json_loads(s, JSON_DECODE_ANY, NULL);
	if (c->from == FROM_FILTER && !json_is_object(inner) &&
	    !json_is_array(inner)) {
		json_decref(inner);
		return NULL;
	}
	return inner;
}

static bool
to_json(struct convert *c, const json_t *json, struct operand *ret)
{
	json_t *inner = json_within(c, json);
	const char *text;
	size_t n;

	if (json_is_null(inner)) {
		json_decref(inner);
		return give(ret, OPERAND_EMPTY, value_null());
	}
	if (c->list && !json_is_array(inner != NULL ? inner : json)) {
		json_decref(inner);
		return refuse(c, "must be a list");
	}
	text = convert_json_text(c->arena, inner != NULL ? inner : json, &n);
	json_decref(inner);
	if (text == NULL)
		return refuse(c, "is nested too deeply");
	return exact(ret, value_textn(text, n));
}

bool
convert_value(struct convert *c, const struct schema_field *field,
    const json_t *json, struct operand *ret)
{
	static bool (*const by_type[])(struct convert *, const json_t *,
	    struct operand *) = {
		[FIELD_INT] = to_int,
		[FIELD_FLOAT] = to_float,
		[FIELD_BOOL] = to_bool,
		[FIELD_TEXT] = to_text,
		[FIELD_DATETIME] = to_datetime,
		[FIELD_DATE] = to_date,
		[FIELD_DURATION] = to_float,
		[FIELD_JSON] = to_json,
	};

	c->list = field->list && c->from != FROM_FILTER;
	return by_type[field->type](c, json, ret);
}
