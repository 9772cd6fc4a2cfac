/* times.c - calendar arithmetic, clocks, and times as text */
#include "base/times.h"

#include <string.h>
#include <time.h>

#include "base/civil.h"

/* The calendar repeats after this many days. */
#define DAYS_PER_400Y	INT64_C(146097)
/* From 0000-03-01, where years that end in February begin, to 1970-01-01. */
#define DAYS_TO_1970	INT64_C(719468)
/* Beyond these no time fits in microseconds; days are cut to them. */
#define DAYS_MAX	(INT64_MAX / US_PER_DAY)

#define NS_PER_S	INT64_C(1000000000)

/* Quotient and remainder with the remainder never negative. */
static int64_t
floor_div(int64_t a, int64_t b, int64_t *ret_rest)
{
	int64_t q = a / b, rest = a % b;

	if (rest < 0) {
		rest += b;
		q--;
	}
	*ret_rest = rest;
	return q;
}

unsigned
civil_month_days(int64_t year, unsigned month)
{
	static const unsigned char days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
	};

	if (month == 2 && year % 4 == 0 &&
	    (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* Days from 1 March to the first of the month, when m counts from March. */
static int64_t
days_before_month(int64_t m)
{
	return (153 * m + 2) / 5;
}

int64_t
civil_to_days(struct civil c)
{
	int64_t y = c.year - (c.month <= 2), era, in_era, m;

	era = floor_div(y, 400, &in_era);
	m = c.month <= 2 ? c.month + 9 : c.month - 3;
	return era * DAYS_PER_400Y + in_era * 365 + in_era / 4 -
	    in_era / 100 + days_before_month(m) + c.day - 1 - DAYS_TO_1970;
}

struct civil
civil_from_days(int64_t days)
{
	int64_t era, d, y, m;

	era = floor_div(days + DAYS_TO_1970, DAYS_PER_400Y, &d);
	/* take out the leap days before d, then years are 365 days each */
	y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
	d -= y * 365 + y / 4 - y / 100;
	m = (5 * d + 2) / 153;
	return (struct civil){
		.year = era * 400 + y + (m >= 10),
		.month = (unsigned)(m < 10 ? m + 3 : m - 9),
		.day = (unsigned)(d - days_before_month(m) + 1),
	};
}

/* Write u in at least `width` digits; returns the end. */
static char *
put_digits(char *out, uint64_t u, int width)
{
	char text[24], *at = text + sizeof(text);
	size_t n;

	while (width-- > 0 || u > 0) {
		*--at = (char)('0' + u % 10);
		u /= 10;
	}
	n = (size_t)(text + sizeof(text) - at);
	memcpy(out, at, n);
	return out + n;
}

static char *
put_text(char *out, const char *s)
{
	size_t n = strlen(s);

	memcpy(out, s, n);
	return out + n;
}

static char *
put_year(char *out, int64_t year)
{
	if (year < 0)
		*out++ = '-';
	return put_digits(out, (uint64_t)(year < 0 ? -year : year), 4);
}

static char *
put_date(char *out, int64_t days)
{
	struct civil c = civil_from_days(days);

	out = put_year(out, c.year);
	*out++ = '-';
	out = put_digits(out, c.month, 2);
	*out++ = '-';
	return put_digits(out, c.day, 2);
}

static char *
put_clock(char *out, int64_t second_of_day)
{
	out = put_digits(out, (uint64_t)second_of_day / 3600, 2);
	*out++ = ':';
	out = put_digits(out, (uint64_t)second_of_day / 60 % 60, 2);
	*out++ = ':';
	return put_digits(out, (uint64_t)second_of_day % 60, 2);
}

/* Close the text; returns its length. */
static size_t
finish(char *start, char *end)
{
	*end = '\0';
	return (size_t)(end - start);
}

/* Everything up to the whole second; *ret_rest gets the units below it. */
static char *
put_seconds(char *out, int64_t at, int64_t per_s, char between,
    int64_t *ret_rest)
{
	int64_t s, days, of_day;

	s = floor_div(at, per_s, ret_rest);
	days = floor_div(s, 86400, &of_day);
	out = put_date(out, days);
	*out++ = between;
	return put_clock(out, of_day);
}

static size_t
format_us(int64_t at_us, char between, char *out)
{
	int64_t us;
	char *p;

	p = put_seconds(out, at_us, US_PER_S, between, &us);
	if (us != 0) {
		*p++ = '.';
		p = put_digits(p, (uint64_t)us, 6);
	}
	return finish(out, p);
}

size_t
time_format_iso(int64_t at_us, char out[TIME_TEXT_MAX])
{
	return format_us(at_us, 'T', out);
}

size_t
time_format_blank(int64_t at_us, char out[TIME_TEXT_MAX])
{
	return format_us(at_us, ' ', out);
}

size_t
time_format_ns(int64_t at_ns, char out[TIME_TEXT_MAX])
{
	int64_t ns;
	char *p;

	p = put_seconds(out, at_ns, NS_PER_S, 'T', &ns);
	if (ns != 0) {
		*p++ = '.';
		p = put_digits(p, (uint64_t)ns, 9);
		while (p[-1] == '0')
			p--;
	}
	*p++ = 'Z';
	return finish(out, p);
}

size_t
time_format_http(int64_t at_us, char out[TIME_TEXT_MAX])
{
	static const char *const day_name[] = {
		"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed",
	};
	static const char *const month_name[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
	};
	int64_t days, us, weekday;
	struct civil c;
	char *p;

	days = floor_div(at_us, US_PER_DAY, &us);
	floor_div(days, 7, &weekday);
	c = civil_from_days(days);
	p = put_text(out, day_name[weekday]);
	p = put_text(p, ", ");
	p = put_digits(p, c.day, 2);
	*p++ = ' ';
	p = put_text(p, month_name[c.month - 1]);
	*p++ = ' ';
	p = put_year(p, c.year);
	*p++ = ' ';
	p = put_clock(p, us / US_PER_S);
	p = put_text(p, " GMT");
	return finish(out, p);
}

size_t
time_format_date(int64_t days, char out[TIME_TEXT_MAX])
{
	if (days > DAYS_MAX)
		days = DAYS_MAX;
	if (days < -DAYS_MAX)
		days = -DAYS_MAX;
	return finish(out, put_date(out, days));
}

static int64_t
clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * US_PER_S + ts.tv_nsec / NS_PER_US;
}

int64_t
time_now_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t
time_monotonic_ms(void)
{
	return clock_us(CLOCK_MONOTONIC) / 1000;
}
