/* Values while a query runs, and what operators make of them. */
#ifndef HELIO_INFLUXQL_VALUE_H
#define HELIO_INFLUXQL_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "influxql/ast.h"
#include "telemetry/scan.h"

enum iql_type {
	IQL_T_NULL,
	IQL_T_FLOAT, IQL_T_INT, IQL_T_BOOL,	/* BOOL as 0 and 1 in `i` */
	IQL_T_TEXT,
	IQL_T_TIME,		/* ns in `i` */
};

struct iql_value {
	enum iql_type	type;
	uint32_t	n;		/* bytes of s */
	union {
		double		 f;
		int64_t		 i;
		const char	*s;	/* borrowed */
	};
};

static inline struct iql_value
iql_null(void)
{
	return (struct iql_value){ .type = IQL_T_NULL };
}

static inline struct iql_value
iql_float(double f)
{
	return (struct iql_value){ .type = IQL_T_FLOAT, .f = f };
}

static inline struct iql_value
iql_int(int64_t i)
{
	return (struct iql_value){ .type = IQL_T_INT, .i = i };
}

static inline struct iql_value
iql_bool(bool b)
{
	return (struct iql_value){ .type = IQL_T_BOOL, .i = b };
}

static inline struct iql_value
iql_time(int64_t ns)
{
	return (struct iql_value){ .type = IQL_T_TIME, .i = ns };
}

/* n is cut to what fits. */
struct iql_value iql_textn(const char *, size_t n);
struct iql_value iql_text(const char *);	/* NULL: null */

/* What a column holds in a row, null where absent. */
struct iql_value iql_cell(const struct telemetry_column *, size_t row);
/* As ::float and so on ask; types that do not convert become null. */
struct iql_value iql_convert(struct iql_value, enum iql_cast);
/* <0, 0, >0; both of one type, not null. */
int		 iql_compare(const struct iql_value *, const struct iql_value *);
/* The comparison that says the same with its sides changed. */
enum iql_op	 iql_mirrored(enum iql_op);

/*
 * An expression without wildcards: names and calls are looked up in `slots`.
 * As InfluxDB 1.6 does it: comparing what does not compare is false, dividing
 * by zero gives zero; whole numbers divide to floats when `real_division`.
 */
struct iql_value iql_eval(const struct iql_expr *, const struct iql_value *slots,
		    bool real_division);
/* The operator alone; rhs may be an IQL_REGEX expression's. */
struct iql_value iql_operate(enum iql_op, struct iql_value, struct iql_value,
		    bool real_division);

#endif
