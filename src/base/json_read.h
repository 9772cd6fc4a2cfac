/*
 * A pull reader for JSON (RFC 8259): bytes in, one token per call out, no
 * tree, no allocation beyond one scratch buffer for escaped strings.  Made
 * for telemetry uploads; documents that are looked at as a whole are read
 * with jansson.  Strict: UTF-8 checked, no trailing commas, no NaN, one
 * value and then only blanks.
 */
#ifndef HELIO_BASE_JSON_READ_H
#define HELIO_BASE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { JSON_READ_DEPTH = 64 };	/* deeper input is an error */

enum json_token {
	JSON_ERROR,	/* see json_read.error and .at; repeats for ever */
	JSON_END,	/* the one value is complete, nothing follows */
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_KEY,	/* text, n */
	JSON_STRING,	/* text, n */
	JSON_INT,	/* i: fits in 64 bits and has no fraction or exponent */
	JSON_REAL,	/* f: finite; also integers too large for 64 bits */
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

struct json_read {
	const char	*at;		/* next byte */
	const char	*end;
	const char	*text;		/* of the last key or string; valid until
					 * the next call */
	size_t		 n;
	int64_t		 i;
	double		 f;
	const char	*error;		/* static text, or NULL */
	/* private */
	struct buf	 scratch;
	unsigned	 depth;
	uint8_t		 state[JSON_READ_DEPTH];
};

/* Read n bytes at s (borrowed until the end). */
void		json_read_init(struct json_read *, const char *s, size_t n);
void		json_read_free(struct json_read *);
enum json_token	json_next(struct json_read *);
/* Having just read JSON_OBJECT/JSON_ARRAY/JSON_KEY: skip that whole value. */
bool		json_skip(struct json_read *);

#endif
