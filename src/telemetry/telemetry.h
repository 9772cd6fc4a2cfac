/*
 * Telemetry: samples of named fields of a measurement, tagged, in time order.
 * Knows no HTTP and no units; the caller says which tags a batch carries.
 * How they are read is in scan.h.  The storage behind both is replaceable (an
 * engine of its own on the store, or a server that speaks the InfluxDB API).
 *
 *   bytes --decode--> batch --prepare--> upload --write--> chunks
 *          (a worker)          (a worker)        (the writer)
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
#include "telemetry/frame.h"

enum {
	TELEMETRY_NAME_MAX = 128,	/* bytes of a measurement, field or tag name */
	TELEMETRY_TAGS_MAX = 16,
	TELEMETRY_TAGS_BYTES = 2048,	/* of a series, as JSON: indexed */
	TELEMETRY_FIELDS_MAX = 256,	/* fields in one batch */
	TELEMETRY_POINTS_MAX = 100000,	/* (field, value) pairs in one batch */
	TELEMETRY_POINTS_SMALL = 1000,	/* more are much memory */
	TELEMETRY_REJECTS_MAX = 1000,	/* kept of one batch, the first */
	TELEMETRY_IMEI_MAX = 16,	/* longer ones are no unit's */
	TELEMETRY_TEXT_MAX = 4096,	/* bytes of a text sample */
	TELEMETRY_COLUMNS_MAX = 1024,	/* fields of a measurement */
	TELEMETRY_UNIT_SERIES_MAX = 1000,	/* series of one unit ... */
	TELEMETRY_SERIES_MAX = 2000000,	/* ... and of all together */
};

/* Seconds; a measurement that is kept for longer is kept for ever. */
#define TELEMETRY_KEPT_MAX_S	1e10

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
/*
 * No field has such a name: "time" is every point's own (InfluxDB takes no
 * such field or tag either), "measurement" and "tags" are members beside the
 * fields in a reply (seed: "Data Structure").
 */
bool		 telemetry_is_reserved(const char *field);
/* Add or replace a tag, keeping the order; false when there are too many. */
bool		 telemetry_set_tag(struct telemetry_batch *, const char *name,
		    const char *value);
/* (field, value) pairs in the batch. */
size_t		 telemetry_count(const struct telemetry_batch *);

/* Bytes of a series ready to be stored as they are. */
struct telemetry_piece {
	size_t		 first, n;	/* rows of the frame */
	const char	*data;
	size_t		 n_data;
	bool		 sealed;
};

/* Samples of one series, ready to be written.  In an arena. */
struct telemetry_upload {
	const char	*measurement;
	const char	*tags;		/* canonical JSON */
	const char	*imei;		/* the unit they belong to, or NULL */
	struct frame	 frame;
	struct telemetry_piece *pieces;	/* all of the frame, encoded */
	size_t		 n_pieces;
};

/*
 * What happens to samples of another type than the field has.  An integer is
 * always taken as a float where that is what the field holds, but for TYPED,
 * where the sender says what each is (line protocol).
 */
enum telemetry_rule {
	TELEMETRY_REFUSE,	/* the whole write: E_INVALID naming the fields */
	TELEMETRY_SET_ASIDE,	/* the samples of that field */
	TELEMETRY_TYPED,	/* the rows that have one; a field may have a
				 * column of each type, of which one counts */
};

/* A field whose samples were not taken. */
struct telemetry_conflict {
	const struct telemetry_upload *upload;
	const struct frame_column *column;	/* of the upload */
	enum telemetry_type known;		/* what the field holds; TYPE_MAX:
						 * the measurement has no room
						 * for it (SET_ASIDE) */
};

struct telemetry_result {
	size_t		 written;	/* (field, value) pairs */
	size_t		 rows;		/* points in time of a series */
	size_t		 dropped;	/* rows, of TYPED */
	struct telemetry_conflict *conflicts;	/* in the transaction's arena */
	size_t		 n_conflicts;
};

/*
 * Make a batch ready.  Numbers of a field that has both kinds become floats.
 * Samples of another kind than the first of their field are faults, or set
 * aside when `rejects` is not NULL.
 */
enum helio_rc	 telemetry_prepare(struct arena *, const struct telemetry_batch *,
		    struct telemetry_rejects *rejects,
		    struct telemetry_upload *ret, struct helio_err *);
/* Encode the frames of n uploads whose other members are set; without it the
 * writer does so. */
void		 telemetry_encode(struct arena *, struct telemetry_upload *,
		    size_t n);
/* Note a sample of a column that was not taken. */
void		 telemetry_reject(struct arena *, struct telemetry_rejects *,
		    const struct frame *, const struct frame_column *, size_t row,
		    const char *reason);

/*
 * Store uploads in the caller's transaction, whatever the caller may see.
 * The same again changes nothing; a newer value for the same field and time
 * wins, other fields of that time stay.  E_INVALID: names the field or tag
 * beyond a limit, or in conflict with REFUSE.
 */
enum helio_rc	 telemetry_write(struct tx *, const struct telemetry_upload *,
		    size_t n, enum telemetry_rule, struct telemetry_result *ret,
		    struct helio_err *);
/* Prepare and store a small batch. */
enum helio_rc	 telemetry_write_batch(struct tx *,
		    const struct telemetry_batch *, enum telemetry_rule,
		    struct helio_err *);

/* Which samples are to go; both times included. */
struct telemetry_doomed {
	const char	*measurement;	/* NULL: all */
	const char	*imei;		/* NULL: whatever the unit */
	int64_t		 first_ns, last_ns;
	bool		 whole;		/* only chunks that lie in the range as a
					 * whole: cheap, for retention */
};

/*
 * Delete samples, series by series in the order of their numbers: from *after
 * (0 at first) on, `most` of them at a time; *after is -1 at the end.  A
 * series without samples goes too.  *ret counts rows.  Whatever the caller
 * may see.
 */
enum helio_rc	 telemetry_delete(struct tx *, const struct telemetry_doomed *,
		    unsigned most, int64_t *after, int64_t *ret,
		    struct helio_err *);

/*
 * Decode every chunk and report what is wrong with any or with their count,
 * how little room is left, and at the end that nothing is wrong; *ret_bad
 * counts findings.
 */
enum helio_rc	 telemetry_doctor(struct store *,
		    void (*found)(void *arg, const struct store_finding *),
		    void *arg, unsigned *ret_bad, struct helio_err *);

#endif
