/* UTF-8 (RFC 3629) checks. */
#ifndef HELIO_BASE_UTF8_H
#define HELIO_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length in bytes of the valid sequence at s (1 to 4), or 0 when invalid
 * (overlong, surrogate, above U+10FFFF, cut). */
size_t	utf8_next(const char *s, size_t n);
bool	utf8_valid(const char *s, size_t n);
/* Number of code points; s must be valid. */
size_t	utf8_count(const char *s, size_t n);

#endif
