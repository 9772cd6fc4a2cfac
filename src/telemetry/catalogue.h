/*
 * What there is: series (a measurement under one set of tags) and the fields
 * of each measurement with their types.  Nothing is kept between
 * transactions, so nothing can be out of date; within one, the fields of a
 * measurement are read once.
 */
#ifndef HELIO_TELEMETRY_CATALOGUE_H
#define HELIO_TELEMETRY_CATALOGUE_H

#include "telemetry/column.h"
#include "telemetry/telemetry.h"

/* A field of a measurement. */
struct catalogue_field {
	int64_t		 id;
	const char	*name;
	enum telemetry_type type;
};

struct catalogue_fields {
	const char	*measurement;
	struct catalogue_field *field;	/* by name */
	size_t		 n, cap;
	struct catalogue_fields *next;	/* of another measurement */
};

/* Of one transaction; starts as { .tx = tx }. */
struct catalogue {
	struct tx	*tx;
	struct catalogue_fields *known;
};

/* Tags as one JSON object, sorted as given: the identity of a series. */
const char	*catalogue_tags_text(struct arena *, const struct telemetry_tag *,
		    size_t n);
/* Back; at most TELEMETRY_TAGS_MAX. */
size_t		 catalogue_tags_read(struct arena *, const char *text,
		    struct telemetry_tag *ret);
/* The value of a tag, or NULL. */
const char	*catalogue_tag(const struct telemetry_tag *, size_t n,
		    const char *name);

/* The fields of a measurement; those added later join them. */
enum helio_rc	 catalogue_fields(struct catalogue *, const char *measurement,
		    struct catalogue_fields **ret, struct helio_err *);
/* NULL when the measurement has no such field. */
struct catalogue_field *catalogue_field(const struct catalogue_fields *,
		    const char *name);
/* E_INVALID naming the field: the measurement has too many. */
enum helio_rc	 catalogue_add_field(struct catalogue *,
		    struct catalogue_fields *, const char *name,
		    enum telemetry_type, struct helio_err *);
/* An integer field becomes a float one. */
enum helio_rc	 catalogue_promote(struct catalogue *,
		    struct catalogue_field *, struct helio_err *);

/* Up to n numbers of series above `after`, ascending; NULL: of any measurement
 * and unit. */
enum helio_rc	 catalogue_series_after(struct tx *, const char *measurement,
		    const char *imei, int64_t after, int64_t *ret, size_t n,
		    size_t *ret_n, struct helio_err *);

/*
 * The series with these tags (their text), added when it is new.  E_INVALID:
 * its unit, or all together, has too many.
 */
enum helio_rc	 catalogue_series(struct tx *, const char *measurement,
		    const char *tags_text, const char *imei, int64_t *ret,
		    struct helio_err *);

#endif
