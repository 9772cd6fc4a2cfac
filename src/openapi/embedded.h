/* The page for people, as the build embeds it (tools/embed.py). */
#ifndef HELIO_OPENAPI_EMBEDDED_H
#define HELIO_OPENAPI_EMBEDDED_H

#include <stddef.h>

extern const char	openapi_page_html[];
extern const size_t	openapi_page_html_len;
extern const char	openapi_page_js[];
extern const size_t	openapi_page_js_len;
extern const char	openapi_page_css[];
extern const size_t	openapi_page_css_len;

#endif
