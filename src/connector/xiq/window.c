/* The span of a capture, cut into windows. */
#include <stdio.h>
#include <string.h>

#include "base/times.h"
#include "connector/xiq/internal.h"

#define HOUR_US (INT64_C(3600) * US_PER_S)

enum { HOURS = 24, STEP = 1 };

static int64_t
step_us(const helio_xiq_span *span)
{
	return (span->step > 0 ? span->step : STEP) * HOUR_US;
}

static int64_t
first_us(const helio_xiq_span *span)
{
	int64_t at = span->now_us - (span->hours > 0 ? span->hours : HOURS) *
	    HOUR_US;

	return at - at % HOUR_US;
}

unsigned
xiq_windows(const helio_xiq_span *span)
{
	int64_t length = span->now_us - first_us(span);
	int64_t n = (length + step_us(span) - 1) / step_us(span);

	return n > 0 && n <= XIQ_WINDOWS_MAX ? (unsigned)n : 0;
}

static void
write_time(int64_t at_us, char out[XIQ_TIME_SIZE])
{
	char text[TIME_TEXT_MAX];

	time_format_iso(at_us - at_us % US_PER_S, text);
	snprintf(out, XIQ_TIME_SIZE, "%.19s.%03dZ", text,
	    (int)(at_us % US_PER_S / 1000));
}

struct xiq_window
xiq_window_of(int64_t start_us, int64_t end_us)
{
	struct xiq_window window = { .start_us = start_us, .end_us = end_us };

	write_time(start_us, window.start);
	write_time(end_us, window.end);
	return window;
}

struct xiq_window
xiq_window(const helio_xiq_span *span, unsigned i)
{
	int64_t start = first_us(span) + i * step_us(span);

	return xiq_window_of(start, start + step_us(span));
}

bool
xiq_time(const char *text, int64_t *ret_us)
{
	return time_parse(text, strlen(text), ret_us, NULL,
	    &(const char *){ NULL });
}
