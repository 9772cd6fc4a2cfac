/*
 * A typed value as the store holds it.  What it means (a time, a flag, JSON
 * text) is the schema's business.
 */
#ifndef HELIO_BASE_VALUE_H
#define HELIO_BASE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_type {
	VALUE_NULL,
	VALUE_INT,		/* also flags (0/1), times (us), dates (days) */
	VALUE_FLOAT,
	VALUE_TEXT,		/* UTF-8, also JSON text; length known, not
				 * necessarily NUL-terminated */
	VALUE_BLOB,
};

struct value {
	enum value_type	type;
	union {
		int64_t	i;
		double	f;
		struct {
			const char	*s;	/* borrowed */
			size_t		 n;
		};
	};
};

static inline struct value
value_null(void)
{
	return (struct value){ .type = VALUE_NULL };
}

static inline struct value
value_int(int64_t i)
{
	return (struct value){ .type = VALUE_INT, .i = i };
}

static inline struct value
value_float(double f)
{
	return (struct value){ .type = VALUE_FLOAT, .f = f };
}

static inline struct value
value_textn(const char *s, size_t n)
{
	return (struct value){ .type = VALUE_TEXT, .s = s, .n = n };
}

/* Borrow a NUL-terminated string; NULL gives the null value. */
struct value	value_text(const char *);
struct value	value_blob(const void *, size_t);
/* Same type and content (null equals null; NaN equals nothing). */
bool		value_equal(struct value, struct value);

#endif
