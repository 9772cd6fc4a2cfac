/*
 * A pull reader for JSON (RFC 8259): bytes in, one token per call out, no
 * tree, no allocation beyond one scratch buffer for escaped strings.  Made
 * for telemetry uploads; documents that are looked at as a whole are read
 * with jansson.  Strict: UTF-8 checked, no trailing commas, no NaN, one
 * value and then only blanks.  The short prefix is jr_: jansson owns
 * JSON_OBJECT and its like, and both are used side by side.
 */
#ifndef HELIO_BASE_JSON_READ_H
#define HELIO_BASE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { JSON_READ_DEPTH = 64 };	/* deeper input is an error */

enum json_token {
	JR_ERROR,	/* see json_read.error and .at; repeats for ever */
	JR_END,		/* the one value is complete, nothing follows */
	JR_OBJECT,
	JR_OBJECT_END,
	JR_ARRAY,
	JR_ARRAY_END,
	JR_KEY,		/* text, n */
	JR_STRING,	/* text, n */
	JR_INT,		/* i: fits in 64 bits and has no fraction or exponent */
	JR_REAL,	/* f: finite; also integers too large for 64 bits */
	JR_HUGE,	/* a number beyond the range of f, such as 1e400 */
	JR_TRUE,
	JR_FALSE,
	JR_NULL,
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
	/* private; state[0] is the top */
	struct buf	 scratch;
	unsigned	 depth;
	uint8_t		 state[JSON_READ_DEPTH + 1];
};

/* Read n bytes at s (borrowed until the end). */
void		jr_init(struct json_read *, const char *s, size_t n);
void		jr_free(struct json_read *);
enum json_token	jr_next(struct json_read *);
/* Having just read JR_OBJECT/JR_ARRAY/JR_KEY: skip that whole value. */
bool		jr_skip(struct json_read *);

#endif
