/*
 * Conditions over blocks: comparisons of a field with a number in one loop
 * over the column, AND and OR on whole words, the rest row by row.
 */
#include <string.h>

#include "influxql/feed.h"

enum { LEVELS = IQL_DEPTH_MAX + 2 };	/* AND and OR on the right of others */

size_t
iql_mask_count(const uint64_t *mask, size_t lo, size_t hi)
{
	size_t n = 0;

	if (mask == NULL)
		return hi - lo;
	while (lo < hi) {
		size_t end = (lo / 64 + 1) * 64 < hi ? (lo / 64 + 1) * 64 : hi;
		uint64_t word = mask[lo / 64] >> (lo % 64);

		if (end - lo < 64)
			word &= (UINT64_C(1) << (end - lo)) - 1;
		n += (size_t)__builtin_popcountll(word);
		lo = end;
	}
	return n;
}

struct iql_masker {
	struct arena	*arena;
	const struct iql_plan *plan;
	struct iql_value *slots;
	uint64_t	*level[LEVELS];
	size_t		 cap;		/* words of each */
};

struct iql_masker *
iql_masker_new(struct arena *arena, const struct iql_plan *plan)
{
	struct iql_masker *m = arena_alloc(arena, sizeof(*m));

	m->arena = arena;
	m->plan = plan;
	m->slots = arena_alloc(arena, (plan->n_slots + 1) * sizeof(*m->slots));
	return m;
}

static size_t
words_of(const struct telemetry_block *block)
{
	return (block->n + 63) / 64;
}

/* The column that a name stands for; NULL when it is no field. */
static const struct telemetry_column *
column_of(const struct iql_masker *m, const struct iql_expr *e,
    const struct telemetry_block *block)
{
	for (size_t i = 0; i < m->plan->n_refs; i++)
		if (m->plan->refs[i].slot == e->slot)
			return m->plan->refs[i].is_field ?
			    &block->columns[m->plan->refs[i].column] : NULL;
	return NULL;
}

/* ---- a field and a number ---- */

struct compare {
	const struct telemetry_column *column;
	enum iql_op	 op;
	double		 f;
	int64_t		 i;
	bool		 as_float;
};

#define COMPARE_LOOP(cells, number, operator)				\
	for (size_t row = 0; row < n; row++)				\
		out[row / 64] |= (uint64_t)((cells) operator (number))	\
		    << (row % 64)

#define COMPARE(cells, number)						\
	switch (c->op) {						\
	case IQL_EQ:							\
		COMPARE_LOOP(cells, number, ==);			\
		break;							\
	case IQL_NE:							\
		COMPARE_LOOP(cells, number, !=);			\
		break;							\
	case IQL_LT:							\
		COMPARE_LOOP(cells, number, <);				\
		break;							\
	case IQL_LE:							\
		COMPARE_LOOP(cells, number, <=);			\
		break;							\
	case IQL_GT:							\
		COMPARE_LOOP(cells, number, >);				\
		break;							\
	default:							\
		COMPARE_LOOP(cells, number, >=);			\
		break;							\
	}

static void
compare_column(const struct compare *c, size_t n, uint64_t *out)
{
	const struct telemetry_column *column = c->column;

	if (column->type == TELEMETRY_FLOAT) {
		COMPARE(column->f[row], c->f);
	} else if (c->as_float) {
		COMPARE((double)column->i[row], c->f);
	} else {
		COMPARE(column->i[row], c->i);
	}
	for (size_t i = 0; i < (n + 63) / 64 && column->present != NULL; i++)
		out[i] &= column->present[i];
}

/* Is it a comparison of a numeric field with a number? */
static bool
is_simple(const struct iql_masker *m, const struct iql_expr *e,
    const struct telemetry_block *block, struct compare *ret)
{
	const struct iql_expr *name = e->lhs, *number = e->rhs;

	if (e->kind != IQL_BINARY || e->op < IQL_EQ || e->op > IQL_GE)
		return false;
	ret->op = e->op;
	if (name->kind != IQL_NAME) {
		name = e->rhs;
		number = e->lhs;
		ret->op = iql_mirrored(e->op);
	}
	if (name->kind != IQL_NAME || (name->cast != CAST_NONE &&
	    name->cast != CAST_FIELD) ||
	    (number->kind != IQL_INTEGER && number->kind != IQL_NUMBER))
		return false;
	ret->column = column_of(m, name, block);
	ret->as_float = number->kind == IQL_NUMBER;
	ret->i = number->i;
	ret->f = ret->as_float ? number->f : (double)number->i;
	return ret->column != NULL && (ret->column->n_present == 0 ||
	    ret->column->type == TELEMETRY_FLOAT ||
	    ret->column->type == TELEMETRY_INT);
}

/* ---- anything else ---- */

static void
mask_rows(struct iql_masker *m, const struct iql_expr *e,
    const struct telemetry_block *block, uint64_t *out)
{
	const struct iql_plan *plan = m->plan;
	struct iql_value v;

	for (size_t row = 0; row < block->n; row++) {
		for (size_t i = 0; i < plan->n_refs; i++)
			if (plan->refs[i].is_field)
				m->slots[plan->refs[i].slot] = iql_convert(
				    iql_cell(&block->columns[
				    plan->refs[i].column], row),
				    plan->refs[i].expr->cast);
		v = iql_eval(e, m->slots, false);
		if (v.type == IQL_T_BOOL && v.i != 0)
			out[row / 64] |= UINT64_C(1) << (row % 64);
	}
}

static void
mask_level(struct iql_masker *m, const struct iql_expr *e,
    const struct telemetry_block *block, uint64_t *out, unsigned level)
{
	size_t words = words_of(block);
	struct compare simple;
	uint64_t *right;

	memset(out, 0, words * sizeof(*out));
	if (is_simple(m, e, block, &simple)) {
		if (simple.column->n_present > 0)
			compare_column(&simple, block->n, out);
	} else if (e->kind == IQL_BINARY && level + 1 < LEVELS &&
	    (e->op == IQL_AND || e->op == IQL_OR)) {
		right = m->level[level];
		mask_level(m, e->lhs, block, out, level);
		mask_level(m, e->rhs, block, right, level + 1);
		for (size_t i = 0; i < words; i++)
			out[i] = e->op == IQL_AND ? out[i] & right[i] :
			    out[i] | right[i];
	} else {
		mask_rows(m, e, block, out);
	}
}

void
iql_mask(struct iql_masker *m, const struct iql_expr *e,
    const struct telemetry_block *block, uint64_t *out)
{
	size_t words = words_of(block);

	if (words > m->cap) {
		m->cap = words;
		for (size_t i = 0; i < LEVELS; i++)
			m->level[i] = arena_alloc(m->arena,
			    words * sizeof(*m->level[i]));
	}
	mask_level(m, e, block, out, 0);
}
