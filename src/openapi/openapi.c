/* The routes of the document and its page. */
#include "openapi/openapi.h"

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "openapi/embedded.h"
#include "openapi/internal.h"

/* One thing to serve. */
struct item {
	const char	*media;
	const char	*bytes;
	const size_t	*len;
	char		 tag[HASH_HEX_SIZE + 2];	/* ETag, with quotes */
};

enum { DOCUMENT, HTML, JS, CSS, ITEMS };

struct openapi {
	struct buf	 json;
	struct item	 item[ITEMS];
	struct api_route route[ITEMS];
};

/* Only what comes from here may be loaded. */
static const char policy[] = "default-src 'none'; script-src 'self'; "
    "style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";

static void
serve(struct api_call *call)
{
	const struct item *item = call->route->data;
	const char *have = http_header(call->http, "If-None-Match");

	http_reply_header(call->http, "ETag", item->tag);
	http_reply_header(call->http, "Cache-Control", "no-cache");
	http_reply_header(call->http, "Content-Security-Policy", policy);
	http_reply_header(call->http, "X-Content-Type-Options", "nosniff");
	if (have != NULL && strcmp(have, item->tag) == 0) {
		http_reply(call->http, 304, NULL, NULL);
		return;
	}
	http_reply_static(call->http, 200, item->media, item->bytes,
	    *item->len);
}

static const struct {
	const char	*path;
	const char	*media;
	const char	*help;
	const char	*bytes;
	const size_t	*len;
} kinds[ITEMS] = {
	[DOCUMENT] = { "openapi.json", "application/json",
	    "this API as an OpenAPI document" },
	[HTML] = { "/docs", "text/html; charset=utf-8",
	    "this API as a page for people", openapi_page_html,
	    &openapi_page_html_len },
	[JS] = { "/docs/page.js", "text/javascript; charset=utf-8",
	    "the script of that page", openapi_page_js, &openapi_page_js_len },
	[CSS] = { "/docs/page.css", "text/css; charset=utf-8",
	    "the style of that page", openapi_page_css,
	    &openapi_page_css_len },
};

static void
tag_item(struct item *item)
{
	char hash[HASH_HEX_SIZE];

	if (item->bytes == NULL)
		return;
	sha256_hex(item->bytes, *item->len, hash);
	item->tag[0] = '"';
	memcpy(item->tag + 1, hash, 32);
	memcpy(item->tag + 33, "\"", 2);
}

struct openapi *
openapi_new(void)
{
	struct openapi *o = calloc(1, sizeof(*o));
	size_t i;

	if (o == NULL)
		return NULL;
	for (i = 0; i < ITEMS; i++) {
		o->item[i] = (struct item){ .media = kinds[i].media,
		    .bytes = kinds[i].bytes, .len = kinds[i].len };
		tag_item(&o->item[i]);
		o->route[i] = (struct api_route){
			.method = HTTP_GET, .path = kinds[i].path,
			.auth = AUTH_NONE, .where = RUN_LOOP, .run = serve,
			.data = &o->item[i], .help = kinds[i].help,
		};
	}
	return o;
}

void
openapi_free(struct openapi *o)
{
	if (o == NULL)
		return;
	buf_free(&o->json);
	free(o);
}

const struct api_route *
openapi_routes(const struct openapi *o, size_t *ret_n)
{
	*ret_n = ITEMS;
	return o->route;
}

enum helio_rc
openapi_fill(struct openapi *o, const struct api *api,
    const struct schema *schema, const char *version, struct helio_err *err)
{
	struct item *item = &o->item[DOCUMENT];
	struct json_write w;

	jw_start(&w, &o->json);
	document_write(&w, api, schema, version);
	if (o->json.failed)
		return err_set(err, HELIO_E_NO_MEMORY,
		    "no memory for the API's description");
	item->bytes = o->json.data;
	item->len = &o->json.len;
	tag_item(item);
	return HELIO_OK;
}
