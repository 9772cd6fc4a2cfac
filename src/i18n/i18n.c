/* Choosing the language, and the text in it. */
#include "i18n/i18n.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "i18n/catalogue.h"
#include "i18n/embedded.h"
#include "i18n/template.h"

static const char *const code[LANGUAGES] = {
	[LANGUAGE_EN] = "en", [LANGUAGE_FR] = "fr",
};

const char *
i18n_code(enum language language)
{
	return code[language];
}

/* ---- choosing ---- */

enum { WEIGHT_ONE = 1000, RANGES_MAX = 32 };

#define BLANKS	" \t"

/* ";q=0.8" in thousandths; what cannot be read counts as 1. */
static int
weight(const char *s, size_t n)
{
	const char *end = s + n, *q = memchr(s, ';', n);
	int value = 0, unit = WEIGHT_ONE;

	if (q == NULL)
		return WEIGHT_ONE;
	q += 1 + strspn(q + 1, BLANKS);
	if (end - q < 3 || (*q != 'q' && *q != 'Q') || q[1] != '=')
		return WEIGHT_ONE;
	for (q += 2; q < end && unit > 0; q++) {
		if (*q == '.')
			continue;
		if (*q < '0' || *q > '9')
			break;
		value += (*q - '0') * unit;
		unit /= 10;
	}
	return value;
}

/* "fr" and "fr-BE" are French; "*" is what comes first. */
static bool
is_range_of(const char *s, size_t n, enum language language)
{
	size_t len = strlen(code[language]);

	if (n == 1 && *s == '*')
		return language == LANGUAGE_EN;
	return n >= len && strncasecmp(s, code[language], len) == 0 &&
	    (n == len || s[len] == '-');
}

enum language
i18n_choose(const char *accept)
{
	enum language best = LANGUAGE_EN;
	int best_weight = 0, w;
	size_t n, tag, ranges;

	if (accept == NULL)
		return best;
	for (ranges = 0; *accept != '\0' && ranges < RANGES_MAX; ranges++) {
		accept += strspn(accept, BLANKS ",");
		n = strcspn(accept, ",");
		tag = strcspn(accept, ",;" BLANKS);
		w = weight(accept, n);
		for (size_t l = 0; l < LANGUAGES; l++) {
			if (w <= best_weight ||
			    !is_range_of(accept, tag, (enum language)l))
				continue;
			best = (enum language)l;
			best_weight = w;
		}
		accept += n;
	}
	return best;
}

/* ---- texts ---- */

static bool
find_catalogue(enum language language, struct catalogue *ret)
{
	if (language != LANGUAGE_FR)
		return false;
	return catalogue_open(i18n_fr, i18n_fr_len, ret);
}

/* The entry with directives that says most of the text itself. */
static const char *
from_template(struct arena *a, const struct catalogue *c, const char *text)
{
	struct template_match m, best = { .literal = 0 };
	const char *to = NULL, *from;

	for (uint32_t i = 0; i < c->n; i++) {
		from = catalogue_from(c, i);
		if (strchr(from, '%') == NULL ||
		    !template_match(from, text, &m) ||
		    m.literal <= best.literal)
			continue;
		best = m;
		to = catalogue_to(c, i);
	}
	return to != NULL ? template_fill(a, to, &best) : NULL;
}

const char *
i18n_text(struct arena *a, enum language language, const char *text)
{
	struct catalogue c;
	const char *to;

	if (text == NULL || !find_catalogue(language, &c))
		return text;
	to = catalogue_find(&c, text);
	if (to == NULL)
		to = from_template(a, &c, text);
	return to != NULL && *to != '\0' ? to : text;
}
