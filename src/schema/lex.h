/* One line of schema text to words.  Private to src/schema. */
#ifndef HELIO_SCHEMA_LEX_H
#define HELIO_SCHEMA_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum { LEX_WORDS_MAX = 96 };

struct lex_word {
	const char	*text;		/* NUL-terminated */
	unsigned	 column;	/* from 1 */
	bool		 quoted;
};

struct lex_line {
	struct lex_word	 word[LEX_WORDS_MAX];
	size_t		 n;
	const char	*error;		/* static text, or NULL */
	unsigned	 column;	/* of the error; else of the line's end */
};

/*
 * Split n bytes without line end.  Words are separated by blanks; "..." is
 * one word, without the quotes; [ and ] stand alone; # starts a comment.
 */
void	lex_line(struct arena *, const char *s, size_t n, struct lex_line *ret);

#endif
