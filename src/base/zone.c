/* Zone files: transitions, and the rule for the years after the last one. */
#include "base/zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"

enum {
	HEADER_SIZE = 44,
	FILE_MAX = 1 << 20,
	TYPE_SIZE = 6,
	TIME_MAX_S = 26 * 3600,	/* of an offset (RFC 8536 section 3.2) */
	RULE_TIME_MAX_S = 167 * 3600,	/* of a rule (section 3.3.1) */
	DAY_S = 86400,
};

static const char FOLDER[] = "/usr/share/zoneinfo";

/* A day of the year and a time of it, as in "M3.2.0/2" (POSIX TZ). */
struct rule {
	char		 kind;		/* 'M', 'J' or '0' */
	int		 month, week, day;
	int32_t		 at_s;
};

struct zone {
	size_t		 n;
	int64_t		*at;		/* ascending */
	int32_t		*offset;	/* from at[i] on */
	int32_t		 first;		/* before at[0] */
	bool		 has_rule;	/* after at[n - 1] */
	bool		 has_dst;
	int32_t		 standard, summer;
	struct rule	 begin, end;	/* of the summer */
};

/* ---- the rule: std offset [dst [offset] , date [/time] , date [/time]] ---- */

struct reader {
	const char	*at, *end;
};

static bool
take(struct reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool
take_number(struct reader *r, int most, int *ret)
{
	int value = 0;
	const char *start = r->at;

	for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
		value = value * 10 + (*r->at - '0');
		if (value > most)
			return false;
	}
	*ret = value;
	return r->at > start;
}

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
skip_name(struct reader *r)
{
	const char *start = r->at;

	if (take(r, '<')) {
		while (r->at < r->end && *r->at != '>')
			r->at++;
		return take(r, '>');
	}
	while (r->at < r->end && is_letter(*r->at))
		r->at++;
	return r->at > start;
}

/* [+-]hh[:mm[:ss]] */
static bool
take_time(struct reader *r, int32_t most, int32_t *ret)
{
	int sign = take(r, '-') ? -1 : 1, hours, minutes = 0, seconds = 0;

	if (sign > 0)
		take(r, '+');
	if (!take_number(r, most / 3600, &hours))
		return false;
	if (take(r, ':') && !take_number(r, 59, &minutes))
		return false;
	if (take(r, ':') && !take_number(r, 59, &seconds))
		return false;
	*ret = sign * (hours * 3600 + minutes * 60 + seconds);
	return true;
}

static bool
take_date(struct reader *r, struct rule *ret)
{
	ret->at_s = 2 * 3600;
	if (take(r, 'M')) {
		ret->kind = 'M';
		if (!take_number(r, 12, &ret->month) || ret->month < 1 ||
		    !take(r, '.') || !take_number(r, 5, &ret->week) ||
		    ret->week < 1 || !take(r, '.') ||
		    !take_number(r, 6, &ret->day))
			return false;
	} else {
		ret->kind = take(r, 'J') ? 'J' : '0';
		if (!take_number(r, ret->kind == 'J' ? 365 : 364, &ret->day) ||
		    (ret->kind == 'J' && ret->day < 1))
			return false;
	}
	return !take(r, '/') || take_time(r, RULE_TIME_MAX_S, &ret->at_s);
}

static bool
read_rule(struct zone *zone, const char *s, size_t n)
{
	struct reader r = { s, s + n };

	if (!skip_name(&r) || !take_time(&r, TIME_MAX_S, &zone->standard))
		return false;
	zone->standard = -zone->standard;
	zone->has_rule = true;
	if (r.at == r.end)
		return true;
	zone->has_dst = true;
	zone->summer = zone->standard + 3600;
	if (!skip_name(&r))
		return false;
	if (r.at < r.end && *r.at != ',') {
		if (!take_time(&r, TIME_MAX_S, &zone->summer))
			return false;
		zone->summer = -zone->summer;
	}
	return take(&r, ',') && take_date(&r, &zone->begin) &&
	    take(&r, ',') && take_date(&r, &zone->end) && r.at == r.end;
}

static bool
is_leap(int64_t year)
{
	return civil_month_days(year, 2) == 29;
}

/* The moment of a rule in a year, by the local clock before it. */
static int64_t
rule_at(const struct rule *rule, int64_t year, int32_t offset)
{
	int64_t day = civil_to_days((struct civil){ year, 1, 1 });

	if (rule->kind == 'M') {
		unsigned month = (unsigned)rule->month;
		int64_t first = civil_to_days((struct civil){ year, month,
		    1 });
		/* 1970-01-01 was a Thursday, day 4 */
		int64_t weekday = ((first + 4) % 7 + 7) % 7;
		int64_t in_month = (rule->day - weekday + 7) % 7 +
		    7 * (rule->week - 1);

		if (in_month >= (int64_t)civil_month_days(year, month))
			in_month -= 7;
		day = first + in_month;
	} else if (rule->kind == 'J') {
		day += rule->day - 1 + (is_leap(year) && rule->day >= 60);
	} else {
		day += rule->day;
	}
	return day * DAY_S + rule->at_s - offset;
}

static int32_t
rule_offset(const struct zone *zone, int64_t utc_s)
{
	int64_t days = (utc_s + zone->standard) / DAY_S, begin, end;
	int64_t year;
	bool summer;

	if (!zone->has_dst)
		return zone->standard;
	year = civil_from_days(days).year;
	begin = rule_at(&zone->begin, year, zone->standard);
	end = rule_at(&zone->end, year, zone->summer);
	if (begin < end)
		summer = utc_s >= begin && utc_s < end;
	else
		summer = utc_s >= begin || utc_s < end;
	return summer ? zone->summer : zone->standard;
}

/* ---- the file ---- */

struct header {
	uint32_t	 ut, std, leap, times, types, chars;
};

static int64_t
big_endian(const unsigned char *s, size_t n)
{
	uint64_t value = (s[0] & 0x80) != 0 && n < 8 ? UINT64_MAX : 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | s[i];
	return (int64_t)value;
}

static bool
read_header(const unsigned char *s, size_t n, struct header *ret)
{
	uint32_t *const count[] = { &ret->ut, &ret->std, &ret->leap,
	    &ret->times, &ret->types, &ret->chars };

	if (n < HEADER_SIZE || memcmp(s, "TZif", 4) != 0)
		return false;
	for (size_t i = 0; i < 6; i++) {
		*count[i] = (uint32_t)big_endian(s + 20 + 4 * i, 4);
		if (*count[i] > FILE_MAX)
			return false;
	}
	return ret->types > 0;
}

/* Bytes of the data behind a header, with times of `width` bytes. */
static size_t
data_size(const struct header *h, size_t width)
{
	return h->times * (width + 1) + h->types * (size_t)TYPE_SIZE +
	    h->chars + h->leap * (width + 4) + h->std + h->ut;
}

static bool
read_data(struct zone *zone, const unsigned char *s, const struct header *h,
    size_t width)
{
	const unsigned char *index = s + h->times * width;
	const unsigned char *types = index + h->times;

	zone->at = calloc(h->times + 1, sizeof(*zone->at));
	zone->offset = calloc(h->times + 1, sizeof(*zone->offset));
	if (zone->at == NULL || zone->offset == NULL)
		return false;
	zone->n = h->times;
	zone->first = (int32_t)big_endian(types, 4);
	for (size_t i = 0; i < zone->n; i++) {
		if (index[i] >= h->types)
			return false;
		zone->at[i] = big_endian(s + i * width, width);
		zone->offset[i] = (int32_t)big_endian(types +
		    index[i] * (size_t)TYPE_SIZE, 4);
		if (i > 0 && zone->at[i] <= zone->at[i - 1])
			return false;
		if (abs(zone->offset[i]) > TIME_MAX_S)
			return false;
	}
	return abs(zone->first) <= TIME_MAX_S;
}

/* LF rule LF; an empty rule is none. */
static bool
read_footer(struct zone *zone, const unsigned char *s, size_t n)
{
	const char *text = (const char *)s, *end;

	if (n < 2 || text[0] != '\n')
		return false;
	end = memchr(text + 1, '\n', n - 1);
	if (end == NULL)
		return false;
	return end == text + 1 ||
	    read_rule(zone, text + 1, (size_t)(end - text - 1));
}

static bool
read_file(struct zone *zone, const unsigned char *s, size_t n)
{
	struct header h;
	bool wide = n > 4 && s[4] >= '2';
	size_t width = 4, size;

	if (!read_header(s, n, &h))
		return false;
	if (wide) {
		/* the first part is for readers of 32 bits */
		size = HEADER_SIZE + data_size(&h, width);
		width = 8;
		if (n < size || !read_header(s + size, n - size, &h))
			return false;
		s += size;
		n -= size;
	}
	size = HEADER_SIZE + data_size(&h, width);
	if (n < size || !read_data(zone, s + HEADER_SIZE, &h, width))
		return false;
	return !wide || read_footer(zone, s + size, n - size);
}

enum helio_rc
zone_read(const void *data, size_t n, struct zone **ret,
    struct helio_err *err)
{
	struct zone *zone = calloc(1, sizeof(*zone));

	if (zone == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory");
	if (!read_file(zone, data, n)) {
		zone_free(zone);
		return err_set(err, HELIO_E_DECODE, "no zone file");
	}
	*ret = zone;
	return HELIO_OK;
}

void
zone_free(struct zone *zone)
{
	if (zone == NULL)
		return;
	free(zone->at);
	free(zone->offset);
	free(zone);
}

/* Names as the database has them: no way out of its folder. */
static bool
name_is_plain(const char *name)
{
	for (const char *at = name; *at != '\0'; at++)
		if (!is_letter(*at) && strchr("0123456789_+-/", *at) == NULL)
			return false;
	return *name != '\0' && *name != '/' && strstr(name, "//") == NULL &&
	    strlen(name) < 200;
}

static enum helio_rc
load_file(const char *path, const char *name, struct zone **ret,
    struct helio_err *err)
{
	FILE *file = fopen(path, "re");
	unsigned char *data = malloc(FILE_MAX);
	enum helio_rc rc;
	size_t n = 0;

	if (file != NULL && data != NULL)
		n = fread(data, 1, FILE_MAX, file);
	if (file != NULL)
		fclose(file);
	rc = n > 0 ? zone_read(data, n, ret, err) : HELIO_E_DECODE;
	free(data);
	if (rc == HELIO_E_DECODE)
		return err_set(err, HELIO_E_INVALID,
		    "there is no time zone %s", name);
	return rc;
}

enum helio_rc
zone_load(const char *name, struct zone **ret, struct helio_err *err)
{
	char path[256];

	if (!name_is_plain(name))
		return err_set(err, HELIO_E_INVALID,
		    "'%.60s' is no name of a time zone", name);
	if (strcmp(name, "UTC") == 0) {
		*ret = calloc(1, sizeof(**ret));
		return *ret != NULL ? HELIO_OK :
		    err_set(err, HELIO_E_NO_MEMORY, "no memory");
	}
	snprintf(path, sizeof(path), "%s/%s", FOLDER, name);
	return load_file(path, name, ret, err);
}

/* ---- asking ---- */

int32_t
zone_offset(const struct zone *zone, int64_t utc_s)
{
	size_t low = 0, high = zone->n;

	/* the last transition at or before it */
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (zone->at[middle] <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == zone->n && zone->has_rule)
		return rule_offset(zone, utc_s);
	return low == 0 ? zone->first : zone->offset[low - 1];
}

unsigned
zone_to_utc(const struct zone *zone, int64_t local_s, int64_t ret[2])
{
	/* no zone moves its clock by more than a day, nor twice within two */
	int32_t before = zone_offset(zone, local_s - DAY_S);
	int32_t after = zone_offset(zone, local_s + DAY_S);
	unsigned n = 0;

	if (zone_offset(zone, local_s - before) == before)
		ret[n++] = local_s - before;
	if (after != before &&
	    zone_offset(zone, local_s - after) == after)
		ret[n++] = local_s - after;
	if (n == 0)
		ret[0] = local_s - before;
	return n;
}
