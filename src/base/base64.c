/* See base64.h. */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool
base64_text(const char *text, char *out, size_t size, size_t *ret_n)
{
	size_t i, n = strlen(text), used = strspn(text, digits), made = 0;
	uint32_t bits = 0;
	const char *at;

	if (n == 0 || n % 4 != 0 || n / 4 * 3 >= size || n - used > 2 ||
	    strspn(text + used, "=") != n - used)
		return false;
	for (i = 0; i < n; i++) {
		at = text[i] == '=' ? digits : strchr(digits, text[i]);
		bits = bits << 6 | (uint32_t)(at - digits);
		if (i % 4 != 3)
			continue;
		out[made++] = (char)(bits >> 16);
		out[made++] = (char)(bits >> 8);
		out[made++] = (char)bits;
	}
	made -= n - used;
	out[made] = '\0';
	*ret_n = made;
	return memchr(out, '\0', made) == NULL;
}
