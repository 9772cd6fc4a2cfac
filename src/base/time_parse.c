/*
 * time_parse.c - dates and times as people and programs write them
 *
 * The text is cut into tokens; then a table of small rules, tried in order at
 * each token, fills in the parts; at the end the parts are put together.  No
 * locale, no zone of the machine, nothing depends on today.
 */
#include "base/times.h"

#include <string.h>

#include "base/civil.h"

enum {
	TEXT_MAX = 128,
	NUMBER_MAX = 14,	/* digits of YYYYMMDDhhmmss */
	FRACTION_DIGITS = 9,
};

#define NS_PER_S	INT64_C(1000000000)

enum token_kind { END, NUMBER, WORD, BLANK, MARK, OTHER };

struct token {
	enum token_kind	 kind;
	const char	*s;
	size_t		 n;
	const struct word *word;	/* NULL when not one we know */
};

enum answer { NOT_MINE, TAKEN, REFUSED };

/* What the last rule took; blanks and commas leave it alone. */
enum last { NOTHING, DATE, SEPARATOR, TIME_DUE, TIME, ZONE, NAME };

struct component {
	unsigned	value;
	bool		year;		/* four digits */
	bool		ordinal;	/* 1st, 2nd .. */
};

struct parse {
	const struct token *start;		/* ends with END */
	const struct token *at;
	const char	*why;
	struct component date[3];
	unsigned	 n_date;
	unsigned	 month;			/* by name, or 0 */
	bool		 has_time, has_zone, has_half;
	unsigned	 hour, minute, second, ns;
	int		 offset_s;		/* east of UTC */
	enum last	 last;
};

enum word_kind { MONTH, WEEKDAY, HALF, ORDINAL, UTC, TEE, FILLER };

/* A word counts when it is the start of a name and at least `least` long. */
struct word {
	const char	*name;
	size_t		 least;
	enum word_kind	 kind;
	unsigned	 value;
};

static const struct word words[] = {
	{ "january", 3, MONTH, 1 }, { "february", 3, MONTH, 2 },
	{ "march", 3, MONTH, 3 }, { "april", 3, MONTH, 4 },
	{ "may", 3, MONTH, 5 }, { "june", 3, MONTH, 6 },
	{ "july", 3, MONTH, 7 }, { "august", 3, MONTH, 8 },
	{ "september", 3, MONTH, 9 }, { "october", 3, MONTH, 10 },
	{ "november", 3, MONTH, 11 }, { "december", 3, MONTH, 12 },
	{ "monday", 3, WEEKDAY, 0 }, { "tuesday", 3, WEEKDAY, 0 },
	{ "wednesday", 3, WEEKDAY, 0 }, { "thursday", 3, WEEKDAY, 0 },
	{ "friday", 3, WEEKDAY, 0 }, { "saturday", 3, WEEKDAY, 0 },
	{ "sunday", 3, WEEKDAY, 0 },
	{ "am", 2, HALF, 0 }, { "pm", 2, HALF, 12 },
	{ "st", 2, ORDINAL, 0 }, { "nd", 2, ORDINAL, 0 },
	{ "rd", 2, ORDINAL, 0 }, { "th", 2, ORDINAL, 0 },
	{ "z", 1, UTC, 0 }, { "utc", 3, UTC, 0 }, { "gmt", 3, UTC, 0 },
	{ "t", 1, TEE, 0 },
	{ "of", 2, FILLER, 0 }, { "at", 2, FILLER, 0 },
	{ "on", 2, FILLER, 0 },
};

static enum answer
refuse(struct parse *p, const char *why)
{
	p->why = why;
	return REFUSED;
}

static enum answer
take(struct parse *p, unsigned n_tokens, enum last last)
{
	p->at += n_tokens;
	p->last = last;
	return TAKEN;
}

static enum token_kind
kind_of(char c)
{
	if (c >= '0' && c <= '9')
		return NUMBER;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return WORD;
	if (c == ' ' || c == '\t')
		return BLANK;
	return c != '\0' && strchr("-/.,:+", c) != NULL ? MARK : OTHER;
}

static const struct word *
find_word(const char *s, size_t n)
{
	size_t i, k;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		/* the name's NUL ends the comparison of a longer text */
		for (k = 0; k < n && (s[k] | 0x20) == words[i].name[k];)
			k++;
		if (k == n && k >= words[i].least)
			return &words[i];
	}
	return NULL;
}

/* Marks stand alone, all else comes in runs.  Room for n + 1 tokens. */
static bool
tokenize(const char *s, size_t n, struct token *t)
{
	size_t i, start;

	for (i = 0; i < n; t++) {
		start = i;
		*t = (struct token){ kind_of(s[i]), s + i, 0, NULL };
		if (t->kind == OTHER)
			return false;
		do
			i++;
		while (i < n && t->kind != MARK && kind_of(s[i]) == t->kind);
		t->n = i - start;
		if (t->kind == WORD)
			t->word = find_word(t->s, t->n);
	}
	*t = (struct token){ END, NULL, 0, NULL };
	return true;
}

static bool
is_mark(const struct token *t, char c)
{
	return t->kind == MARK && *t->s == c;
}

static bool
is_digits(const struct token *t, size_t n)
{
	return t->kind == NUMBER && t->n == n;
}

/* The value of n digits, at most nine. */
static unsigned
digits(const char *s, size_t n)
{
	unsigned value = 0;

	while (n-- > 0)
		value = value * 10 + (unsigned)(*s++ - '0');
	return value;
}

static bool
is_word(const struct token *t, enum word_kind kind)
{
	return t->word != NULL && t->word->kind == kind;
}

/* The token at t, or the one behind a blank there. */
static const struct token *
after_blank(const struct token *t)
{
	return t->kind == BLANK ? t + 1 : t;
}

static bool
date_complete(const struct parse *p)
{
	return p->n_date + (p->month != 0) == 3;
}

/* Every way to write a time of day ends here. */
static enum answer
set_time(struct parse *p, unsigned hour, unsigned minute, unsigned second)
{
	if (p->has_time)
		return refuse(p, "two times of day");
	if (p->last == SEPARATOR)
		return refuse(p, "the date is incomplete");
	if (hour > 23 || minute > 59 || second > 59)
		return refuse(p, "no such time of day");
	p->has_time = true;
	p->hour = hour;
	p->minute = minute;
	p->second = second;
	p->last = TIME;
	return TAKEN;
}

/* `.123` or `,123` straight after the seconds; digits past ns are cut. */
static void
take_fraction(struct parse *p)
{
	const struct token *t = p->at;
	size_t n;

	if ((!is_mark(t, '.') && !is_mark(t, ',')) || t[1].kind != NUMBER)
		return;
	n = t[1].n < FRACTION_DIGITS ? t[1].n : FRACTION_DIGITS;
	p->ns = digits(t[1].s, n);
	for (; n < FRACTION_DIGITS; n++)
		p->ns *= 10;
	p->at += 2;
}

/* 10:11 or 10:11:12[.13] */
static enum answer
take_clock(struct parse *p)
{
	const struct token *t = p->at;
	unsigned second = 0;
	bool seconds;

	if (t->kind != NUMBER || !is_mark(t + 1, ':'))
		return NOT_MINE;
	seconds = t[2].kind == NUMBER && is_mark(t + 3, ':');
	if (t->n > 2 || !is_digits(t + 2, 2) ||
	    (seconds && !is_digits(t + 4, 2)))
		return refuse(p, "no such time of day");
	if (seconds)
		second = digits(t[4].s, 2);
	if (set_time(p, digits(t->s, t->n), digits(t[2].s, 2), second) ==
	    REFUSED)
		return REFUSED;
	p->at += seconds ? 5 : 3;
	if (seconds)
		take_fraction(p);
	return TAKEN;
}

/* 1pm, 1 pm: the hour here, the word by its own rule. */
static enum answer
take_hour(struct parse *p)
{
	const struct token *t = p->at;

	if (t->kind != NUMBER || t->n > 2 || !is_word(after_blank(t + 1), HALF))
		return NOT_MINE;
	if (set_time(p, digits(t->s, t->n), 0, 0) == REFUSED)
		return REFUSED;
	p->at++;
	return TAKEN;
}

/* hh, hhmm or hhmmss as one run of digits; s has n of them. */
static enum answer
set_compact_time(struct parse *p, const char *s, size_t n)
{
	return set_time(p, digits(s, 2), n > 2 ? digits(s + 2, 2) : 0,
	    n > 4 ? digits(s + 4, 2) : 0);
}

/* After the date and T or a blank: 10, 1011, 101112[.13] */
static enum answer
take_compact_time(struct parse *p)
{
	const struct token *t = p->at;

	if (t->kind != NUMBER || !date_complete(p) || p->has_time)
		return NOT_MINE;
	if ((t->n != 2 && t->n != 4 && t->n != 6) ||
	    (p->last != TIME_DUE && t[-1].kind != BLANK))
		return refuse(p, "a number too many");
	if (set_compact_time(p, t->s, t->n) == REFUSED)
		return REFUSED;
	p->at++;
	if (t->n == 6)
		take_fraction(p);
	return TAKEN;
}

static void
add_component(struct parse *p, const char *s, size_t n)
{
	p->date[p->n_date++] = (struct component){
		.value = digits(s, n), .year = n == 4,
	};
}

/* YYYYMMDD, and with hhmm or hhmmss[.fff] in the same run */
static enum answer
take_compact_date(struct parse *p)
{
	const struct token *t = p->at;

	if (t->kind != NUMBER || p->n_date > 0 || p->month != 0 ||
	    (t->n != 8 && t->n != 12 && t->n != NUMBER_MAX))
		return NOT_MINE;
	add_component(p, t->s, 4);
	add_component(p, t->s + 4, 2);
	add_component(p, t->s + 6, 2);
	if (t->n == 8)
		return take(p, 1, DATE);
	if (set_compact_time(p, t->s + 8, t->n - 8) == REFUSED)
		return REFUSED;
	p->at++;
	if (t->n == NUMBER_MAX)
		take_fraction(p);
	return TAKEN;
}

/* A year, a month's number or a day, with st/nd/rd/th or without. */
static enum answer
take_component(struct parse *p)
{
	const struct token *t = p->at;
	bool ordinal;

	if (t->kind != NUMBER)
		return NOT_MINE;
	if (date_complete(p))
		return refuse(p, "a number too many");
	if (t->n != 1 && t->n != 2 && t->n != 4)
		return refuse(p, "a number is neither year, month nor day");
	add_component(p, t->s, t->n);
	ordinal = is_word(t + 1, ORDINAL);
	p->date[p->n_date - 1].ordinal = ordinal;
	return take(p, ordinal ? 2 : 1, DATE);
}

/* July, Jul., jul */
static enum answer
take_month(struct parse *p)
{
	if (!is_word(p->at, MONTH))
		return NOT_MINE;
	if (p->month != 0 || date_complete(p))
		return refuse(p, "a month too many");
	p->month = p->at->word->value;
	return take(p, 1, DATE);
}

/* am, pm: 12 am is midnight, 12 pm is noon */
static enum answer
take_half(struct parse *p)
{
	if (!is_word(p->at, HALF))
		return NOT_MINE;
	if (p->last != TIME || p->has_half || p->hour < 1 || p->hour > 12)
		return refuse(p, "am or pm needs an hour from 1 to 12");
	p->hour = p->hour % 12 + p->at->word->value;
	p->has_half = true;
	return take(p, 1, TIME);
}

/* Zones stand right behind a time, so they cannot be taken for a date. */
static enum answer
set_zone(struct parse *p, int offset_s, unsigned n_tokens)
{
	if (p->last != TIME)
		return refuse(p, "a zone needs a time of day");
	p->has_zone = true;
	p->offset_s = offset_s;
	return take(p, n_tokens, ZONE);
}

static enum answer
take_utc(struct parse *p)
{
	return is_word(p->at, UTC) ? set_zone(p, 0, 1) : NOT_MINE;
}

/* +02, +0200, +02:00, after a time of day */
static enum answer
take_offset(struct parse *p)
{
	const struct token *t = p->at;
	unsigned hours, minutes = 0, n_tokens = 2;
	int offset;

	if (p->last != TIME || (!is_mark(t, '+') && !is_mark(t, '-')))
		return NOT_MINE;
	if (!is_digits(t + 1, 2) && !is_digits(t + 1, 4))
		return refuse(p, "no such zone");
	hours = digits(t[1].s, 2);
	if (t[1].n == 4) {
		minutes = digits(t[1].s + 2, 2);
	} else if (is_mark(t + 2, ':')) {
		if (!is_digits(t + 3, 2))
			return refuse(p, "no such zone");
		minutes = digits(t[3].s, 2);
		n_tokens = 4;
	}
	if (hours > 23 || minutes > 59)
		return refuse(p, "no such zone");
	offset = (int)(hours * 3600 + minutes * 60);
	return set_zone(p, is_mark(t, '-') ? -offset : offset, n_tokens);
}

/* The T between date and time. */
static enum answer
take_tee(struct parse *p)
{
	if (!is_word(p->at, TEE))
		return NOT_MINE;
	if (p->last != DATE || !date_complete(p) || p->at[1].kind != NUMBER)
		return refuse(p, "T stands between date and time");
	return take(p, 1, TIME_DUE);
}

/* Weekdays say nothing that the date does not; `of`, `at`, `on`. */
static enum answer
take_filler(struct parse *p)
{
	if (!is_word(p->at, WEEKDAY) && !is_word(p->at, FILLER))
		return NOT_MINE;
	return take(p, 1, p->last == NOTHING ? NAME : p->last);
}

/* Between the parts of a date; a point also after a shortened name. */
static enum answer
take_separator(struct parse *p)
{
	const struct token *t = p->at;

	if (!is_mark(t, '-') && !is_mark(t, '/') && !is_mark(t, '.'))
		return NOT_MINE;
	if (is_mark(t, '.') && t > p->start && t[-1].kind == WORD)
		return take(p, 1, p->last);
	if (p->last != DATE || date_complete(p))
		return refuse(p, "a mark is out of place");
	return take(p, 1, SEPARATOR);
}

static enum answer
take_blank(struct parse *p)
{
	if (p->at->kind != BLANK && !is_mark(p->at, ','))
		return NOT_MINE;
	return take(p, 1, p->last);
}

static enum answer
take_unknown(struct parse *p)
{
	return refuse(p, p->at->kind == WORD ? "an unknown word" :
	    "a mark is out of place");
}

/* The order decides: what is more particular comes first. */
static enum answer (*const rules[])(struct parse *) = {
	take_blank,
	take_clock,
	take_hour,
	take_compact_date,
	take_compact_time,
	take_component,
	take_month,
	take_half,
	take_utc,
	take_tee,
	take_filler,
	take_offset,
	take_separator,
	take_unknown,		/* always answers */
};

static bool
take_all(struct parse *p)
{
	enum answer answer;
	size_t i;

	while (p->at->kind != END) {
		for (i = 0; (answer = rules[i](p)) == NOT_MINE;)
			i++;
		if (answer == REFUSED)
			return false;
	}
	return true;
}

/* Which of year, month and day is not there; NULL when all are. */
static const char *
missing(const struct parse *p)
{
	unsigned i, small = 0;
	bool year = false;

	for (i = 0; i < p->n_date; i++) {
		year = year || p->date[i].year;
		small += !p->date[i].year;
	}
	if (p->n_date == 0 && p->month == 0)
		return "the date is missing";
	if (!year)
		return "the year is missing (four digits)";
	if (p->month == 0 && small == 0)
		return "month and day are missing";
	if (small + (p->month != 0) < 2)
		return "the day is missing";
	return NULL;
}

/* With a month's name the other two are a year and a day, in any order. */
static void
named_month(const struct parse *p, struct civil *ret)
{
	unsigned y = p->date[0].year ? 0 : 1;

	ret->year = p->date[y].value;
	ret->month = p->month;
	ret->day = p->date[1 - y].value;
}

/* Year first: the month follows.  Year last: month first, unless it cannot
 * be one. */
static bool
numbered_month(const struct parse *p, struct civil *ret)
{
	unsigned first = p->date[0].year ? 1 : 0;
	unsigned a = p->date[first].value, b = p->date[first + 1].value;
	bool day_first = first == 0 && a > 12;

	if (p->date[1].year)
		return false;
	ret->year = p->date[first == 1 ? 0 : 2].value;
	ret->month = day_first ? b : a;
	ret->day = day_first ? a : b;
	return true;
}

/* `1st` is a day, and only where a name says which number the month is. */
static bool
ordinals_fit(const struct parse *p)
{
	unsigned i;

	for (i = 0; i < p->n_date; i++)
		if (p->date[i].ordinal && (p->date[i].year || p->month == 0))
			return false;
	return true;
}

static const char *
find_date(const struct parse *p, struct civil *ret)
{
	const char *why = missing(p);

	if (why != NULL)
		return why;
	if (!ordinals_fit(p))
		return "an ordinal is not a day beside a month's name";
	if (p->month != 0)
		named_month(p, ret);
	else if (!numbered_month(p, ret))
		return "the year stands between month and day";
	if (ret->month < 1 || ret->month > 12)
		return "no such month";
	if (ret->day < 1 || ret->day > civil_month_days(ret->year, ret->month))
		return "no such day in that month";
	if (ret->year < 1)
		return "outside the years 1 to 9999";
	return NULL;
}

/* After the zone is taken off, which may leave the last or first year. */
static bool
year_in_range(int64_t s)
{
	static const struct civil first = { 1, 1, 1 }, beyond = { 10000, 1, 1 };

	return s >= civil_to_days(first) * 86400 &&
	    s < civil_to_days(beyond) * 86400;
}

static bool
to_ns(int64_t s, int64_t ns, int64_t *ret)
{
	/* count down from the next second, so that only the sum can pass the
	 * edge */
	if (s < 0) {
		s++;
		ns -= NS_PER_S;
	}
	return !__builtin_mul_overflow(s, NS_PER_S, &s) &&
	    !__builtin_add_overflow(s, ns, ret);
}

static const char *
resolve(const struct parse *p, int64_t *ret_s)
{
	struct civil date;
	const char *why;

	why = find_date(p, &date);
	if (why != NULL)
		return why;
	*ret_s = civil_to_days(date) * 86400 + p->hour * 3600 +
	    p->minute * 60 + p->second - p->offset_s;
	return year_in_range(*ret_s) ? NULL : "outside the years 1 to 9999";
}

/* NULL, or why s is no time. */
static const char *
read_text(const char *s, size_t n, int64_t *ret_s, unsigned *ret_ns)
{
	struct token token[TEXT_MAX + 1];
	struct parse p = { .start = token, .at = token };
	const char *why;

	if (n > TEXT_MAX)
		return "too long for a date";
	if (!tokenize(s, n, token))
		return "a character that no date has";
	if (!take_all(&p))
		return p.why;
	why = resolve(&p, ret_s);
	if (why == NULL)
		*ret_ns = p.ns;
	return why;
}

bool
time_parse(const char *s, size_t n, int64_t *ret_us, int64_t *ret_ns,
    const char **ret_why)
{
	int64_t at_s = 0, at_ns = 0;
	unsigned ns = 0;
	const char *why;

	why = read_text(s, n, &at_s, &ns);
	if (why == NULL && ret_ns != NULL && !to_ns(at_s, ns, &at_ns))
		why = "outside the years 1678 to 2261";
	if (why != NULL) {
		*ret_why = why;
		return false;
	}
	if (ret_ns != NULL)
		*ret_ns = at_ns;
	if (ret_us != NULL)
		*ret_us = at_s * US_PER_S + ns / NS_PER_US;
	return true;
}
