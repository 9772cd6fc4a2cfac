/* value.c - typed values that are more than one line to make or compare */
#include "base/value.h"

#include <string.h>

struct value
value_text(const char *s)
{
	return s == NULL ? value_null() : value_textn(s, strlen(s));
}

struct value
value_blob(const void *p, size_t n)
{
	return (struct value){ .type = VALUE_BLOB, .s = p, .n = n };
}

bool
value_equal(struct value a, struct value b)
{
	if (a.type != b.type)
		return false;
	switch (a.type) {
	case VALUE_NULL:
		return true;
	case VALUE_INT:
		return a.i == b.i;
	case VALUE_FLOAT:
		return a.f == b.f;
	case VALUE_TEXT:
	case VALUE_BLOB:
		return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
	}
	return false;
}
