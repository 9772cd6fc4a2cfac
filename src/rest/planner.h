/* What the parts of the planner share.  Private to src/rest. */
#ifndef HELIO_REST_PLANNER_H
#define HELIO_REST_PLANNER_H

#include <jansson.h>

#include "rest/convert.h"
#include "rest/plan.h"

struct planner {
	const struct plan_input *in;
	struct helio_err *err;
	unsigned	 depth;
	unsigned	 n_conditions;
	size_t		 n_values;
};

/* Where in `q` the planner is; a chain on the stack, printed only when
 * something is wrong there. */
struct place {
	const struct place *up;
	const char	*member;	/* NULL: an element */
	size_t		 index;
};

/* The fault "<place>.<member>"; member NULL: the place itself. */
void	planner_refuse(struct planner *, const struct place *,
	    const char *member, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));

/* ---- names (name.c) ---- */

/* `field`, `relation` or `relation__field`. */
struct name {
	const struct schema_relation *relation;	/* or NULL */
	const struct schema_field *field;	/* or NULL: relation alone */
};

enum name_want {
	NAME_FIELD,		/* a field of the table and nothing else */
	NAME_ANY,		/* where both fit, the field */
	NAME_RELATION,		/* where both fit, the relation */
};

/*
 * Find what the member of an object names.  False, and refused: it is no
 * text, unknown, secret, or a relation into a table that the reader may not
 * read.
 */
bool	name_read(struct planner *, const struct place *, const char *member,
	    const json_t *object, const struct schema_table *,
	    enum name_want, struct name *ret);

/* ---- one field and what it is compared with (compare.c) ---- */

/* All return NULL when refused; values are the filter's `val`. */
const struct cond *compare_value(struct planner *, const struct place *,
	    const struct schema_field *, enum cond_op, const json_t *val);
const struct cond *compare_list(struct planner *, const struct place *,
	    const struct schema_field *, bool negated, const json_t *list);
const struct cond *compare_fields(struct planner *,
	    const struct schema_field *, enum cond_op,
	    const struct schema_field *other);

/* ---- members of q ---- */

/* The condition that `filters` makes (filter.c); NULL when refused. */
const struct cond *filter_read(struct planner *, const json_t *filters);
/* The terms of `order_by` or `group_by` (order.c); the member names which. */
bool	order_read(struct planner *, const char *member, const json_t *list,
	    const struct order **ret, size_t *ret_n);

#endif
