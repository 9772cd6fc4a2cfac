/* Schema text to a draft: words, and statements as rows of a table. */
#include "schema/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 63, META_FIELDS = 4 };

void
draft_problem(struct draft *draft, const struct draft_pos *pos,
    const char *fmt, ...)
{
	struct schema_problems *all = draft->problems;
	struct schema_problem *p;
	va_list ap;

	if (all->n == SCHEMA_PROBLEMS_MAX)
		return;
	p = &all->problem[all->n++];
	snprintf(p->file, sizeof(p->file), "%s", pos->file);
	p->line = pos->line;
	p->column = pos->column;
	va_start(ap, fmt);
	vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
}

struct draft_pos
parse_pos(const struct parser *p, unsigned column)
{
	return (struct draft_pos){ p->file, p->line_no, column };
}

const struct lex_word *
parse_peek(const struct parser *p)
{
	return p->at < p->line.n ? &p->line.word[p->at] : NULL;
}

bool
parse_skip(struct parser *p, const char *text)
{
	const struct lex_word *w = parse_peek(p);

	if (w == NULL || w->quoted || strcmp(w->text, text) != 0)
		return false;
	p->at++;
	return true;
}

unsigned
parse_column(const struct parser *p)
{
	return p->at == 0 ? 1 : p->line.word[p->at - 1].column;
}

bool
parse_bad(struct parser *p, const char *fmt, ...)
{
	struct draft_pos pos = parse_pos(p, parse_column(p));
	char text[sizeof(((struct schema_problem *)NULL)->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	draft_problem(p->draft, &pos, "%s", text);
	return false;
}

const char *
parse_word(struct parser *p, const char *what)
{
	struct draft_pos end = parse_pos(p, p->line.column);

	if (p->at == p->line.n) {
		draft_problem(p->draft, &end, "%s is missing", what);
		return NULL;
	}
	return p->line.word[p->at++].text;
}

static bool
is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n > 0 && n <= NAME_MAX_LEN && s[n] == '\0' &&
	    s[0] >= 'a' && s[0] <= 'z';
}

const char *
parse_name(struct parser *p, const char *what)
{
	const char *s = parse_word(p, what);

	if (s == NULL)
		return NULL;
	if (!is_name(s)) {
		parse_bad(p, "%s is not a name: small letters, digits and _",
		    what);
		return NULL;
	}
	return s;
}

bool
parse_ref(struct parser *p, const char *what, struct draft_name *ret)
{
	const char *s = parse_name(p, what);

	if (s == NULL)
		return false;
	ret->text = s;
	ret->pos = parse_pos(p, parse_column(p));
	return true;
}

bool
parse_level(struct parser *p, bool nobody, enum level *ret)
{
	const char *s = parse_word(p, "level");

	if (s == NULL)
		return false;
	if (nobody && strcmp(s, level_name(LEVEL_NOBODY)) == 0)
		*ret = LEVEL_NOBODY;
	else if (!level_parse(s, ret))
		return parse_bad(p, "unknown level %s", s);
	return true;
}

bool
parse_number(const char *s, unsigned max, unsigned *ret)
{
	unsigned long n;
	char *end;

	if (*s < '0' || *s > '9' || strlen(s) > 9)
		return false;
	n = strtoul(s, &end, 10);
	if (*end != '\0' || n > max)
		return false;
	*ret = (unsigned)n;
	return true;
}

/* ---- statements ---- */

static bool
append_field(struct parser *p, struct draft_field *f)
{
	if (p->table->n_fields == SCHEMA_FIELDS_MAX)
		return parse_bad(p, "more than %d fields", SCHEMA_FIELDS_MAX);
	p->table->n_fields++;
	*p->fields_end = f;
	p->fields_end = &f->next;
	return true;
}

static bool
stmt_field(struct parser *p)
{
	struct draft_field *f = parse_new_field(p);

	return parse_field(p, f) && append_field(p, f);
}

static bool
stmt_key(struct parser *p)
{
	struct draft_field *f = parse_new_field(p);

	if (p->table->key != NULL)
		return parse_bad(p, "the table has a key already");
	p->table->key = f;
	f->field.required = true;
	return parse_field(p, f);
}

static bool
stmt_one(struct parser *p)
{
	struct draft_relation *r = arena_alloc(p->draft->arena, sizeof(*r));

	r->kind = RELATION_ONE;
	r->name = parse_name(p, "relation name");
	r->pos = parse_pos(p, parse_column(p));
	if (r->name == NULL || !parse_ref(p, "field", &r->field))
		return false;
	*p->relations_end = r;
	p->relations_end = &r->next;
	return true;
}

/* TABLE.FIELD */
static bool
take_dotted(struct parser *p, struct draft_relation *r)
{
	const char *s = parse_word(p, "TABLE.FIELD"), *dot;

	if (s == NULL)
		return false;
	dot = strchr(s, '.');
	if (dot == NULL)
		return parse_bad(p, "%s is not TABLE.FIELD", s);
	r->table.text = arena_strndup(p->draft->arena, s, (size_t)(dot - s));
	r->field.text = dot + 1;
	r->table.pos = r->field.pos = parse_pos(p, parse_column(p));
	return true;
}

static bool
stmt_many(struct parser *p)
{
	struct draft_relation *r = arena_alloc(p->draft->arena, sizeof(*r));

	r->kind = RELATION_MANY;
	r->name = parse_name(p, "relation name");
	r->pos = parse_pos(p, parse_column(p));
	if (r->name == NULL || !take_dotted(p, r))
		return false;
	*p->relations_end = r;
	p->relations_end = &r->next;
	return true;
}

static bool
stmt_path(struct parser *p)
{
	struct schema_table *t = &p->table->table;

	if (t->internal)
		return parse_bad(p, "an internal table is not served");
	t->path = parse_name(p, "collection");
	p->table->path_pos = parse_pos(p, parse_column(p));
	if (t->path == NULL)
		return false;
	if (parse_skip(p, "also"))
		return (t->also_path = parse_name(p, "collection")) != NULL;
	return true;
}

static bool
take_method(struct parser *p, unsigned *ret)
{
	static const char *const methods[SCHEMA_METHODS] = {
		[SCHEMA_GET] = "GET", [SCHEMA_POST] = "POST",
		[SCHEMA_PUT] = "PUT", [SCHEMA_DELETE] = "DELETE",
	};
	const char *s = parse_word(p, "method");

	for (*ret = 0; s != NULL && *ret < SCHEMA_METHODS; ++*ret)
		if (strcmp(s, methods[*ret]) == 0)
			return true;
	return s != NULL && parse_bad(p, "unknown method %s", s);
}

static bool
stmt_methods(struct parser *p)
{
	enum level *allow = p->table->table.allow;
	unsigned m;

	if (p->table->table.internal)
		return parse_bad(p, "an internal table is not served");
	do {
		if (!take_method(p, &m))
			return false;
		if (allow[m] != LEVEL_NOBODY)
			return parse_bad(p, "method is given twice");
		if (!parse_level(p, false, &allow[m]))
			return false;
	} while (parse_peek(p) != NULL);
	return true;
}

static bool
scope_own(struct parser *p)
{
	struct draft_table *t = p->table;

	if (!parse_ref(p, "field", &t->scope_field))
		return false;
	if (!parse_skip(p, "via"))
		return true;
	t->table.scope = SCOPE_OWN_VIA;
	return parse_ref(p, "relation", &t->scope_relation);
}

static bool
scope_via(struct parser *p)
{
	return parse_ref(p, "relation", &p->table->scope_relation);
}

static const struct scope_word {
	const char	*name;
	enum scope_kind	 kind;
	bool		(*more)(struct parser *);
} scope_words[] = {
	{ "all", SCOPE_ALL, NULL },
	{ "none", SCOPE_NONE, NULL },
	{ "own", SCOPE_OWN, scope_own },
	{ "part", SCOPE_PART, NULL },
	{ "product", SCOPE_PRODUCT, NULL },
	{ "via", SCOPE_VIA, scope_via },
};

enum { N_SCOPE_WORDS = sizeof(scope_words) / sizeof(scope_words[0]) };

static bool
stmt_scope(struct parser *p)
{
	const char *s = parse_word(p, "scope");
	struct draft_table *t = p->table;

	if (s == NULL)
		return false;
	t->scope_pos = parse_pos(p, parse_column(p));
	for (size_t i = 0; i < N_SCOPE_WORDS; i++) {
		if (strcmp(scope_words[i].name, s) != 0)
			continue;
		t->has_scope = true;
		t->table.scope = scope_words[i].kind;
		return scope_words[i].more == NULL || scope_words[i].more(p);
	}
	return parse_bad(p, "unknown scope %s", s);
}

static bool
stmt_index(struct parser *p)
{
	struct draft_index *x = arena_alloc(p->draft->arena, sizeof(*x));

	x->pos = parse_pos(p, parse_column(p));
	x->unique = parse_skip(p, "unique");
	do {
		if (x->n == SCHEMA_INDEX_MAX)
			return parse_bad(p, "more than %d fields in an index",
			    SCHEMA_INDEX_MAX);
		if (!parse_ref(p, "field", &x->field[x->n++]))
			return false;
	} while (parse_peek(p) != NULL);
	*p->indexes_end = x;
	p->indexes_end = &x->next;
	return true;
}

static bool
table_words(struct parser *p, struct schema_table *t)
{
	const struct lex_word *w;

	if (parse_skip(p, "internal")) {
		t->internal = true;
		t->exported = !parse_skip(p, "noexport");
	}
	w = parse_peek(p);
	if (w != NULL && w->quoted) {
		t->doc = w->text;
		p->at++;
	}
	return true;
}

static bool
stmt_table(struct parser *p)
{
	struct draft_table *t = arena_alloc(p->draft->arena, sizeof(*t));

	p->table = t;
	p->fields_end = &t->fields;
	p->relations_end = &t->relations;
	p->indexes_end = &t->indexes;
	for (unsigned m = 0; m < SCHEMA_METHODS; m++)
		t->table.allow[m] = LEVEL_NOBODY;
	t->table.scope = SCOPE_NONE;
	t->table.exported = true;
	t->table.name = parse_name(p, "table name");
	t->pos = parse_pos(p, parse_column(p));
	if (t->table.name == NULL || !table_words(p, &t->table))
		return false;
	t->n_fields = 1 + (t->table.internal ? 0 : META_FIELDS);
	p->draft->n_tables++;
	*p->tables_end = t;
	p->tables_end = &t->next;
	return true;
}

static bool
stmt_version(struct parser *p)
{
	const char *s = parse_word(p, "version");

	if (s == NULL)
		return false;
	if (p->draft->version != 0)
		return parse_bad(p, "version is given twice");
	if (!parse_number(s, 999999, &p->draft->version) ||
	    p->draft->version == 0)
		return parse_bad(p, "version is no number from 1");
	return true;
}

static bool
stmt_file(struct parser *p)
{
	const char *s = parse_word(p, "file name");

	if (s == NULL)
		return false;
	p->file = s;
	p->line_no = 0;
	p->table = NULL;
	return true;
}

static bool
stmt_gone(struct parser *p)
{
	const char *name = parse_name(p, "table name");

	if (name == NULL)
		return false;
	if (p->draft->n_gone == SCHEMA_GONE_MAX)
		return parse_bad(p, "more than %d tables are gone",
		    SCHEMA_GONE_MAX);
	p->draft->gone[p->draft->n_gone++] = name;
	return true;
}

static const struct statement {
	const char	*name;
	bool		 in_table;
	bool		(*run)(struct parser *);
} statements[] = {
	{ "field", true, stmt_field },
	{ "file", false, stmt_file },
	{ "gone", false, stmt_gone },
	{ "index", true, stmt_index },
	{ "key", true, stmt_key },
	{ "many", true, stmt_many },
	{ "methods", true, stmt_methods },
	{ "one", true, stmt_one },
	{ "path", true, stmt_path },
	{ "scope", true, stmt_scope },
	{ "table", false, stmt_table },
	{ "version", false, stmt_version },
};

static const struct statement *
find_statement(const char *name)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (strcmp(statements[i].name, name) == 0)
			return &statements[i];
	return NULL;
}

static void
parse_line(struct parser *p, const char *s, size_t n)
{
	const struct statement *st;
	struct draft_pos pos;

	p->at = 0;
	lex_line(p->draft->arena, s, n, &p->line);
	pos = parse_pos(p, p->line.column);
	if (p->line.error != NULL) {
		draft_problem(p->draft, &pos, "%s", p->line.error);
		return;
	}
	if (p->line.n == 0)
		return;
	st = find_statement(p->line.word[p->at++].text);
	if (st == NULL)
		parse_bad(p, "unknown statement %s", p->line.word[0].text);
	else if (st->in_table && p->table == NULL)
		parse_bad(p, "%s stands outside a table", st->name);
	else if (st->run(p) && p->at++ < p->line.n)
		parse_bad(p, "nothing may follow here");
}

void
draft_parse(struct draft *draft, const char *text, size_t n)
{
	struct parser p = { .draft = draft, .file = "",
		.tables_end = &draft->tables };
	const char *end = text + n, *nl;

	while (text < end) {
		nl = memchr(text, '\n', (size_t)(end - text));
		if (nl == NULL)
			nl = end;
		p.line_no++;
		parse_line(&p, text, (size_t)(nl - text));
		text = nl == end ? end : nl + 1;
	}
}
