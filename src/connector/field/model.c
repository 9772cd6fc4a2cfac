/* Device codes, and the table of models. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helio/field.h"

enum { CODE_DIGITS = 6, WORDS = 3, MODELS_MAX = 10000, PATTERN_MAX = 15 };

enum pattern_kind { PATTERN_TYPE, PATTERN_IMEI };

struct pattern {
	enum pattern_kind kind;
	char		*text;		/* what it begins with, or is */
	char		*model;
};

struct helio_models {
	struct pattern	*pattern;
	size_t		 n, cap;
};

/* Placeholders of the fact sheet: the maker's table is its customers'. */
static const char builtin[] =
"# models by the type of a device code\n"
"type A8 Model01\n"
"type 58 Model02\n"
"type DB Model03\n"
"type 43 Model04\n"
"type EA Model05\n"
"type EB Model06\n"
"type A2 Model07\n"
"# models by the first digits of an IMEI\n"
"imei 001001 Model01\n"
"imei 001002 Model02\n"
"imei 001003 Model03_OLD\n"
"imei 001303 Model03_NEW\n"
"imei 001004 Model04_OLD\n"
"imei 001204 Model04_NEW\n"
"imei 006002 Model05_OLD\n"
"imei 006003 Model05_NEW\n"
"imei 001010 Model06\n"
"imei 004010 Model07\n";

/* ---- codes ---- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
helio_device_code_read(const char *s, size_t n, helio_device_code *ret)
{
	int digit[CODE_DIGITS];

	if (n != CODE_DIGITS)
		return false;
	for (size_t i = 0; i < n; i++) {
		digit[i] = hex_digit(s[i]);
		if (digit[i] < 0)
			return false;
	}
	memcpy(ret->type, s, 2);
	ret->type[2] = '\0';
	ret->major = (unsigned)(digit[2] * 16 + digit[3]);
	ret->minor = (unsigned)(digit[4] * 16 + digit[5]);
	return true;
}

/* ---- the table ---- */

const char *
helio_models_default(void)
{
	return builtin;
}

void
helio_models_free(helio_models *models)
{
	if (models == NULL)
		return;
	for (size_t i = 0; i < models->n; i++) {
		free(models->pattern[i].text);
		free(models->pattern[i].model);
	}
	free(models->pattern);
	free(models);
}

static bool
add(helio_models *models, enum pattern_kind kind, helio_span text,
    helio_span model)
{
	size_t cap = models->cap > 0 ? models->cap * 2 : 32;
	struct pattern *more, *pattern;

	if (models->n == models->cap) {
		more = realloc(models->pattern, cap * sizeof(*more));
		if (more == NULL)
			return false;
		models->pattern = more;
		models->cap = cap;
	}
	pattern = &models->pattern[models->n];
	pattern->kind = kind;
	pattern->text = strndup(text.s, text.n);
	pattern->model = strndup(model.s, model.n);
	models->n++;
	return pattern->text != NULL && pattern->model != NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The words of a line, up to a '#'; WORDS + 1 when there are more. */
static size_t
split(const char *s, const char *end, helio_span word[WORDS])
{
	size_t n = 0;

	for (;;) {
		const char *start;

		while (s < end && is_blank(*s))
			s++;
		if (s == end || *s == '#')
			return n;
		if (n == WORDS)
			return n + 1;
		for (start = s; s < end && !is_blank(*s); s++)
			;
		word[n++] = (helio_span){ start, (size_t)(s - start) };
	}
}

static bool
is_word(helio_span word, const char *text)
{
	return word.n == strlen(text) && memcmp(word.s, text, word.n) == 0;
}

static bool
is_type(helio_span word)
{
	return word.n == 2 && hex_digit(word.s[0]) >= 0 &&
	    hex_digit(word.s[1]) >= 0;
}

static bool
is_prefix(helio_span word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.s[i] < '0' || word.s[i] > '9')
			return false;
	return word.n > 0 && word.n <= PATTERN_MAX;
}

/* What is wrong with a line (static text), or NULL. */
static const char *
read_line(helio_models *models, const char *s, const char *end)
{
	helio_span word[WORDS];
	size_t n = split(s, end, word);
	bool type;

	if (n == 0)
		return NULL;
	if (n != WORDS)
		return "a line is a kind, a pattern and a model";
	type = is_word(word[0], "type");
	if (!type && !is_word(word[0], "imei"))
		return "the kind is type or imei";
	if (type && !is_type(word[1]))
		return "a type is two hexadecimal digits";
	if (!type && !is_prefix(word[1]))
		return "a pattern of IMEIs is 1 to 15 digits";
	if (models->n == MODELS_MAX)
		return "too many lines";
	return add(models, type ? PATTERN_TYPE : PATTERN_IMEI, word[1],
	    word[2]) ? NULL : "no memory";
}

helio_code
helio_models_new(const char *text, size_t n, helio_models **ret,
    helio_error *error)
{
	helio_models *models = calloc(1, sizeof(*models));
	const char *at = text != NULL ? text : builtin;
	const char *end = at + (text != NULL ? n : sizeof(builtin) - 1);
	const char *why;

	if (models == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	for (unsigned line = 1; at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		stop = stop != NULL ? stop : end;
		why = read_line(models, at, stop);
		if (why != NULL) {
			helio_models_free(models);
			return helio_error_set(error, HELIO_BAD_INPUT,
			    "line %u: %s", line, why);
		}
		at = stop < end ? stop + 1 : end;
	}
	*ret = models;
	return HELIO_DONE;
}

const char *
helio_models_of_type(const helio_models *models, const char *type)
{
	for (size_t i = 0; i < models->n; i++)
		if (models->pattern[i].kind == PATTERN_TYPE &&
		    strcmp(models->pattern[i].text, type) == 0)
			return models->pattern[i].model;
	return NULL;
}

const char *
helio_models_of_imei(const helio_models *models, const char *imei, size_t n,
    size_t *pos)
{
	if (!helio_imei_valid(imei, n))
		return NULL;
	while (*pos < models->n) {
		const struct pattern *pattern = &models->pattern[(*pos)++];

		if (pattern->kind == PATTERN_IMEI && memcmp(imei,
		    pattern->text, strlen(pattern->text)) == 0)
			return pattern->model;
	}
	return NULL;
}
