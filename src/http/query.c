/* Percent-decoding and walking the parameters of a query (RFC 3986 2.1). */
#include "http/query.h"

#include <string.h>

#include "http/http.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%hl" stands for at s, or -1; NUL is refused. */
static int
escaped(const char *s, size_t n)
{
	int h, l;

	if (n < 3 || (h = hex(s[1])) < 0 || (l = hex(s[2])) < 0)
		return -1;
	return (h << 4 | l) != 0 ? h << 4 | l : -1;
}

char *
http_decode(struct arena *a, const char *s, size_t n, bool plus)
{
	char *out = arena_alloc(a, n + 1);
	size_t o = 0;
	int c;

	for (size_t i = 0; i < n; i++) {
		c = (uint8_t)s[i];
		if (c == '%') {
			c = escaped(s + i, n - i);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c <= 0)
			return NULL;
		out[o++] = (char)c;
	}
	out[o] = 0;
	return out;
}

bool
http_query_next(const char *query, size_t *pos, struct http_pair *ret)
{
	const char *s = query + *pos, *equals;
	size_t n;

	s += strspn(s, "&");
	n = strcspn(s, "&");
	*pos = (size_t)(s - query) + n;
	if (n == 0)
		return false;
	equals = memchr(s, '=', n);
	ret->name = s;
	ret->name_len = equals != NULL ? (size_t)(equals - s) : n;
	ret->value = equals != NULL ? equals + 1 : s + n;
	ret->value_len = (size_t)(s + n - ret->value);
	return true;
}

/* Is the undecoded name of the pair the one asked for? */
static bool
is_named(struct arena *a, const struct http_pair *p, const char *name)
{
	const char *decoded;

	if (memchr(p->name, '%', p->name_len) == NULL &&
	    memchr(p->name, '+', p->name_len) == NULL)
		return strlen(name) == p->name_len &&
		    memcmp(name, p->name, p->name_len) == 0;
	decoded = http_decode(a, p->name, p->name_len, true);
	return decoded != NULL && strcmp(decoded, name) == 0;
}

const char *
http_query_find(struct arena *a, const char *query, const char *name)
{
	struct http_pair p;
	size_t pos = 0;

	while (http_query_next(query, &pos, &p))
		if (is_named(a, &p, name))
			return http_decode(a, p.value, p.value_len, true);
	return NULL;
}
