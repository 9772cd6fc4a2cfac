/* test_times.c - times as text, both ways */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/times.h"

#define NS_PER_S INT64_C(1000000000)

static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static int
leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* Days since 1970 the slow way: count years, then months. */
static int64_t
slow_days(int64_t y, unsigned m, unsigned d)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243,
	    273, 304, 334 };
	int64_t days = 0, i;

	for (i = 1970; i < y; i++)
		days += 365 + leap(i);
	for (i = y; i < 1970; i++)
		days -= 365 + leap(i);
	return days + before[m - 1] + (m > 2 && leap(y)) + d - 1;
}

/* civil_*: every day of some 900 years, one after the other */
static void
calendar_counts_on(void **state)
{
	struct civil c = { 1599, 12, 31 }, got;
	int64_t days = slow_days(1599, 12, 31);

	for (; c.year < 2501; days++) {
		assert_int_equal(civil_to_days(c), days);
		got = civil_from_days(days);
		assert_int_equal(got.year, c.year);
		assert_int_equal(got.month, c.month);
		assert_int_equal(got.day, c.day);
		if (c.day++ < civil_month_days(c.year, c.month))
			continue;
		c.day = 1;
		c.year += c.month == 12;
		c.month = c.month % 12 + 1;
	}
}

static void
calendar_ends(void **state)
{
	struct civil c = { 1, 1, 1 };

	assert_int_equal(civil_to_days(c), slow_days(1, 1, 1));
	assert_int_equal(civil_from_days(slow_days(1, 1, 1)).year, 1);
	assert_int_equal(civil_from_days(slow_days(9999, 12, 31)).day, 31);
	assert_int_equal(civil_month_days(1900, 2), 28);
	assert_int_equal(civil_month_days(2000, 2), 29);
}

struct form {
	const char	*text;
	const char	*iso;		/* what it means, as time_format_ns */
};

static void
check_forms(const struct form *row, size_t n)
{
	char text[TIME_TEXT_MAX];
	const char *why = NULL;
	int64_t us, ns;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!time_parse(row[i].text, strlen(row[i].text), &us, &ns,
		    &why))
			fail_msg("'%s' refused: %s", row[i].text, why);
		time_format_ns(ns, text);
		assert_string_equal(text, row[i].iso);
		assert_int_equal(us, ns / 1000 - (ns % 1000 < 0));
	}
}

#define CHECK_FORMS(row) check_forms(row, sizeof(row) / sizeof(row[0]))

static void
reads_iso(void **state)
{
	static const struct form row[] = {
		{ "2016-09-01", "2016-09-01T00:00:00Z" },
		{ "20160101", "2016-01-01T00:00:00Z" },
		{ "20160101T101112", "2016-01-01T10:11:12Z" },
		{ "20160101T1011", "2016-01-01T10:11:00Z" },
		{ "20160101T10", "2016-01-01T10:00:00Z" },
		{ "20160101T101112.5Z", "2016-01-01T10:11:12.5Z" },
		{ "201601011011", "2016-01-01T10:11:00Z" },
		{ "20160101101112", "2016-01-01T10:11:12Z" },
		{ "2016-09-01T00:00:00Z", "2016-09-01T00:00:00Z" },
		{ "2016-09-01T00:00:00.123456789Z",
		    "2016-09-01T00:00:00.123456789Z" },
		{ "2016-09-01T00:00:00.1234567899Z",
		    "2016-09-01T00:00:00.123456789Z" },
		{ "2016-09-01T00:00:00,25", "2016-09-01T00:00:00.25Z" },
		{ "2016-09-01t01:02:03z", "2016-09-01T01:02:03Z" },
		{ "2016-07-01 12:34:45", "2016-07-01T12:34:45Z" },
		{ "2016-07-01 12:34", "2016-07-01T12:34:00Z" },
		{ "  2016-07-01  12:34:45 ", "2016-07-01T12:34:45Z" },
		{ "1969-12-31T23:59:59.999999999Z",
		    "1969-12-31T23:59:59.999999999Z" },
		{ "2016-02-29", "2016-02-29T00:00:00Z" },
		{ "2000-02-29", "2000-02-29T00:00:00Z" },
	};

	CHECK_FORMS(row);
}

static void
reads_zones(void **state)
{
	static const struct form row[] = {
		{ "2016-01-01T10:00:00+02:00", "2016-01-01T08:00:00Z" },
		{ "2016-01-01T10:00:00-0530", "2016-01-01T15:30:00Z" },
		{ "2016-01-01T01:00:00+02", "2015-12-31T23:00:00Z" },
		{ "2016-01-01 10:00 +02:00", "2016-01-01T08:00:00Z" },
		{ "2016-01-01 10:00:00 UTC", "2016-01-01T10:00:00Z" },
		{ "2016-01-01 10:00:00 gmt", "2016-01-01T10:00:00Z" },
		{ "2016-01-01T10:00:00.5+23:59", "2015-12-31T10:01:00.5Z" },
		{ "1 July 2016 1pm UTC", "2016-07-01T13:00:00Z" },
		{ "Mon, 01 Aug 2016 17:05:11 GMT", "2016-08-01T17:05:11Z" },
		{ "Mon, 01 Aug 2016 17:05:11 -0100", "2016-08-01T18:05:11Z" },
	};

	CHECK_FORMS(row);
}

static void
reads_loose_forms(void **state)
{
	static const struct form row[] = {
		{ "Thu, September 1st 2016", "2016-09-01T00:00:00Z" },
		{ "Fri, September 2nd 2016", "2016-09-02T00:00:00Z" },
		{ "Sat, September 3rd 2016", "2016-09-03T00:00:00Z" },
		{ "Tue, October 4th 2016", "2016-10-04T00:00:00Z" },
		{ "1 July 2016 1pm", "2016-07-01T13:00:00Z" },
		{ "1 july 2016, 12 AM", "2016-07-01T00:00:00Z" },
		{ "1 July 2016 12:30 pm", "2016-07-01T12:30:00Z" },
		{ "July 1, 2016", "2016-07-01T00:00:00Z" },
		{ "2016 Jul 1", "2016-07-01T00:00:00Z" },
		{ "01-Jul-2016 08:00", "2016-07-01T08:00:00Z" },
		{ "1st of July 2016 at 8:05", "2016-07-01T08:05:00Z" },
		{ "Sept. 1, 2016", "2016-09-01T00:00:00Z" },
		{ "Thu Sep  1 10:00:00 2016", "2016-09-01T10:00:00Z" },
		{ "10:00 2016-01-01", "2016-01-01T10:00:00Z" },
		{ "2016/01/01", "2016-01-01T00:00:00Z" },
		{ "2016.1.2", "2016-01-02T00:00:00Z" },
		{ "01/31/2016", "2016-01-31T00:00:00Z" },
		{ "31/01/2016", "2016-01-31T00:00:00Z" },
		{ "3/4/2016", "2016-03-04T00:00:00Z" },
		{ "13.4.2016 10", "2016-04-13T10:00:00Z" },
		{ "Friday 2016-09-01", "2016-09-01T00:00:00Z" },
	};

	CHECK_FORMS(row);
}

static void
refuses_with_a_reason(void **state)
{
	static const struct {
		const char	*text;
		const char	*why;		/* is part of it */
	} row[] = {
		{ "", "date is missing" }, { "  ", "date is missing" },
		{ "12:30", "date is missing" },
		{ "1pm", "date is missing" },
		{ "Jan 2016", "day is missing" },
		{ "2016-01", "day is missing" },
		{ "2016-2016-01", "day is missing" },
		{ "2016", "month and day" },
		{ "1 July", "year is missing" },
		{ "01/02/16", "year is missing" },
		{ "Thu", "date is missing" },
		{ "2015-02-29", "no such day" },
		{ "1900-02-29", "no such day" },
		{ "2016-04-31", "no such day" },
		{ "2016-01-00", "no such day" },
		{ "2016-13-01", "no such month" },
		{ "2016-00-01", "no such month" },
		{ "13/13/2016", "no such month" },
		{ "01/2016/31", "between month and day" },
		{ "0000-01-01", "years 1 to 9999" },
		{ "9999-12-31T23:59:59-01:00", "years 1 to 9999" },
		{ "0001-01-01T00:00:00+01:00", "years 1 to 9999" },
		{ "2016-01-01 24:00", "time of day" },
		{ "2016-01-01 10:60", "time of day" },
		{ "2016-01-01 10:00:60", "time of day" },
		{ "2016-01-01 10:5", "time of day" },
		{ "2016-01-01 100:05", "time of day" },
		{ "2016-01-01T246060", "time of day" },
		{ "2016-01-01 10:00 11:00", "two times" },
		{ "2016-01-01 10:00 1pm", "two times" },
		{ "2016-01-10:00", "date is incomplete" },
		{ "13pm 1 July 2016", "am or pm" },
		{ "0am 1 July 2016", "am or pm" },
		{ "1 July pm 2016", "am or pm" },
		{ "1pm am 1 July 2016", "am or pm" },
		{ "2016-01-01 Z", "needs a time" },
		{ "2016-01-01T10:00Z UTC", "needs a time" },
		{ "2016-01-01T10:00+1", "no such zone" },
		{ "2016-01-01T10:00+24:00", "no such zone" },
		{ "2016-01-01T10:00+01:60", "no such zone" },
		{ "2016-01-01T10:00+01:", "no such zone" },
		{ "2016-01-01 10:00 GMT+3", "out of place" },
		{ "2016-01-01+02:00", "out of place" },
		{ "2016-01-01T", "T stands" }, { "T10:00", "T stands" },
		{ "2016-01T10:00", "T stands" },
		{ "-2016-01-01", "out of place" },
		{ "2016--01-01", "out of place" },
		{ "2016-01-01-", "out of place" },
		{ "2016-01-01:", "time of day" },
		{ ":30 2016-01-01", "out of place" },
		{ "2016-01-01 10:30.5", "out of place" },
		{ "1475685693839", "neither" }, { "2016-001", "neither" },
		{ "99999999999999999999999999", "neither" },
		{ "1 2 2016 3", "too many" },
		{ "2016-01-01 5", "too many" },
		{ "July 1 2016 Aug", "month too many" },
		{ "July August 2016", "month too many" },
		{ "1st/9/2016", "ordinal" }, { "July 1 2016th", "ordinal" },
		{ "2016-W01-1", "unknown word" },
		{ "yesterday", "unknown word" },
		{ "1 Ju 2016", "unknown word" },
		{ "1 Julyy 2016", "unknown word" },
		{ "2016-01-01 10:00 EST", "unknown word" },
		{ "2016\xe2\x80\x93" "01-01", "character" },
		{ "2016_01_01", "character" },
		{ "2016-01-01\n", "character" },
	};
	const char *why;
	int64_t us, ns;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		us = ns = 77;
		why = "";
		if (time_parse(row[i].text, strlen(row[i].text), &us, &ns,
		    &why))
			fail_msg("'%s' accepted", row[i].text);
		if (strstr(why, row[i].why) == NULL)
			fail_msg("'%s': %s", row[i].text, why);
		assert_int_equal(us, 77);
		assert_int_equal(ns, 77);
	}
}

static void
length_is_bounded(void **state)
{
	const char *why = "";
	char text[200];
	int64_t us;

	memset(text, ' ', sizeof(text));
	memcpy(text, "2016-01-01", 10);
	assert_true(time_parse(text, 128, &us, NULL, &why));
	assert_false(time_parse(text, 129, &us, NULL, &why));
	assert_string_equal(why, "too long for a date");
	memset(text, ',', sizeof(text));
	assert_false(time_parse(text, 128, &us, NULL, &why));
	assert_false(time_parse("2016-01-01\0", 11, &us, NULL, &why));
	assert_false(time_parse(NULL, 0, &us, NULL, &why));
}

static void
nanoseconds_have_a_range(void **state)
{
	static const struct {
		const char	*text;
		bool		 fits;
	} row[] = {
		{ "2262-04-11T23:47:16.854775807Z", true },
		{ "2262-04-11T23:47:16.854775808Z", false },
		{ "1677-09-21T00:12:43.145224192Z", true },
		{ "1677-09-21T00:12:43.145224191Z", false },
		{ "0001-01-01", false }, { "9999-12-31T23:59:59Z", false },
	};
	const char *why = NULL;
	int64_t us, ns;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_true(time_parse(row[i].text, strlen(row[i].text), &us,
		    NULL, &why));
		assert_int_equal(time_parse(row[i].text, strlen(row[i].text),
		    NULL, &ns, &why), row[i].fits);
	}
	assert_string_equal(why, "outside the years 1678 to 2261");
	assert_true(time_parse("2262-04-11T23:47:16.854775807Z", 30, NULL, &ns,
	    &why));
	assert_int_equal(ns, INT64_MAX);
	assert_true(time_parse("1677-09-21T00:12:43.145224192Z", 30, NULL, &ns,
	    &why));
	assert_true(ns == INT64_MIN);
}

struct moment {
	int64_t		year;
	unsigned	month, day, hour, minute, second, us;
};

static struct moment
random_moment(uint64_t *seed)
{
	struct moment m;

	m.year = 1 + (int64_t)(next_random(seed) % 9999);
	m.month = 1 + (unsigned)(next_random(seed) % 12);
	m.day = 1 + (unsigned)(next_random(seed) % 28);
	m.hour = (unsigned)(next_random(seed) % 24);
	m.minute = (unsigned)(next_random(seed) % 60);
	m.second = (unsigned)(next_random(seed) % 60);
	m.us = (unsigned)(next_random(seed) % 1000000);
	return m;
}

static const char *const month_name[] = {
	"January", "February", "March", "April", "May", "June", "July",
	"August", "September", "October", "November", "December",
};

/* One of several ways to write the date of m. */
static void
print_date(const struct moment *m, unsigned form, char *out, size_t n)
{
	const char *name = month_name[m->month - 1];
	const char *suffix = m->day % 10 == 1 && m->day != 11 ? "st" :
	    m->day % 10 == 2 && m->day != 12 ? "nd" :
	    m->day % 10 == 3 && m->day != 13 ? "rd" : "th";

	switch (form) {
	case 0:
		snprintf(out, n, "%04d-%02u-%02u", (int)m->year, m->month,
		    m->day);
		break;
	case 1:
		snprintf(out, n, "%04d%02u%02u", (int)m->year, m->month,
		    m->day);
		break;
	case 2:
		snprintf(out, n, "%u/%u/%04d", m->month, m->day,
		    (int)m->year);
		break;
	case 3:
		snprintf(out, n, "Mon, %s %u%s %04d", name, m->day, suffix,
		    (int)m->year);
		break;
	case 4:
		snprintf(out, n, "%02u-%.3s-%04d", m->day, name,
		    (int)m->year);
		break;
	default:
		snprintf(out, n, "%u %s %04d", m->day, name, (int)m->year);
	}
}

static void
print_time(const struct moment *m, unsigned form, char *out, size_t n)
{
	unsigned twelve = m->hour % 12 == 0 ? 12 : m->hour % 12;

	switch (form) {
	case 0:
		snprintf(out, n, " %02u:%02u:%02u.%06u", m->hour, m->minute,
		    m->second, m->us);
		break;
	case 1:
		snprintf(out, n, " %02u%02u%02u.%06uZ", m->hour, m->minute,
		    m->second, m->us);
		break;
	default:
		snprintf(out, n, " %u:%02u:%02u.%06u %s", twelve, m->minute,
		    m->second, m->us, m->hour < 12 ? "am" : "PM");
	}
}

static void
random_moments_are_read_right(void **state)
{
	char text[160], date[80], clock[80];
	const char *why = NULL;
	uint64_t seed = 2016;
	int64_t us, want;
	unsigned i;

	for (i = 0; i < 900; i++) {
		struct moment m = random_moment(&seed);

		print_date(&m, i % 6, date, sizeof(date));
		print_time(&m, i / 6 % 3, clock, sizeof(clock));
		snprintf(text, sizeof(text), "%s%s", date, clock);
		want = slow_days(m.year, m.month, m.day) * US_PER_DAY +
		    (m.hour * 3600 + m.minute * 60 + m.second) * US_PER_S +
		    m.us;
		if (!time_parse(text, strlen(text), &us, NULL, &why))
			fail_msg("'%s': %s", text, why);
		if (us != want)
			fail_msg("'%s' gave %" PRId64, text, us);
	}
}

static void
written_times_read_back(void **state)
{
	char text[TIME_TEXT_MAX];
	const char *why = NULL;
	uint64_t seed = 99;
	int64_t at, us, ns;
	unsigned i;
	size_t n;

	for (i = 0; i < 2000; i++) {
		struct moment m = random_moment(&seed);

		at = slow_days(m.year, m.month, m.day) * US_PER_DAY +
		    m.hour * 3600 * US_PER_S + (i % 3 ? m.us : 0);
		n = time_format_iso(at, text);
		assert_true(time_parse(text, n, &us, NULL, &why));
		assert_int_equal(us, at);
		n = time_format_blank(at, text);
		assert_true(time_parse(text, n, &us, NULL, &why));
		assert_int_equal(us, at);
		n = time_format_http(at, text);
		assert_true(time_parse(text, n, &us, NULL, &why));
		assert_int_equal(us, at - m.us * (i % 3 != 0));
		ns = (int64_t)next_random(&seed);
		n = time_format_ns(ns, text);
		assert_true(time_parse(text, n, NULL, &us, &why));
		assert_true(us == ns);
	}
}

static void
writes_every_form(void **state)
{
	char text[TIME_TEXT_MAX];
	int64_t at = INT64_C(1470071111) * US_PER_S;

	assert_int_equal(time_format_iso(at, text), 19);
	assert_string_equal(text, "2016-08-01T17:05:11");
	assert_int_equal(time_format_iso(at + 50, text), 26);
	assert_string_equal(text, "2016-08-01T17:05:11.000050");
	time_format_blank(at, text);
	assert_string_equal(text, "2016-08-01 17:05:11");
	assert_int_equal(time_format_http(at, text), 29);
	assert_string_equal(text, "Mon, 01 Aug 2016 17:05:11 GMT");
	time_format_ns(at * NS_PER_US, text);
	assert_string_equal(text, "2016-08-01T17:05:11Z");
	time_format_ns(at * NS_PER_US + 900000000, text);
	assert_string_equal(text, "2016-08-01T17:05:11.9Z");
	time_format_ns(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999999999Z");
	time_format_iso(-US_PER_S, text);
	assert_string_equal(text, "1969-12-31T23:59:59");
	time_format_date(0, text);
	assert_string_equal(text, "1970-01-01");
	time_format_date(slow_days(1, 1, 1), text);
	assert_string_equal(text, "0001-01-01");
}

static void
any_integer_can_be_written(void **state)
{
	static const int64_t edge[] = { INT64_MIN, INT64_MAX };
	char text[TIME_TEXT_MAX];
	size_t i;

	for (i = 0; i < 2; i++) {
		assert_true(time_format_iso(edge[i], text) < TIME_TEXT_MAX);
		assert_true(time_format_http(edge[i], text) < TIME_TEXT_MAX);
		assert_true(time_format_ns(edge[i], text) < TIME_TEXT_MAX);
		assert_true(time_format_date(edge[i], text) < TIME_TEXT_MAX);
		assert_int_equal(strlen(text), 13 - i);
	}
	time_format_iso(INT64_MAX, text);
	assert_string_equal(text, "294247-01-10T04:00:54.775807");
}

static void
clocks_run(void **state)
{
	int64_t a = time_monotonic_ms();

	assert_true(time_now_us() > INT64_C(1600000000) * US_PER_S);
	assert_true(time_monotonic_ms() >= a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(calendar_counts_on),
		cmocka_unit_test(calendar_ends),
		cmocka_unit_test(reads_iso),
		cmocka_unit_test(reads_zones),
		cmocka_unit_test(reads_loose_forms),
		cmocka_unit_test(refuses_with_a_reason),
		cmocka_unit_test(length_is_bounded),
		cmocka_unit_test(nanoseconds_have_a_range),
		cmocka_unit_test(random_moments_are_read_right),
		cmocka_unit_test(written_times_read_back),
		cmocka_unit_test(writes_every_form),
		cmocka_unit_test(any_integer_can_be_written),
		cmocka_unit_test(clocks_run),
	};

	return cmocka_run_group_tests_name("times", tests, NULL, NULL);
}
