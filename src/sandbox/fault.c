/* Faults: their text, and when they are due. */
#include "sandbox/fault.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_DIGITS = 9, STATUS_MIN = 200, STATUS_MAX = 599, PERCENT = 100 };

/* Is it due, when `seen` requests fitted, this one included? */
static bool
when_all(uint64_t n, uint64_t seen, uint64_t random)
{
	return true;
}

static bool
when_first(uint64_t n, uint64_t seen, uint64_t random)
{
	return seen <= n;
}

static bool
when_after(uint64_t n, uint64_t seen, uint64_t random)
{
	return seen > n;
}

static bool
when_nth(uint64_t n, uint64_t seen, uint64_t random)
{
	return seen == n;
}

static bool
when_every(uint64_t n, uint64_t seen, uint64_t random)
{
	return seen % n == 0;
}

static bool
when_percent(uint64_t n, uint64_t seen, uint64_t random)
{
	return random % PERCENT < n;
}

static const struct when {
	const char	*before;	/* the number */
	const char	*after;
	bool		 number;
	bool		(*due)(uint64_t n, uint64_t seen, uint64_t random);
} whens[] = {
	{ "all", "", false, when_all },
	{ "first=", "", true, when_first },
	{ "after=", "", true, when_after },
	{ "nth=", "", true, when_nth },
	{ "every=", "", true, when_every },
	{ "", "%", true, when_percent },
};

/* A number above 0 at *at, which moves behind it. */
static bool
take_number(const char **at, const char *end, uint64_t *ret)
{
	uint64_t n = 0;
	const char *s = *at;

	for (; s < end && *s >= '0' && *s <= '9'; s++) {
		if (s - *at >= NUMBER_DIGITS)
			return false;
		n = n * 10 + (uint64_t)(*s - '0');
	}
	if (s == *at || n == 0)
		return false;
	*at = s;
	*ret = n;
	return true;
}

static bool
take_word(const char **at, const char *end, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(end - *at) < n || memcmp(*at, word, n) != 0)
		return false;
	*at += n;
	return true;
}

static bool
read_when(struct fault_rule *rule, const char *s, const char *end)
{
	for (unsigned i = 0; i < sizeof(whens) / sizeof(whens[0]); i++) {
		const char *at = s;

		rule->n = 0;
		if (!take_word(&at, end, whens[i].before))
			continue;
		if (whens[i].number && !take_number(&at, end, &rule->n))
			continue;
		if (!take_word(&at, end, whens[i].after) || at != end)
			continue;
		rule->when = i;
		return true;
	}
	return false;
}

static bool
read_what(struct sandbox_fault *fault, const char *s, const char *end)
{
	uint64_t status, seconds = 0;

	if (take_word(&s, end, "drop")) {
		fault->kind = SANDBOX_DROP;
		return s == end;
	}
	if (take_word(&s, end, "malformed")) {
		fault->kind = SANDBOX_MALFORMED;
		return s == end;
	}
	if (!take_number(&s, end, &status) || status < STATUS_MIN ||
	    status > STATUS_MAX)
		return false;
	if (take_word(&s, end, "/") && !take_number(&s, end, &seconds))
		return false;
	fault->kind = SANDBOX_STATUS;
	fault->status = (unsigned)status;
	fault->retry_after_s = (unsigned)seconds;
	return s == end;
}

static const char *
until(const char *s, const char *end, char c)
{
	const char *at = memchr(s, c, (size_t)(end - s));

	return at != NULL ? at : end;
}

static bool
read_rule(struct fault_rule *rule, const char *s, const char *end)
{
	const char *when = until(s, end, ':');
	const char *what = when < end ? until(when + 1, end, ':') : end;
	size_t glob = what < end ? (size_t)(end - what - 1) : 0;

	memset(rule, 0, sizeof(*rule));
	if (when == end || glob >= sizeof(rule->glob))
		return false;
	if (glob > 0)
		memcpy(rule->glob, what + 1, glob);
	return read_when(rule, s, when) &&
	    read_what(&rule->fault, when + 1, what);
}

enum helio_rc
fault_parse(struct fault_set *set, const char *text, struct helio_err *err)
{
	struct fault_set read = { .n = 0 };
	const char *end = text + strlen(text);

	while (text < end) {
		const char *stop = until(text, end, ',');

		if (read.n == FAULTS_MAX)
			return err_field(err, "fail", "more than %d rules",
			    FAULTS_MAX);
		if (!read_rule(&read.rule[read.n++], text, stop))
			return err_field(err, "fail", "'%.*s' is not "
			    "WHEN:WHAT[:PATH]", (int)(stop - text), text);
		text = stop < end ? stop + 1 : end;
	}
	*set = read;
	return HELIO_OK;
}

struct sandbox_fault
fault_next(struct fault_set *set, const char *path, uint64_t random)
{
	struct sandbox_fault found = { .kind = SANDBOX_NO_FAULT };

	for (size_t i = 0; i < set->n; i++) {
		struct fault_rule *rule = &set->rule[i];

		if (*rule->glob != '\0' && fnmatch(rule->glob, path, 0) != 0)
			continue;
		rule->seen++;
		if (found.kind == SANDBOX_NO_FAULT &&
		    whens[rule->when].due(rule->n, rule->seen, random))
			found = rule->fault;
	}
	return found;
}
