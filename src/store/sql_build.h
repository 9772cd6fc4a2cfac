/*
 * A SELECT under construction: what sql.c, sql_terms.c, sql_cond.c and
 * sql_select.c share.  Nobody else includes this.
 *
 * First sql_terms.c takes conditions apart into terms that are AND-ed, and
 * finds the tables that must stand in FROM.  To-one relations among them
 * become joins, so that the engine may start from either side; to-many ones
 * stay conditions:
 *
 *   key IN (SELECT fk FROM child WHERE ..)     where to start from
 *   EXISTS (SELECT 1 FROM child WHERE fk = key AND ..)   to check a row
 *
 * A select that is narrow (some term on an index leaves few rows) only
 * checks; otherwise one to-many term is its lead.  Nothing is known of how
 * many rows match, so these are rules of thumb; test/unit/test_sql.c holds
 * the texts, docs/performance.md what they cost.
 */
#ifndef HELIO_STORE_SQL_BUILD_H
#define HELIO_STORE_SQL_BUILD_H

#include "store/sql.h"

/* One statement. */
struct sql_build {
	struct sql	*sql;
	const struct caller *scope;	/* NULL: all rows */
	struct arena	*arena;
	unsigned	 n_aliases;
	unsigned	 nesting;	/* parser entries in use, roughly */
};

/* A row that conditions speak of: the root of a select, or where a relation
 * leads from another row of it. */
struct sql_row {
	const struct schema_table *table;
	unsigned	 alias;
	/* Stands in FROM.  Otherwise only its key is spoken of, which is the
	 * parent's foreign key. */
	bool		 in_from;
	bool		 scoped;	/* scope was added */
	const struct schema_relation *relation;	/* NULL: the root */
	struct sql_row	*parent;
	struct sql_row	*next;		/* in the same select */
};

/* One of the conditions that are AND-ed. */
struct sql_term {
	const struct cond *cond;
	struct sql_row	*row;
	struct sql_term	*next;
	bool		 negated;
};

struct sql_select {
	struct sql_build *b;
	struct sql_row	 root, *last_row;	/* root.next: the joined rows */
	struct sql_term	*terms, **end;
	size_t		 n_terms;
	struct sql_term	*lead;		/* the to-many term to start from */
	bool		 narrow;	/* some term leaves few rows */
	bool		 by_parent;	/* finds its rows by the key of a row
					 * outside; other indexes mislead */
	bool		 pairs;		/* a joined to-many relation: rows of
					 * the root come several times */
};

/* ---- sql.c: text ---- */

void	sql_put(struct sql *, const char *);
void	sql_name(struct sql *, const char *);		/* quoted */
void	sql_arg(struct sql *, struct value);
void	sql_alias(struct sql *, unsigned alias);		/* t7 */
void	sql_column(struct sql *, unsigned alias, const struct schema_field *);
/* Enter nested text that takes n entries of the parser's stack; false (and
 * failed) when that is too deep.  Paired with sql_leave() only when true. */
bool	sql_enter(struct sql_build *, unsigned n);
void	sql_leave(struct sql_build *, unsigned n);

/* ---- sql_terms.c: taking conditions apart ---- */

/* A select from this table, with the caller's scope unless raw. */
void	sql_select_init(struct sql_select *, struct sql_build *,
	    const struct schema_table *, bool raw);
/* AND a condition (may be NULL) over a row of the select. */
void	sql_select_and(struct sql_select *, struct sql_row *,
	    const struct cond *);
/* The row that a relation of the root leads to, which must exist; in FROM
 * when its fields are to be read. */
struct sql_row	*sql_select_join(struct sql_select *,
	    const struct schema_relation *, bool read);
/* Choose the lead; after the last condition. */
void	sql_select_plan(struct sql_select *);
/* The select inside a to-many or to-one term, without its plan. */
void	sql_select_inside(struct sql_select *, struct sql_build *,
	    const struct cond *related);
/* The field is the key or the first of an index. */
bool	sql_leads_index(const struct schema_table *,
	    const struct schema_field *);
/* Some index gives the rows of this planned select in the order of the field
 * without sorting: all before the field in it is pinned to one value. */
bool	sql_select_walks(const struct sql_select *,
	    const struct schema_field *);
/* Some index starts with the field and pinned ones, in any order. */
bool	sql_select_covers(const struct sql_select *,
	    const struct schema_field *);

/* ---- sql_cond.c: printing ---- */

/* Where the key of a row can be read. */
void	sql_key(struct sql *, const struct sql_row *);
/* " FROM table t0 JOIN .."; when `first` is not NULL that joined row comes
 * first, and the engine is told so. */
void	sql_from(const struct sql_select *, const struct sql_row *first);
/* "table t0" */
void	sql_table(struct sql *, const struct sql_row *);
/* " JOIN .." for each joined row but `skip`. */
void	sql_joins(const struct sql_select *, const struct sql_row *skip);
/* The terms but one (may be NULL), each after `glue`: " WHERE ", then
 * " AND "; *glue is moved on. */
void	sql_terms(const struct sql_select *, const struct sql_term *skip,
	    const char **glue);

#endif
