/* Compressed bodies (RFC 1952), with a bound on what they may become. */
#ifndef HELIO_HTTP_GUNZIP_H
#define HELIO_HTTP_GUNZIP_H

#include <stddef.h>

#include "base/buf.h"
#include "base/rc.h"
#include "http/http.h"

/*
 * Decompress one gzip stream of at most `max` bytes after it into `out`, which
 * the caller frees in any case.  E_DECODE: it is none, is cut or has more
 * behind it; E_TOO_LARGE; E_NO_MEMORY.
 */
enum helio_rc	gunzip(const char *, size_t n, size_t max, struct buf *out,
		    struct helio_err *);

/*
 * A request's body as it was before its content encoding, of which gzip is
 * known: *ret is the body itself or in `plain`, which the caller frees in any
 * case.  E_MEDIA: another encoding; else as gunzip().
 */
enum helio_rc	http_plain_body(struct http_request *, size_t max,
		    struct buf *plain, const char **ret, size_t *ret_n,
		    struct helio_err *);

#endif
