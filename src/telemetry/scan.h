/*
 * Reading what is stored, column by column: the side of telemetry that the
 * query language stands on.  Knows no functions, no conditions on values and
 * no output form.
 *
 *   series (measurement + tags) --cursor--> blocks of rows, in time order
 *
 * A block holds the asked fields as columns of equal length, decoded straight
 * from a chunk; chunks of one series never overlap, so blocks come in strict
 * order and every timestamp of a series comes once.
 *
 * Whose series are seen is decided here, from the transaction's caller: those
 * whose unit the caller may see, and for GLOBAL callers all others too.
 */
#ifndef HELIO_TELEMETRY_SCAN_H
#define HELIO_TELEMETRY_SCAN_H

#include "telemetry/column.h"
#include "telemetry/telemetry.h"

/* ---- the catalogue ---- */

struct telemetry_series_info {
	int64_t		 id;
	const char	*measurement;
	const struct telemetry_tag *tags;	/* sorted by name */
	size_t		 n_tags;
};

/* Each name in ascending order; only measurements with series the caller sees. */
enum helio_rc	 telemetry_each_measurement(struct tx *,
		    enum helio_rc (*each)(const char *name, void *arg, struct helio_err *),
		    void *arg, struct helio_err *);
/* Is it one of them?  Quicker than asking for all. */
enum helio_rc	 telemetry_has_measurement(struct tx *, const char *measurement,
		    bool *ret, struct helio_err *);
/* The fields of a measurement by name, ascending. */
enum helio_rc	 telemetry_each_field(struct tx *, const char *measurement,
		    enum helio_rc (*each)(const char *name, enum telemetry_type,
		    void *arg, struct helio_err *),
		    void *arg, struct helio_err *);
/*
 * The series of a measurement that have all these tags, ordered by their tags'
 * text; what is given is borrowed until `each` returns.
 */
enum helio_rc	 telemetry_each_series(struct tx *, const char *measurement,
		    const struct telemetry_tag *tags, size_t n_tags,
		    enum helio_rc (*each)(const struct telemetry_series_info *,
		    void *arg, struct helio_err *),
		    void *arg, struct helio_err *);

/* How much there is of a measurement, as far as the caller sees it. */
struct telemetry_extent {
	int64_t		 series, chunks;
	int64_t		 fields;	/* of the measurement, whoever has them */
	int64_t		 points;	/* in time: rows of a series */
	int64_t		 bytes;		/* of the chunks */
	int64_t		 first_ns, last_ns;	/* when chunks > 0 */
};

/* Looks at every chunk of it, but not inside.  E_BUSY: it took too long. */
enum helio_rc	 telemetry_extent(struct tx *, const char *measurement,
		    struct telemetry_extent *ret, struct helio_err *);

/* ---- rows ---- */

struct telemetry_block {
	size_t		 n;		/* rows, at least 1 */
	const int64_t	*at_ns;		/* in the cursor's order */
	const struct telemetry_column *columns;	/* one per asked field */
};

struct telemetry_range {
	int64_t		 first_ns, last_ns;	/* both included */
	/* Columns wanted, in this order; rows in which none of them has a
	 * value may be left out.  Names nobody knows are empty columns. */
	const char	*const *fields;
	size_t		 n_fields;
	bool		 descending;
};

/* Reading one measurement: its fields, and memory that cursors share. */
struct telemetry_scan;
/* A cursor that is done gives its memory back to its scan. */
struct telemetry_cursor;

/* The transaction's arena holds part of it; a scan ends after its cursors. */
enum helio_rc	 telemetry_scan_open(struct tx *, const char *measurement,
		    struct telemetry_scan **ret, struct helio_err *);
void		 telemetry_scan_close(struct telemetry_scan *);	/* NULL is allowed */
/* As telemetry_each_field(). */
enum helio_rc	 telemetry_scan_each_field(const struct telemetry_scan *,
		    enum helio_rc (*each)(const char *name, enum telemetry_type,
		    void *arg, struct helio_err *),
		    void *arg, struct helio_err *);

/*
 * The rows of one series in a range.  What the range points to is borrowed
 * until the cursor is closed.  Several may be open at once; each holds one
 * chunk's columns and a few undecoded chunks.
 */
enum helio_rc	 telemetry_cursor_open(struct telemetry_scan *,
		    int64_t series_id, const struct telemetry_range *,
		    struct telemetry_cursor **ret, struct helio_err *);
/*
 * *ret: the next block, borrowed until the next call; NULL at the end.
 * E_BUSY: the snapshot's time (query_ms) is used up.
 */
enum helio_rc	 telemetry_cursor_next(struct telemetry_cursor *,
		    const struct telemetry_block **ret, struct helio_err *);
void		 telemetry_cursor_close(struct telemetry_cursor *);	/* NULL is allowed */

#endif
