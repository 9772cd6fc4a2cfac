/*
 * InfluxDB's line protocol: lines of text to uploads.  Pure.  One series is
 * many lines, so values go straight into its columns and names are compared
 * with those of the line before; nothing is allocated per point.
 *
 *   measurement[,tag=value..] field=value[,field=value..] [time]
 *
 * A line that is no such is left out and told of; the others count.
 */
#ifndef HELIO_INFLUX_LINEPROTO_H
#define HELIO_INFLUX_LINEPROTO_H

#include "base/arena.h"
#include "base/rc.h"
#include "telemetry/telemetry.h"

enum {
	LINEPROTO_POINTS_MAX = 1000000,	/* (field, value) pairs in one body */
	LINEPROTO_ERROR_MAX = 400,		/* bytes of the text about bad lines */
};

struct lineproto_options {
	int64_t		 unit_ns;	/* of the times */
	int64_t		 now_ns;	/* of lines without one */
};

struct lineproto_result {
	struct telemetry_upload *uploads;	/* not encoded yet */
	size_t		 n_uploads;
	size_t		 rows, points;	/* of all lines */
	size_t		 bad;		/* lines left out */
	char		 error[LINEPROTO_ERROR_MAX];	/* about the first of them */
};

/* "n", "u", "ms", "s", "m", "h"; "" and NULL are "n".  False: none of them. */
bool		 lineproto_unit(const char *, int64_t *ret_ns);
/*
 * Read n bytes.  Names and texts live in the arena.  E_TOO_LARGE: more points
 * than LINEPROTO_POINTS_MAX; everything else is in the result.
 */
enum helio_rc	 lineproto_read(struct arena *, const char *, size_t n,
		    const struct lineproto_options *, struct lineproto_result *ret,
		    struct helio_err *);

#endif
