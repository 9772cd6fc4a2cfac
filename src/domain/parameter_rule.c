/* Which values a type of setting allows.  Pure. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "base/utf8.h"
#include "domain/parameter.h"

/* A value being looked at: as text, and as a number where its type is one. */
struct subject {
	const char	*text;
	double		 number;
};

/* ---- data types: false when the text is none of the type ---- */

static bool
read_float(struct subject *s)
{
	char *end;

	s->number = strtod(s->text, &end);
	return end != s->text && *end == '\0' && isfinite(s->number) &&
	    strpbrk(s->text, "xX \t\r\n") == NULL;
}

static bool
read_int(struct subject *s)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(s->text, &end, 10);
	s->number = (double)n;
	return errno == 0 && end != s->text && *end == '\0' &&
	    strpbrk(s->text, " \t\r\n") == NULL;
}

static bool
read_bool(struct subject *s)
{
	static const char *const texts[] = {
		"True", "False", "true", "false", "1", "0",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(s->text, texts[i]) == 0)
			return true;
	return false;
}

static bool
is_digits(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; text++, pattern++)
		if (*pattern == '0' ? *text < '0' || *text > '9' :
		    *text != *pattern)
			return false;
	return *text == '\0';
}

/* A time of day, or whatever the API reads as a time. */
static bool
read_datetime(struct subject *s)
{
	const char *why;
	int64_t us;

	if (is_digits(s->text, "00:00:00"))
		return strncmp(s->text, "24", 2) < 0 && s->text[3] < '6' &&
		    s->text[6] < '6';
	return time_parse(s->text, strlen(s->text), &us, NULL, &why);
}

static bool
read_string(struct subject *s)
{
	return true;
}

/* ---- rules: false when the value is beyond the limit ---- */

static bool
obeys_min(const struct subject *s, const json_t *rules, const json_t *limit)
{
	return !json_is_number(limit) || s->number >= json_number_value(limit);
}

static bool
obeys_max(const struct subject *s, const json_t *rules, const json_t *limit)
{
	return !json_is_number(limit) || s->number <= json_number_value(limit);
}

/* Steps are counted from the lowest value. */
static bool
obeys_step(const struct subject *s, const json_t *rules, const json_t *limit)
{
	double step = json_number_value(limit), n;

	if (!(step > 0))
		return true;
	n = (s->number - json_number_value(json_object_get(rules, "min"))) /
	    step;
	return fabs(n - round(n)) < 1e-9 * fmax(1, fabs(n));
}

static bool
obeys_minlength(const struct subject *s, const json_t *rules,
    const json_t *limit)
{
	return !json_is_number(limit) || (double)utf8_count(s->text,
	    strlen(s->text)) >= json_number_value(limit);
}

static bool
obeys_maxlength(const struct subject *s, const json_t *rules,
    const json_t *limit)
{
	return !json_is_number(limit) || (double)utf8_count(s->text,
	    strlen(s->text)) <= json_number_value(limit);
}

static bool
is_option(const struct subject *s, const json_t *option)
{
	if (json_is_number(option))
		return json_number_value(option) == s->number;
	return json_is_string(option) &&
	    strcmp(json_string_value(option), s->text) == 0;
}

static bool
obeys_options(const struct subject *s, const json_t *rules,
    const json_t *options)
{
	size_t i;

	for (i = 0; i < json_array_size(options); i++)
		if (is_option(s, json_array_get(options, i)))
			return true;
	return !json_is_array(options);
}

enum { NUMBERS = 1, TEXTS = 2 };	/* which types a rule is for */

static const struct {
	const char	*name;
	bool		(*read)(struct subject *);
	unsigned	 rules;
	const char	*why;
} types[] = {
	{ "float", read_float, NUMBERS, "must be of type float" },
	{ "int", read_int, NUMBERS, "must be of type int" },
	{ "bool", read_bool, 0, "must be of type bool" },
	{ "datetime", read_datetime, 0, "must be of type datetime" },
	{ "string", read_string, TEXTS, "must be of type string" },
};

static const struct {
	const char	*name;
	unsigned	 types;
	bool		(*obeys)(const struct subject *, const json_t *rules,
			    const json_t *limit);
	const char	*why;
} limits[] = {
	{ "min", NUMBERS, obeys_min, "is less than the least allowed" },
	{ "max", NUMBERS, obeys_max, "is more than the most allowed" },
	{ "step", NUMBERS, obeys_step, "is not in the steps allowed" },
	{ "options", NUMBERS | TEXTS, obeys_options,
	    "is none of the values allowed" },
	{ "minlength", TEXTS, obeys_minlength, "is too short" },
	{ "maxlength", TEXTS, obeys_maxlength, "is too long" },
};

enum {
	TYPES = sizeof(types) / sizeof(types[0]),
	LIMITS = sizeof(limits) / sizeof(limits[0]),
};

static bool
names_limit(const json_t *rules)
{
	size_t i;

	for (i = 0; i < LIMITS; i++)
		if (json_object_get(rules, limits[i].name) != NULL)
			return true;
	return false;
}

static const char *
fault(size_t type, const json_t *rules, const char *value)
{
	struct subject s = { .text = value, .number = NAN };
	const json_t *limit;
	size_t i;

	if (!types[type].read(&s))
		return types[type].why;
	for (i = 0; i < LIMITS; i++) {
		limit = json_object_get(rules, limits[i].name);
		if (limit != NULL && (limits[i].types & types[type].rules) &&
		    !limits[i].obeys(&s, rules, limit))
			return limits[i].why;
	}
	return NULL;
}

const char *
parameter_fault(const char *data_type, const char *rules, const char *value)
{
	json_t *json = rules != NULL ? json_loads(rules, 0, NULL) : NULL;
	const char *why = NULL;
	size_t i;

	for (i = 0; names_limit(json) && i < TYPES; i++)
		if (strcmp(types[i].name, data_type) == 0)
			why = fault(i, json, value);
	json_decref(json);
	return why;
}
