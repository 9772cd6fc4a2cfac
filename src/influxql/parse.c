/* Statements and their clauses. */
#include "influxql/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "influxql/parser.h"

/* ---- tokens ---- */

/* Bare words that cannot name anything (InfluxQL's keywords that matter). */
static const char *const reserved[] = {
	"all", "alter", "any", "as", "asc", "begin", "by", "cardinality",
	"create", "continuous", "delete", "desc", "drop", "end", "explain",
	"field", "from", "group", "in", "inf", "insert", "into", "key",
	"keys", "kill", "limit", "offset", "on", "order", "policies",
	"policy", "select", "series", "set", "show", "slimit", "soffset",
	"tag", "to", "values", "where", "with", "write", "and", "or", "true",
	"false", "measurements", "measurement",
};

static bool
is_reserved(const struct iql_token *token)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcasecmp(reserved[i], token->text) == 0)
			return true;
	return false;
}

bool
iql_wrong(struct iql_parser *p, size_t at, const char *fmt, ...)
{
	va_list args;

	if (p->failed)
		return false;
	p->failed = true;
	p->fault->at = at;
	va_start(args, fmt);
	vsnprintf(p->fault->text, sizeof(p->fault->text), fmt, args);
	va_end(args);
	return false;
}

bool
iql_expected(struct iql_parser *p, const char *what)
{
	const struct iql_token *t = &p->token;
	int n = t->len > 40 ? 40 : (int)t->len;

	if (t->kind == TOK_END)
		return iql_wrong(p, t->at, "found EOF, expected %s", what);
	while (n > 0 && ((unsigned char)p->s[t->at + (size_t)n - 1] & 0x80))
		n--;	/* a cut sequence would not be UTF-8 */
	return iql_wrong(p, t->at, "found %.*s, expected %s", n, p->s + t->at,
	    what);
}

static void
check_token(struct iql_parser *p)
{
	if (p->token.kind == TOK_BAD)
		iql_wrong(p, p->token.at, "what begins here %s", p->token.why);
}

void
iql_next(struct iql_parser *p)
{
	if (p->failed)
		return;
	p->token = iql_lex(p->arena, p->s, p->n, p->token.at + p->token.len);
	check_token(p);
}

void
iql_reread_regex(struct iql_parser *p)
{
	if (p->failed)
		return;
	p->token = iql_lex_regex(p->arena, p->s, p->n, p->token.at);
	check_token(p);
}

void
iql_begin(struct iql_parser *p, struct arena *arena, const char *s, size_t n,
    struct iql_fault *fault)
{
	*p = (struct iql_parser){
		.arena = arena, .s = s, .n = n, .fault = fault,
	};
	if (n > IQL_TEXT_MAX)
		iql_wrong(p, IQL_TEXT_MAX, "more than %d bytes",
		    IQL_TEXT_MAX);
	iql_next(p);
}

bool
iql_is_word(const struct iql_parser *p, const char *keyword)
{
	return !p->failed && p->token.kind == TOK_NAME &&
	    strcasecmp(p->token.text, keyword) == 0;
}

bool
iql_take_word(struct iql_parser *p, const char *keyword)
{
	if (!iql_is_word(p, keyword))
		return false;
	iql_next(p);
	return true;
}

bool
iql_take(struct iql_parser *p, enum iql_token_kind kind)
{
	if (p->failed || p->token.kind != kind)
		return false;
	iql_next(p);
	return true;
}

bool
iql_need(struct iql_parser *p, enum iql_token_kind kind, const char *what)
{
	return iql_take(p, kind) || iql_expected(p, what);
}

static bool
need_word(struct iql_parser *p, const char *keyword)
{
	return iql_take_word(p, keyword) || iql_expected(p, keyword);
}

const char *
iql_need_name(struct iql_parser *p)
{
	struct iql_token token = p->token;

	if (p->failed || !(token.kind == TOK_QUOTED ||
	    (token.kind == TOK_NAME && !is_reserved(&token)))) {
		iql_expected(p, "identifier");
		return NULL;
	}
	iql_next(p);
	return token.text;
}

struct iql_regex *
iql_need_regex(struct iql_parser *p)
{
	struct iql_regex *regex;
	const char *why = "";

	if (p->token.kind == TOK_SLASH)
		iql_reread_regex(p);
	if (p->failed)
		return NULL;
	if (p->token.kind != TOK_REGEX) {
		iql_expected(p, "regex");
		return NULL;
	}
	regex = iql_regex_new(p->arena, p->token.text, p->token.text_len,
	    &why);
	if (regex == NULL)
		iql_wrong(p, p->token.at, "regular expression: %s", why);
	iql_next(p);
	return regex;
}

/* ---- lists ---- */

/* Room for one more in an array of at most `max`; NULL: there is none. */
static void *
more(struct iql_parser *p, void *array, size_t *n, size_t max, size_t size)
{
	char *grown = array;

	if (*n == max) {
		iql_expected(p, "no more of a list");
		return NULL;
	}
	if ((*n & (*n - 1)) == 0) {	/* full at 0, 1, 2, 4, 8 .. */
		grown = arena_alloc(p->arena, (*n > 0 ? 2 * *n : 1) * size);
		if (*n > 0)
			memcpy(grown, array, *n * size);
	}
	(*n)++;
	return grown;
}

/* ---- clauses of SELECT ---- */

static bool
parse_field(struct iql_parser *p, struct iql_field *field)
{
	if (p->token.kind == TOK_SLASH) {
		struct iql_expr *e = arena_alloc(p->arena, sizeof(*e));

		e->kind = IQL_REGEX;
		e->at = (unsigned)p->token.at;
		e->regex = iql_need_regex(p);
		field->expr = e;
	} else {
		field->expr = iql_parse_expr(p);
	}
	if (iql_take_word(p, "as"))
		field->alias = iql_need_name(p);
	return !p->failed;
}

static bool
parse_fields(struct iql_parser *p, struct iql_statement *s)
{
	do {
		s->fields = more(p, s->fields, &s->n_fields, IQL_FIELDS_MAX,
		    sizeof(*s->fields));
	} while (s->fields != NULL &&
	    parse_field(p, &s->fields[s->n_fields - 1]) &&
	    iql_take(p, TOK_COMMA));
	return !p->failed;
}

/* m, rp.m, "db"."rp"."m", db..m, /re/ */
static bool
parse_source(struct iql_parser *p, struct iql_source *source)
{
	if (p->token.kind == TOK_OPEN)
		return iql_wrong(p, p->token.at,
		    "subqueries are not supported");
	for (unsigned i = 0; i < 3; i++) {
		if (p->token.kind == TOK_SLASH) {
			source->regex = iql_need_regex(p);
			return !p->failed;
		}
		if (!(p->token.kind == TOK_DOT && i == 1)) {
			source->name = iql_need_name(p);
			if (source->name == NULL)
				return false;
		}
		if (!iql_take(p, TOK_DOT))
			return true;
	}
	return iql_expected(p, "a measurement");
}

static bool
parse_from(struct iql_parser *p, struct iql_statement *s)
{
	do {
		s->sources = more(p, s->sources, &s->n_sources,
		    IQL_SOURCES_MAX, sizeof(*s->sources));
	} while (s->sources != NULL &&
	    parse_source(p, &s->sources[s->n_sources - 1]) &&
	    iql_take(p, TOK_COMMA));
	return !p->failed;
}

static bool
need_duration(struct iql_parser *p, int64_t *ret)
{
	bool minus = iql_take(p, TOK_MINUS);

	*ret = minus ? -p->token.i : p->token.i;
	return iql_need(p, TOK_DURATION, "duration");
}

/* time(interval[, offset]), "time" and "(" read. */
static bool
parse_interval(struct iql_parser *p, struct iql_statement *s)
{
	size_t at = p->token.at;

	if (s->interval_ns != 0)
		return iql_wrong(p, at, "multiple time dimensions not allowed");
	if (!need_duration(p, &s->interval_ns))
		return false;
	if (s->interval_ns <= 0)
		return iql_wrong(p, at,
		    "time dimension must be longer than 0");
	if (iql_take(p, TOK_COMMA) && !need_duration(p, &s->offset_ns))
		return false;
	s->offset_ns %= s->interval_ns;
	return iql_need(p, TOK_CLOSE, ")");
}

static bool
parse_dimension(struct iql_parser *p, struct iql_statement *s)
{
	struct iql_dimension *d;

	if (iql_is_word(p, "time") && p->token.at + 4 < p->n &&
	    p->s[p->token.at + 4] == '(') {
		iql_next(p);
		iql_next(p);
		return parse_interval(p, s);
	}
	s->dimensions = more(p, s->dimensions, &s->n_dimensions,
	    IQL_DIMENSIONS_MAX, sizeof(*s->dimensions));
	if (s->dimensions == NULL)
		return false;
	d = &s->dimensions[s->n_dimensions - 1];
	if (iql_take(p, TOK_STAR))
		d->all = true;
	else if (p->token.kind == TOK_SLASH)
		d->regex = iql_need_regex(p);
	else
		d->name = iql_need_name(p);
	if (iql_take(p, TOK_CAST))
		need_word(p, "tag");
	return !p->failed;
}

static bool
parse_group_by(struct iql_parser *p, struct iql_statement *s)
{
	if (!iql_take_word(p, "group"))
		return true;
	if (!need_word(p, "by"))
		return false;
	do
		if (!parse_dimension(p, s))
			return false;
	while (iql_take(p, TOK_COMMA));
	return true;
}

static const struct {
	const char	*name;
	enum iql_fill	 fill;
} fills[] = {
	{ "null", FILL_NULL }, { "none", FILL_NONE },
	{ "previous", FILL_PREVIOUS }, { "linear", FILL_LINEAR },
};

bool
iql_fill_find(const char *name, enum iql_fill *ret)
{
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++)
		if (strcasecmp(fills[i].name, name) == 0) {
			*ret = fills[i].fill;
			return true;
		}
	return false;
}

static bool
parse_fill_value(struct iql_parser *p, struct iql_statement *s)
{
	bool minus = iql_take(p, TOK_MINUS);

	if (p->token.kind != TOK_INTEGER && p->token.kind != TOK_NUMBER)
		return iql_expected(p,
		    "null, none, previous, linear or a number");
	s->fill = FILL_NUMBER;
	s->fill_value = minus ? -p->token.f : p->token.f;
	iql_next(p);
	return true;
}

static bool
parse_fill(struct iql_parser *p, struct iql_statement *s)
{
	if (!iql_take_word(p, "fill"))
		return true;
	s->fill_given = true;
	if (!iql_need(p, TOK_OPEN, "("))
		return false;
	if (p->token.kind == TOK_NAME &&
	    iql_fill_find(p->token.text, &s->fill))
		iql_next(p);
	else if (!parse_fill_value(p, s))
		return false;
	return iql_need(p, TOK_CLOSE, ")");
}

static bool
parse_order(struct iql_parser *p, struct iql_statement *s)
{
	if (!iql_take_word(p, "order"))
		return true;
	if (!need_word(p, "by"))
		return false;
	if (!iql_take_word(p, "asc") && !iql_take_word(p, "desc")) {
		if (!iql_is_word(p, "time"))
			return iql_wrong(p, p->token.at,
			    "only ORDER BY time supported at this time");
		iql_next(p);
		s->descending = iql_take_word(p, "desc");
		if (!s->descending)
			iql_take_word(p, "asc");
	}
	return !p->failed;
}

static bool
parse_count(struct iql_parser *p, const char *keyword, int64_t *ret)
{
	if (!iql_take_word(p, keyword))
		return true;
	*ret = p->token.i;
	return iql_need(p, TOK_INTEGER, "integer");
}

static bool
parse_where(struct iql_parser *p, struct iql_statement *s)
{
	if (iql_take_word(p, "where"))
		s->where = iql_parse_expr(p);
	return !p->failed;
}

static bool
parse_limits(struct iql_parser *p, struct iql_statement *s)
{
	return parse_count(p, "limit", &s->limit) &&
	    parse_count(p, "offset", &s->offset) &&
	    parse_count(p, "slimit", &s->slimit) &&
	    parse_count(p, "soffset", &s->soffset);
}

static bool
parse_select(struct iql_parser *p, struct iql_statement *s)
{
	if (!parse_fields(p, s))
		return false;
	if (iql_is_word(p, "into"))
		return iql_wrong(p, p->token.at, "INTO is not supported");
	if (!need_word(p, "from") || !parse_from(p, s) ||
	    !parse_where(p, s) || !parse_group_by(p, s) || !parse_fill(p, s) ||
	    !parse_order(p, s) || !parse_limits(p, s))
		return false;
	if (iql_is_word(p, "tz"))
		return iql_wrong(p, p->token.at,
		    "tz() is not supported: times are UTC");
	return true;
}

/* ---- SHOW ---- */

/* [ON db]: there is one data base only. */
static bool
parse_on(struct iql_parser *p)
{
	return !iql_take_word(p, "on") || iql_need_name(p) != NULL;
}

static bool
parse_key_list(struct iql_parser *p, struct iql_statement *s)
{
	if (!iql_need(p, TOK_OPEN, "("))
		return false;
	do {
		s->keys = more(p, s->keys, &s->n_keys, IQL_FIELDS_MAX,
		    sizeof(*s->keys));
		if (s->keys != NULL)
			s->keys[s->n_keys - 1] = iql_need_name(p);
	} while (!p->failed && iql_take(p, TOK_COMMA));
	return iql_need(p, TOK_CLOSE, ")");
}

/* WITH KEY = k | != k | =~ /re/ | !~ /re/ | IN (k, ..) */
static bool
parse_with_key(struct iql_parser *p, struct iql_statement *s)
{
	if (!need_word(p, "with") || !need_word(p, "key"))
		return false;
	s->key_op = IQL_EQ;
	if (iql_take_word(p, "in"))
		return parse_key_list(p, s);
	if (p->token.kind == TOK_MATCH || p->token.kind == TOK_NO_MATCH) {
		s->key_op = p->token.kind == TOK_MATCH ? IQL_MATCH :
		    IQL_NO_MATCH;
		iql_next(p);
		s->key_regex = iql_need_regex(p);
		return !p->failed;
	}
	if (iql_take(p, TOK_NE))
		s->key_op = IQL_NE;
	else if (!iql_need(p, TOK_EQ, "=, !=, =~, !~ or IN"))
		return false;
	s->keys = more(p, s->keys, &s->n_keys, 1, sizeof(*s->keys));
	s->keys[0] = iql_need_name(p);
	return !p->failed;
}

/* [WITH MEASUREMENT = m | =~ /re/] */
static bool
parse_with_measurement(struct iql_parser *p, struct iql_statement *s)
{
	if (!iql_take_word(p, "with"))
		return true;
	if (!need_word(p, "measurement"))
		return false;
	s->sources = more(p, s->sources, &s->n_sources, 1,
	    sizeof(*s->sources));
	if (iql_take(p, TOK_MATCH))
		s->sources[0].regex = iql_need_regex(p);
	else if (iql_need(p, TOK_EQ, "= or =~"))
		return parse_source(p, &s->sources[0]);
	return !p->failed;
}

static const struct {
	const char	*first, *second;
	enum iql_verb	 verb;
} shows[] = {
	{ "databases", NULL, IQL_SHOW_DATABASES },
	{ "retention", "policies", IQL_SHOW_POLICIES },
	{ "measurements", NULL, IQL_SHOW_MEASUREMENTS },
	{ "field", "keys", IQL_SHOW_FIELD_KEYS },
	{ "tag", "keys", IQL_SHOW_TAG_KEYS },
	{ "tag", "values", IQL_SHOW_TAG_VALUES },
	{ "series", NULL, IQL_SHOW_SERIES },
};

static bool
parse_show_verb(struct iql_parser *p, struct iql_statement *s)
{
	struct iql_token first = p->token;
	bool known = false;

	for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]) &&
	    first.kind == TOK_NAME; i++) {
		if (strcasecmp(first.text, shows[i].first) != 0)
			continue;
		if (!known)
			iql_next(p);
		known = true;
		s->verb = shows[i].verb;
		if (shows[i].second == NULL ||
		    iql_take_word(p, shows[i].second))
			return !p->failed;
	}
	return iql_expected(p, known ? "KEYS, POLICIES or VALUES" :
	    "DATABASES, FIELD KEYS, MEASUREMENTS, RETENTION POLICIES, "
	    "SERIES, TAG KEYS, TAG VALUES");
}

static bool
parse_show(struct iql_parser *p, struct iql_statement *s)
{
	if (!parse_show_verb(p, s) || !parse_on(p))
		return false;
	if (s->verb == IQL_SHOW_DATABASES || s->verb == IQL_SHOW_POLICIES)
		return true;
	if (s->verb == IQL_SHOW_MEASUREMENTS) {
		if (!parse_with_measurement(p, s))
			return false;
	} else if (iql_take_word(p, "from") && !parse_from(p, s))
		return false;
	if (s->verb == IQL_SHOW_TAG_VALUES && !parse_with_key(p, s))
		return false;
	if (s->verb != IQL_SHOW_FIELD_KEYS && !parse_where(p, s))
		return false;
	return parse_order(p, s) && parse_limits(p, s);
}

/* ---- all of it ---- */

static struct iql_statement *
parse_statement(struct iql_parser *p)
{
	struct iql_statement *s = arena_alloc(p->arena, sizeof(*s));

	if (iql_take_word(p, "select"))
		parse_select(p, s);
	else if (iql_take_word(p, "show")) {
		s->verb = IQL_SHOW_DATABASES;
		parse_show(p, s);
	} else
		iql_expected(p, "SELECT or SHOW");
	return s;
}

struct iql_statement *
iql_parse(struct arena *arena, const char *text, size_t n,
    struct iql_fault *fault)
{
	struct iql_statement *first = NULL, **last = &first;
	struct iql_parser p;
	unsigned count = 0;

	iql_begin(&p, arena, text, n, fault);
	while (!p.failed) {
		while (iql_take(&p, TOK_SEMICOLON))
			;
		if (p.token.kind == TOK_END && first != NULL)
			break;
		if (count++ == IQL_STATEMENTS_MAX) {
			iql_expected(&p, "no more statements");
			break;
		}
		*last = parse_statement(&p);
		last = &(*last)->next;
		if (!p.failed && p.token.kind != TOK_SEMICOLON &&
		    p.token.kind != TOK_END)
			iql_expected(&p, "; or the end");
	}
	return p.failed ? NULL : first;
}

/* All of a text as one expression. */
static struct iql_expr *
parse_whole(struct iql_parser *p)
{
	struct iql_expr *e = iql_parse_expr(p);

	if (!p->failed && p->token.kind != TOK_END)
		iql_expected(p, "AND, OR or the end");
	return p->failed ? NULL : e;
}

struct iql_expr *
iql_parse_condition(struct arena *arena, const char *text, size_t n,
    struct iql_fault *fault)
{
	struct iql_parser p;

	iql_begin(&p, arena, text, n, fault);
	p.names_left = true;
	return parse_whole(&p);
}

/* ---- a function whose field comes later ---- */

static struct iql_expr	*parse_bare_call(struct iql_parser *,
			    struct iql_expr ***hole);

/* The arguments after the field, which is not among them. */
static void
parse_more_arguments(struct iql_parser *p, struct iql_expr *e,
    struct iql_expr ***hole)
{
	bool nested = (e->func->flags & FUNC_NESTS) != 0 &&
	    p->token.kind == TOK_NAME;

	if (nested) {
		e->args[0] = parse_bare_call(p, hole);
		if (p->failed || !iql_take(p, TOK_COMMA))
			return;
	}
	if (p->token.kind != TOK_CLOSE) {
		e->args[1] = iql_parse_expr(p);
		e->n_args = 2;
	}
}

static struct iql_expr *
parse_bare_call(struct iql_parser *p, struct iql_expr ***hole)
{
	struct iql_expr *e = arena_alloc(p->arena, sizeof(*e));

	e->kind = IQL_CALL;
	e->at = (unsigned)p->token.at;
	e->args = arena_alloc(p->arena, 2 * sizeof(*e->args));
	e->n_args = 1;
	*hole = &e->args[0];
	if (p->token.kind == TOK_NAME)
		e->func = iql_func_find(p->token.text);
	if (e->func == NULL) {
		iql_expected(p, "the name of a function");
		return NULL;
	}
	e->s = e->func->name;
	e->n = strlen(e->s);
	iql_next(p);
	if (!iql_take(p, TOK_OPEN))
		return e;
	parse_more_arguments(p, e, hole);
	return iql_need(p, TOK_CLOSE, ")") ? e : NULL;
}

struct iql_expr *
iql_parse_function(struct arena *arena, const char *text, size_t n,
    struct iql_expr ***ret_hole, struct iql_fault *fault)
{
	struct iql_parser p;
	struct iql_expr *e;

	iql_begin(&p, arena, text, n, fault);
	if (p.failed)
		return NULL;
	e = parse_bare_call(&p, ret_hole);
	if (!p.failed && p.token.kind != TOK_END)
		iql_expected(&p, "the end");
	return p.failed ? NULL : e;
}

void
iql_place(const char *s, size_t at, unsigned *ret_line, unsigned *ret_char)
{
	*ret_line = *ret_char = 1;
	for (size_t i = 0; i < at && s[i] != '\0'; i++) {
		++*ret_char;
		if (s[i] == '\n') {
			++*ret_line;
			*ret_char = 1;
		}
	}
}
