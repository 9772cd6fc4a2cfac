/* Base64 (RFC 4648), as HTTP Basic needs it. */
#ifndef HELIO_BASE_BASE64_H
#define HELIO_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Decode a text with its padding into `out`, which takes size bytes and gets a
 * NUL behind *ret_n of them.  False when it is not base64 to the letter, is
 * empty, too long, or holds a NUL.
 */
bool	base64_text(const char *text, char *out, size_t size, size_t *ret_n);

#endif
