/*
 * sql_select.c - whole queries: pages, counts, groups.
 *
 * Where a planned select starts from a to-many relation, its page is
 *
 *   SELECT t0.* FROM child t1 CROSS JOIN base t0 ON t0.key = t1.fk
 *   WHERE .. GROUP BY t1.fk ORDER BY t1.fk LIMIT ..
 *
 * which an index (.., fk) of the child answers row by row, however many
 * match; its count is count(DISTINCT t1.fk), of the index alone.
 */
#include "store/sql_build.h"

/* The statement being made and what it asks for. */
struct page {
	struct sql_build b;
	const struct query *q;
	struct sql_select sel;
	struct sql_select child;	/* of the lead, if it comes first */
	const struct schema_field *fk;	/* of the child, or NULL */
	const struct sql_row *first;	/* joined row to start from, or NULL */
};

/* ---- planning ---- */

static struct sql_row *
order_row(struct page *p, const struct order *o, bool read)
{
	if (o->relation == NULL)
		return &p->sel.root;
	return sql_select_join(&p->sel, o->relation, read);
}

static void
page_init(struct page *p, struct sql *sql, const struct query *q,
    const struct caller *scope, struct arena *arena)
{
	*p = (struct page){ .q = q };
	p->b = (struct sql_build){ .sql = sql, .scope = scope, .arena = arena };
	sql_select_init(&p->sel, &p->b, q->table, scope == NULL);
	sql_select_and(&p->sel, &p->sel.root, q->where);
}

/* Join what the order and the groups speak of; `read`: the order's values. */
static void
page_joins(struct page *p, bool read)
{
	for (size_t i = 0; i < p->q->n_group; i++)
		order_row(p, &p->q->group[i], true);
	for (size_t i = 0; i < p->q->n_order; i++)
		order_row(p, &p->q->order[i], read);
	sql_select_plan(&p->sel);
}

static bool
orders_by_key(const struct query *q)
{
	return q->n_order == 0 || (q->order[0].relation == NULL &&
	    q->order[0].field == q->table->key);
}

/* Put the lead first in FROM, where that is better than IN. */
static void
page_lead(struct page *p, bool ordered)
{
	const struct sql_term *lead = p->sel.lead;
	const struct schema_field *fk;

	if (lead == NULL || lead->row != &p->sel.root || p->sel.pairs ||
	    p->q->n_group > 0 || !p->b.sql->dialect->guided ||
	    (ordered && !orders_by_key(p->q)))
		return;
	sql_select_inside(&p->child, &p->b, lead->cond);
	sql_select_plan(&p->child);
	fk = lead->cond->relation->field;
	if (!ordered || sql_select_walks(&p->child, fk))
		p->fk = fk;
}

/* Start from the related table whose index gives the order. */
static void
page_first(struct page *p)
{
	const struct order *o = p->q->order;
	struct sql_row *row;

	if (p->sel.lead != NULL || p->sel.narrow || p->sel.pairs ||
	    p->q->n_order == 0 || o->relation == NULL || p->q->n_group > 0 ||
	    !p->b.sql->dialect->guided)
		return;
	row = order_row(p, o, true);
	if (sql_leads_index(row->table, o->field))
		p->first = row;
}

/* ---- printing ---- */

static void
put_fields(struct sql *sql, const struct sql_row *row)
{
	for (size_t i = 0; i < row->table->n_fields; i++) {
		sql_put(sql, i == 0 ? "SELECT " : ", ");
		sql_column(sql, row->alias, &row->table->fields[i]);
	}
}

/* FROM and WHERE that start from the child of the lead. */
static void
put_child_body(struct page *p, bool with_base)
{
	struct sql *sql = p->b.sql;
	const char *glue = " WHERE ";

	sql_from(&p->child, NULL);
	if (with_base) {
		sql_put(sql, " CROSS JOIN ");
		sql_table(sql, &p->sel.root);
		sql_put(sql, " ON ");
		sql_key(sql, &p->sel.root);
		sql_put(sql, " = ");
		sql_column(sql, p->child.root.alias, p->fk);
		sql_joins(&p->sel, NULL);
	}
	sql_terms(&p->child, NULL, &glue);
	sql_terms(&p->sel, p->sel.lead, &glue);
}

static void
put_body(struct page *p, bool with_base)
{
	const char *glue = " WHERE ";

	if (p->fk != NULL) {
		put_child_body(p, with_base);
		return;
	}
	sql_from(&p->sel, p->first);
	sql_terms(&p->sel, NULL, &glue);
}

/* A key is never null, and the index that comes with it has no words for
 * nulls: neither may have who wants to walk it. */
static void
put_direction(struct sql *sql, const struct sql_row *row,
    const struct schema_field *field, bool descending)
{
	sql_put(sql, descending ? " DESC" : "");
	if (field != row->table->key)
		sql_put(sql, descending ? sql->dialect->nulls_desc :
		    sql->dialect->nulls_asc);
}

static void
put_order(struct page *p)
{
	struct sql *sql = p->b.sql;
	const struct schema_field *key = p->q->table->key;

	sql_put(sql, " ORDER BY ");
	for (size_t i = 0; i < p->q->n_order; i++) {
		const struct order *o = &p->q->order[i];
		const struct sql_row *row = order_row(p, o, true);

		sql_column(sql, row->alias, o->field);
		put_direction(sql, row, o->field, o->descending);
		if (o->relation == NULL && o->field == key)
			return;		/* nothing is left to decide */
		sql_put(sql, ", ");
	}
	sql_column(sql, p->sel.root.alias, key);
}

/* The order by key when the child comes first, each key once. */
static void
put_child_order(struct page *p)
{
	struct sql *sql = p->b.sql;

	sql_put(sql, " GROUP BY ");
	sql_column(sql, p->child.root.alias, p->fk);
	sql_put(sql, " ORDER BY ");
	sql_column(sql, p->child.root.alias, p->fk);
	put_direction(sql, &p->child.root, p->fk,
	    p->q->n_order > 0 && p->q->order[0].descending);
}

static bool
is_cut(const struct query *q)
{
	return q->limit >= 0 || q->offset > 0;
}

static void
put_limit(struct sql *sql, const struct query *q)
{
	if (!is_cut(q))
		return;
	sql_put(sql, " LIMIT ");
	if (q->limit >= 0)
		sql_arg(sql, value_int(q->limit));
	else
		sql_put(sql, sql->dialect->no_limit);
	if (q->offset > 0) {
		sql_put(sql, " OFFSET ");
		sql_arg(sql, value_int(q->offset));
	}
}

/* ---- groups ---- */

static void
put_group_by(struct page *p)
{
	struct sql *sql = p->b.sql;

	for (size_t i = 0; i < p->q->n_group; i++) {
		const struct order *g = &p->q->group[i];

		sql_put(sql, i == 0 ? " GROUP BY " : ", ");
		sql_column(sql, order_row(p, g, true)->alias, g->field);
	}
}

static bool
is_grouped(const struct query *q, const struct order *o)
{
	for (size_t i = 0; i < q->n_group; i++)
		if (q->group[i].field == o->field &&
		    q->group[i].relation == o->relation)
			return true;
	return false;
}

/* The order's value is the group's; otherwise that of its lowest row. */
static bool
is_of_group(const struct query *q, const struct order *o)
{
	return is_grouped(q, o) ||
	    (o->relation != NULL && o->relation->kind == RELATION_MANY);
}

static void
put_group_name(struct sql *sql, size_t i)
{
	sql_put(sql, "o");
	buf_addi(&sql->text, (int64_t)i);
}

/* What the inner select gives to order by: ", t2.name AS o0". */
static void
put_group_values(struct page *p)
{
	struct sql *sql = p->b.sql;

	for (size_t i = 0; i < p->q->n_order; i++) {
		const struct order *o = &p->q->order[i];

		if (!is_of_group(p->q, o))
			continue;
		sql_put(sql, o->descending ? ", max(" : ", min(");
		sql_column(sql, order_row(p, o, true)->alias, o->field);
		sql_put(sql, ") AS ");
		put_group_name(sql, i);
	}
}

static void
put_outer_order(struct page *p, struct page *outer)
{
	struct sql *sql = p->b.sql;

	for (size_t i = 0; i < p->q->n_order; i++) {
		const struct order *o = &p->q->order[i];

		sql_put(sql, i == 0 ? " ORDER BY " : ", ");
		if (is_of_group(p->q, o)) {
			sql_put(sql, "g.");
			put_group_name(sql, i);
		} else {
			sql_column(sql, order_row(outer, o, true)->alias,
			    o->field);
		}
		put_direction(sql, order_row(p, o, true), o->field,
		    o->descending);
	}
	sql_put(sql, p->q->n_order == 0 ? " ORDER BY " : ", ");
	sql_key(sql, &outer->sel.root);
}

/* SELECT .. FROM (the lowest key of each group) AS g JOIN the table. */
static void
put_groups(struct page *p)
{
	struct sql *sql = p->b.sql;
	struct page outer = { .q = p->q, .b = p->b };
	size_t i;

	outer.b.scope = NULL;		/* the inner select has applied it */
	sql_select_init(&outer.sel, &outer.b, p->q->table, true);
	for (i = 0; i < p->q->n_order; i++)
		if (!is_of_group(p->q, &p->q->order[i]))
			order_row(&outer, &p->q->order[i], true);
	p->b.n_aliases = outer.b.n_aliases;
	put_fields(sql, &outer.sel.root);
	sql_put(sql, " FROM (SELECT min(");
	sql_key(sql, &p->sel.root);
	sql_put(sql, ") AS k");
	put_group_values(p);
	put_body(p, true);
	put_group_by(p);
	sql_put(sql, ") AS g JOIN ");
	sql_table(sql, &outer.sel.root);
	sql_put(sql, " ON ");
	sql_key(sql, &outer.sel.root);
	sql_put(sql, " = g.k");
	sql_joins(&outer.sel, NULL);
	put_outer_order(p, &outer);
	put_limit(sql, p->q);
}

/* ---- statements ---- */

void
sql_select(struct sql *sql, const struct query *q, const struct caller *scope,
    struct arena *arena)
{
	struct page p;

	page_init(&p, sql, q, scope, arena);
	page_joins(&p, q->n_group == 0);
	if (q->n_group > 0) {
		put_groups(&p);
		return;
	}
	page_lead(&p, true);
	page_first(&p);
	put_fields(sql, &p.sel.root);
	put_body(&p, true);
	if (p.fk != NULL)
		put_child_order(&p);
	else
		put_order(&p);
	put_limit(sql, q);
}

/* The rows to count as a select of their own: to be cut, or groups. */
static void
put_counted(struct page *p)
{
	struct sql *sql = p->b.sql;

	sql_put(sql, "SELECT count(*) FROM (SELECT 1");
	put_body(p, true);
	put_group_by(p);
	if (p->fk != NULL) {
		sql_put(sql, " GROUP BY ");
		sql_column(sql, p->child.root.alias, p->fk);
	}
	put_limit(sql, p->q);
	sql_put(sql, ") AS c");
}

void
sql_count(struct sql *sql, const struct query *q, const struct caller *scope,
    struct arena *arena)
{
	struct page p;
	bool bare;

	page_init(&p, sql, q, scope, arena);
	page_joins(&p, false);
	page_lead(&p, false);
	if (q->n_group > 0 || is_cut(q)) {
		put_counted(&p);
		return;
	}
	if (p.fk == NULL) {
		sql_put(sql, "SELECT count(*)");
		put_body(&p, true);
		return;
	}
	/* nothing is asked of the table itself */
	bare = p.sel.n_terms == 1 && p.sel.root.next == NULL && !p.fk->loose;
	sql_put(sql, "SELECT count(DISTINCT ");
	sql_column(sql, p.child.root.alias, p.fk);
	sql_put(sql, ")");
	put_body(&p, !bare);
}

/* ---- totals ---- */

/* What stands before and after the column.  PostgreSQL's sums are numeric. */
static const char *const total_text[][2] = {
	[TOTAL_ROWS] = { "count(*)", "" },
	[TOTAL_SUM] = { "coalesce(CAST(sum(", ") AS BIGINT), 0)" },
	[TOTAL_BYTES] = { "coalesce(CAST(sum(length(", ")) AS BIGINT), 0)" },
	[TOTAL_LEAST] = { "min(", ")" },
	[TOTAL_MOST] = { "max(", ")" },
};

void
sql_totals(struct sql *sql, const struct query *q, const struct total *total,
    size_t n, const struct caller *scope, struct arena *arena)
{
	struct page p;

	page_init(&p, sql, q, scope, arena);
	sql_select_plan(&p.sel);
	for (size_t i = 0; i < n; i++) {
		sql_put(sql, i == 0 ? "SELECT " : ", ");
		sql_put(sql, total_text[total[i].kind][0]);
		if (total[i].field != NULL)
			sql_column(sql, p.sel.root.alias, total[i].field);
		sql_put(sql, total_text[total[i].kind][1]);
	}
	put_body(&p, true);
}

void
sql_delete_where(struct sql *sql, const struct query *q, struct arena *arena)
{
	struct page p;

	page_init(&p, sql, q, NULL, arena);
	page_joins(&p, true);
	sql_put(sql, "DELETE FROM ");
	sql_name(sql, q->table->name);
	sql_put(sql, " WHERE ");
	sql_name(sql, q->table->key->name);
	sql_put(sql, " IN (SELECT ");
	sql_key(sql, &p.sel.root);
	put_body(&p, true);
	if (is_cut(q)) {
		put_order(&p);
		put_limit(sql, q);
	}
	sql_put(sql, ")");
}
