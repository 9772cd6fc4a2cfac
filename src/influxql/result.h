/*
 * Where results go: series of rows, one after the other.  The form (JSON,
 * CSV, lists by field) is the receiver's business.
 */
#ifndef HELIO_INFLUXQL_RESULT_H
#define HELIO_INFLUXQL_RESULT_H

#include "base/rc.h"
#include "influxql/value.h"

struct iql_series_head {
	const char	*name;		/* measurement; NULL: none */
	const char	*const *tag_names;	/* of GROUP BY, ascending */
	const char	*const *tag_values;	/* "" where not set */
	size_t		 n_tags;
	const char	*const *columns;
	size_t		 n_columns;
};

/* One column of a stretch: a field as it is stored, or what is the same in all
 * rows (a tag). */
struct iql_cells {
	const struct telemetry_column *column;	/* or NULL */
	struct iql_value same;
};

/* Rows lo .. hi - 1, those whose bit in `mask` is set (NULL: all), at most
 * `most` of them. */
struct iql_stretch {
	const int64_t	*at_ns;
	const struct iql_cells *cells;	/* one per column after the time */
	size_t		 lo, hi, most;
	const uint64_t	*mask;
};

/* Anything but OK ends the query with that code. */
struct iql_sink {
	/* Rows of another series follow; borrowed until the next call. */
	enum helio_rc	(*series)(void *arg, const struct iql_series_head *,
			    struct helio_err *);
	/* One value per column; texts are borrowed until it returns. */
	enum helio_rc	(*row)(void *arg, const struct iql_value *,
			    struct helio_err *);
	void		*arg;
	/* Many rows that are as they are stored, all of a stretch; NULL: each
	 * through row(). */
	enum helio_rc	(*stretch)(void *arg, const struct iql_stretch *,
			    struct helio_err *);
};

/* ---- masks of rows ---- */

static inline bool
iql_mask_has(const uint64_t *mask, size_t row)
{
	return mask == NULL || (mask[row / 64] >> (row % 64) & 1) != 0;
}

/* The first row from `row` on that the mask has; at least hi when none. */
static inline size_t
iql_mask_next(const uint64_t *mask, size_t row, size_t hi)
{
	uint64_t word;

	if (mask == NULL || row >= hi)
		return row;
	word = mask[row / 64] >> (row % 64);
	while (word == 0) {
		row = (row / 64 + 1) * 64;
		if (row >= hi)
			return hi;
		word = mask[row / 64];
	}
	return row + (size_t)__builtin_ctzll(word);
}

/* How many of the rows lo .. hi - 1 it has. */
size_t		 iql_mask_count(const uint64_t *mask, size_t lo, size_t hi);

#endif
