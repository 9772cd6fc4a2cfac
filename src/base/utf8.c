/* utf8.c - what is and what is not UTF-8 */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Lead bytes and the range their first continuation byte must be in
 * (RFC 3629 section 4); the others are always 80..BF. */
static const struct {
	unsigned char	first, last;	/* lead byte */
	unsigned char	low, high;	/* second byte */
	unsigned char	n;
} lead[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static size_t
multibyte(const unsigned char *s, size_t n)
{
	size_t i, k;

	for (i = 0; i < sizeof(lead) / sizeof(lead[0]); i++)
		if (s[0] >= lead[i].first && s[0] <= lead[i].last)
			break;
	if (i == sizeof(lead) / sizeof(lead[0]) || n < lead[i].n)
		return 0;
	if (s[1] < lead[i].low || s[1] > lead[i].high)
		return 0;
	for (k = 2; k < lead[i].n; k++)
		if ((s[k] & 0xc0) != 0x80)
			return 0;
	return lead[i].n;
}

size_t
utf8_next(const char *s, size_t n)
{
	if (n == 0)
		return 0;
	if ((unsigned char)s[0] < 0x80)
		return 1;
	return multibyte((const unsigned char *)s, n);
}

bool
utf8_valid(const char *s, size_t n)
{
	uint64_t word;
	size_t i = 0, step;

	while (i < n) {
		if (n - i >= sizeof(word)) {
			memcpy(&word, s + i, sizeof(word));
			if ((word & HIGH_BITS) == 0) {
				i += sizeof(word);
				continue;
			}
		}
		step = utf8_next(s + i, n - i);
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}

size_t
utf8_count(const char *s, size_t n)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}
