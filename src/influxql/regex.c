/* PCRE2, its memory in an arena. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "influxql/regex.h"

#include <pcre2.h>

enum {
	MATCH_LIMIT = 100000,		/* steps of one match ... */
	DEPTH_LIMIT = 1000,		/* ... and nested ones */
	HEAP_LIMIT_KB = 1024,
	NESTING_MAX = 50,		/* parentheses */
	PATTERN_MAX = 1024,		/* bytes */
};

struct iql_regex {
	pcre2_code	*code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	bool		 gave_up;
};

static void *
take(size_t n, void *arena)
{
	return arena_alloc(arena, n);
}

static void
leave(void *p, void *arena)
{
}

static const char *
message(struct arena *arena, int code)
{
	PCRE2_UCHAR text[160];

	if (pcre2_get_error_message(code, text, sizeof(text)) < 0)
		return "is no regular expression";
	return arena_strdup(arena, (const char *)text);
}

struct iql_regex *
iql_regex_new(struct arena *arena, const char *pattern, size_t n,
    const char **ret_why)
{
	pcre2_general_context *memory = pcre2_general_context_create(take,
	    leave, arena);
	pcre2_compile_context *compile = pcre2_compile_context_create(memory);
	struct iql_regex *regex = arena_alloc(arena, sizeof(*regex));
	size_t at;
	int code;

	if (n > PATTERN_MAX) {
		*ret_why = "the pattern is too long";
		return NULL;
	}
	pcre2_set_parens_nest_limit(compile, NESTING_MAX);
	regex->code = pcre2_compile((PCRE2_SPTR)pattern, n, PCRE2_UTF |
	    PCRE2_NEVER_BACKSLASH_C, &code, &at, compile);
	if (regex->code == NULL) {
		*ret_why = message(arena, code);
		return NULL;
	}
	regex->data = pcre2_match_data_create(1, memory);
	regex->context = pcre2_match_context_create(memory);
	pcre2_set_match_limit(regex->context, MATCH_LIMIT);
	pcre2_set_depth_limit(regex->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(regex->context, HEAP_LIMIT_KB);
	return regex;
}

bool
iql_regex_match(struct iql_regex *regex, const char *s, size_t n)
{
	int rc = pcre2_match(regex->code, (PCRE2_SPTR)(s != NULL ? s : ""), n,
	    0, 0, regex->data, regex->context);

	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
		regex->gave_up = true;
	return rc >= 0;
}

bool
iql_regex_gave_up(const struct iql_regex *regex)
{
	return regex->gave_up;
}
