/* Tables as schemas: a row, and what may be sent to change or make one. */
#include <stdio.h>
#include <string.h>

#include "openapi/internal.h"

/* How each type looks in JSON. */
static const struct {
	const char	*type;
	const char	*doc;
} types[] = {
	[FIELD_INT] = { "integer", NULL },
	[FIELD_FLOAT] = { "number", NULL },
	[FIELD_BOOL] = { "boolean", NULL },
	[FIELD_TEXT] = { "string", NULL },
	[FIELD_DATETIME] = { "string",
	    "UTC, YYYY-MM-DDTHH:MM:SS[.ffffff]; many more forms are read" },
	[FIELD_DATE] = { "string", "YYYY-MM-DD" },
	[FIELD_DURATION] = { "number", "seconds" },
	[FIELD_JSON] = { NULL, "any JSON value" },
};

void
ref_write(struct json_write *w, const char *where, const char *name,
    const char *suffix)
{
	char text[160];

	snprintf(text, sizeof(text), "#/components/%s/%s%s", where, name,
	    suffix);
	jw_object(w);
	jw_put_str(w, "$ref", text);
	jw_end(w);
}

static void
put_doc(struct json_write *w, const char *doc, const char *more)
{
	char text[400];

	if (doc == NULL && more == NULL)
		return;
	snprintf(text, sizeof(text), "%s%s%s", doc != NULL ? doc : "",
	    doc != NULL && more != NULL ? "; " : "", more != NULL ? more : "");
	jw_put_str(w, "description", text);
}

void
type_write(struct json_write *w, enum field_type type, const char *doc)
{
	jw_object(w);
	if (types[type].type != NULL)
		jw_put_str(w, "type", types[type].type);
	put_doc(w, doc, types[type].doc);
	jw_end(w);
}

/* ---- members ---- */

static void
put_type(struct json_write *w, const struct schema_field *f)
{
	const char *type = types[f->type].type;

	if (type == NULL)
		return;
	jw_key(w, "type");
	if (f->required) {
		jw_str(w, type);
		return;
	}
	jw_array(w);
	jw_str(w, type);
	jw_str(w, "null");
	jw_end(w);
}

static void
put_options(struct json_write *w, const struct schema_field *f)
{
	const char *const *option = f->options;

	if (option == NULL)
		return;
	jw_key(w, "enum");
	jw_array(w);
	for (; *option != NULL; option++)
		jw_str(w, *option);
	if (!f->required)
		jw_null(w);
	jw_end(w);
}

/* Who may see it, who sets it. */
static void
put_rules(struct json_write *w, const struct schema_field *f, bool body)
{
	char text[200] = "";

	if (f->secret != LEVEL_OVERVIEW && f->secret != LEVEL_NOBODY)
		snprintf(text, sizeof(text), "shown from %s up",
		    level_name(f->secret));
	if (f->owner != NULL)
		snprintf(text, sizeof(text), "set by %s", f->owner);
	put_doc(w, f->doc != NULL ? f->doc : types[f->type].doc,
	    *text != '\0' ? text : NULL);
	if (!body && (f->owner != NULL || f->meta))
		jw_put_bool(w, "readOnly", true);
}

static void
put_field(struct json_write *w, const struct schema_field *f, bool body)
{
	jw_key(w, f->name);
	jw_object(w);
	put_type(w, f);
	if (f->max_len > 0)
		jw_put_int(w, "maxLength", f->max_len);
	put_options(w, f);
	put_rules(w, f, body);
	jw_end(w);
}

/* ---- rows ---- */

static bool
is_shown(const struct schema_field *f)
{
	return f->secret != LEVEL_NOBODY;
}

static void
put_row(struct json_write *w, const struct schema_table *t)
{
	size_t i;

	jw_key(w, t->name);
	jw_object(w);
	jw_put_str(w, "type", "object");
	put_doc(w, t->doc, NULL);
	jw_key(w, "properties");
	jw_object(w);
	for (i = 0; i < t->n_fields; i++)
		if (is_shown(&t->fields[i]))
			put_field(w, &t->fields[i], false);
	jw_end(w);
	jw_key(w, "required");
	jw_array(w);
	for (i = 0; i < t->n_fields; i++)
		if (t->fields[i].secret == LEVEL_OVERVIEW)
			jw_str(w, t->fields[i].name);
	jw_end(w);
	jw_end(w);
}

/* ---- bodies ---- */

static bool
is_sent(const struct schema_table *t, const struct schema_field *f)
{
	if (f == t->key)
		return t->natural_key;
	return !f->meta && f->owner == NULL && is_shown(f);
}

static void
put_change(struct json_write *w, const struct schema_table *t,
    const char *const *members)
{
	char name[80];
	size_t i;

	snprintf(name, sizeof(name), "%s_change", t->name);
	jw_key(w, name);
	jw_object(w);
	jw_put_str(w, "type", "object");
	jw_key(w, "properties");
	jw_object(w);
	for (i = 0; i < t->n_fields; i++)
		if (is_sent(t, &t->fields[i]))
			put_field(w, &t->fields[i], true);
	for (; members != NULL && *members != NULL; members++) {
		jw_key(w, *members);
		type_write(w, FIELD_TEXT, NULL);
	}
	jw_end(w);
	jw_end(w);
}

static void
put_new(struct json_write *w, const struct schema_table *t)
{
	char name[80];
	size_t i;

	snprintf(name, sizeof(name), "%s_new", t->name);
	jw_key(w, name);
	jw_object(w);
	jw_key(w, "allOf");
	jw_array(w);
	ref_write(w, "schemas", t->name, "_change");
	jw_end(w);
	jw_key(w, "required");
	jw_array(w);
	for (i = 0; i < t->n_fields; i++)
		if (is_sent(t, &t->fields[i]) && t->fields[i].required &&
		    !t->fields[i].has_default && &t->fields[i] != t->key)
			jw_str(w, t->fields[i].name);
	jw_end(w);
	jw_end(w);
}

/* Members beyond the fields, as the routes of the table know them. */
struct members {
	const struct schema_table *table;
	const char *const *found;
};

static void
find_members(const struct api_route *route, void *arg)
{
	struct members *m = arg;
	struct rest_info info;

	if (rest_describe(route, &info) && info.table == m->table)
		m->found = info.members;
}

void
tables_write(struct json_write *w, const struct schema *schema,
    const struct api *api)
{
	const struct schema_table *t;
	struct members m;
	size_t i;

	for (i = 0; i < schema->n_tables; i++) {
		t = &schema->tables[i];
		if (t->internal)
			continue;
		put_row(w, t);
		if (t->path == NULL || (t->allow[SCHEMA_POST] == LEVEL_NOBODY &&
		    t->allow[SCHEMA_PUT] == LEVEL_NOBODY))
			continue;
		m = (struct members){ .table = t };
		api_each_route(api, find_members, &m);
		put_change(w, t, m.found);
		put_new(w, t);
	}
}
