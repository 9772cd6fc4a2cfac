/*
 * What the parser found in the text, names of other things still unresolved.
 * Private to src/schema: parse.c fills it, link.c turns it into the public,
 * linked form.  Everything lives in the schema's arena.
 */
#ifndef HELIO_SCHEMA_DRAFT_H
#define HELIO_SCHEMA_DRAFT_H

#include "base/arena.h"
#include "schema/schema.h"

struct draft_pos {
	const char	*file;
	unsigned	 line, column;
};

/* A name that must lead somewhere; text NULL: not given. */
struct draft_name {
	const char	*text;
	struct draft_pos pos;
};

struct draft_field {
	struct draft_field *next;
	struct draft_pos pos;
	struct schema_field field;	/* all but index and target */
	struct draft_name target;
};

struct draft_relation {
	struct draft_relation *next;
	struct draft_pos pos;
	const char	*name;
	enum relation_kind kind;
	struct draft_name table;	/* MANY */
	struct draft_name field;
};

struct draft_index {
	struct draft_index *next;
	struct draft_pos pos;
	bool		 unique;
	size_t		 n;
	struct draft_name field[SCHEMA_INDEX_MAX];
};

struct draft_table {
	struct draft_table *next;
	struct draft_pos pos;
	struct schema_table table;	/* what needs no other name */
	struct draft_pos path_pos;
	struct draft_field *key;
	struct draft_field *fields;	/* the others, in order */
	unsigned	 n_fields;	/* with key and meta fields */
	struct draft_relation *relations;
	struct draft_index *indexes;
	bool		 has_scope;
	struct draft_pos scope_pos;
	struct draft_name scope_field, scope_relation;
};

struct draft {
	struct arena	*arena;
	struct schema_problems *problems;
	unsigned	 version;
	struct draft_table *tables;
	size_t		 n_tables;
	const char	*gone[SCHEMA_GONE_MAX];
	size_t		 n_gone;
};

/* Queue a problem; those beyond the maximum are dropped. */
void	draft_problem(struct draft *, const struct draft_pos *,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Fill the draft from a text; problems are queued. */
void	draft_parse(struct draft *, const char *text, size_t n);

/* Resolve every name; false when problems were queued. */
bool	draft_link(struct draft *, struct schema *ret);

/* The parts of linking that look at one table whose fields are resolved
 * (link_index.c): indexes, and fields by name. */
void	draft_link_indexes(struct draft *, const struct draft_table *,
	    struct schema_table *);
void	draft_sort_fields(struct draft *, struct schema_table *);

#endif
