/*
 * rc_data bodies: JSON to a report, and the replies' data.  Pure.  What is
 * unknown or wrong is skipped and named, never an error: a unit in the field
 * cannot be told to mend its ways.
 */
#ifndef HELIO_DEVICE_RC_CODEC_H
#define HELIO_DEVICE_RC_CODEC_H

#include <stdint.h>

#include "base/arena.h"
#include "base/json_write.h"
#include "base/rc.h"
#include "domain/offer.h"
#include "domain/report.h"

/*
 * Decode a report; texts live in the arena.  now_us bounds the date of the
 * connection.  E_DECODE: no JSON; E_BAD: no object.
 */
enum helio_rc	rc_decode(struct arena *, const char *body, size_t n,
		    int64_t now_us, struct report *ret, struct helio_err *);
/* {"server_time", "ignored"} */
void		rc_write_taken(struct json_write *, int64_t now_us,
		    const struct report_ignored *);
/* What GET answers. */
void		rc_write_offer(struct json_write *, int64_t now_us,
		    int64_t poll_after_s, const struct offer *);

#endif
