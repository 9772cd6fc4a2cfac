/*
 * JSON values from outside to values as the store holds them, by the type of
 * the field they are for.  Pure.
 */
#ifndef HELIO_REST_CONVERT_H
#define HELIO_REST_CONVERT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/value.h"
#include "schema/schema.h"

/* Where the value comes from; it decides how strict types are taken. */
enum convert_from {
	FROM_FILTER,	/* of `q`: texts for numbers, numbers for texts, 0/1 */
	FROM_JSON,	/* a JSON body: only numeric texts for numbers */
	FROM_FORM,	/* a form: everything is text */
};

struct convert {
	struct arena	*arena;		/* results live here; texts of bodies
					 * are borrowed from the JSON */
	int64_t		 now_us;	/* CURRENT_TIMESTAMP */
	enum convert_from from;
	bool		 list;		/* private: only an array will do */
	const char	*why;		/* out: what is wrong with the value */
};

/*
 * A value beside the values that a field can hold: a number that an int field
 * cannot hold still compares with those that it can.
 */
enum operand_kind {
	OPERAND_EXACT,		/* v is the value */
	OPERAND_GAP,		/* between v and its successor */
	OPERAND_ABOVE,		/* larger than all */
	OPERAND_BELOW,		/* smaller than all */
	OPERAND_EMPTY,		/* a blank text that stands for null */
};

struct operand {
	enum operand_kind kind;
	struct value	 v;
};

enum {
	CONVERT_JSON_DEPTH = 32,	/* scopes in a value of a JSON field */
};

/* False: c->why tells the reason. */
bool	convert_value(struct convert *, const struct schema_field *,
	    const json_t *, struct operand *ret);
/*
 * The minimal JSON text of a value, in the arena; NULL when it has more than
 * CONVERT_JSON_DEPTH scopes.
 */
const char *convert_json_text(struct arena *, const json_t *, size_t *ret_n);

#endif
