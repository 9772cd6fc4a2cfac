/* Operators on values. */
#include "influxql/value.h"

#include <math.h>
#include <string.h>

struct iql_value
iql_textn(const char *s, size_t n)
{
	return (struct iql_value){
		.type = IQL_T_TEXT, .s = s,
		.n = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n,
	};
}

struct iql_value
iql_text(const char *s)
{
	return s != NULL ? iql_textn(s, strlen(s)) : iql_null();
}

struct iql_value
iql_cell(const struct telemetry_column *column, size_t row)
{
	if (!telemetry_present(column, row))
		return iql_null();
	switch (column->type) {
	case TELEMETRY_FLOAT:
		return iql_float(column->f[row]);
	case TELEMETRY_INT:
		return iql_int(column->i[row]);
	case TELEMETRY_BOOL:
		return iql_bool(column->i[row] != 0);
	case TELEMETRY_TEXT:
		return iql_textn(column->s[row].s, column->s[row].n);
	default:
		return iql_null();
	}
}

/* A float cut to a whole number; what does not fit becomes the bound. */
static int64_t
to_int(double f)
{
	if (isnan(f))
		return 0;
	if (f >= 9223372036854775807.0)
		return INT64_MAX;
	return f <= -9223372036854775808.0 ? INT64_MIN : (int64_t)f;
}

struct iql_value
iql_convert(struct iql_value v, enum iql_cast cast)
{
	static const enum iql_type wanted[] = {
		[CAST_FLOAT] = IQL_T_FLOAT, [CAST_INTEGER] = IQL_T_INT,
		[CAST_STRING] = IQL_T_TEXT, [CAST_BOOLEAN] = IQL_T_BOOL,
	};

	if (cast == CAST_NONE || cast >= CAST_FIELD || wanted[cast] == v.type)
		return v;
	if (cast == CAST_FLOAT && v.type == IQL_T_INT)
		return iql_float((double)v.i);
	if (cast == CAST_INTEGER && v.type == IQL_T_FLOAT)
		return iql_int(to_int(v.f));
	return iql_null();
}

int
iql_compare(const struct iql_value *a, const struct iql_value *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int order;

	if (a->type == IQL_T_FLOAT)
		return (a->f > b->f) - (a->f < b->f);
	if (a->type != IQL_T_TEXT)
		return (a->i > b->i) - (a->i < b->i);
	order = n > 0 ? memcmp(a->s, b->s, n) : 0;
	return order != 0 ? order : (a->n > b->n) - (a->n < b->n);
}

/* ---- operators by type ---- */

static bool
compares(enum iql_op op)
{
	return op >= IQL_EQ && op <= IQL_GE;
}

enum iql_op
iql_mirrored(enum iql_op op)
{
	switch (op) {
	case IQL_LT:
		return IQL_GT;
	case IQL_LE:
		return IQL_GE;
	case IQL_GT:
		return IQL_LT;
	case IQL_GE:
		return IQL_LE;
	default:
		return op;
	}
}

/* What a comparison says of an order. */
static struct iql_value
ordered(enum iql_op op, int order)
{
	switch (op) {
	case IQL_EQ:
		return iql_bool(order == 0);
	case IQL_NE:
		return iql_bool(order != 0);
	case IQL_LT:
		return iql_bool(order < 0);
	case IQL_LE:
		return iql_bool(order <= 0);
	case IQL_GT:
		return iql_bool(order > 0);
	default:
		return iql_bool(order >= 0);
	}
}

static struct iql_value
floats(enum iql_op op, double a, double b)
{
	switch (op) {
	case IQL_ADD:
		return iql_float(a + b);
	case IQL_SUB:
		return iql_float(a - b);
	case IQL_MUL:
		return iql_float(a * b);
	case IQL_DIV:
		return iql_float(b == 0 ? 0 : a / b);
	case IQL_MOD:
		return iql_float(fmod(a, b));
	default:
		return compares(op) ? ordered(op, (a > b) - (a < b)) :
		    iql_null();
	}
}

static struct iql_value
ints(enum iql_op op, int64_t a, int64_t b, bool real_division)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;

	switch (op) {
	case IQL_ADD:
		return iql_int((int64_t)(x + y));
	case IQL_SUB:
		return iql_int((int64_t)(x - y));
	case IQL_MUL:
		return iql_int((int64_t)(x * y));
	case IQL_DIV:
		if (real_division)
			return iql_float(b == 0 ? 0 : (double)a / (double)b);
		if (b == -1)
			return iql_int((int64_t)(0 - x));
		return iql_int(b == 0 ? 0 : a / b);
	case IQL_MOD:
		return iql_int(b == 0 || b == -1 ? 0 : a % b);
	case IQL_BIT_AND:
		return iql_int(a & b);
	case IQL_BIT_OR:
		return iql_int(a | b);
	case IQL_BIT_XOR:
		return iql_int(a ^ b);
	default:
		return compares(op) ? ordered(op, (a > b) - (a < b)) :
		    iql_null();
	}
}

static struct iql_value
bools(enum iql_op op, bool a, bool b)
{
	switch (op) {
	case IQL_AND:
	case IQL_BIT_AND:
		return iql_bool(a && b);
	case IQL_OR:
	case IQL_BIT_OR:
		return iql_bool(a || b);
	case IQL_EQ:
		return iql_bool(a == b);
	case IQL_NE:
	case IQL_BIT_XOR:
		return iql_bool(a != b);
	default:
		return compares(op) ? iql_bool(false) : iql_null();
	}
}

static bool
is_number(const struct iql_value *v)
{
	return v->type == IQL_T_FLOAT || v->type == IQL_T_INT;
}

static double
as_float(const struct iql_value *v)
{
	return v->type == IQL_T_FLOAT ? v->f : (double)v->i;
}

struct iql_value
iql_operate(enum iql_op op, struct iql_value a, struct iql_value b,
    bool real_division)
{
	if (a.type == IQL_T_INT && b.type == IQL_T_INT)
		return ints(op, a.i, b.i, real_division);
	if (is_number(&a) && is_number(&b))
		return floats(op, as_float(&a), as_float(&b));
	if (a.type == IQL_T_BOOL && b.type == IQL_T_BOOL)
		return bools(op, a.i != 0, b.i != 0);
	if (a.type == IQL_T_TEXT && b.type == IQL_T_TEXT &&
	    (op == IQL_EQ || op == IQL_NE))
		return ordered(op, iql_compare(&a, &b));
	if (op == IQL_AND || op == IQL_OR || compares(op))
		return iql_bool(false);
	return iql_null();
}

static struct iql_value
match(const struct iql_expr *e, struct iql_value v)
{
	if (v.type != IQL_T_TEXT || e->rhs->kind != IQL_REGEX)
		return iql_bool(false);
	return iql_bool(iql_regex_match(e->rhs->regex, v.s, v.n) ==
	    (e->op == IQL_MATCH));
}

struct iql_value
iql_eval(const struct iql_expr *e, const struct iql_value *slots,
    bool real_division)
{
	switch (e->kind) {
	case IQL_INTEGER:
	case IQL_DURATION:
		return iql_int(e->i);
	case IQL_NUMBER:
		return iql_float(e->f);
	case IQL_BOOL:
		return iql_bool(e->i != 0);
	case IQL_STRING:
		return iql_textn(e->s, e->n);
	case IQL_NAME:
	case IQL_CALL:
		return slots[e->slot];
	case IQL_BINARY:
		if (e->op == IQL_MATCH || e->op == IQL_NO_MATCH)
			return match(e, iql_eval(e->lhs, slots,
			    real_division));
		return iql_operate(e->op,
		    iql_eval(e->lhs, slots, real_division),
		    iql_eval(e->rhs, slots, real_division), real_division);
	default:
		return iql_null();
	}
}
