/* Messages of devices, in the style of Queclink's @Track. */
#include <string.h>

#include "base/civil.h"
#include "helio/field.h"

enum { TIME_DIGITS = 14, COUNT_DIGITS = 4, SECONDS_PER_DAY = 86400 };

/* ---- reading ---- */

static bool
is_name(const char *s, const char *end)
{
	for (const char *at = s; at < end; at++)
		if (!((*at >= 'A' && *at <= 'Z') ||
		    (*at >= '0' && *at <= '9')))
			return false;
	return end > s;
}

/* "+BUFF:GTDOG" */
static bool
read_head(const char *s, const char *end, helio_message *ret)
{
	const char *colon = memchr(s, ':', (size_t)(end - s));

	if (end == s || *s != '+' || colon == NULL ||
	    !is_name(s + 1, colon) || !is_name(colon + 1, end))
		return false;
	ret->head = (helio_span){ s + 1, (size_t)(colon - s - 1) };
	ret->type = (helio_span){ colon + 1, (size_t)(end - colon - 1) };
	ret->buffered = ret->head.n == 4 && memcmp(ret->head.s, "BUFF", 4) == 0;
	return true;
}

static const char *
comma(const char *s, const char *end)
{
	const char *at = memchr(s, ',', (size_t)(end - s));

	return at != NULL ? at : end;
}

bool
helio_message_read(const char *s, size_t n, helio_message *ret,
    const char **ret_why)
{
	const char *end = s + n, *stop;

	ret->n = 0;
	if (n == 0 || s[n - 1] != '$') {
		*ret_why = "the message does not end with $";
		return false;
	}
	end--;
	stop = comma(s, end);
	if (!read_head(s, stop, ret)) {
		*ret_why = "the message does not begin like +RESP:GTDOG";
		return false;
	}
	while (stop < end) {
		if (ret->n == HELIO_MESSAGE_FIELDS_MAX) {
			*ret_why = "the message has too many fields";
			return false;
		}
		s = stop + 1;
		stop = comma(s, end);
		ret->field[ret->n++] = (helio_span){ s, (size_t)(stop - s) };
	}
	return true;
}

/* ---- fields ---- */

helio_span
helio_message_field(const helio_message *message, size_t i)
{
	return i < message->n ? message->field[i] : (helio_span){ "", 0 };
}

bool
helio_message_code(const helio_message *message, helio_device_code *ret)
{
	helio_span field = helio_message_field(message, HELIO_FIELD_CODE);

	return helio_device_code_read(field.s, field.n, ret);
}

static unsigned
number(const char *s, size_t n)
{
	unsigned value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (unsigned)(s[i] - '0');
	return value;
}

bool
helio_message_time(helio_span span, int64_t *ret_s)
{
	struct civil date;
	unsigned hour, minute, second;

	if (span.n != TIME_DIGITS)
		return false;
	for (size_t i = 0; i < span.n; i++)
		if (span.s[i] < '0' || span.s[i] > '9')
			return false;
	date = (struct civil){ number(span.s, 4), number(span.s + 4, 2),
	    number(span.s + 6, 2) };
	hour = number(span.s + 8, 2);
	minute = number(span.s + 10, 2);
	second = number(span.s + 12, 2);
	if (date.year < 1 || date.month < 1 || date.month > 12 ||
	    date.day < 1 || date.day > civil_month_days(date.year,
	    date.month) || hour > 23 || minute > 59 || second > 59)
		return false;
	*ret_s = civil_to_days(date) * SECONDS_PER_DAY + hour * 3600 +
	    minute * 60 + second;
	return true;
}

bool
helio_message_sent(const helio_message *message, int64_t *ret_s)
{
	return message->n >= 2 &&
	    helio_message_time(message->field[message->n - 2], ret_s);
}

/*
 * Where a position report has it; reports of other shapes have other counts
 * of fields: then the first time there is before that of sending.
 */
bool
helio_message_locked(const helio_message *message, int64_t *ret_s)
{
	if (message->n >= 2 && HELIO_FIELD_GPS_TIME < message->n - 2 &&
	    helio_message_time(message->field[HELIO_FIELD_GPS_TIME], ret_s))
		return true;
	for (size_t i = 0; i + 2 < message->n; i++)
		if (helio_message_time(message->field[i], ret_s))
			return true;
	return false;
}

bool
helio_message_count(const helio_message *message, unsigned *ret)
{
	helio_span last = helio_message_field(message,
	    message->n > 0 ? message->n - 1 : 0);
	unsigned value = 0;

	if (last.n != COUNT_DIGITS)
		return false;
	for (size_t i = 0; i < last.n; i++) {
		char c = last.s[i];

		if ((c < '0' || c > '9') && (c < 'A' || c > 'F'))
			return false;
		value = value * 16 + (unsigned)(c <= '9' ? c - '0' :
		    c - 'A' + 10);
	}
	*ret = value;
	return true;
}
