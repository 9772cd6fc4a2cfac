/*
 * Queries and rows to SQL text and arguments, for one dialect.  No I/O.
 * The same shape always gives the same text, so that prepared statements can
 * be kept by text; values are always arguments, never text.
 */
#ifndef HELIO_STORE_SQL_H
#define HELIO_STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/rc.h"
#include "store/caller.h"
#include "store/query.h"
#include "store/row.h"

/* What differs between engines. */
struct sql_dialect {
	const char	*name;
	/* column type by enum value_type: "INTEGER", "BIGINT", ... */
	const char	*type[5];
	/* appended to CREATE TABLE (" STRICT") */
	const char	*table_suffix;
	/* Tables may point at others that do not exist yet; otherwise foreign
	 * keys are added when all tables are there. */
	bool		 points_ahead;
	unsigned	 name_max;	/* bytes of a name; 0: any */
	/* "?1" or "$1": the text before the number */
	const char	*arg_prefix;
	/* case-sensitive and -insensitive LIKE: what stands before the
	 * column, between it and the argument, and after that */
	const char	*like[3], *ilike[3];
	/* appended to order terms so that nulls come first ascending and last
	 * descending ("" where that is the engine's habit) */
	const char	*nulls_asc, *nulls_desc;
	const char	*no_limit;	/* LIMIT that means none: "-1", "ALL" */
	/* before a column, so that no index on it is used ("+", "") */
	const char	*no_index;
	/* A pattern from a column, around it, so that one that ends in half an
	 * escape matches nothing. */
	const char	*pattern[2];
	/* Plans without statistics, so where to start is chosen here, and its
	 * CROSS JOIN keeps the order it is written in. */
	bool		 guided;
};

extern const struct sql_dialect SQL_SQLITE, SQL_PG;

enum {
	SQL_ARGS_MAX = 4096,
	SQL_TABLE_WORDS = 4,	/* times 64 tables, by number */
};

/* A finished statement; text and args are reused by sql_reset. */
struct sql {
	const struct sql_dialect *dialect;
	struct buf	 text;
	struct value	*args;		/* borrowed contents */
	size_t		 n_args, cap_args;
	uint64_t	 tables[SQL_TABLE_WORDS];	/* bits: what a select
					 * reads */
	bool		 sure;		/* no constraint can refuse it */
	bool		 failed;	/* no memory, too many arguments, or
				 * conditions beyond COND_DEPTH_MAX */
};

void	sql_init(struct sql *, const struct sql_dialect *);
void	sql_reset(struct sql *);
void	sql_free(struct sql *);

/*
 * SELECT every field of the table, in field order, for the rows of the query
 * that the caller may see (scope NULL: all).  The arena is for scope
 * conditions.
 */
void	sql_select(struct sql *, const struct query *,
	    const struct caller *scope, struct arena *);
/* SELECT how many rows (pairs, groups) that query has; one integer. */
void	sql_count(struct sql *, const struct query *,
	    const struct caller *scope, struct arena *);
/* SELECT totals over the rows of that query (its order, groups and limit do
 * not count); one row, a column for each. */
void	sql_totals(struct sql *, const struct query *, const struct total *,
	    size_t n, const struct caller *scope, struct arena *);
/* INSERT the set fields of a row. */
void	sql_insert(struct sql *, const struct row *);
/* INSERT the set fields, which are the same, of n rows of one table; those
 * whose unique keys are taken are left out.  Foreign keys are checked at the
 * end of the transaction. */
void	sql_insert_new(struct sql *, struct row *const *, size_t n);
/* INSERT .. ON CONFLICT (on, or the key when that is NULL) DO UPDATE the other
 * set fields. */
void	sql_upsert(struct sql *, const struct row *,
	    const struct schema_index *on);
/* UPDATE the set fields where key. */
void	sql_update(struct sql *, const struct row *changes, struct value key);
void	sql_delete(struct sql *, const struct schema_table *, struct value key);
void	sql_delete_where(struct sql *, const struct query *, struct arena *);

/* DDL, each one statement. */
void	sql_create_table(struct sql *, const struct schema_table *);
void	sql_drop_table(struct sql *, const struct schema_table *);
void	sql_create_index(struct sql *, const struct schema_table *,
	    const struct schema_index *);
void	sql_drop_index(struct sql *, const struct schema_table *,
	    const struct schema_index *);
/* ADD FOREIGN KEY; only where sql_is_reference() and tables do not point ahead. */
void	sql_add_reference(struct sql *, const struct schema_table *,
	    const struct schema_field *);
/* The engine is to check that the row it names exists. */
bool	sql_is_reference(const struct schema_field *);
void	sql_add_field(struct sql *, const struct schema_table *,
	    const struct schema_field *);

/* The condition that scope adds for this caller, or NULL for none
 * (store/scope.c).  Lives in the arena. */
const struct cond *scope_cond(struct arena *, const struct schema_table *,
	    const struct caller *);

#endif
