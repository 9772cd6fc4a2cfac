/*
 * The series of a measurement that a query is about: their tags, those from
 * the register included, what the condition leaves of them, and the groups
 * they fall in.  Private to src/influxql.
 */
#ifndef HELIO_INFLUXQL_SERIES_H
#define HELIO_INFLUXQL_SERIES_H

#include "influxql/run.h"

struct iql_series {
	int64_t		 id;
	const struct telemetry_tag *tags;	/* sorted by name */
	size_t		 n_tags;
	/* what is left of the condition; NULL: every row counts */
	const struct iql_expr *where;
};

struct iql_series_list {
	struct iql_series *series;
	size_t		 n, cap;
};

/* "" when the series has no such tag. */
const char	*iql_series_tag(const struct iql_series *, const char *name);
/*
 * All series of a measurement within the caller's scope, with the tags of the
 * register where `virtual` (entity_id, product_type_id by product_imei).
 */
enum helio_rc	 iql_series_load(struct iql_run *, const char *measurement,
		    const struct telemetry_tag *tags, size_t n_tags,
		    bool virtual, struct iql_series_list *ret,
		    struct helio_err *);
/* Is this a tag that the register may give? */
bool		 iql_is_virtual(const char *name);

/* Series with equal values of the tags grouped by. */
struct iql_group {
	const char	**values;	/* one per tag name */
	struct iql_series *series;	/* n of the sorted list */
	size_t		 n;
};

/* Sort the list by those tags and part it; groups ascend. */
void		 iql_series_group(struct arena *, struct iql_series_list *,
		    const char *const *names, size_t n_names,
		    struct iql_group **ret, size_t *ret_n);

#endif
