/* Reading bodies: a look at the shape, then jansson or the form reader. */
#include "api/body.h"

#include <stdio.h>
#include <string.h>

#include "base/json_read.h"
#include "base/utf8.h"
#include "http/http.h"

static const char blanks[] = " \t\r\n";

static enum helio_rc
not_readable(struct helio_err *err, const char *why)
{
	err_set(err, HELIO_E_DECODE, "%s", rc_text(HELIO_E_DECODE));
	return err_field(err, "body", "%s", why);
}

/* How deep and how many, seen without reading: strings are stepped over. */
struct shape {
	size_t	depth, deepest;
	size_t	groups;
	size_t	values;
};

/* The byte after the string that starts at s. */
static const char *
skip_string(const char *s, const char *end)
{
	for (s++; s < end && *s != '"'; s++)
		if (*s == '\\' && s + 1 < end)
			s++;
	return s < end ? s + 1 : end;
}

static void
count(struct shape *sh, char c)
{
	if (c == '[' || c == '{') {
		sh->groups++;
		sh->values++;
		if (++sh->depth > sh->deepest)
			sh->deepest = sh->depth;
	} else if (c == ']' || c == '}') {
		if (sh->depth > 0)
			sh->depth--;
	} else if (c == ',') {
		sh->values++;
	}
}

enum helio_rc
body_check(const char *s, size_t n, struct helio_err *err)
{
	const char *end = s + n;
	struct shape sh = { 0 };

	while (s < end) {
		if (*s == '"')
			s = skip_string(s, end);
		else
			count(&sh, *s++);
	}
	if (sh.deepest > BODY_DEPTH_MAX)
		return not_readable(err, "objects and arrays nest too deeply");
	if (sh.groups > BODY_GROUPS_MAX || sh.values > BODY_VALUES_MAX)
		return err_set(err, HELIO_E_TOO_LARGE,
		    "The request body holds too many values");
	return HELIO_OK;
}

/* What jansson says of the place, without the bytes it quotes: they may be
 * part of a password. */
static enum helio_rc
bad_json(struct helio_err *err, const json_error_t *at)
{
	err_set(err, HELIO_E_DECODE, "%s", rc_text(HELIO_E_DECODE));
	return err_field(err, "body", "no JSON at line %d, column %d",
	    at->line, at->column);
}

/* Why jansson cannot hold the token that began at start, or NULL. */
static const char *
unheld(const struct json_read *r, enum json_token token, const char *start)
{
	bool whole = token == JR_REAL;

	for (; whole && start < r->at; start++)
		whole = memchr(".eE", *start, 3) == NULL;
	if (whole || token == JR_HUGE)
		return "is a number out of range";
	if ((token == JR_STRING || token == JR_KEY) &&
	    memchr(r->text, '\0', r->n) != NULL)
		return "has a NUL character in it";
	return NULL;
}

/* Pass the value that is due; why it cannot be held, or NULL. */
static const char *
pass_value(struct json_read *r)
{
	const char *why = NULL;
	size_t open = 0;

	do {
		const char *start = r->at;
		enum json_token token = jr_next(r);

		if (why == NULL)
			why = unheld(r, token, start);
		if (token == JR_OBJECT || token == JR_ARRAY)
			open++;
		else if (token == JR_OBJECT_END || token == JR_ARRAY_END)
			open--;
	} while (open > 0 && r->error == NULL);
	return why;
}

/* Name the members that cannot be held; false when it is none of them. */
static bool
name_unheld(const char *s, size_t n, struct helio_err *err)
{
	struct json_read r;
	char name[sizeof(err->fault[0].field)];
	const char *why;
	bool found = false;

	jr_init(&r, s, n);
	if (jr_next(&r) == JR_OBJECT)
		while (jr_next(&r) == JR_KEY) {
			snprintf(name, sizeof(name), "%.*s", (int)r.n, r.text);
			why = pass_value(&r);
			if (why != NULL && r.error == NULL)
				err_field(err, name, "%s", why);
			found |= why != NULL;
		}
	found &= jr_next(&r) == JR_END;
	if (!found)
		err_clear(err);
	jr_free(&r);
	return found;
}

static enum helio_rc
parse_json(const char *s, size_t n, json_t **ret, struct helio_err *err)
{
	json_error_t at;
	enum helio_rc rc = body_check(s, n, err);
	json_t *json;

	if (rc != HELIO_OK)
		return rc;
	json = json_loadb(s, n, JSON_DECODE_ANY, &at);
	if (json == NULL && json_error_code(&at) == json_error_out_of_memory)
		return err_set(err, HELIO_E_NO_MEMORY, "%s",
		    rc_text(HELIO_E_NO_MEMORY));
	if (json == NULL && name_unheld(s, n, err))
		return HELIO_E_INVALID;
	if (json == NULL)
		return bad_json(err, &at);
	*ret = json;
	return HELIO_OK;
}

/*
 * A form has a '=' and no control characters: JSON that is broken and
 * multipart bodies are not taken for one.
 */
static bool
looks_like_form(const char *s, size_t n)
{
	size_t i;

	if (n == 0 || strchr("{[\"=&", s[0]) != NULL)
		return false;
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return false;
	return memchr(s, '=', n) != NULL;
}

static const char *
decode(struct arena *a, const char *s, size_t n)
{
	const char *text = http_decode(a, s, n, true);

	return text != NULL && utf8_valid(text, strlen(text)) ? text : NULL;
}

/* Add "name=value", n bytes, to the object. */
static enum helio_rc
add_pair(json_t *form, struct arena *a, const char *s, size_t n,
    struct helio_err *err)
{
	const char *eq = memchr(s, '=', n);
	size_t name_n = eq != NULL ? (size_t)(eq - s) : n;
	const char *name = decode(a, s, name_n), *value = "";

	if (eq != NULL)
		value = decode(a, eq + 1, n - name_n - 1);
	if (name == NULL || *name == '\0' || value == NULL)
		return not_readable(err, "a form with a malformed field");
	if (json_object_size(form) >= BODY_PAIRS_MAX)
		return err_set(err, HELIO_E_TOO_LARGE,
		    "The form has too many fields");
	if (json_object_set_new(form, name, json_string(value)) != 0)
		return err_set(err, HELIO_E_NO_MEMORY, "%s",
		    rc_text(HELIO_E_NO_MEMORY));
	return HELIO_OK;
}

static enum helio_rc
parse_form(const char *s, size_t n, struct arena *a, json_t **ret,
    struct helio_err *err)
{
	const char *end = s + n, *amp;
	json_t *form = json_object();
	enum helio_rc rc = HELIO_OK;

	if (form == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s",
		    rc_text(HELIO_E_NO_MEMORY));
	for (; rc == HELIO_OK && s < end; s = amp + 1) {
		amp = memchr(s, '&', (size_t)(end - s));
		if (amp == NULL)
			amp = end;
		if (amp > s)
			rc = add_pair(form, a, s, (size_t)(amp - s), err);
	}
	if (rc == HELIO_OK)
		*ret = form;
	else
		json_decref(form);
	return rc;
}

enum helio_rc
body_parse(const char *s, size_t n, struct arena *a, json_t **ret,
    bool *ret_form, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	bool form;

	while (n > 0 && memchr(blanks, s[0], sizeof(blanks) - 1) != NULL)
		s++, n--;
	while (n > 0 && memchr(blanks, s[n - 1], sizeof(blanks) - 1) != NULL)
		n--;
	form = looks_like_form(s, n);
	if (n == 0)
		*ret = NULL;
	else if (form)
		rc = parse_form(s, n, a, ret, err);
	else
		rc = parse_json(s, n, ret, err);
	if (rc == HELIO_OK)
		*ret_form = form;
	return rc;
}
