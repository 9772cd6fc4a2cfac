/*
 * What measurements there are and which fields and tags they have, as far as
 * the caller sees them.  Private to src/influxql.
 */
#ifndef HELIO_INFLUXQL_SCHEMA_H
#define HELIO_INFLUXQL_SCHEMA_H

#include "influxql/series.h"

struct iql_key {
	const char	*name;
	enum telemetry_type type;	/* of a field */
};

/* Sorted by name, each once. */
struct iql_keys {
	struct iql_key	*key;
	size_t		 n, cap;
};

/* NULL when it is not there. */
const struct iql_key *iql_keys_find(const struct iql_keys *, const char *name);
/* Add in order; a name that is there keeps the first of its types in the order
 * float, integer, string, boolean, as InfluxDB does. */
void		 iql_keys_add(struct arena *, struct iql_keys *, const char *name,
		    enum telemetry_type);

/* The measurements that sources name, or all of them without sources. */
enum helio_rc	 iql_measurements(struct iql_run *, const struct iql_source *,
		    size_t n, struct iql_keys *ret, struct helio_err *);
enum helio_rc	 iql_field_keys(struct iql_run *, const char *measurement,
		    struct iql_keys *ret, struct helio_err *);
/* The same of the measurement that a scan reads. */
enum helio_rc	 iql_scan_keys(struct iql_run *, const struct telemetry_scan *,
		    struct iql_keys *ret, struct helio_err *);
/* The names of the tags that these series have. */
void		 iql_tag_keys(struct arena *, const struct iql_series_list *,
		    struct iql_keys *ret);

/*
 * The series of a measurement that a condition leaves, each with what is left
 * of it.  Tags are what is no field.  `all_tags`: the statement asks for tags
 * without naming them.
 */
struct iql_filter {
	const struct iql_keys *fields;
	struct iql_expr	*where;		/* without time; NULL: all */
	bool		 virtual;	/* tags of the register are asked for */
};
enum helio_rc	 iql_series_filter(struct iql_run *, const char *measurement,
		    const struct iql_filter *, struct iql_series_list *ret,
		    struct helio_err *);
/* Does an expression name a tag that the register may give? */
bool		 iql_names_virtual(const struct iql_expr *);

#endif
