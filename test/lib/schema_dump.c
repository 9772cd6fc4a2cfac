/* The built-in schema as JSON on stdout, for tools/check_schema.py. */
#include <stdio.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "schema/schema.h"

static void
dump_options(struct json_write *w, const struct schema_field *f)
{
	jw_key(w, "options");
	jw_array(w);
	for (size_t i = 0; f->options != NULL && f->options[i] != NULL; i++)
		jw_str(w, f->options[i]);
	jw_end(w);
}

static void
dump_field(struct json_write *w, const struct schema_field *f)
{
	jw_key(w, f->name);
	jw_object(w);
	jw_put_str(w, "type", field_type_name(f->type));
	jw_put_int(w, "max", f->index_len ? 0 : f->max_len);
	jw_put_bool(w, "required", f->required);
	jw_put_bool(w, "unique", f->unique);
	jw_put_bool(w, "default", f->has_default);
	jw_put_bool(w, "meta", f->meta);
	jw_put_bool(w, "loose", f->loose);
	jw_put_bool(w, "owned", f->owner != NULL);
	jw_put_str(w, "target", f->target != NULL ? f->target->name : NULL);
	jw_put_str(w, "secret", level_name(f->secret));
	dump_options(w, f);
	jw_end(w);
}

static void
dump_relation(struct json_write *w, const struct schema_relation *r)
{
	jw_key(w, r->name);
	jw_object(w);
	jw_put_str(w, "kind", r->kind == RELATION_ONE ? "one" : "many");
	jw_put_str(w, "target", r->target->name);
	jw_put_str(w, "field", r->field->name);
	jw_end(w);
}

static void
dump_index(struct json_write *w, const struct schema_index *x)
{
	jw_object(w);
	jw_put_bool(w, "unique", x->unique);
	jw_key(w, "fields");
	jw_array(w);
	for (size_t i = 0; i < x->n; i++)
		jw_str(w, x->fields[i]->name);
	jw_end(w);
	jw_end(w);
}

static void
dump_methods(struct json_write *w, const struct schema_table *t)
{
	static const char *const names[SCHEMA_METHODS] = {
		[SCHEMA_GET] = "GET", [SCHEMA_POST] = "POST",
		[SCHEMA_PUT] = "PUT", [SCHEMA_DELETE] = "DELETE",
	};

	jw_key(w, "methods");
	jw_object(w);
	for (unsigned m = 0; m < SCHEMA_METHODS; m++)
		if (t->allow[m] != LEVEL_NOBODY)
			jw_put_str(w, names[m], level_name(t->allow[m]));
	jw_end(w);
}

static void
dump_members(struct json_write *w, const struct schema_table *t)
{
	jw_key(w, "fields");
	jw_object(w);
	for (size_t i = 0; i < t->n_fields; i++)
		dump_field(w, &t->fields[i]);
	jw_end(w);
	jw_key(w, "relations");
	jw_object(w);
	for (size_t i = 0; i < t->n_relations; i++)
		dump_relation(w, &t->relations[i]);
	jw_end(w);
	jw_key(w, "indexes");
	jw_array(w);
	for (size_t i = 0; i < t->n_indexes; i++)
		dump_index(w, &t->indexes[i]);
	jw_end(w);
}

static void
dump_table(struct json_write *w, const struct schema_table *t)
{
	jw_key(w, t->name);
	jw_object(w);
	jw_put_str(w, "collection", t->path);
	jw_put_str(w, "also", t->also_path);
	jw_put_str(w, "doc", t->doc);
	jw_put_str(w, "key", t->key->name);
	jw_put_bool(w, "natural", t->natural_key);
	jw_put_bool(w, "internal", t->internal);
	dump_methods(w, t);
	dump_members(w, t);
	jw_end(w);
}

int
main(void)
{
	const struct schema *schema = schema_builtin();
	struct buf out = BUF_INIT;
	struct json_write w;
	bool ok;

	jw_start(&w, &out);
	jw_object(&w);
	for (size_t i = 0; i < schema->n_tables; i++)
		dump_table(&w, &schema->tables[i]);
	jw_end(&w);
	ok = !out.failed && fwrite(out.data, 1, out.len, stdout) == out.len;
	buf_free(&out);
	return ok ? 0 : 1;
}
