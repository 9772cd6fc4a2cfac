/*
 * What InfluxQL text means before anybody looks at what is stored: statements
 * and expressions.  Built by the parser, or by hand from the parameters of
 * the data endpoint; everything lives in one arena.
 */
#ifndef HELIO_INFLUXQL_AST_H
#define HELIO_INFLUXQL_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "influxql/func.h"
#include "influxql/regex.h"

/* Times that a query can name (InfluxDB's own bounds). */
#define IQL_TIME_MIN	(INT64_MIN + 2)
#define IQL_TIME_MAX	(INT64_MAX - 1)

enum {
	IQL_TEXT_MAX = 65536,	/* bytes of a query */
	IQL_NODES_MAX = 8192,	/* of all its expressions */
	IQL_HEIGHT_MAX = 1024,	/* of one expression */
	IQL_DEPTH_MAX = 64,	/* parentheses and calls */
	IQL_STATEMENTS_MAX = 64,
	IQL_FIELDS_MAX = 1024,	/* columns of a statement, expanded */
	IQL_DIMENSIONS_MAX = 64,
	IQL_SOURCES_MAX = 64,
};

enum iql_kind {
	IQL_NULL,
	IQL_INTEGER, IQL_NUMBER, IQL_BOOL, IQL_STRING, IQL_DURATION,
	IQL_REGEX,
	IQL_NAME,		/* of a field or tag */
	IQL_WILDCARD,		/* *, *::field, *::tag */
	IQL_CALL,
	IQL_BINARY,
};

enum iql_op {
	IQL_AND, IQL_OR,
	IQL_EQ, IQL_NE, IQL_LT, IQL_LE, IQL_GT, IQL_GE,
	IQL_MATCH, IQL_NO_MATCH,
	IQL_ADD, IQL_SUB, IQL_MUL, IQL_DIV, IQL_MOD,
	IQL_BIT_AND, IQL_BIT_OR, IQL_BIT_XOR,
};

/* What stands after :: */
enum iql_cast {
	CAST_NONE, CAST_FLOAT, CAST_INTEGER, CAST_STRING, CAST_BOOLEAN,
	CAST_FIELD, CAST_TAG,
};

struct iql_expr {
	enum iql_kind	kind;
	enum iql_op	op;
	enum iql_cast	cast;
	unsigned	at;		/* offset in the text */
	unsigned	height;
	int64_t		i;		/* INTEGER, BOOL; DURATION in ns */
	double		f;		/* NUMBER */
	const char	*s;		/* STRING, NAME, REGEX */
	size_t		n;
	struct iql_regex *regex;
	struct iql_expr	*lhs, *rhs;
	/* CALL */
	const struct iql_func *func;	/* NULL: now() */
	struct iql_expr	**args;
	size_t		 n_args;
	/* NAME and CALL: where the planner put its values */
	size_t		 slot;
};

struct iql_field {
	struct iql_expr	*expr;
	const char	*alias;		/* or NULL */
};

/* A measurement by name or pattern; database and policy are not looked at
 * but for being there. */
struct iql_source {
	const char	*name;
	struct iql_regex *regex;	/* in place of a name */
};

/* GROUP BY of tags: a name, a pattern, or all of them. */
struct iql_dimension {
	const char	*name;
	struct iql_regex *regex;
	bool		 all;
};

enum iql_verb {
	IQL_SELECT,
	IQL_SHOW_DATABASES, IQL_SHOW_POLICIES, IQL_SHOW_MEASUREMENTS,
	IQL_SHOW_FIELD_KEYS, IQL_SHOW_TAG_KEYS, IQL_SHOW_TAG_VALUES,
	IQL_SHOW_SERIES,
};

enum iql_fill {
	FILL_NULL, FILL_NONE, FILL_PREVIOUS, FILL_LINEAR, FILL_NUMBER,
};

struct iql_statement {
	enum iql_verb	 verb;
	struct iql_field *fields;
	size_t		 n_fields;
	struct iql_source *sources;
	size_t		 n_sources;
	bool		 bare_titles;	/* mean(*): titles are the fields' names
					 * alone (the data endpoint) */
	struct iql_expr	*where;		/* or NULL */
	int64_t		 interval_ns;	/* GROUP BY time; 0: none */
	int64_t		 offset_ns;	/* its second argument */
	struct iql_dimension *dimensions;
	size_t		 n_dimensions;
	enum iql_fill	 fill;
	bool		 fill_given;
	double		 fill_value;
	bool		 descending;
	int64_t		 limit, offset;		/* rows of a series; 0: all */
	int64_t		 slimit, soffset;	/* series; 0: all */
	/* SHOW TAG VALUES WITH KEY: op, and one of them or a list */
	enum iql_op	 key_op;
	struct iql_regex *key_regex;
	const char	**keys;
	size_t		 n_keys;
	struct iql_statement *next;
};

#endif
