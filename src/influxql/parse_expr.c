/* Expressions: operators by precedence, names, literals and calls. */
#include <string.h>
#include <strings.h>

#include "influxql/parser.h"

static struct iql_expr	*parse_unary(struct iql_parser *);

static struct iql_expr *
new_expr(struct iql_parser *p, enum iql_kind kind, size_t at)
{
	struct iql_expr *e = arena_alloc(p->arena, sizeof(*e));

	if (++p->nodes > IQL_NODES_MAX && !p->failed)
		iql_wrong(p, at, "more than %d terms", IQL_NODES_MAX);
	e->kind = kind;
	e->at = (unsigned)at;
	e->height = 1;
	return e;
}

struct iql_expr *
iql_name_expr(struct arena *arena, const char *name)
{
	struct iql_expr *e = arena_alloc(arena, sizeof(*e));

	e->kind = IQL_NAME;
	e->s = name;
	e->n = strlen(name);
	e->height = 1;
	return e;
}

static struct iql_expr *
new_text(struct iql_parser *p, enum iql_kind kind)
{
	struct iql_expr *e = new_expr(p, kind, p->token.at);

	e->s = p->token.text;
	e->n = p->token.text_len;
	return e;
}

/* ---- literals ---- */

static struct iql_expr *
parse_literal(struct iql_parser *p, enum iql_kind kind)
{
	struct iql_expr *e = new_text(p, kind);

	e->i = p->token.i;
	e->f = p->token.f;
	iql_next(p);
	return e;
}

static struct iql_expr *
parse_regex(struct iql_parser *p)
{
	struct iql_expr *e;

	iql_reread_regex(p);
	if (p->failed)
		return NULL;
	e = new_text(p, IQL_REGEX);
	e->regex = iql_need_regex(p);
	return e;
}

static const struct {
	const char	*name;
	enum iql_cast	 cast;
} casts[] = {
	{ "float", CAST_FLOAT }, { "integer", CAST_INTEGER },
	{ "string", CAST_STRING }, { "boolean", CAST_BOOLEAN },
	{ "field", CAST_FIELD }, { "tag", CAST_TAG },
};

/* What may stand after a name or a star: ::type. */
static void
parse_cast(struct iql_parser *p, struct iql_expr *e)
{
	if (!iql_take(p, TOK_CAST))
		return;
	for (size_t i = 0; i < sizeof(casts) / sizeof(casts[0]); i++)
		if (iql_take_word(p, casts[i].name)) {
			e->cast = casts[i].cast;
			return;
		}
	iql_expected(p, "float, integer, string, boolean, field, tag");
}

/* a, "a b", a.b */
static struct iql_expr *
parse_name(struct iql_parser *p)
{
	struct iql_expr *e = new_expr(p, IQL_NAME, p->token.at);
	const char *more;

	e->s = iql_need_name(p);
	while (e->s != NULL && iql_take(p, TOK_DOT)) {
		more = iql_need_name(p);
		e->s = more == NULL ? NULL :
		    arena_printf(p->arena, "%s.%s", e->s, more);
	}
	if (e->s == NULL)
		return NULL;
	e->n = strlen(e->s);
	parse_cast(p, e);
	return e;
}

/* ---- calls ---- */

static struct iql_expr *
parse_argument(struct iql_parser *p)
{
	return p->token.kind == TOK_SLASH ? parse_regex(p) :
	    iql_parse_expr(p);
}

/* Up to the closing bracket, the opening one read. */
static void
parse_arguments(struct iql_parser *p, struct iql_expr *call)
{
	struct iql_expr *args[IQL_DIMENSIONS_MAX];

	while (!p->failed && p->token.kind != TOK_CLOSE) {
		if (call->n_args == IQL_DIMENSIONS_MAX) {
			iql_expected(p, "no more arguments");
			return;
		}
		args[call->n_args] = parse_argument(p);
		if (p->failed)
			return;
		if (args[call->n_args]->height >= call->height)
			call->height = args[call->n_args]->height + 1;
		call->n_args++;
		if (!iql_take(p, TOK_COMMA))
			break;
	}
	if (!iql_need(p, TOK_CLOSE, ")"))
		return;
	call->args = arena_alloc(p->arena,
	    (call->n_args + 1) * sizeof(*call->args));
	memcpy(call->args, args, call->n_args * sizeof(*call->args));
}

static struct iql_expr *
parse_call(struct iql_parser *p, struct iql_token name)
{
	struct iql_expr *e = new_expr(p, IQL_CALL, name.at);

	e->func = iql_func_find(name.text);
	e->s = e->func != NULL ? e->func->name : "now";
	e->n = strlen(e->s);
	if (e->func == NULL && strcasecmp(name.text, "now") != 0) {
		iql_wrong(p, name.at, "undefined function %s()",
		    name.text);
		return NULL;
	}
	parse_arguments(p, e);
	if (!p->failed && e->func == NULL && e->n_args > 0)
		iql_wrong(p, name.at, "now() takes no arguments");
	return e;
}

/* A bare word: a call, a literal, or a name. */
static struct iql_expr *
parse_word(struct iql_parser *p)
{
	struct iql_token name = p->token;
	struct iql_expr *e;

	if (iql_is_word(p, "true") || iql_is_word(p, "false")) {
		e = parse_literal(p, IQL_BOOL);
		e->i = strcasecmp(name.text, "true") == 0;
		return e;
	}
	if (name.at + name.len < p->n && p->s[name.at + name.len] == '(') {
		iql_next(p);
		iql_next(p);
		return parse_call(p, name);
	}
	return parse_name(p);
}

static struct iql_expr *
parse_parens(struct iql_parser *p)
{
	struct iql_expr *e;

	iql_next(p);
	e = iql_parse_expr(p);
	if (!p->failed)
		iql_need(p, TOK_CLOSE, ")");
	return e;
}

static struct iql_expr *
parse_star(struct iql_parser *p)
{
	struct iql_expr *e = new_expr(p, IQL_WILDCARD, p->token.at);

	iql_next(p);
	parse_cast(p, e);
	if (!p->failed && e->cast != CAST_NONE && e->cast != CAST_FIELD &&
	    e->cast != CAST_TAG)
		iql_wrong(p, e->at, "only field and tag may follow *::");
	return e;
}

/* ---- operators ---- */

static struct iql_expr *
combine(struct iql_parser *p, enum iql_op op, size_t at,
    struct iql_expr *lhs, struct iql_expr *rhs)
{
	struct iql_expr *e = new_expr(p, IQL_BINARY, at);

	e->op = op;
	e->lhs = lhs;
	e->rhs = rhs;
	e->height = 1 + (lhs->height > rhs->height ? lhs->height :
	    rhs->height);
	if (e->height > IQL_HEIGHT_MAX && !p->failed)
		iql_wrong(p, at, "the expression is too deep");
	return e;
}

static struct iql_expr *
parse_minus(struct iql_parser *p)
{
	size_t at = p->token.at;
	struct iql_expr *e, *minus;

	iql_next(p);
	e = parse_unary(p);
	if (e == NULL || p->failed)
		return NULL;
	if (e->kind == IQL_INTEGER || e->kind == IQL_NUMBER ||
	    e->kind == IQL_DURATION) {
		e->i = -e->i;
		e->f = -e->f;
		return e;
	}
	minus = new_expr(p, IQL_INTEGER, at);
	minus->i = -1;
	return combine(p, IQL_MUL, at, minus, e);
}

static struct iql_expr *
parse_primary(struct iql_parser *p)
{
	switch (p->token.kind) {
	case TOK_OPEN:
		return parse_parens(p);
	case TOK_NAME:
		return parse_word(p);
	case TOK_QUOTED:
		return parse_name(p);
	case TOK_STRING:
		return parse_literal(p, IQL_STRING);
	case TOK_INTEGER:
		return parse_literal(p, IQL_INTEGER);
	case TOK_NUMBER:
		return parse_literal(p, IQL_NUMBER);
	case TOK_DURATION:
		return parse_literal(p, IQL_DURATION);
	case TOK_MINUS:
		return parse_minus(p);
	case TOK_STAR:
		return parse_star(p);
	default:
		iql_expected(p, "identifier, string, number, bool");
		return NULL;
	}
}

static struct iql_expr *
parse_unary(struct iql_parser *p)
{
	struct iql_expr *e;

	if (p->depth == IQL_DEPTH_MAX) {
		iql_wrong(p, p->token.at, "nested too deep");
		return NULL;
	}
	p->depth++;
	e = parse_primary(p);
	p->depth--;
	return e;
}

static const struct {
	enum iql_token_kind token;
	enum iql_op	 op;
	unsigned	 rank;
} operators[] = {
	{ TOK_EQ, IQL_EQ, 3 }, { TOK_NE, IQL_NE, 3 }, { TOK_LT, IQL_LT, 3 },
	{ TOK_LE, IQL_LE, 3 }, { TOK_GT, IQL_GT, 3 }, { TOK_GE, IQL_GE, 3 },
	{ TOK_MATCH, IQL_MATCH, 3 }, { TOK_NO_MATCH, IQL_NO_MATCH, 3 },
	{ TOK_PLUS, IQL_ADD, 4 }, { TOK_MINUS, IQL_SUB, 4 },
	{ TOK_OR, IQL_BIT_OR, 4 }, { TOK_XOR, IQL_BIT_XOR, 4 },
	{ TOK_STAR, IQL_MUL, 5 }, { TOK_SLASH, IQL_DIV, 5 },
	{ TOK_PERCENT, IQL_MOD, 5 }, { TOK_AND, IQL_BIT_AND, 5 },
};

/* The operator under the cursor and its rank; 0: none. */
static unsigned
find_operator(const struct iql_parser *p, enum iql_op *ret)
{
	if (iql_is_word(p, "or"))
		return *ret = IQL_OR, 1;
	if (iql_is_word(p, "and"))
		return *ret = IQL_AND, 2;
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (operators[i].token == p->token.kind)
			return *ret = operators[i].op, operators[i].rank;
	return 0;
}

static bool
is_time_name(const struct iql_expr *e)
{
	return e->kind == IQL_NAME && strcasecmp(e->s, "time") == 0;
}

/* Strings left of a comparison are names, but for a time that is compared
 * with `time`. */
static void
name_strings(struct iql_expr *e)
{
	if (e->kind == IQL_STRING)
		e->kind = IQL_NAME;
	if (e->kind != IQL_BINARY)
		return;
	name_strings(e->lhs);
	name_strings(e->rhs);
}

static struct iql_expr *
parse_ranked(struct iql_parser *p, unsigned least)
{
	struct iql_expr *lhs = parse_unary(p), *rhs;
	enum iql_op op = IQL_AND;
	unsigned rank;

	while (!p->failed && (rank = find_operator(p, &op)) >= least &&
	    rank != 0) {
		size_t at = p->token.at;

		iql_next(p);
		if (op == IQL_MATCH || op == IQL_NO_MATCH)
			rhs = parse_regex(p);
		else
			rhs = parse_ranked(p, rank + 1);
		if (p->failed)
			return NULL;
		if (p->names_left && rank == 3 && !is_time_name(rhs))
			name_strings(lhs);
		lhs = combine(p, op, at, lhs, rhs);
	}
	return p->failed ? NULL : lhs;
}

struct iql_expr *
iql_parse_expr(struct iql_parser *p)
{
	return parse_ranked(p, 1);
}
