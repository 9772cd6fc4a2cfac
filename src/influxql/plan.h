/*
 * A SELECT, checked: the columns it shows, the names and functions in them.
 * Private to src/influxql.
 */
#ifndef HELIO_INFLUXQL_PLAN_H
#define HELIO_INFLUXQL_PLAN_H

#include "influxql/cond.h"
#include "influxql/schema.h"

/* A name in the statement.  Its value goes to slots[slot]. */
struct iql_ref {
	const struct iql_expr *expr;
	size_t		 slot;
	bool		 shown;		/* outside of calls and conditions */
	/* for the measurement at hand: */
	bool		 is_field;
	enum telemetry_type type;	/* as stored */
	size_t		 column;	/* of the feed, when a field */
};

/* A call of a function that is no part of another call. */
struct iql_call {
	const struct iql_expr *expr;
	size_t		 slot;
	const struct iql_expr *leaf;	/* the innermost call */
	size_t		 ref;		/* that its argument is */
};

struct iql_plan {
	const struct iql_statement *statement;
	struct iql_range range;
	struct iql_expr	*where;		/* without time, or NULL */
	struct iql_expr	**columns;	/* without time */
	const char	**titles;	/* "time" and one per column */
	size_t		 n_columns;
	struct iql_ref	*refs;
	size_t		 n_refs, cap_refs;
	struct iql_call	*calls;
	size_t		 n_calls, cap_calls;
	size_t		 n_slots;
	const char	**tags;		/* grouped by, ascending */
	size_t		 n_tags;
	bool		 selects;	/* one call, that selects points */
	bool		 virtual;	/* tags of the register are used */
	/* the measurement at hand, and its fields to read */
	const char	*measurement;
	struct telemetry_scan *scan;
	const char	**fields;
	size_t		 n_fields;
};

/*
 * Plan a SELECT over measurements with these fields and tags (of all of them
 * together).  E_INVALID names what InfluxQL does not allow.
 */
enum helio_rc	 iql_plan(struct iql_run *, const struct iql_statement *,
		    const struct iql_keys *fields, const struct iql_keys *tags,
		    struct iql_plan *ret, struct helio_err *);
/* Does the statement need to know all tags (a star or a pattern)? */
bool		 iql_wants_tags(const struct iql_statement *);
/*
 * Bind the names to one measurement's fields.  E_INVALID: a function does not
 * take the type of its field.
 */
enum helio_rc	 iql_bind(struct iql_run *, struct iql_plan *,
		    const struct iql_keys *fields, struct helio_err *);

/* The argument of a call as a duration in ns, or the default. */
int64_t		 iql_call_unit(const struct iql_expr *, int64_t ns);

#endif
