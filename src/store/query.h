/*
 * A query as data: which rows of one table, in which order.  Built by the
 * REST planner and by actions, turned into SQL by the store alone.
 * Everything is allocated in an arena and read-only once given to the store.
 */
#ifndef HELIO_STORE_QUERY_H
#define HELIO_STORE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "schema/schema.h"

enum cond_kind {
	COND_TRUE,		/* every row */
	COND_FALSE,		/* no row */
	COND_AND, COND_OR,	/* parts, n_parts (0: true / false) */
	COND_NOT,		/* parts[0] */
	COND_COMPARE,		/* field op value, or field op other */
	COND_IN,		/* field among values (n 0: false) */
	COND_NULL,		/* field is null */
	COND_RELATED,		/* a row that `relation` leads to satisfies
				 * parts[0] (or exists, when n_parts is 0) */
};

enum cond_op {
	OP_EQ, OP_NE, OP_GT, OP_LT, OP_GE, OP_LE,
	OP_LIKE,		/* % and _, backslash escapes, case counts */
	OP_ILIKE,		/* the same without case (ASCII) */
};

/* A condition over the rows of one table.  NULL compares as in SQL: neither
 * true nor false. */
struct cond {
	enum cond_kind	kind;
	enum cond_op	op;
	const struct schema_field *field;
	const struct schema_field *other;	/* COMPARE: of the same table */
	const struct schema_relation *relation;
	struct value	value;		/* typed as the field is stored */
	const struct value *values;		/* IN */
	size_t		n_values;
	const struct cond **parts;
	size_t		n_parts;
	/* RELATED: scope's own condition, to which scope is not added again. */
	bool		raw;
};

/*
 * Conditions may nest this deep: an AND, OR or NOT is one level, a relation
 * is COND_RELATED_DEPTH.  A statement with deeper ones fails, so whoever builds
 * conditions from outside asks cond_depth() first.  (SQLite's parser has a
 * stack of 100 entries; what scope adds must fit as well.)
 */
enum { COND_DEPTH_MAX = 15, COND_RELATED_DEPTH = 3 };

/* How deep a condition nests; beyond COND_DEPTH_MAX it is not counted on. */
unsigned	 cond_depth(const struct cond *);

/* Constructors; the result and its parts live in the arena. */
const struct cond *cond_true(void);
const struct cond *cond_false(void);
/* A LIKE pattern that ends in half an escape has it completed: engines
 * disagree about such patterns. */
const struct cond *cond_compare(struct arena *, const struct schema_field *,
		    enum cond_op, struct value);
const struct cond *cond_fields(struct arena *, const struct schema_field *,
		    enum cond_op, const struct schema_field *other);
const struct cond *cond_in(struct arena *, const struct schema_field *,
		    const struct value *values, size_t n);	/* borrowed */
const struct cond *cond_null(struct arena *, const struct schema_field *);
const struct cond *cond_not(struct arena *, const struct cond *);
const struct cond *cond_related(struct arena *, const struct schema_relation *,
		    const struct cond *inner);		/* inner may be NULL */
/* For scope alone: the scope of the related table is not added. */
const struct cond *cond_related_raw(struct arena *,
		    const struct schema_relation *, const struct cond *inner);
/* AND / OR of n parts (the array is copied). */
const struct cond *cond_all(struct arena *, const struct cond *const *,
		    size_t n);
const struct cond *cond_any(struct arena *, const struct cond *const *,
		    size_t n);
/* By name; aborts when the table has no such field (a programming error). */
const struct cond *cond_eq(struct arena *, const struct schema_table *,
		    const char *field, struct value);
const struct cond *cond_is_null(struct arena *, const struct schema_table *,
		    const char *field);

struct order {
	const struct schema_field *field;
	/* A field of the row this to-one or to-many relation leads to: an
	 * inner join, rows without a related row vanish, and a row comes once
	 * for each pair.  NULL: a field of the table itself. */
	const struct schema_relation *relation;
	/* nulls first ascending, last descending, on every engine */
	bool		 descending;
};

struct query {
	const struct schema_table *table;
	const struct cond *where;	/* NULL: all rows */
	const struct order *order;	/* then by key ascending, always */
	size_t		 n_order;
	/* One row per distinct combination: the one with the lowest key.  An
	 * order over a to-many relation then takes the group's lowest value
	 * (highest when descending). */
	const struct order *group;	/* `descending` is ignored */
	size_t		 n_group;
	int64_t		 limit;		/* -1: none */
	int64_t		 offset;
};

/* All rows of a table; limit -1. */
struct query	 query_all(const struct schema_table *);

/* Something to add up over the rows of a query. */
enum total_kind {
	TOTAL_ROWS,		/* how many there are; no field */
	TOTAL_SUM,		/* of an integer field; 0 without rows */
	TOTAL_BYTES,		/* the lengths of a blob field, which is not
				 * read for that; 0 without rows */
	TOTAL_LEAST, TOTAL_MOST,	/* null without rows */
};

struct total {
	enum total_kind	kind;
	const struct schema_field *field;
};

#endif
