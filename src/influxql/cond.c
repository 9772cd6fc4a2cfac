/* Time comparisons out of conditions, tags out of what is left. */
#include "influxql/cond.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/times.h"
#include "influxql/value.h"

struct split {
	struct arena	*arena;
	int64_t		 now_ns;
	struct iql_range *range;
	struct iql_fault *fault;
	bool		 failed;
};

static void
fail(struct split *s, const struct iql_expr *e, const char *fmt, ...)
{
	va_list args;

	if (s->failed)
		return;
	s->failed = true;
	s->fault->at = e->at;
	va_start(args, fmt);
	vsnprintf(s->fault->text, sizeof(s->fault->text), fmt, args);
	va_end(args);
}

static bool
is_time(const struct iql_expr *e)
{
	return e->kind == IQL_NAME && strcasecmp(e->s, "time") == 0;
}

/* ---- what time is compared with ---- */

/* A time as a number of ns; spans of time are numbers too. */
static bool
time_value(struct split *s, const struct iql_expr *e, int64_t *ret)
{
	const char *why = "is no time";
	int64_t a, b;

	switch (e->kind) {
	case IQL_INTEGER:
	case IQL_DURATION:
		*ret = e->i;
		return true;
	case IQL_NUMBER:
		if (!(e->f > -9.2e18 && e->f < 9.2e18))
			break;
		*ret = (int64_t)e->f;
		return true;
	case IQL_STRING:
		if (time_parse(e->s, e->n, NULL, ret, &why))
			return true;
		break;
	case IQL_CALL:
		if (e->func != NULL)
			break;
		*ret = s->now_ns;
		return true;
	case IQL_BINARY:
		if ((e->op != IQL_ADD && e->op != IQL_SUB) ||
		    !time_value(s, e->lhs, &a) || !time_value(s, e->rhs, &b))
			break;
		if (e->op == IQL_ADD ? !__builtin_add_overflow(a, b, ret) :
		    !__builtin_sub_overflow(a, b, ret))
			return true;
		why = "is out of range";
		break;
	default:
		break;
	}
	fail(s, e, "what time is compared with: %s", why);
	return false;
}

static void
at_least(struct iql_range *r, int64_t ns)
{
	if (ns > r->first_ns)
		r->first_ns = ns;
	r->has_first = true;
}

static void
at_most(struct iql_range *r, int64_t ns)
{
	if (ns < r->last_ns)
		r->last_ns = ns;
	r->has_last = true;
}

static void
take_bound(struct split *s, const struct iql_expr *e, enum iql_op op,
    int64_t ns)
{
	if (ns < IQL_TIME_MIN)
		ns = IQL_TIME_MIN;
	if (ns > IQL_TIME_MAX)
		ns = IQL_TIME_MAX;
	switch (op) {
	case IQL_GT:
		at_least(s->range, ns + 1);
		break;
	case IQL_GE:
		at_least(s->range, ns);
		break;
	case IQL_LT:
		at_most(s->range, ns - 1);
		break;
	case IQL_LE:
		at_most(s->range, ns);
		break;
	case IQL_EQ:
		at_least(s->range, ns);
		at_most(s->range, ns);
		break;
	default:
		fail(s, e, "time can be compared with =, <, <=, >, >= only");
	}
}

/* ---- the tree ---- */

static struct iql_expr *
with_sides(struct split *s, const struct iql_expr *e, struct iql_expr *lhs,
    struct iql_expr *rhs)
{
	struct iql_expr *copy = arena_alloc(s->arena, sizeof(*copy));

	*copy = *e;
	copy->lhs = lhs;
	copy->rhs = rhs;
	return copy;
}

static struct iql_expr	*split(struct split *, struct iql_expr *);

static struct iql_expr *
split_both(struct split *s, struct iql_expr *e)
{
	struct iql_expr *lhs = split(s, e->lhs), *rhs = split(s, e->rhs);

	if (s->failed || (lhs == e->lhs && rhs == e->rhs))
		return e;
	if (e->op == IQL_OR) {
		fail(s, e, "time cannot be compared under OR");
		return e;
	}
	if (lhs == NULL || rhs == NULL)
		return lhs == NULL ? rhs : lhs;
	return with_sides(s, e, lhs, rhs);
}

/* Does a name other than a condition's terms hold time, as in time + 1 > 2? */
static bool
mentions_time(const struct iql_expr *e)
{
	if (e->kind == IQL_BINARY)
		return mentions_time(e->lhs) || mentions_time(e->rhs);
	return is_time(e);
}

static void
check_term(struct split *s, const struct iql_expr *e)
{
	if (e->kind == IQL_CALL)
		fail(s, e, "%s() cannot stand in a condition", e->s);
	else if (e->kind == IQL_WILDCARD)
		fail(s, e, "* cannot stand in a condition");
	else if (e->kind == IQL_BINARY) {
		check_term(s, e->lhs);
		check_term(s, e->rhs);
	}
}

static bool
is_condition(const struct iql_expr *e)
{
	return e->kind == IQL_BOOL || e->kind == IQL_NAME ||
	    (e->kind == IQL_BINARY && e->op <= IQL_NO_MATCH);
}

static struct iql_expr *
split(struct split *s, struct iql_expr *e)
{
	int64_t ns = 0;

	if (s->failed)
		return e;
	if (e->kind == IQL_BINARY && (e->op == IQL_AND || e->op == IQL_OR))
		return split_both(s, e);
	if (e->kind == IQL_BINARY && is_time(e->lhs)) {
		if (time_value(s, e->rhs, &ns))
			take_bound(s, e, e->op, ns);
		return NULL;
	}
	if (e->kind == IQL_BINARY && is_time(e->rhs)) {
		if (time_value(s, e->lhs, &ns))
			take_bound(s, e, iql_mirrored(e->op), ns);
		return NULL;
	}
	if (!is_condition(e))
		fail(s, e, "is no condition");
	else if (mentions_time(e))
		fail(s, e, "time can only be compared with a time");
	else
		check_term(s, e);
	return e;
}

bool
iql_split_time(struct arena *arena, struct iql_expr *where, int64_t now_ns,
    struct iql_range *range, struct iql_expr **ret_rest,
    struct iql_fault *fault)
{
	struct split s = {
		.arena = arena, .now_ns = now_ns, .range = range,
		.fault = fault,
	};

	*ret_rest = where != NULL ? split(&s, where) : NULL;
	return !s.failed;
}

/* ---- tags ---- */

bool
iql_is_constant(const struct iql_expr *e, bool *ret)
{
	*ret = e->kind == IQL_BOOL && e->i != 0;
	return e->kind == IQL_BOOL;
}

struct tags {
	struct arena	*arena;
	const char	*(*tag)(const struct iql_expr *, void *);
	void		*arg;
};

static bool
is_literal(const struct iql_expr *e)
{
	return e->kind != IQL_NAME && e->kind != IQL_CALL &&
	    e->kind != IQL_BINARY;
}

static struct iql_expr *
text_expr(struct arena *arena, const char *text)
{
	struct iql_expr *e = iql_name_expr(arena, text);

	e->kind = IQL_STRING;
	return e;
}

static struct iql_expr *
bool_expr(struct arena *arena, bool value)
{
	struct iql_expr *e = arena_alloc(arena, sizeof(*e));

	e->kind = IQL_BOOL;
	e->i = value;
	e->height = 1;
	return e;
}

static struct iql_expr	*specialise(const struct tags *, struct iql_expr *);

/* AND and OR with one side known. */
static struct iql_expr *
shorten(const struct iql_expr *e, struct iql_expr *known,
    struct iql_expr *other)
{
	return (e->op == IQL_AND) == (known->i != 0) ? other : known;
}

static struct iql_expr *
specialise_binary(const struct tags *t, struct iql_expr *e)
{
	struct iql_expr *lhs = specialise(t, e->lhs);
	struct iql_expr *rhs = specialise(t, e->rhs), *copy;
	bool logic = e->op == IQL_AND || e->op == IQL_OR;

	if (logic && lhs->kind == IQL_BOOL)
		return shorten(e, lhs, rhs);
	if (logic && rhs->kind == IQL_BOOL)
		return shorten(e, rhs, lhs);
	if (lhs == e->lhs && rhs == e->rhs)
		return e;
	copy = arena_alloc(t->arena, sizeof(*copy));
	*copy = *e;
	copy->lhs = lhs;
	copy->rhs = rhs;
	if (e->op <= IQL_NO_MATCH && is_literal(lhs) && is_literal(rhs))
		return bool_expr(t->arena,
		    iql_eval(copy, NULL, false).i != 0);
	return copy;
}

static struct iql_expr *
specialise(const struct tags *t, struct iql_expr *e)
{
	const char *value;

	if (e->kind == IQL_BINARY)
		return specialise_binary(t, e);
	if (e->kind != IQL_NAME)
		return e;
	value = t->tag(e, t->arg);
	return value != NULL ? text_expr(t->arena, value) : e;
}

struct iql_expr *
iql_specialise(struct arena *arena, struct iql_expr *e,
    const char *(*tag)(const struct iql_expr *, void *), void *arg)
{
	const struct tags t = { arena, tag, arg };

	return specialise(&t, e);
}
