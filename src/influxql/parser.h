/*
 * What the parser's files share.
 *
 *   parse.c       statements and their clauses
 *   parse_expr.c  expressions
 *
 * The token under the cursor is always read.  Once `failed` is set nothing
 * that is returned counts.
 */
#ifndef HELIO_INFLUXQL_PARSER_H
#define HELIO_INFLUXQL_PARSER_H

#include "influxql/lex.h"
#include "influxql/parse.h"

struct iql_parser {
	struct arena	*arena;
	const char	*s;
	size_t		 n;
	struct iql_token token;
	bool		 names_left;	/* 'x' = 1: x is a name */
	unsigned	 depth;
	size_t		 nodes;
	bool		 failed;
	struct iql_fault *fault;
};

/* ---- parse.c ---- */

void	iql_begin(struct iql_parser *, struct arena *, const char *s, size_t n,
	    struct iql_fault *);
void	iql_next(struct iql_parser *);
/* The token again as a regular expression. */
void	iql_reread_regex(struct iql_parser *);
/* "found X, expected Y" at the token; false. */
bool	iql_expected(struct iql_parser *, const char *what);
/* A fault at an offset in words of its own; false. */
bool	iql_wrong(struct iql_parser *, size_t at, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
bool	iql_is_word(const struct iql_parser *, const char *keyword);
/* Step over the keyword or the token when it is there. */
bool	iql_take_word(struct iql_parser *, const char *keyword);
bool	iql_take(struct iql_parser *, enum iql_token_kind);
/* Step over it or fail. */
bool	iql_need(struct iql_parser *, enum iql_token_kind, const char *what);
/* A name, bare or quoted, that is no keyword; NULL when there is none. */
const char *iql_need_name(struct iql_parser *);
struct iql_regex *iql_need_regex(struct iql_parser *);

/* ---- parse_expr.c ---- */

/* NULL when failed. */
struct iql_expr	*iql_parse_expr(struct iql_parser *);

#endif
