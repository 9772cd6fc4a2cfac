/*
 * Time zones from the system's database (RFC 8536), without TZ, locale or any
 * other state of the process.
 */
#ifndef HELIO_BASE_ZONE_H
#define HELIO_BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

struct zone;

/* A zone by its name, "America/New_York"; "UTC" is always there.  E_INVALID:
 * no such zone, or its file cannot be read. */
enum helio_rc	 zone_load(const char *name, struct zone **ret,
		    struct helio_err *);
/* The same from the bytes of such a file.  E_DECODE. */
enum helio_rc	 zone_read(const void *, size_t n, struct zone **ret,
		    struct helio_err *);
void		 zone_free(struct zone *);	/* NULL is allowed */

/* Seconds that local time is ahead of UTC at a moment (seconds since 1970). */
int32_t		 zone_offset(const struct zone *, int64_t utc_s);
/*
 * The moments at which clocks there show local_s (seconds since 1970-01-01
 * 00:00 of the local clock), in order: one; two in the hour that comes twice;
 * none in the hour that is left out, and then *ret is the moment by the offset
 * before it.
 */
unsigned	 zone_to_utc(const struct zone *, int64_t local_s,
		    int64_t ret[2]);

#endif
