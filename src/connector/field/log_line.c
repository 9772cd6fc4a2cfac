/* Lines of logs: where the message is, and when it was received. */
#include <string.h>

#include "base/times.h"
#include "helio/field.h"

enum {
	MS_DIGITS = 13,
	STAMP_MIN = 19,		/* YYYY-MM-DD HH:MM:SS */
	STAMP_MAX = 40,
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* "+BUFF:GT" at s? */
static bool
is_head(const char *s, const char *end)
{
	const char *at = s + 1;

	while (at < end && is_upper(*at))
		at++;
	return at > s + 1 && end - at >= 3 && memcmp(at, ":GT", 3) == 0;
}

static bool
find_message(const char *s, const char *end, helio_span *ret)
{
	while ((s = memchr(s, '+', (size_t)(end - s))) != NULL) {
		const char *stop;

		if (!is_head(s, end)) {
			s++;
			continue;
		}
		stop = memchr(s, '$', (size_t)(end - s));
		if (stop == NULL)
			return false;
		*ret = (helio_span){ s, (size_t)(stop + 1 - s) };
		return true;
	}
	return false;
}

/* A run of exactly 13 digits. */
static bool
read_ms(const char *s, const char *end, helio_log_line *ret)
{
	int64_t ms = 0;

	if (end - s < MS_DIGITS ||
	    (end - s > MS_DIGITS && is_digit(s[MS_DIGITS])))
		return false;
	for (size_t i = 0; i < MS_DIGITS; i++) {
		if (!is_digit(s[i]))
			return false;
		ms = ms * 10 + (s[i] - '0');
	}
	ret->receipt = HELIO_RECEIPT_UTC;
	ret->received_us = ms * 1000;
	return true;
}

/* How long the date and time at s is, 0 when there is none. */
static size_t
stamp_len(const char *s, const char *end)
{
	static const char shape[] = "dddd-dd-dd dd:dd:dd";
	size_t i;

	if (end - s < STAMP_MIN)
		return 0;
	for (i = 0; i < STAMP_MIN; i++) {
		bool fits = shape[i] == 'd' ? is_digit(s[i]) :
		    s[i] == shape[i] || (shape[i] == ' ' && s[i] == 'T');

		if (!fits)
			return 0;
	}
	if (s + i + 1 < end && s[i] == '.' && is_digit(s[i + 1]))
		for (i++; s + i < end && is_digit(s[i]) && i < STAMP_MAX;)
			i++;
	return i;
}

static size_t
zone_len(const char *s, const char *end)
{
	if (s < end && *s == 'Z')
		return 1;
	if (end - s >= 6 && (*s == '+' || *s == '-') && s[3] == ':' &&
	    is_digit(s[1]) && is_digit(s[2]) && is_digit(s[4]) &&
	    is_digit(s[5]))
		return 6;
	return 0;
}

static bool
read_stamp(const char *s, const char *end, helio_log_line *ret)
{
	size_t n = stamp_len(s, end);
	size_t zone = n > 0 ? zone_len(s + n, end) : 0;
	const char *why;

	if (n == 0 || !time_parse(s, n + zone, &ret->received_us, NULL, &why))
		return false;
	ret->receipt = zone > 0 ? HELIO_RECEIPT_UTC : HELIO_RECEIPT_LOCAL;
	return true;
}

bool
helio_log_time(const char *s, size_t n, helio_log_line *ret)
{
	return read_ms(s, s + n, ret) || read_stamp(s, s + n, ret);
}

/* The first time in what stands before the message. */
static void
find_time(const char *s, const char *end, helio_log_line *ret)
{
	bool inside = false;	/* a run of digits */

	ret->receipt = HELIO_RECEIPT_NONE;
	for (; s < end; s++) {
		if (is_digit(*s) && !inside &&
		    helio_log_time(s, (size_t)(end - s), ret))
			return;
		inside = is_digit(*s);
	}
}

bool
helio_log_line_read(const char *s, size_t n, helio_log_line *ret)
{
	if (!find_message(s, s + n, &ret->message))
		return false;
	find_time(s, ret->message.s, ret);
	return true;
}
