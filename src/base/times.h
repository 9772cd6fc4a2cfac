/*
 * Times: microseconds (or nanoseconds for telemetry) since 1970-01-01 UTC in
 * an int64_t.  The reader takes every form the API's documents show, from
 * ISO 8601 down to "Thu, September 1st 2016".
 */
#ifndef HELIO_BASE_TIMES_H
#define HELIO_BASE_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define US_PER_S	INT64_C(1000000)
#define US_PER_DAY	(INT64_C(86400) * US_PER_S)
#define NS_PER_US	INT64_C(1000)

enum {
	TIME_TEXT_MAX = 40,	/* bytes that any time_format_* writes, with NUL */
};

/*
 * Read a date or time.  Accepts what dateutil's parser makes of: ISO 8601
 * (extended and basic, `T` or blank, fraction to nanoseconds, `Z`, offsets
 * with or without colon - converted to UTC), `2016/01/01`, `01/31/2016` and
 * other day/month orders (ambiguous: month first; a first number above 12 is
 * the day), `1 July 2016 1pm`, `Fri, September 2nd 2016`,
 * `Mon, 01 Aug 2016 17:05:11 GMT`, weekday names anywhere (not checked against
 * the date).  A missing time of day is midnight.  A missing year, month or
 * day is refused, as are years of two digits, 24:00, second 60, other zone
 * names and more than 128 bytes.  Years 1 to 9999.
 * True and *ret_ns (relative to 1970, may be negative) on success.  False:
 * *ret_why names the reason (static text).  Values outside int64 ns
 * (1677..2262) are given through *ret_us alone: pass the pointer you need,
 * the other may be NULL; asking for ns outside its range is a refusal.
 */
bool	time_parse(const char *s, size_t n, int64_t *ret_us, int64_t *ret_ns,
	    const char **ret_why);

/* "YYYY-MM-DDTHH:MM:SS[.ffffff]", fraction only when not zero.  Returns the
 * length. */
size_t	time_format_iso(int64_t at_us, char out[TIME_TEXT_MAX]);
/* The same with a blank instead of T (webhooks). */
size_t	time_format_blank(int64_t at_us, char out[TIME_TEXT_MAX]);
/* "YYYY-MM-DDTHH:MM:SS[.fff..]Z", up to nine digits, trailing zeros cut
 * (telemetry). */
size_t	time_format_ns(int64_t at_ns, char out[TIME_TEXT_MAX]);
/* "Mon, 01 Aug 2016 17:05:11 GMT" (RFC 1123). */
size_t	time_format_http(int64_t at_us, char out[TIME_TEXT_MAX]);
/* "YYYY-MM-DD" from days since 1970; days that no microsecond time reaches are
 * cut to the nearest that one does. */
size_t	time_format_date(int64_t days, char out[TIME_TEXT_MAX]);

/* Wall clock now, microseconds UTC. */
int64_t	time_now_us(void);
/* A clock that never steps, milliseconds from an arbitrary start. */
int64_t	time_monotonic_ms(void);

#endif
