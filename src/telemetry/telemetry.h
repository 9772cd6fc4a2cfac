/*
 * Telemetry: samples of named fields of a measurement, tagged, in time order.
 * Knows no HTTP and no units; the caller says which tags a batch carries.
 * The storage behind it is replaceable (an engine of its own, or a server
 * that speaks the InfluxDB API).
 */
#ifndef HELIO_TELEMETRY_TELEMETRY_H
#define HELIO_TELEMETRY_TELEMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/value.h"
#include "store/store.h"

enum {
	TELEMETRY_NAME_MAX = 128,	/* bytes of a measurement, field or tag name */
	TELEMETRY_TAGS_MAX = 16,
	TELEMETRY_FIELDS_MAX = 256,	/* fields in one batch */
	TELEMETRY_POINTS_MAX = 100000,	/* (field, value) pairs in one batch */
	TELEMETRY_POINTS_SMALL = 1000,	/* more are much memory */
	TELEMETRY_REJECTS_MAX = 1000,	/* kept of one batch, the first */
};

struct telemetry_tag {
	const char	*name;
	const char	*value;		/* [A-Za-z0-9_.:-]+ */
};

struct telemetry_point {
	int64_t		 at_ns;		/* UTC since 1970 */
	struct value	 value;		/* int, float, text; flags are int + is_bool */
	bool		 is_bool;
};

struct telemetry_series {
	const char	*field;
	struct telemetry_point *points;
	size_t		 n;
};

/* One upload: some fields of one measurement under one set of tags. */
struct telemetry_batch {
	const char	*measurement;
	struct telemetry_tag tags[TELEMETRY_TAGS_MAX];	/* sorted by name */
	size_t		 n_tags;
	struct telemetry_series *series;
	size_t		 n_series;
};

/* A point that was not taken, and why; kept for inspection. */
struct telemetry_reject {
	const char	*field;		/* or "tags" */
	const char	*time;		/* JSON as sent; NULL when there is none */
	const char	*point;		/* all of it, JSON as sent, at most 64 bytes */
	const char	*reason;	/* static */
};

struct telemetry_rejects {
	struct telemetry_reject *reject;
	size_t		 n, cap;
};

/*
 * How strict a reader of uploads is.  An API caller's batch is taken whole or
 * refused naming the field; a unit's bad points are set aside one by one so that
 * none can block the rest (DESIGN section 6, rm_data).
 */
enum telemetry_mode { TELEMETRY_STRICT, TELEMETRY_LENIENT };

/*
 * Decode an upload (seed: "Writing Data to Influx"; and regular samples
 * {"measurement","start","interval","fields":{name:[..]}}).  No I/O.  Texts
 * live in the arena.  now_us bounds what may be called time in lenient mode
 * (before 2010 or more than a day ahead is rejected).
 * E_DECODE: not JSON.  E_INVALID: names the members at fault.
 */
enum helio_rc	 telemetry_decode(struct arena *, const char *body, size_t n,
		    enum telemetry_mode, int64_t now_us, struct telemetry_batch *ret,
		    struct telemetry_rejects *rejects, struct helio_err *);
/* Add or replace a tag, keeping the order; false when there are too many. */
bool		 telemetry_set_tag(struct telemetry_batch *, const char *name,
		    const char *value);
/* (field, value) pairs in the batch. */
size_t		 telemetry_count(const struct telemetry_batch *);

/* Store a batch in the caller's transaction.  The same again changes nothing;
 * a newer value for the same field and time wins. */
enum helio_rc	 telemetry_write(struct tx *, const struct telemetry_batch *,
		    struct helio_err *);

struct telemetry_query {
	const char	*measurement;
	struct telemetry_tag tags[TELEMETRY_TAGS_MAX];	/* all must match */
	size_t		 n_tags;
	int64_t		 start_ns;	/* exclusive */
	int64_t		 end_ns;	/* inclusive */
	const char	*const *fields;	/* NULL: all */
	size_t		 n_fields;
	int64_t		 limit;		/* points in time; -1: none */
};

/*
 * Read a range: `row` is called once per point in time, ascending, with one value
 * per field of `field_names` (null where that field has no sample then).
 * `names` is called once before the first row.
 */
struct telemetry_sink {
	enum helio_rc	(*names)(void *arg, const char *const *names, size_t n, struct helio_err *);
	enum helio_rc	(*row)(void *arg, int64_t at_ns, const struct telemetry_point *values,
			    size_t n, struct helio_err *);
	void		*arg;
};
enum helio_rc	 telemetry_read(struct tx *, const struct telemetry_query *,
		    const struct telemetry_sink *, struct helio_err *);

#endif
