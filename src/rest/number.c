/* number.c - numbers in texts: JSON's grammar, a little wider */
#include "rest/number.h"

#include <ctype.h>
#include <string.h>

#include "base/json_read.h"

static bool
read_token(struct json_read *r, struct number *ret)
{
	switch (jr_next(r)) {
	case JR_INT:
		*ret = (struct number){ .is_int = true, .i = r->i };
		break;
	case JR_REAL:
		*ret = (struct number){ .f = r->f };
		break;
	default:
		return false;
	}
	return jr_next(r) == JR_END;
}

bool
number_parse(const char *s, struct number *ret)
{
	struct json_read r;
	bool minus, ok;
	size_t n;

	s += strspn(s, " \t\r\n\f\v");
	minus = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	while (s[0] == '0' && isdigit((unsigned char)s[1]))
		s++;
	if (!isdigit((unsigned char)*s))
		return false;
	n = strlen(s);
	while (n > 0 && strchr(" \t\r\n\f\v", s[n - 1]) != NULL)
		n--;
	jr_init(&r, s, n);
	ok = read_token(&r, ret);
	jr_free(&r);
	if (ok && minus) {
		ret->i = -ret->i;
		ret->f = -ret->f;
	}
	return ok;
}
