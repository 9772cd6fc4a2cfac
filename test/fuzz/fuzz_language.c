/*
 * fuzz_language.c - a format matches a text only if it makes that text again
 *
 * Input: a format, a line feed, a text
 * Sources: src/base src/i18n/template.c
 * Libraries: libsodium
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "i18n/template.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

static void
check_template(struct arena *a, const char *format, const char *text)
{
	struct template_match m;

	if (!template_match(format, text, &m))
		return;
	require(m.n <= TEMPLATE_ARGS_MAX, "few arguments");
	require(m.literal <= strlen(text), "literals are part of the text");
	/* numbered arguments may come in another order */
	if (strchr(format, '$') == NULL)
		require(strcmp(template_fill(a, format, &m), text) == 0,
		    "the format makes the text");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *format = malloc(size + 1), *text;

	require(a != NULL && format != NULL, "memory");
	if (size > 0)
		memcpy(format, data, size);
	format[size] = '\0';
	text = strchr(format, '\n');
	if (text != NULL) {
		*text++ = '\0';
		check_template(a, format, text);
	}
	free(format);
	arena_free(a);
	return 0;
}
