/*
 * How much of a text needs no look: shared by the JSON reader and writer,
 * whose plain characters are the same.  Private to src/base.
 */
#ifndef HELIO_BASE_JSON_SCAN_H
#define HELIO_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ASCII that a JSON string holds as it is. */
static inline bool
json_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/*
 * Non-zero when one of the eight bytes is not plain.  `x - ones` borrows into
 * the high bit of a zero byte, so equality is tested after an exclusive or;
 * a false alarm only costs the slow path.
 */
static inline uint64_t
json_special_bytes(uint64_t w)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t quote = w ^ (ones * '"'), escape = w ^ (ones * '\\');

	return ((quote - ones) | (escape - ones) | (w - ones * 0x20) | w) &
	    (ones * 0x80);
}

/* Length of the run of plain characters at the start of s. */
static inline size_t
json_plain_run(const char *s, size_t n)
{
	uint64_t w;
	size_t i = 0;

	for (; n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s + i, sizeof(w));
		if (json_special_bytes(w) != 0)
			break;
	}
	while (i < n && json_plain((unsigned char)s[i]))
		i++;
	return i;
}

#endif
