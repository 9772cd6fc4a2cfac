/* From InfluxQL text to statements.  No I/O, bounded in size and depth. */
#ifndef HELIO_INFLUXQL_PARSE_H
#define HELIO_INFLUXQL_PARSE_H

#include "base/arena.h"
#include "influxql/ast.h"

/* What is wrong with a text, and where. */
struct iql_fault {
	char		 text[160];	/* "found x, expected y" */
	size_t		 at;		/* bytes before the place */
};

/*
 * One statement or several parted by semicolons, in a chain; NULL when the
 * text is at fault, and then *fault says how.
 */
struct iql_statement *iql_parse(struct arena *, const char *s, size_t n,
		    struct iql_fault *);
/*
 * A condition alone (the data endpoint's `where`).  A string that stands on
 * the left of a comparison is a name (DESIGN section 6).
 */
struct iql_expr	*iql_parse_condition(struct arena *, const char *s, size_t n,
		    struct iql_fault *);
/* A call such as mean, percentile(95) or derivative(mean, 1h), whose first
 * argument is left out: *ret_hole is where it belongs. */
struct iql_expr	*iql_parse_function(struct arena *, const char *s, size_t n,
		    struct iql_expr ***ret_hole, struct iql_fault *);
/* What fill() calls null, none, previous and linear; false: none of them. */
bool		 iql_fill_find(const char *name, enum iql_fill *ret);
/* Line and character (from 1) of a place. */
void		 iql_place(const char *s, size_t at, unsigned *ret_line,
		    unsigned *ret_char);

/* A node for statements made by hand. */
struct iql_expr	*iql_name_expr(struct arena *, const char *name);

#endif
