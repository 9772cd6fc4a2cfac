/* Europe/Amsterdam, and the service's timestamps in it. */
#include "connector/bluecurrent/amsterdam.h"

#include <stdio.h>

#include "base/civil.h"
#include "base/times.h"

#define DAY_S	INT64_C(86400)

enum {
	WINTER_S = 3600,
	SUMMER_S = 7200,
	RULE_YEAR = 1996,
	RESET_S = 30,		/* past midnight */
	OFFSET_MAX_S = 24 * 3600,
	PLAIN_LEN = 17,		/* "YYYYMMDD HH:MM:SS" */
	ZONED_LEN = 23,		/* and "+hh:mm" */
};

static int64_t
day_of(int64_t s)
{
	return (s - (s < 0 ? DAY_S - 1 : 0)) / DAY_S;
}

/* 01:00 UTC of the month's last Sunday; the months have 31 days. */
static int64_t
change_at(int64_t year, unsigned month)
{
	int64_t last = civil_to_days((struct civil){ year, month, 31 });

	/* 1970-01-01 was a Thursday: day 3 a Sunday */
	return (last - (last + 4) % 7) * DAY_S + 3600;
}

/* Between spring's and autumn's change, each seen `later` seconds later. */
static bool
is_summer(int64_t s, int later)
{
	int64_t year = civil_from_days(day_of(s)).year;

	return year >= RULE_YEAR && s >= change_at(year, 3) + later &&
	    s < change_at(year, 10) + later;
}

int
amsterdam_offset(int64_t at_s)
{
	return is_summer(at_s, 0) ? SUMMER_S : WINTER_S;
}

int64_t
amsterdam_instant(int64_t wall_s)
{
	return wall_s - (is_summer(wall_s, SUMMER_S) ? SUMMER_S : WINTER_S);
}

/* n digits as a number; false when one is none. */
static bool
digits(const char *s, size_t n, int *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*ret = *ret * 10 + (s[i] - '0');
	}
	return true;
}

static bool
read_date(const char *s, int64_t *ret_days)
{
	int year, month, day;

	if (!digits(s, 4, &year) || !digits(s + 4, 2, &month) ||
	    !digits(s + 6, 2, &day) || year < 1 || month < 1 || month > 12 ||
	    day < 1 || day > (int)civil_month_days(year, (unsigned)month))
		return false;
	*ret_days = civil_to_days((struct civil){ year, (unsigned)month,
	    (unsigned)day });
	return true;
}

static bool
read_clock(const char *s, int *ret_s)
{
	int hour, minute, second;

	if (!digits(s, 2, &hour) || s[2] != ':' ||
	    !digits(s + 3, 2, &minute) || s[5] != ':' ||
	    !digits(s + 6, 2, &second) ||
	    hour > 23 || minute > 59 || second > 59)
		return false;
	*ret_s = hour * 3600 + minute * 60 + second;
	return true;
}

static bool
read_offset(const char *s, int *ret)
{
	int hours, minutes;

	if ((s[0] != '+' && s[0] != '-') || !digits(s + 1, 2, &hours) ||
	    s[3] != ':' || !digits(s + 4, 2, &minutes) || minutes > 59 ||
	    hours * 3600 >= OFFSET_MAX_S)
		return false;
	*ret = (hours * 3600 + minutes * 60) * (s[0] == '-' ? -1 : 1);
	return true;
}

bool
bc_time_read(const char *s, size_t n, int64_t *ret_s, int *ret_offset)
{
	int64_t days, wall;
	int clock, offset;

	if ((n != PLAIN_LEN && n != ZONED_LEN) || s[8] != ' ' ||
	    !read_date(s, &days) || !read_clock(s + 9, &clock) ||
	    (n == ZONED_LEN && !read_offset(s + PLAIN_LEN, &offset)))
		return false;
	wall = days * DAY_S + clock;
	if (n == PLAIN_LEN)
		offset = (int)(wall - amsterdam_instant(wall));
	*ret_s = wall - offset;
	*ret_offset = offset;
	return true;
}

void
bc_time_iso(int64_t at_s, int offset, char out[BC_ISO_TIME_SIZE])
{
	char text[TIME_TEXT_MAX];
	int size = offset < 0 ? -offset : offset;

	time_format_iso((at_s + offset) * US_PER_S, text);
	snprintf(out, BC_ISO_TIME_SIZE, "%.19s%c%02d:%02d", text,
	    offset < 0 ? '-' : '+', size / 3600 % 24, size / 60 % 60);
}

void
bc_time_wire(int64_t at_s, char out[BC_WIRE_TIME_SIZE])
{
	char text[TIME_TEXT_MAX];

	time_format_blank((at_s + amsterdam_offset(at_s)) * US_PER_S, text);
	snprintf(out, BC_WIRE_TIME_SIZE, "%.4s%.2s%.2s%.9s", text, text + 5,
	    text + 8, text + 10);
}

int64_t
bc_reset_delta_us(int64_t now_us)
{
	int64_t us = ((now_us % US_PER_S) + US_PER_S) % US_PER_S;
	int64_t now_s = (now_us - us) / US_PER_S;
	int64_t today = day_of(now_s + amsterdam_offset(now_s));

	return amsterdam_instant((today + 1) * DAY_S + RESET_S) * US_PER_S -
	    now_us;
}
