/*
 * Results in the forms of InfluxDB 1.x: JSON in one piece or in chunks, and
 * CSV.  No I/O.
 */
#ifndef HELIO_INFLUX_OUTPUT_H
#define HELIO_INFLUX_OUTPUT_H

#include "base/buf.h"
#include "base/json_write.h"
#include "influxql/result.h"

struct influx_form {
	bool		 csv;
	bool		 pretty;
	bool		 chunked;
	size_t		 chunk_rows;	/* of one chunk */
	int64_t		 epoch_ns;	/* times as a number of these; 0: RFC 3339 */
	size_t		 bytes_max;	/* of the reply; of a chunk, where the next
					 * begins then */
};

struct influx_output {
	struct influx_form form;
	/*
	 * Chunked: takes what is in `out` away, complete documents; anything
	 * but OK ends the query.  NULL: all stays in `out`.
	 */
	enum helio_rc	(*flush)(void *arg, struct buf *out, struct helio_err *);
	void		*flush_arg;
	struct buf	 out;
	/* private */
	struct json_write json;
	struct arena	*arena;		/* of the head kept */
	struct iql_series_head head;
	unsigned	 statement;
	size_t		 document;	/* where it begins in `out` */
	bool		 result_open, series_open, has_header;
	size_t		 rows;		/* in the series, or chunk of it */
	unsigned	*decimals;	/* of a column's numbers so far */
	struct iql_value *row;		/* scratch: one of its rows */
};

/* The arena outlives the output. */
void		 influx_output_begin(struct influx_output *, struct arena *);
/* A statement's results follow; its number is counted. */
void		 influx_output_statement(struct influx_output *);
/* Where its rows go. */
struct iql_sink	 influx_output_sink(struct influx_output *);
/* Its end; error is NULL or what went wrong. */
enum helio_rc	 influx_output_end(struct influx_output *, const char *error,
		    struct helio_err *);
/* After the last statement. */
void		 influx_output_finish(struct influx_output *);

/* A number as Go's encoding/json writes it. */
void		 influx_number(struct buf *, double);
/* JSON with line breaks and four blanks per level. */
void		 influx_indent(const char *json, size_t n, struct buf *out);

#endif
