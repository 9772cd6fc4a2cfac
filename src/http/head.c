/*
 * Heads that MHD takes although two parties could read them differently:
 * both lengths, two of them, two Authorizations, codings it does not know,
 * blanks before a colon, NUL bytes (where MHD sees the end of a text), bad
 * methods, missing Host.
 */
#include "http/http_internal.h"

#include <string.h>
#include <strings.h>

enum {
	IS_TOKEN = 1,		/* RFC 9110 tchar */
	IS_VALUE = 2,		/* field value: no controls but HTAB */
	IS_TARGET = 4,		/* request target: no blank, no controls */
	LENGTH_DIGITS_MAX = 18,	/* fits; more is too large anyhow */
};

#define TEXT	(IS_VALUE | IS_TARGET)
#define TOKEN	(IS_TOKEN | IS_VALUE | IS_TARGET)

static const uint8_t kind[256] = {
	['\t'] = IS_VALUE,
	[' '] = IS_VALUE,
	['!'] = TOKEN, ['"'] = TEXT, ['#' ... '\''] = TOKEN,
	['(' ... ')'] = TEXT, ['*' ... '+'] = TOKEN, [','] = TEXT,
	['-' ... '.'] = TOKEN, ['/'] = TEXT, ['0' ... '9'] = TOKEN,
	[':' ... '@'] = TEXT, ['A' ... 'Z'] = TOKEN, ['[' ... ']'] = TEXT,
	['^' ... 'z'] = TOKEN, ['{'] = TEXT, ['|'] = TOKEN, ['}'] = TEXT,
	['~'] = TOKEN, [128 ... 255] = TEXT,
};

struct check {
	const char	*start;		/* of the head, in MHD's buffer */
	const char	*end;
	const char	*last;		/* end of the text seen last */
	unsigned	 hosts;
	unsigned	 lengths;
	unsigned	 codings;
	unsigned	 credentials;
	bool		 chunked;
	bool		 bad;
	uint64_t	 length;
};

static bool
is_all(const char *s, size_t n, unsigned what)
{
	for (size_t i = 0; i < n; i++)
		if ((kind[(uint8_t)s[i]] & what) == 0)
			return false;
	return true;
}

static void
on_host(struct check *c, const char *value)
{
	c->hosts++;
}

static void
on_length(struct check *c, const char *value)
{
	size_t n = strspn(value, "0123456789");

	c->lengths++;
	if (n == 0 || value[n] != 0)
		c->bad = true;
	if (n > LENGTH_DIGITS_MAX)
		c->length = UINT64_MAX;
	else
		for (size_t i = 0; i < n; i++)
			c->length = c->length * 10 + (uint64_t)(value[i] - '0');
}

static void
on_coding(struct check *c, const char *value)
{
	c->codings++;
	c->chunked = strcasecmp(value, "chunked") == 0;
}

/* A proxy may check one and pass on both. */
static void
on_authorization(struct check *c, const char *value)
{
	c->credentials++;
}

static const struct {
	const char	*name;
	size_t		 n;
	void		(*note)(struct check *, const char *value);
} known[] = {
	{ "Host", 4, on_host },
	{ "Content-Length", 14, on_length },
	{ "Transfer-Encoding", 17, on_coding },
	{ "Authorization", 13, on_authorization },
};

/*
 * MHD cuts lines in place, so that between two texts of the head only the
 * NULs stand that it wrote over the line end.  Anything else was cut off by
 * a NUL that the client sent.  Texts that lie elsewhere say nothing.
 */
static void
check_gap(struct check *c, const char *next)
{
	if (c->last != NULL && next > c->last && next <= c->end)
		for (const char *s = c->last; s < next; s++)
			if (*s != 0 && *s != ' ' && *s != '\t')
				c->bad = true;
}

static bool
is_inside(const struct check *c, const char *s)
{
	return s >= c->start && s < c->end;
}

static enum MHD_Result
on_field(void *cls, enum MHD_ValueKind what, const char *key, size_t key_n,
    const char *value, size_t value_n)
{
	struct check *c = cls;

	if (value == NULL) {
		c->bad = true;
		return MHD_NO;
	}
	if (is_inside(c, key))
		check_gap(c, key);
	c->last = is_inside(c, value) ? value + value_n : NULL;
	if (key_n == 0 || !is_all(key, key_n, IS_TOKEN) ||
	    !is_all(value, value_n, IS_VALUE))
		c->bad = true;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].n == key_n && strcasecmp(known[i].name, key) == 0)
			known[i].note(c, value);
	return MHD_YES;
}

/* method SP target SP version: one blank each, nothing cut off between. */
static bool
is_clean_line(const struct http_request *r, const char *version,
    const struct check *c)
{
	size_t method = strlen(r->method), target = strlen(r->target);

	if (method == 0 || !is_all(r->method, method, IS_TOKEN))
		return false;
	if (target == 0 || !is_all(r->target, target, IS_TARGET))
		return false;
	return !is_inside(c, version) || !is_inside(c, r->method) ||
	    (size_t)(version - r->method) == method + target + 2;
}

enum helio_rc
http_head_check(struct http_request *r, const char *version,
    struct head_facts *ret)
{
	const union MHD_ConnectionInfo *size = MHD_get_connection_info(r->mhd,
	    MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct check c = { .start = r->method };
	bool http10 = strcmp(version, MHD_HTTP_VERSION_1_0) == 0;

	c.end = c.start + (size != NULL ? size->header_size : 0);
	if (size != NULL &&
	    size->header_size > r->loop->server->opt.header_max)
		return HELIO_E_HEADERS;
	c.last = is_inside(&c, version) ? version + strlen(version) : NULL;
	MHD_get_connection_values_n(r->mhd, MHD_HEADER_KIND, on_field, &c);
	check_gap(&c, c.end);
	if (c.bad || !is_clean_line(r, version, &c))
		return HELIO_E_BAD;
	if (c.codings > 1 || c.lengths > 1 || c.codings + c.lengths > 1 ||
	    c.credentials > 1)
		return HELIO_E_BAD;
	if ((c.codings > 0 && (http10 || !c.chunked)) || c.hosts > 1 ||
	    (c.hosts == 0 && !http10))
		return HELIO_E_BAD;
	ret->chunked = c.chunked;
	ret->length = c.length;
	ret->has_body = c.chunked || c.length > 0;
	return HELIO_OK;
}
