/* The reference of all tables, as Markdown. */
#include "schema/schema.h"

#include <string.h>

#include "base/buf.h"

static const char *const method_names[SCHEMA_METHODS] = {
	[SCHEMA_GET] = "GET", [SCHEMA_POST] = "POST",
	[SCHEMA_PUT] = "PUT", [SCHEMA_DELETE] = "DELETE",
};

/* Text inside a table cell. */
static void
cell(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (strchr("|<>*_\\`", *s) != NULL)
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
}

/* Begin the next remark of the cell that started at byte `start`. */
static void
remark(struct buf *out, size_t start, const char *label)
{
	if (out->len > start)
		buf_adds(out, "; ");
	buf_adds(out, label);
}

static void
note(struct buf *out, size_t start, const char *label, const char *text)
{
	remark(out, start, label);
	cell(out, text);
}

static void
print_options(struct buf *out, size_t start, const struct schema_field *f)
{
	if (f->options == NULL)
		return;
	note(out, start, "one of ", f->options[0]);
	for (size_t i = 1; f->options[i] != NULL; i++) {
		buf_adds(out, ", ");
		cell(out, f->options[i]);
	}
}

static void
print_default(struct buf *out, size_t start, const struct schema_field *f)
{
	if (!f->has_default)
		return;
	remark(out, start, "default ");
	if (f->type == FIELD_BOOL)
		buf_adds(out, f->fallback.i != 0 ? "true" : "false");
	else if (f->fallback.type == VALUE_INT)
		buf_addi(out, f->fallback.i);
	else if (f->fallback.type == VALUE_FLOAT)
		buf_addd(out, f->fallback.f);
	else
		cell(out, f->fallback.s);
}

static void
print_secret(struct buf *out, size_t start, const struct schema_field *f)
{
	if (f->secret == LEVEL_NOBODY)
		remark(out, start, "never shown");
	else if (f->secret != LEVEL_OVERVIEW)
		note(out, start, "shown from ", level_name(f->secret));
	if (f->masked_member != NULL) {
		note(out, start, "member ", f->masked_member);
		buf_addf(out, " shown from %s", level_name(f->masked_below));
	}
}

static void
print_key(struct buf *out, size_t start, const struct schema_table *t,
    const struct schema_field *f)
{
	if (f != t->key && f->required)
		remark(out, start, "required");
	if (f == t->key)
		remark(out, start, t->natural_key ? "key, given by the caller" :
		    "key, numbered");
	if (f->unique)
		remark(out, start, "unique");
	if (f->target != NULL)
		note(out, start, f->loose ? "leads, unchecked, to " :
		    "leads to ", f->target->name);
}

static void
print_type(struct buf *out, const struct schema_field *f)
{
	buf_adds(out, field_type_name(f->type));
	if (f->max_len != 0 && !f->index_len)
		buf_addf(out, "(%u)", f->max_len);
}

static void
print_field(struct buf *out, const struct schema_table *t,
    const struct schema_field *f)
{
	size_t start;

	buf_addf(out, "| `%s` | ", f->name);
	print_type(out, f);
	buf_adds(out, " | ");
	start = out->len;
	if (f->doc != NULL)
		cell(out, f->doc);
	print_key(out, start, t, f);
	print_default(out, start, f);
	print_options(out, start, f);
	print_secret(out, start, f);
	if (f->owner != NULL)
		note(out, start, "set by ", f->owner);
	buf_adds(out, " |\n");
}

static void
print_fields(struct buf *out, const struct schema_table *t)
{
	buf_adds(out, "\n| field | type | |\n| --- | --- | --- |\n");
	for (size_t i = 0; i < t->n_fields; i++)
		if (!t->fields[i].meta)
			print_field(out, t, &t->fields[i]);
}

static void
print_relations(struct buf *out, const struct schema_table *t)
{
	if (t->n_relations == 0)
		return;
	buf_adds(out, "\n| relation | leads to | by |\n| --- | --- | --- |\n");
	for (size_t i = 0; i < t->n_relations; i++) {
		const struct schema_relation *r = &t->relations[i];
		bool one = r->kind == RELATION_ONE;

		buf_addf(out, "| `%s` | %s %s | `%s.%s` |\n", r->name,
		    one ? "one" : "many", r->target->name,
		    one ? t->name : r->target->name, r->field->name);
	}
}

static void
print_methods(struct buf *out, const struct schema_table *t)
{
	const char *sep = "";

	buf_adds(out, "; ");
	for (unsigned m = 0; m < SCHEMA_METHODS; m++) {
		if (t->allow[m] == LEVEL_NOBODY)
			continue;
		buf_addf(out, "%s%s %s", sep, method_names[m],
		    level_name(t->allow[m]));
		sep = ", ";
	}
	buf_adds(out, ".\n");
}

static void
print_path(struct buf *out, const struct schema_table *t)
{
	if (t->path == NULL) {
		buf_adds(out, "Not served.\n");
		return;
	}
	buf_addf(out, "`/v1/%s`", t->path);
	if (t->also_path != NULL)
		buf_addf(out, ", `/v1/%s`", t->also_path);
	print_methods(out, t);
}

static void
print_scope(struct buf *out, const struct schema_table *t)
{
	static const char *const texts[] = {
		[SCOPE_ALL] = "every row",
		[SCOPE_NONE] = "nothing",
		[SCOPE_OWN] = "rows of the user's own entity",
		[SCOPE_VIA] = "rows whose relation leads to what it sees",
		[SCOPE_OWN_VIA] = "rows of the user's own entity whose "
		    "relation leads to what it sees",
		[SCOPE_PRODUCT] = "units assigned to its entity now",
		[SCOPE_PART] = "parts in such units; from FACTORY also those "
		    "in none",
	};

	buf_addf(out, "ENTITY scope sees %s", texts[t->scope]);
	if (t->scope_field != NULL)
		buf_addf(out, " (`%s`)", t->scope_field->name);
	if (t->scope_relation != NULL)
		buf_addf(out, " (`%s`)", t->scope_relation->name);
	buf_adds(out, ".\n");
}

static void
print_table(struct buf *out, const struct schema_table *t)
{
	buf_addf(out, "\n## %s\n\n", t->name);
	if (t->doc != NULL) {
		cell(out, t->doc);
		buf_adds(out, ".\n");
	}
	print_path(out, t);
	print_scope(out, t);
	print_fields(out, t);
	print_relations(out, t);
}

void
schema_print_manual(const struct schema *schema, struct buf *out)
{
	buf_addf(out, "# Tables\n\nSchema version %u. Every table also has "
	    "created\\_at, created\\_by, modified\\_at and modified\\_by, "
	    "which the server sets.\n", schema->version);
	for (size_t i = 0; i < schema->n_tables; i++)
		if (!schema->tables[i].internal)
			print_table(out, &schema->tables[i]);
}
