/* link.c - absolute addresses for Link and Location */
#include "rest/link.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"

enum {
	HOST_MAX = 255,
	/* proxies commonly take 8 KB of reply headers; a longer Link is left
	 * out rather than losing the reply */
	LINK_MAX = 7000,
};

/* ---- the origin ---- */

static bool
is_port(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && n <= 5 && s[n] == '\0';
}

bool
link_is_host(const char *host)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	static const char address6[] = "0123456789abcdefABCDEF:.";
	size_t n;

	if (strlen(host) > HOST_MAX)
		return false;
	if (*host == '[') {
		n = 1 + strspn(host + 1, address6);
		if (n == 1 || host[n++] != ']')
			return false;
	} else {
		n = strspn(host, name);
	}
	if (n == 0)
		return false;
	return host[n] == '\0' || (host[n] == ':' && is_port(host + n + 1));
}

static const char *
scheme(struct api_call *call)
{
	const char *forwarded = http_header(call->http, "X-Forwarded-Proto");

	if (forwarded != NULL && strcmp(forwarded, "https") == 0)
		return "https";
	return http_is_tls(call->http) ? "https" : "http";
}

const char *
link_origin(struct api_call *call)
{
	const char *host = http_header(call->http, "Host");

	if (host == NULL || !link_is_host(host))
		return "";
	return arena_printf(call->arena, "%s://%s", scheme(call), host);
}

/* ---- escaping ---- */

static void
add_escaped(struct buf *out, const char *s, size_t n, const char *keep)
{
	unsigned char c;

	for (size_t i = 0; i < n; i++) {
		c = (unsigned char)s[i];
		if (isalnum(c) || (c != '\0' && strchr(keep, c) != NULL))
			buf_addc(out, (char)c);
		else
			buf_addf(out, "%%%02X", c);
	}
}

/* A part of the request's own address: what is escaped already stays. */
static void
add_sent(struct buf *out, const char *s, size_t n)
{
	add_escaped(out, s, n, "-._~%!$&'()*+,;=:@/?[]");
}

static bool
is_page_parameter(struct arena *a, const char *pair, size_t n)
{
	const char *equals = memchr(pair, '=', n), *name;

	name = http_decode(a, pair,
	    equals != NULL ? (size_t)(equals - pair) : n, true);
	return name != NULL && (strcmp(name, "page") == 0 ||
	    strcmp(name, "results_per_page") == 0);
}

void
link_add_query(struct buf *out, struct arena *a, const char *query)
{
	size_t n;

	for (; *query != '\0'; query += n + (query[n] == '&')) {
		n = strcspn(query, "&");
		if (n == 0 || is_page_parameter(a, query, n))
			continue;
		add_sent(out, query, n);
		buf_addc(out, '&');
	}
}

/* ---- headers ---- */

void
link_location(struct api_call *call, const struct row *row)
{
	struct buf out = BUF_INIT;
	struct value key = row_key(row);

	buf_addf(&out, "%s/v1/%s/", link_origin(call), row->table->path);
	if (key.type == VALUE_INT)
		buf_addi(&out, key.i);
	else
		add_escaped(&out, key.s, key.n, "-._~");
	if (!out.failed)
		http_reply_header(call->http, "Location", out.data);
	buf_free(&out);
}

static void
add_page(struct buf *out, const struct buf *base, const struct page *page,
    int64_t number, const char *rel)
{
	buf_addc(out, '<');
	buf_add(out, base->data, base->len);
	buf_addf(out, "page=%lld&results_per_page=%lld>; rel=\"%s\"",
	    (long long)number, (long long)page->size, rel);
}

void
link_pages(struct api_call *call, const struct page *page, int64_t total)
{
	int64_t last = page_count(page, total);
	const char *path = http_path(call->http);
	struct buf base = BUF_INIT, out = BUF_INIT;

	buf_adds(&base, link_origin(call));
	add_sent(&base, path, strlen(path));
	buf_addc(&base, '?');
	link_add_query(&base, call->arena, http_query(call->http));
	if (page->number < last) {
		add_page(&out, &base, page, page->number + 1, "next");
		buf_adds(&out, ", ");
	}
	add_page(&out, &base, page, last, "last");
	if (!out.failed && !base.failed && out.len <= LINK_MAX)
		http_reply_header(call->http, "Link", out.data);
	buf_free(&base);
	buf_free(&out);
}
