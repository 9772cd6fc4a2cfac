/*
 * A JSON writer (RFC 8259) that keeps the open scopes, places the commas and
 * escapes every string.  Output goes to a buffer; check `buf.failed` once at
 * the end.  Misuse (a value where a key is due, unbalanced ends, more than
 * JSON_WRITE_DEPTH scopes) is a programming error and aborts.  The short
 * prefix is jw_: jansson owns json_object() and its like.
 */
#ifndef HELIO_BASE_JSON_WRITE_H
#define HELIO_BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { JSON_WRITE_DEPTH = 64 };

struct json_write {
	struct buf	*out;		/* borrowed */
	unsigned	 depth;
	uint8_t		 state[JSON_WRITE_DEPTH + 1];	/* private */
};

void	jw_start(struct json_write *, struct buf *out);
void	jw_object(struct json_write *);
void	jw_array(struct json_write *);
void	jw_end(struct json_write *);	/* closes the innermost scope */
void	jw_key(struct json_write *, const char *key);
void	jw_null(struct json_write *);
void	jw_bool(struct json_write *, bool);
void	jw_int(struct json_write *, int64_t);
/* Shortest text that reads back equal; NaN and infinities become null. */
void	jw_real(struct json_write *, double);
/*
 * A string of n bytes; bytes that are not valid UTF-8 become U+FFFD, so the
 * output is always valid.  NULL writes null.
 */
void	jw_strn(struct json_write *, const char *, size_t n);
void	jw_str(struct json_write *, const char *);
/* Text that already is one JSON value (from the store). */
void	jw_raw(struct json_write *, const char *, size_t n);
/* The place of a value, or of several with commas, that the caller adds to
 * the buffer himself. */
void	jw_place(struct json_write *);
/* Microseconds UTC as "YYYY-MM-DDTHH:MM:SS[.ffffff]" (DESIGN: times). */
void	jw_time(struct json_write *, int64_t at_us);

/* key + value in one call, for plain objects */
void	jw_put_str(struct json_write *, const char *key, const char *);
void	jw_put_int(struct json_write *, const char *key, int64_t);
void	jw_put_bool(struct json_write *, const char *key, bool);
void	jw_put_real(struct json_write *, const char *key, double);
void	jw_put_null(struct json_write *, const char *key);
void	jw_put_time(struct json_write *, const char *key, int64_t at_us);

#endif
