/*
 * What the two halves of the parser share: parse.c reads words and
 * statements, parse_field.c types and attributes.  Private to src/schema.
 */
#ifndef HELIO_SCHEMA_PARSE_H
#define HELIO_SCHEMA_PARSE_H

#include "schema/draft.h"
#include "schema/lex.h"

struct parser {
	struct draft	*draft;
	const char	*file;
	unsigned	 line_no;
	struct lex_line	 line;
	size_t		 at;		/* next word */
	struct draft_table *table;	/* open one, or NULL */
	struct draft_table **tables_end;
	struct draft_field **fields_end;
	struct draft_relation **relations_end;
	struct draft_index **indexes_end;
};

struct draft_pos parse_pos(const struct parser *, unsigned column);
/* Column of the last word taken. */
unsigned	 parse_column(const struct parser *);
/* Queue a problem about the last word taken; always false. */
bool		 parse_bad(struct parser *, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* The next word, or NULL at the end of the line. */
const struct lex_word *parse_peek(const struct parser *);
/* Take the next word if it is this one. */
bool		 parse_skip(struct parser *, const char *text);
/* Take a word; NULL and a problem when `what` is missing. */
const char	*parse_word(struct parser *, const char *what);
/* The same, for small letters, digits and _. */
const char	*parse_name(struct parser *, const char *what);
bool		 parse_ref(struct parser *, const char *what, struct draft_name *ret);
bool		 parse_level(struct parser *, bool nobody, enum level *ret);
/* A whole decimal number up to max; queues nothing. */
bool		 parse_number(const char *, unsigned max, unsigned *ret);

/* The field that the current line declares: NAME TYPE [attributes]. */
struct draft_field *parse_new_field(struct parser *);
bool		 parse_field(struct parser *, struct draft_field *);

#endif
