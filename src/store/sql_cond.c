/* sql_cond.c - planned selects to text: FROM and WHERE */
#include "store/sql_build.h"

enum {
	LIST_MAX = 64,		/* parts in one chain of AND or OR; longer ones
				 * are grouped, for the engine's depth limit */
	/* entries of the parser's stack */
	LIST_COST = 3,
	SELECT_COST = 10,
};

static void	put_cond(const struct sql_select *, struct sql_row *,
		    const struct cond *, bool negated);

/* ---- columns ---- */

static void
put_field(struct sql *sql, const struct sql_row *row,
    const struct schema_field *field)
{
	if (!row->in_from && field == row->table->key)
		put_field(sql, row->parent, row->relation->field);
	else
		sql_column(sql, row->alias, field);
}

void
sql_key(struct sql *sql, const struct sql_row *row)
{
	put_field(sql, row, row->table->key);
}

/* The column of a condition.  SQLite, knowing no numbers, may take any index
 * for the best; the children of one row are found by its key. */
static void
put_operand(const struct sql_select *sel, const struct sql_row *row,
    const struct schema_field *field)
{
	if (sel->by_parent && row == &sel->root && !field->unique &&
	    field != row->table->key)
		sql_put(sel->b->sql, sel->b->sql->dialect->no_index);
	put_field(sel->b->sql, row, field);
}

/* ---- FROM ---- */

void
sql_table(struct sql *sql, const struct sql_row *row)
{
	const unsigned number = row->table->number;

	if (number < SQL_TABLE_WORDS * 64)
		sql->tables[number / 64] |= UINT64_C(1) << number % 64;
	sql_name(sql, row->table->name);
	sql_put(sql, " ");
	sql_alias(sql, row->alias);
}

/* How a row hangs on its parent. */
static void
put_link(struct sql *sql, const struct sql_row *row)
{
	const struct schema_relation *relation = row->relation;

	if (relation->kind == RELATION_ONE) {
		sql_column(sql, row->alias, row->table->key);
		sql_put(sql, " = ");
		put_field(sql, row->parent, relation->field);
	} else {
		sql_column(sql, row->alias, relation->field);
		sql_put(sql, " = ");
		sql_key(sql, row->parent);
	}
}

void
sql_joins(const struct sql_select *sel, const struct sql_row *skip)
{
	struct sql *sql = sel->b->sql;

	for (const struct sql_row *row = sel->root.next; row != NULL;
	    row = row->next) {
		if (!row->in_from || row == skip)
			continue;
		sql_put(sql, " JOIN ");
		sql_table(sql, row);
		sql_put(sql, " ON ");
		put_link(sql, row);
	}
}

void
sql_from(const struct sql_select *sel, const struct sql_row *first)
{
	struct sql *sql = sel->b->sql;

	sql_put(sql, " FROM ");
	if (first != NULL) {
		sql_table(sql, first);
		sql_put(sql, " CROSS JOIN ");
	}
	sql_table(sql, &sel->root);
	if (first != NULL) {
		sql_put(sql, " ON ");
		put_link(sql, first);
	}
	sql_joins(sel, first);
}

/* ---- simple conditions ---- */

static void
put_like(const struct sql_select *sel, const struct sql_row *row,
    const struct cond *c, bool negated)
{
	struct sql *sql = sel->b->sql;
	const char *const *like;

	like = c->op == OP_LIKE ? sql->dialect->like : sql->dialect->ilike;
	sql_put(sql, negated ? "NOT (" : "");
	sql_put(sql, like[0]);
	put_field(sql, row, c->field);
	sql_put(sql, like[1]);
	if (c->other != NULL) {
		sql_put(sql, sql->dialect->pattern[0]);
		put_field(sql, row, c->other);
		sql_put(sql, sql->dialect->pattern[1]);
	} else {
		sql_arg(sql, c->value);
	}
	sql_put(sql, like[2]);
	sql_put(sql, negated ? ")" : "");
}

static void
put_compare(const struct sql_select *sel, struct sql_row *row,
    const struct cond *c, bool negated)
{
	static const struct {
		const char *is, *is_not;
	} ops[] = {
		[OP_EQ] = { " = ", " <> " },
		[OP_NE] = { " <> ", " = " },
		[OP_GT] = { " > ", " <= " },
		[OP_LT] = { " < ", " >= " },
		[OP_GE] = { " >= ", " < " },
		[OP_LE] = { " <= ", " > " },
	};
	struct sql *sql = sel->b->sql;

	if (c->op == OP_LIKE || c->op == OP_ILIKE) {
		put_like(sel, row, c, negated);
		return;
	}
	put_operand(sel, row, c->field);
	sql_put(sql, negated ? ops[c->op].is_not : ops[c->op].is);
	if (c->other != NULL)
		put_field(sql, row, c->other);
	else
		sql_arg(sql, c->value);
}

/* The last value fills the list up to a power of two: fewer texts to keep
 * prepared. */
static size_t
filled_up(const struct sql *sql, size_t n)
{
	size_t full = 1;

	while (full < n)
		full *= 2;
	return sql->n_args + full <= SQL_ARGS_MAX ? full : n;
}

static void
put_in(const struct sql_select *sel, struct sql_row *row,
    const struct cond *c, bool negated)
{
	struct sql *sql = sel->b->sql;
	size_t n = filled_up(sql, c->n_values);

	if (c->n_values == 0) {
		sql_put(sql, negated ? "1 = 1" : "1 = 0");
		return;
	}
	put_operand(sel, row, c->field);
	sql_put(sql, negated ? " NOT IN (" : " IN (");
	for (size_t i = 0; i < n && !sql->failed; i++) {
		sql_put(sql, i == 0 ? "" : ", ");
		sql_arg(sql, c->values[i < c->n_values ? i : c->n_values - 1]);
	}
	sql_put(sql, ")");
}

static void
put_null(const struct sql_select *sel, struct sql_row *row,
    const struct cond *c, bool negated)
{
	put_operand(sel, row, c->field);
	sql_put(sel->b->sql, negated ? " IS NOT NULL" : " IS NULL");
}

static void
put_constant(const struct sql_select *sel, struct sql_row *row,
    const struct cond *c, bool negated)
{
	(void)row;
	sql_put(sel->b->sql,
	    (c->kind == COND_TRUE) != negated ? "1 = 1" : "1 = 0");
}

/* ---- conditions with parts ---- */

struct list {
	const struct sql_select *sel;
	struct sql_row	*row;
	const char	*glue;
	bool		 negated;
};

static void
put_parts(const struct list *l, const struct cond *const *parts, size_t n)
{
	size_t step = n <= LIST_MAX ? 1 : (n + LIST_MAX - 1) / LIST_MAX;
	struct sql_build *b = l->sel->b;

	for (size_t i = 0; i < n && !b->sql->failed; i += step) {
		if (i > 0)
			sql_put(b->sql, l->glue);
		if (step == 1) {
			put_cond(l->sel, l->row, parts[i], l->negated);
			continue;
		}
		if (!sql_enter(b, LIST_COST))
			return;
		sql_put(b->sql, "(");
		put_parts(l, parts + i, n - i < step ? n - i : step);
		sql_put(b->sql, ")");
		sql_leave(b, LIST_COST);
	}
}

static void
put_list(const struct sql_select *sel, struct sql_row *row,
    const struct cond *c, bool negated)
{
	bool all = (c->kind == COND_AND) != negated;
	struct list l = { sel, row, all ? " AND " : " OR ", negated };
	struct sql *sql = sel->b->sql;

	if (c->n_parts == 0) {
		sql_put(sql, all ? "1 = 1" : "1 = 0");
		return;
	}
	if (!sql_enter(sel->b, LIST_COST))
		return;
	sql_put(sql, "(");
	put_parts(&l, c->parts, c->n_parts);
	sql_put(sql, ")");
	sql_leave(sel->b, LIST_COST);
}

static void
put_not(const struct sql_select *sel, struct sql_row *row,
    const struct cond *c, bool negated)
{
	if (!sql_enter(sel->b, 1))
		return;
	put_cond(sel, row, c->parts[0], !negated);
	sql_leave(sel->b, 1);
}

/* ---- relations ---- */

static void
put_exists(struct sql_build *b, const struct sql_row *row,
    const struct cond *c, bool negated)
{
	const struct schema_relation *relation = c->relation;
	const char *glue = " AND ";
	struct sql_select sub;
	struct sql *sql = b->sql;

	sql_select_inside(&sub, b, c);
	sub.narrow = true;
	sql_select_plan(&sub);
	sub.by_parent = relation->kind == RELATION_MANY &&
	    !sql_select_covers(&sub, relation->field);
	sql_put(sql, negated ? "NOT EXISTS (SELECT 1" : "EXISTS (SELECT 1");
	sql_from(&sub, NULL);
	sql_put(sql, " WHERE ");
	if (relation->kind == RELATION_ONE) {
		sql_key(sql, &sub.root);
		sql_put(sql, " = ");
		put_field(sql, row, relation->field);
	} else {
		sql_column(sql, sub.root.alias, relation->field);
		sql_put(sql, " = ");
		sql_key(sql, row);
	}
	sql_terms(&sub, NULL, &glue);
	sql_put(sql, ")");
}

/* [NOT] IN; a foreign key that is null is not among any, and makes nothing
 * unknown. */
static void
put_among(struct sql_build *b, const struct sql_row *row, const struct cond *c,
    bool negated)
{
	const struct schema_relation *relation = c->relation;
	bool one = relation->kind == RELATION_ONE;
	const struct schema_field *here, *there;
	const char *glue = " WHERE ";
	struct sql_select sub;
	struct sql *sql = b->sql;

	here = one ? relation->field : row->table->key;
	there = one ? relation->target->key : relation->field;
	sql_select_inside(&sub, b, c);
	sql_select_plan(&sub);
	put_field(sql, row, here);
	sql_put(sql, negated ? " NOT IN (SELECT " : " IN (SELECT ");
	sql_column(sql, sub.root.alias, there);
	sql_from(&sub, NULL);
	sql_terms(&sub, NULL, &glue);
	if (negated && !one && !there->required) {
		sql_put(sql, glue);
		sql_column(sql, sub.root.alias, there);
		sql_put(sql, " IS NOT NULL");
	}
	sql_put(sql, ")");
}

static void
put_not_among(struct sql_build *b, const struct sql_row *row,
    const struct cond *c)
{
	const struct schema_relation *relation = c->relation;
	bool nullable = relation->kind == RELATION_ONE &&
	    !relation->field->required;

	if (nullable) {
		sql_put(b->sql, "(");
		put_field(b->sql, row, relation->field);
		sql_put(b->sql, " IS NULL OR ");
	}
	put_among(b, row, c, true);
	sql_put(b->sql, nullable ? ")" : "");
}

static void
put_related(const struct sql_select *sel, struct sql_row *row,
    const struct cond *c, bool negated)
{
	bool is_lead = sel->lead != NULL && sel->lead->cond == c;
	bool check = sel->narrow || (sel->lead != NULL && !is_lead) ||
	    (negated && !sel->b->sql->dialect->guided);

	if (!sql_enter(sel->b, SELECT_COST))
		return;
	if (check)
		put_exists(sel->b, row, c, negated);
	else if (negated)
		put_not_among(sel->b, row, c);
	else
		put_among(sel->b, row, c, false);
	sql_leave(sel->b, SELECT_COST);
}

static void
put_cond(const struct sql_select *sel, struct sql_row *row,
    const struct cond *c, bool negated)
{
	static void (*const kinds[])(const struct sql_select *,
	    struct sql_row *, const struct cond *, bool) = {
		[COND_TRUE] = put_constant,
		[COND_FALSE] = put_constant,
		[COND_AND] = put_list,
		[COND_OR] = put_list,
		[COND_NOT] = put_not,
		[COND_COMPARE] = put_compare,
		[COND_IN] = put_in,
		[COND_NULL] = put_null,
		[COND_RELATED] = put_related,
	};

	kinds[c->kind](sel, row, c, negated);
}

/* ---- WHERE ---- */

static void
put_glue(struct sql *sql, const char **glue)
{
	sql_put(sql, *glue);
	*glue = " AND ";
}

void
sql_terms(const struct sql_select *sel, const struct sql_term *skip,
    const char **glue)
{
	struct sql *sql = sel->b->sql;

	for (const struct sql_row *row = sel->root.next; row != NULL;
	    row = row->next) {
		if (row->in_from || row->relation->field->required)
			continue;
		put_glue(sql, glue);
		put_field(sql, row->parent, row->relation->field);
		sql_put(sql, " IS NOT NULL");
	}
	for (const struct sql_term *t = sel->terms; t != NULL; t = t->next) {
		if (t == skip || sql->failed)
			continue;
		put_glue(sql, glue);
		put_cond(sel, t->row, t->cond, t->negated);
	}
}
