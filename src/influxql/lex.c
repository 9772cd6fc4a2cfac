/* Tokens of InfluxQL. */
#include "influxql/lex.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct text {
	struct arena	*arena;
	const char	*s;
	size_t		 n;
};

static int
peek(const struct text *t, size_t at)
{
	return at < t->n ? (unsigned char)t->s[at] : -1;
}

static struct iql_token
bad(struct iql_token token, const char *why)
{
	token.kind = TOK_BAD;
	token.why = why;
	return token;
}

static bool
is_name_start(int c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* ---- blanks and comments ---- */

static size_t
skip_comment(const struct text *t, size_t at)
{
	bool block = peek(t, at) == '/';

	for (at += 2; at < t->n; at++) {
		if (!block && t->s[at] == '\n')
			return at + 1;
		if (block && t->s[at] == '*' && peek(t, at + 1) == '/')
			return at + 2;
	}
	return t->n;
}

static size_t
skip_blanks(const struct text *t, size_t at)
{
	for (;;) {
		while (at < t->n && strchr(" \t\r\n", t->s[at]) != NULL &&
		    t->s[at] != '\0')
			at++;
		if ((peek(t, at) == '-' && peek(t, at + 1) == '-') ||
		    (peek(t, at) == '/' && peek(t, at + 1) == '*'))
			at = skip_comment(t, at);
		else
			return at;
	}
}

/* ---- texts ---- */

static struct iql_token
take_text(const struct text *t, struct iql_token token, char *text, size_t n)
{
	text[n] = '\0';
	token.text = text;
	token.text_len = n;
	if (memchr(text, '\0', n) != NULL || !utf8_valid(text, n))
		return bad(token, "is not valid text");
	return token;
}

/* Where the quote or slash that ends it stands, or the end of the line. */
static size_t
find_end(const struct text *t, size_t at, int end)
{
	for (; peek(t, at) != end && at < t->n && t->s[at] != '\n'; at++)
		if (t->s[at] == '\\')
			at++;
	return at < t->n ? at : t->n;
}

/* Between two quotes; \\, \n and the escaped quote are the escapes. */
static struct iql_token
quoted(const struct text *t, struct iql_token token, char quote)
{
	size_t at = token.at + 1, n = 0;
	char *text = arena_alloc(t->arena, find_end(t, at, quote) - at + 2);
	int c;

	for (; (c = peek(t, at)) != quote; at++) {
		if (c == -1 || c == '\n')
			return bad(token, "is not closed");
		if (c == '\\') {
			c = peek(t, ++at);
			if (c == 'n')
				c = '\n';
			else if (c != '\\' && c != '"' && c != '\'')
				return bad(token, "has an unknown escape");
		}
		text[n++] = (char)c;
	}
	token.kind = quote == '"' ? TOK_QUOTED : TOK_STRING;
	token.len = at + 1 - token.at;
	return take_text(t, token, text, n);
}

static struct iql_token
bare(const struct text *t, struct iql_token token)
{
	size_t at = token.at;

	while (is_name_start(peek(t, at)) || is_digit(peek(t, at)))
		at++;
	token.kind = TOK_NAME;
	token.len = token.text_len = at - token.at;
	token.text = arena_strndup(t->arena, t->s + token.at, token.len);
	return token;
}

struct iql_token
iql_lex_regex(struct arena *arena, const char *s, size_t n, size_t at)
{
	const struct text t = { arena, s, n };
	struct iql_token token = { .kind = TOK_REGEX };
	size_t used = 0;
	char *text;
	int c;

	token.at = skip_blanks(&t, at);
	token.len = 1;
	if (peek(&t, token.at) != '/')
		return bad(token, "is no regular expression");
	at = token.at + 1;
	text = arena_alloc(arena, find_end(&t, at, '/') - at + 2);
	for (; (c = peek(&t, at)) != '/'; at++) {
		if (c == -1 || c == '\n')
			return bad(token, "is not closed");
		if (c == '\\' && peek(&t, at + 1) == '/')
			c = peek(&t, ++at);
		else if (c == '\\' && peek(&t, at + 1) != -1)
			text[used++] = s[at++];
		text[used++] = s[at];
	}
	token.len = at + 1 - token.at;
	return take_text(&t, token, text, used);
}

/* ---- numbers and durations ---- */

static const struct {
	const char	*name;
	int64_t		 ns;
} units[] = {	/* longer names first */
	{ "ns", 1 }, { "ms", 1000000 }, { "u", 1000 }, { "\xc2\xb5", 1000 },
	{ "\xce\xbc", 1000 }, { "s", 1000000000 },
	{ "m", INT64_C(60000000000) }, { "h", INT64_C(3600000000000) },
	{ "d", INT64_C(86400000000000) }, { "w", INT64_C(604800000000000) },
};

static const char *
find_unit(const struct text *t, size_t at, int64_t *ret_ns)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = strlen(units[i].name);

		if (t->n - at >= len &&
		    memcmp(t->s + at, units[i].name, len) == 0) {
			*ret_ns = units[i].ns;
			return units[i].name;
		}
	}
	return NULL;
}

/* Digits at `at` as a number; the offset after them, or 0 when it is too
 * large. */
static size_t
digits(const struct text *t, size_t at, int64_t *ret)
{
	int64_t value = 0;

	for (; is_digit(peek(t, at)); at++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, t->s[at] - '0', &value))
			return 0;
	*ret = value;
	return at;
}

/* The offset after all parts of a duration; 0: none, or too large. */
static size_t
duration(const struct text *t, size_t at, int64_t *ret_ns)
{
	int64_t total = 0, count, unit;

	while (is_digit(peek(t, at))) {
		const char *name;

		at = digits(t, at, &count);
		name = at != 0 && at < t->n ? find_unit(t, at, &unit) : NULL;
		if (name == NULL ||
		    __builtin_mul_overflow(count, unit, &count) ||
		    __builtin_add_overflow(total, count, &total))
			return 0;
		at += strlen(name);
	}
	*ret_ns = total;
	return at;
}

bool
iql_duration(const char *s, size_t n, int64_t *ret_ns)
{
	const struct text t = { NULL, s, n };

	return n > 0 && duration(&t, 0, ret_ns) == n;
}

static struct iql_token
number(const struct text *t, struct iql_token token)
{
	size_t at = token.at;
	char *text;

	while (is_digit(peek(t, at)))
		at++;
	token.kind = TOK_INTEGER;
	if (peek(t, at) == '.') {
		token.kind = TOK_NUMBER;
		for (at++; is_digit(peek(t, at)); )
			at++;
	}
	token.len = at - token.at;
	if (token.kind == TOK_INTEGER && at < t->n &&
	    find_unit(t, at, &token.i) != NULL) {
		at = duration(t, token.at, &token.i);
		if (at == 0)
			return bad(token, "is no duration that fits");
		token.kind = TOK_DURATION;
		token.len = at - token.at;
		return token;
	}
	text = arena_strndup(t->arena, t->s + token.at, token.len);
	token.f = strtod(text, NULL);
	if (token.kind == TOK_INTEGER && digits(t, token.at, &token.i) == 0)
		token.kind = TOK_NUMBER;
	return token;
}

/* ---- symbols ---- */

static const struct {
	const char	*text;
	enum iql_token_kind kind;
} symbols[] = {		/* longer ones first */
	{ "!=", TOK_NE }, { "<>", TOK_NE }, { "<=", TOK_LE }, { ">=", TOK_GE },
	{ "=~", TOK_MATCH }, { "!~", TOK_NO_MATCH }, { "::", TOK_CAST },
	{ "=", TOK_EQ }, { "<", TOK_LT }, { ">", TOK_GT }, { "+", TOK_PLUS },
	{ "-", TOK_MINUS }, { "*", TOK_STAR }, { "/", TOK_SLASH },
	{ "%", TOK_PERCENT }, { "&", TOK_AND }, { "|", TOK_OR },
	{ "^", TOK_XOR }, { "(", TOK_OPEN }, { ")", TOK_CLOSE },
	{ ",", TOK_COMMA }, { ".", TOK_DOT }, { ";", TOK_SEMICOLON },
};

static struct iql_token
symbol(const struct text *t, struct iql_token token)
{
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		size_t len = strlen(symbols[i].text);

		if (t->n - token.at >= len && memcmp(t->s + token.at,
		    symbols[i].text, len) == 0) {
			token.kind = symbols[i].kind;
			token.len = len;
			return token;
		}
	}
	token.len = 1;
	return bad(token, "is not expected here");
}

struct iql_token
iql_lex(struct arena *arena, const char *s, size_t n, size_t at)
{
	const struct text t = { arena, s, n };
	struct iql_token token = { .at = skip_blanks(&t, at) };
	int c = peek(&t, token.at);

	if (c == -1)
		return token;
	token.len = 1;
	if (c == '"' || c == '\'')
		return quoted(&t, token, (char)c);
	if (is_name_start(c))
		return bare(&t, token);
	if (is_digit(c) || (c == '.' && is_digit(peek(&t, token.at + 1))))
		return number(&t, token);
	return symbol(&t, token);
}
