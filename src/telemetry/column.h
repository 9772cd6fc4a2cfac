/* What a column of samples holds. */
#ifndef HELIO_TELEMETRY_COLUMN_H
#define HELIO_TELEMETRY_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a field holds, for one measurement.  Stored: never renumbered. */
enum telemetry_type {
	TELEMETRY_FLOAT,
	TELEMETRY_INT,
	TELEMETRY_BOOL,
	TELEMETRY_TEXT,
	TELEMETRY_TYPE_MAX
};

/* "float", "integer", "boolean", "string": as SHOW FIELD KEYS says it. */
const char	*telemetry_type_name(enum telemetry_type);

struct telemetry_text {
	const char	*s;
	size_t		 n;
};

/*
 * One field over the rows of a block.  An integer column of a field that has
 * become a float since is given as floats.
 */
struct telemetry_column {
	enum telemetry_type type;
	size_t		 n_present;	/* rows that have a value; 0: the
					 * pointers below are NULL */
	/* bit i (of word i / 64): row i has a value; NULL: every row has */
	const uint64_t	*present;
	union {				/* n values; undefined where absent */
		const double	*f;
		const int64_t	*i;	/* INT, and BOOL as 0 and 1 */
		const struct telemetry_text *s;
	};
};

static inline bool
telemetry_present(const struct telemetry_column *column, size_t row)
{
	if (column->n_present == 0)
		return false;
	return column->present == NULL ||
	    (column->present[row / 64] >> (row % 64) & 1) != 0;
}

#endif
