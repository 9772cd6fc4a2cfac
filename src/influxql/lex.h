/*
 * InfluxQL text to tokens, one at a time.  No memory of its own: the decoded
 * texts of names and strings live in the arena.
 */
#ifndef HELIO_INFLUXQL_LEX_H
#define HELIO_INFLUXQL_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum iql_token_kind {
	TOK_END,
	TOK_BAD,		/* `why` says what is wrong */
	TOK_NAME,		/* bare: a keyword or a name */
	TOK_QUOTED,		/* "name" */
	TOK_STRING,		/* 'text' */
	TOK_INTEGER, TOK_NUMBER, TOK_DURATION,
	TOK_REGEX,		/* only from iql_lex_regex() */
	TOK_EQ, TOK_NE, TOK_LT, TOK_LE, TOK_GT, TOK_GE,
	TOK_MATCH, TOK_NO_MATCH,
	TOK_PLUS, TOK_MINUS, TOK_STAR, TOK_SLASH, TOK_PERCENT,
	TOK_AND, TOK_OR, TOK_XOR,	/* & | ^ */
	TOK_OPEN, TOK_CLOSE, TOK_COMMA, TOK_DOT, TOK_SEMICOLON,
	TOK_CAST,		/* :: */
};

struct iql_token {
	enum iql_token_kind kind;
	size_t		 at;		/* offset of its first byte */
	size_t		 len;		/* bytes as written */
	const char	*text;		/* NAME, QUOTED, STRING, REGEX: decoded */
	size_t		 text_len;
	int64_t		 i;		/* INTEGER; DURATION in ns */
	double		 f;		/* NUMBER, and INTEGER too large for i */
	const char	*why;		/* BAD: static text */
};

/* The token that begins at or after offset `at` of a text of n bytes. */
struct iql_token iql_lex(struct arena *, const char *s, size_t n, size_t at);
/* The same where a regular expression is due: /re/, "\/" being a slash. */
struct iql_token iql_lex_regex(struct arena *, const char *s, size_t n,
		    size_t at);
/*
 * A duration such as 1h30m (units ns, u, ms, s, m, h, d, w) that is all of
 * the text, in ns; false: it is not one, or does not fit.
 */
bool		 iql_duration(const char *s, size_t n, int64_t *ret_ns);

#endif
