/*
 * Days and calendar dates (proleptic Gregorian), for the time reader and
 * writer.  No zones, no clocks.
 */
#ifndef HELIO_BASE_CIVIL_H
#define HELIO_BASE_CIVIL_H

#include <stdint.h>

struct civil {
	int64_t		year;
	unsigned	month;		/* 1..12 */
	unsigned	day;		/* 1..31 */
};

/* Days since 1970-01-01 of a date that exists. */
int64_t		civil_to_days(struct civil);
/* The date of a day; exact for |days| < 2^40. */
struct civil	civil_from_days(int64_t days);
/* 28..31; month is 1..12. */
unsigned	civil_month_days(int64_t year, unsigned month);

#endif
