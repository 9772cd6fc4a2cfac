/* Compressed bodies (RFC 1952), with a bound on what they may become. */
#ifndef HELIO_DEVICE_GUNZIP_H
#define HELIO_DEVICE_GUNZIP_H

#include <stddef.h>

#include "base/buf.h"
#include "base/rc.h"

/*
 * Decompress one gzip stream of at most `max` bytes after it into `out`, which
 * the caller frees in any case.  E_DECODE: it is none, is cut or has more
 * behind it; E_TOO_LARGE; E_NO_MEMORY.
 */
enum helio_rc	gunzip(const char *, size_t n, size_t max, struct buf *out,
		    struct helio_err *);

#endif
