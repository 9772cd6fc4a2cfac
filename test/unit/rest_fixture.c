/* rest_fixture.c - the schema of the REST tests, and plans as text */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "rest_fixture.h"

static const char schema_text[] =
"version 1\n"
"table hub\n"
"	path hubs\n"
"	key hub_id int\n"
"	field name text(8) required unique\n"
"	field size int\n"
"	many units unit.hub_id\n"
"	methods GET OVERVIEW POST TECHNICAL PUT TECHNICAL DELETE SYSTEM\n"
"	scope all\n"
"table unit\n"
"	path units\n"
"	key imei text(16) natural\n"
"	field kind text required options [red green]\n"
"	field amount int\n"
"	field price float\n"
"	field flag bool required default false\n"
"	field seen datetime\n"
"	field born date\n"
"	field wait duration\n"
"	field extra json\n"
"	field hidden json masks key FACTORY\n"
"	field device_key text secret FACTORY\n"
"	field hash text secret NOBODY\n"
"	field state int owned \"units/<imei>/change_state\"\n"
"	field hub_id int -> hub\n"
"	field owner_id int -> person\n"
"	many notes note.imei\n"
"	methods GET OVERVIEW POST ADMIN PUT ADMIN DELETE SYSTEM\n"
"	scope all\n"
"table note\n"
"	path notes\n"
"	key note_id int\n"
"	field imei text(16) required -> unit\n"
"	field body text\n"
"	field other text\n"
"	field rank int\n"
"	field person_id int -> person\n"
"	one unit imei\n"
"	methods GET OVERVIEW\n"
"	scope all\n"
"table person\n"
"	path people\n"
"	key person_id int\n"
"	field name text required\n"
"	methods GET SYSTEM\n"
"	scope all\n"
"table network\n"
"	path networks\n"
"	key mccmnc int natural\n"
"	field name text required\n"
"	field mcc int\n"
"	field mnc int\n"
"	methods GET OVERVIEW POST SYSTEM PUT SYSTEM\n"
"	scope all\n"
"table user\n"
"	path users\n"
"	key user_id int\n"
"	field username text required\n"
"	field password_hash text secret NOBODY\n"
"	methods GET SYSTEM POST SYSTEM PUT SYSTEM\n"
"	scope all\n";

int
rest_setup(void **state)
{
	struct rest_fixture *f = calloc(1, sizeof(*f));
	struct schema_problems problems;

	assert_non_null(f);
	f->arena = arena_new();
	if (!schema_read(schema_text, sizeof(schema_text) - 1, &f->schema,
	    &problems))
		fail_msg("line %u: %s", problems.problem[0].line,
		    problems.problem[0].text);
	err_clear(&f->err);
	*state = f;
	return 0;
}

int
rest_teardown(void **state)
{
	struct rest_fixture *f = *state;

	schema_free(f->schema);
	arena_free(f->arena);
	free(f);
	return 0;
}

static void
show_value(struct buf *out, struct value v)
{
	switch (v.type) {
	case VALUE_NULL:
		buf_adds(out, "null");
		break;
	case VALUE_INT:
		buf_addi(out, v.i);
		break;
	case VALUE_FLOAT:
		buf_addd(out, v.f);
		break;
	default:
		buf_addf(out, "'%.*s'", (int)v.n, v.s);
	}
}

static void	show(struct buf *, const struct cond *);

static void
show_parts(struct buf *out, const struct cond *c)
{
	size_t i;

	buf_addc(out, '(');
	for (i = 0; i < c->n_parts; i++) {
		if (i > 0)
			buf_adds(out, c->kind == COND_AND ? " and " : " or ");
		show(out, c->parts[i]);
	}
	buf_addc(out, ')');
}

static void
show_in(struct buf *out, const struct cond *c)
{
	size_t i;

	buf_addf(out, "%s in [", c->field->name);
	for (i = 0; i < c->n_values; i++) {
		if (i > 0)
			buf_addc(out, ',');
		show_value(out, c->values[i]);
	}
	buf_addc(out, ']');
}

static void
show_compare(struct buf *out, const struct cond *c)
{
	static const char *const op[] = {
		[OP_EQ] = "=", [OP_NE] = "!=", [OP_GT] = ">", [OP_LT] = "<",
		[OP_GE] = ">=", [OP_LE] = "<=", [OP_LIKE] = "like",
		[OP_ILIKE] = "ilike",
	};

	buf_addf(out, "%s %s ", c->field->name, op[c->op]);
	if (c->other != NULL)
		buf_adds(out, c->other->name);
	else
		show_value(out, c->value);
}

static void
show_related(struct buf *out, const struct cond *c)
{
	buf_addf(out, "%s(", c->relation->name);
	if (c->n_parts > 0)
		show(out, c->parts[0]);
	buf_addc(out, ')');
}

static void
show(struct buf *out, const struct cond *c)
{
	switch (c->kind) {
	case COND_TRUE:
		buf_adds(out, "true");
		break;
	case COND_FALSE:
		buf_adds(out, "false");
		break;
	case COND_AND:
	case COND_OR:
		show_parts(out, c);
		break;
	case COND_NOT:
		buf_adds(out, "not ");
		show(out, c->parts[0]);
		break;
	case COND_COMPARE:
		show_compare(out, c);
		break;
	case COND_IN:
		show_in(out, c);
		break;
	case COND_NULL:
		buf_addf(out, "%s null", c->field->name);
		break;
	case COND_RELATED:
		show_related(out, c);
		break;
	}
}

static const char *
keep(struct arena *a, struct buf *out)
{
	const char *s = arena_strndup(a, out->data != NULL ? out->data : "",
	    out->len);

	buf_free(out);
	return s;
}

const char *
rest_show_cond(struct arena *a, const struct cond *c)
{
	struct buf out = BUF_INIT;

	if (c != NULL)
		show(&out, c);
	return keep(a, &out);
}

const char *
rest_show_order(struct arena *a, const struct order *order, size_t n)
{
	struct buf out = BUF_INIT;
	size_t i;

	for (i = 0; i < n; i++)
		buf_addf(&out, "%s%s%s%s%s", i > 0 ? "," : "",
		    order[i].descending ? "-" : "",
		    order[i].relation != NULL ? order[i].relation->name : "",
		    order[i].relation != NULL ? "." : "",
		    order[i].field->name);
	return keep(a, &out);
}

const char *
rest_show_faults(struct arena *a, const struct helio_err *err)
{
	struct buf out = BUF_INIT;
	unsigned i;

	for (i = 0; i < err->n_faults; i++)
		buf_addf(&out, "%s%s: %s", i > 0 ? "; " : "",
		    err->fault[i].field, err->fault[i].text);
	return keep(a, &out);
}

const char *
rest_show_row(struct arena *a, const struct row *row)
{
	const struct schema_field *field;
	struct buf out = BUF_INIT;
	size_t i;

	for (i = 0; i < row->table->n_fields; i++) {
		field = &row->table->fields[i];
		if (!row_has(row, field))
			continue;
		buf_addf(&out, "%s%s=", out.len > 0 ? " " : "", field->name);
		show_value(&out, row->v[i]);
	}
	return keep(a, &out);
}
