/*
 * Samples as text, for `helio telemetry`: InfluxDB's line protocol, and CSV
 * whose first two records say what the columns are, as InfluxDB's own tools
 * write it:
 *
 *	#datatype measurement,tag,double,string,dateTime:number
 *	measurement,product_imei,voltage,note,time
 *	telemetry,350000000000017,13.25,"a ""b""",1717243200000000000
 *
 * An empty field is no value, "" is the empty text.  Pure: no I/O.
 */
#ifndef HELIO_CMD_SAMPLE_TEXT_H
#define HELIO_CMD_SAMPLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "telemetry/column.h"

enum {
	SAMPLE_TAGS_MAX = 16,
	SAMPLE_COLUMNS_MAX = 1100,	/* tags, fields, name and time */
	SAMPLE_RECORD_MAX = 8 << 20,	/* bytes of one line or CSV record */
};

/* ---- records of a stream ---- */

enum sample_part { SAMPLE_KEY, SAMPLE_FIELDS, SAMPLE_TIME };

/* Where a record ends: quotes may hold line ends.  Begin with { .csv = .. }. */
struct sample_split {
	bool		 csv;
	enum sample_part part;		/* line protocol */
	bool		 quoted, escaped;
	bool		 gap;		/* a blank between parts, or a quote
					 * that may have been the last */
	bool		 has_time;	/* line protocol: the record names one */
	char		 before;
};

/* The next byte; true: it ends the record. */
bool	sample_split_byte(struct sample_split *, char);

/* ---- points ---- */

struct sample_value {
	const char	*name;		/* of the field */
	enum telemetry_type type;
	const char	*s;		/* digits, true, false or the text; NULL:
					 * no value */
	size_t		 n;
};

/* Measurement and tags of a series. */
struct sample_key {
	struct buf	 text;		/* all of them, each with a NUL */
	const char	*measurement;
	const char	*name[SAMPLE_TAGS_MAX], *value[SAMPLE_TAGS_MAX];
	size_t		 n_tags;
};

/* Take apart what SHOW SERIES gives; false: it is none.  Free in any case. */
bool	sample_key_read(struct sample_key *, const char *);
void	sample_key_free(struct sample_key *);
/* As line protocol has it. */
void	sample_key_line(const struct sample_key *, struct buf *);
/* A backslash before each character of `escaped`. */
void	sample_add_escaped(struct buf *, const char *text, const char *escaped);
/* name, or a text between quotes q, as InfluxQL has them. */
void	sample_add_quoted(struct buf *, char q, const char *);

/*
 * A point in line protocol; more than one line when it has many fields.
 * false: it has no value at all, and nothing was written.
 */
bool	sample_add_lines(struct buf *, const char *key,
	    const struct sample_value *, size_t n, const char *time);
/* The two records above the points of a series ... */
void	sample_add_csv_head(struct buf *, const struct sample_key *,
	    const struct sample_value *, size_t n);
/* ... and a point of it. */
void	sample_add_csv(struct buf *, const struct sample_key *,
	    const struct sample_value *, size_t n, const char *time);

/* ---- CSV to lines ---- */

struct sample_csv;

struct sample_csv *sample_csv_new(void);	/* NULL: no memory */
void	sample_csv_free(struct sample_csv *);	/* NULL is allowed */
/*
 * One record, its line end may be there or not; a point is added to `lines`.
 * NULL, or why it is bad (static text).
 */
const char *sample_csv_read(struct sample_csv *, const char *, size_t n,
	    struct buf *lines);

#endif
