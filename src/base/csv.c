/* See csv.h. */
#include "base/csv.h"

#include <string.h>

void
csv_put_quoted(struct buf *out, const char *s, size_t n)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, s[i]);
	}
	buf_addc(out, '"');
}

void
csv_put(struct buf *out, const char *s, size_t n)
{
	bool quote = false;

	for (size_t i = 0; i < n && !quote; i++)
		quote = s[i] != '\0' && strchr(",\"\r\n", s[i]) != NULL;
	if (quote)
		csv_put_quoted(out, s, n);
	else
		buf_add(out, s, n);
}
