/* Types and attributes of fields. */
#include "schema/parse.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- types and defaults ---- */

static bool
default_int(const char *s, struct value *ret)
{
	char *end;

	errno = 0;
	*ret = value_int(strtoll(s, &end, 10));
	return end != s && *end == '\0' && errno == 0;
}

static bool
default_float(const char *s, struct value *ret)
{
	char *end;

	*ret = value_float(strtod(s, &end));
	return end != s && *end == '\0' && isfinite(ret->f);
}

static bool
default_bool(const char *s, struct value *ret)
{
	bool yes = strcmp(s, "true") == 0;

	*ret = value_int(yes);
	return yes || strcmp(s, "false") == 0;
}

static bool
default_text(const char *s, struct value *ret)
{
	*ret = value_text(s);
	return true;
}

/* How a default is read; types without a row have none. */
static bool (*const default_readers[])(const char *, struct value *) = {
	[FIELD_INT] = default_int,
	[FIELD_FLOAT] = default_float,
	[FIELD_BOOL] = default_bool,
	[FIELD_TEXT] = default_text,
	[FIELD_DURATION] = default_float,
	[FIELD_JSON] = NULL,
	[FIELD_BLOB] = NULL,
};

static bool
read_text_max(struct parser *p, const char *s, struct schema_field *f)
{
	char digits[12];
	size_t n = strcspn(s, ")");

	if (n >= sizeof(digits) || strcmp(s + n, ")") != 0)
		return parse_bad(p, "text(N) wants a number");
	memcpy(digits, s, n);
	digits[n] = '\0';
	f->type = FIELD_TEXT;
	if (!parse_number(digits, 1000000, &f->max_len) || f->max_len == 0)
		return parse_bad(p, "text(N) wants a number");
	return true;
}

static bool
take_type(struct parser *p, struct schema_field *f)
{
	const char *s = parse_word(p, "type");

	if (s == NULL)
		return false;
	if (strncmp(s, "text(", 5) == 0)
		return read_text_max(p, s + 5, f);
	for (f->type = FIELD_INT; f->type <= FIELD_BLOB; f->type++)
		if (strcmp(s, field_type_name(f->type)) == 0)
			break;
	if (f->type > FIELD_BLOB)
		return parse_bad(p, "unknown type %s", s);
	if (f->type == FIELD_BLOB && p->table->table.exported)
		return parse_bad(p,
		    "blob is for internal tables that are not exported");
	return true;
}

/* ---- attributes of a field ---- */

static bool
attr_required(struct parser *p, struct draft_field *f)
{
	(void)p;
	return f->field.required = true;
}

static bool
attr_unique(struct parser *p, struct draft_field *f)
{
	(void)p;
	return f->field.unique = true;
}

static bool
attr_default(struct parser *p, struct draft_field *f)
{
	enum field_type type = f->field.type;
	const char *s = parse_word(p, "default");

	if (s == NULL)
		return false;
	if (default_readers[type] == NULL)
		return parse_bad(p, "type %s has no default",
		    field_type_name(type));
	if (!default_readers[type](s, &f->field.fallback))
		return parse_bad(p, "default is no %s", field_type_name(type));
	f->field.has_default = true;
	return true;
}

static bool
attr_options(struct parser *p, struct draft_field *f)
{
	const char *option[LEX_WORDS_MAX + 1] = { NULL }, **copy;
	size_t n = 0;

	if (f->field.type != FIELD_TEXT)
		return parse_bad(p, "only text has options");
	if (!parse_skip(p, "["))
		return parse_bad(p, "options want [A B ..]");
	while (!parse_skip(p, "]"))
		if ((option[n++] = parse_word(p, "]")) == NULL)
			return false;
	if (n == 0)
		return parse_bad(p, "options want [A B ..]");
	copy = arena_alloc(p->draft->arena, (n + 1) * sizeof(*copy));
	memcpy(copy, option, n * sizeof(*copy));
	f->field.options = copy;
	return true;
}

static bool
attr_target(struct parser *p, struct draft_field *f)
{
	return parse_ref(p, "table", &f->target);
}

static bool
attr_loose(struct parser *p, struct draft_field *f)
{
	f->field.loose = true;
	return parse_ref(p, "table", &f->target);
}

static bool
attr_secret(struct parser *p, struct draft_field *f)
{
	return parse_level(p, true, &f->field.secret);
}

static bool
attr_masks(struct parser *p, struct draft_field *f)
{
	if (f->field.type != FIELD_JSON)
		return parse_bad(p, "only json has masked members");
	f->field.masked_member = parse_name(p, "member");
	return f->field.masked_member != NULL &&
	    parse_level(p, true, &f->field.masked_below);
}

static bool
attr_list(struct parser *p, struct draft_field *f)
{
	if (f->field.type != FIELD_JSON)
		return parse_bad(p, "only json is a list");
	return f->field.list = true;
}

static bool
attr_owned(struct parser *p, struct draft_field *f)
{
	return (f->field.owner = parse_word(p, "owner")) != NULL;
}

static bool
attr_natural(struct parser *p, struct draft_field *f)
{
	if (f != p->table->key)
		return parse_bad(p, "only a key is natural");
	return p->table->table.natural_key = true;
}

static const struct attribute {
	const char	*name;
	bool		(*read)(struct parser *, struct draft_field *);
} attributes[] = {
	{ "->", attr_target },
	{ "default", attr_default },
	{ "list", attr_list },
	{ "masks", attr_masks },
	{ "natural", attr_natural },
	{ "options", attr_options },
	{ "owned", attr_owned },
	{ "required", attr_required },
	{ "secret", attr_secret },
	{ "unique", attr_unique },
	{ "~>", attr_loose },
};

static const struct attribute *
find_attribute(const char *name)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (strcmp(attributes[i].name, name) == 0)
			return &attributes[i];
	return NULL;
}

static bool
take_attributes(struct parser *p, struct draft_field *f)
{
	const struct attribute *attr;
	const struct lex_word *w;

	while ((w = parse_peek(p)) != NULL) {
		p->at++;
		if (w->quoted) {
			f->field.doc = w->text;
			continue;
		}
		attr = find_attribute(w->text);
		if (attr == NULL)
			return parse_bad(p, "unknown attribute %s", w->text);
		if (!attr->read(p, f))
			return false;
	}
	return true;
}

static bool
default_is_option(const struct schema_field *f)
{
	if (!f->has_default || f->options == NULL)
		return true;
	for (size_t i = 0; f->options[i] != NULL; i++)
		if (value_equal(value_text(f->options[i]), f->fallback))
			return true;
	return false;
}

struct draft_field *
parse_new_field(struct parser *p)
{
	struct draft_field *f = arena_alloc(p->draft->arena, sizeof(*f));

	f->pos = parse_pos(p, p->line.n > 1 ? p->line.word[1].column : 1);
	f->field.secret = LEVEL_OVERVIEW;
	return f;
}

bool
parse_field(struct parser *p, struct draft_field *f)
{
	f->field.name = parse_name(p, "field name");
	if (f->field.name == NULL || !take_type(p, &f->field) ||
	    !take_attributes(p, f))
		return false;
	if (!default_is_option(&f->field))
		return parse_bad(p, "default is none of the options");
	return true;
}
