/*
 * Blue Current's clock: Europe/Amsterdam, the zone of its timestamps and of
 * its daily request limit.  The European rule for summer time stands here
 * itself (last Sundays of March and October, 01:00 UTC): C has no way to ask
 * for a zone by name that is safe between threads.  Exact from 1996 on, when
 * the rule took its present form; before that it is always winter.
 */
#ifndef HELIO_BLUECURRENT_AMSTERDAM_H
#define HELIO_BLUECURRENT_AMSTERDAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BC_WIRE_TIME_SIZE = 24,	/* "YYYYMMDD HH:MM:SS+hh:mm" and NUL */
	BC_ISO_TIME_SIZE = 32,	/* "YYYY-MM-DDTHH:MM:SS+hh:mm" and NUL */
};

/* Seconds east of UTC at this instant (seconds since 1970): 3600 or 7200. */
int	amsterdam_offset(int64_t at_s);
/*
 * The instant of a clock's reading, given as if it were UTC.  A reading that
 * occurs twice is the first one; one that is skipped is taken by the offset
 * before the change.
 */
int64_t	amsterdam_instant(int64_t wall_s);

/*
 * Read "YYYYMMDD HH:MM:SS", local to Amsterdam, or the same followed by
 * "+hh:mm" or "-hh:mm".  The instant, and the offset it was told in.  False
 * for anything else.
 */
bool	bc_time_read(const char *s, size_t n, int64_t *ret_s, int *ret_offset);
/* "YYYY-MM-DDTHH:MM:SS+hh:mm" at that offset in seconds; years 1 to 9999. */
void	bc_time_iso(int64_t at_s, int offset, char out[BC_ISO_TIME_SIZE]);
/* "YYYYMMDD HH:MM:SS" of Amsterdam, the form that the service sends. */
void	bc_time_wire(int64_t at_s, char out[BC_WIRE_TIME_SIZE]);

/*
 * From now (microseconds since 1970) to 00:00:30 of Amsterdam's next day, in
 * microseconds.  Time that really passes: also right when a clock change
 * lies between.
 */
int64_t	bc_reset_delta_us(int64_t now_us);

#endif
