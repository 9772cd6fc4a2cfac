/* One line of schema text to words. */
#include "schema/lex.h"

#include <string.h>

#include "base/utf8.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool
ends_word(char c)
{
	return is_blank(c) || c == '"' || c == '[' || c == ']';
}

static bool
fail(struct lex_line *line, size_t at, const char *error)
{
	line->error = error;
	line->column = (unsigned)at + 1;
	return false;
}

/* Bytes that no text of ours contains. */
static bool
check_bytes(const char *s, size_t n, struct lex_line *line)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c < ' ' && !is_blank(s[i])) || c == 0x7f)
			return fail(line, i, "control character");
	}
	if (!utf8_valid(s, n))
		return fail(line, 0, "not UTF-8");
	return true;
}

/* The end of the word that starts at `at`. */
static size_t
word_end(const char *s, size_t n, size_t at)
{
	if (s[at] == '[' || s[at] == ']')
		return at + 1;
	while (at < n && !ends_word(s[at]))
		at++;
	return at;
}

static bool
add_word(struct arena *arena, const char *s, size_t n, size_t *at,
    struct lex_line *line)
{
	bool quoted = s[*at] == '"';
	size_t start = *at + quoted, end;

	if (line->n == LEX_WORDS_MAX)
		return fail(line, *at, "too many words in one line");
	if (quoted) {
		const char *q = memchr(s + start, '"', n - start);

		if (q == NULL)
			return fail(line, *at, "text without closing quote");
		end = (size_t)(q - s);
	} else {
		end = word_end(s, n, start);
	}
	line->word[line->n++] = (struct lex_word){
		.text = arena_strndup(arena, s + start, end - start),
		.column = (unsigned)*at + 1,
		.quoted = quoted,
	};
	*at = end + quoted;
	return true;
}

void
lex_line(struct arena *arena, const char *s, size_t n, struct lex_line *line)
{
	size_t at = 0;

	line->n = 0;
	line->error = NULL;
	if (!check_bytes(s, n, line))
		return;
	for (;;) {
		while (at < n && is_blank(s[at]))
			at++;
		if (at == n || s[at] == '#')
			break;
		if (!add_word(arena, s, n, &at, line))
			return;
	}
	line->column = (unsigned)at + 1;
}
