/* page.c - which rows a page of a list holds */
#include "rest/page.h"

#include <ctype.h>
#include <string.h>

/* A whole number as Python's int() reads it; its digits without zeros in
 * front, and NULL when it is none. */
static const char *
whole_digits(const char *s, bool *ret_minus, size_t *ret_n)
{
	static const char blanks[] = " \t\r\n\f\v";
	const char *end;

	s += strspn(s, blanks);
	*ret_minus = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	if (!isdigit((unsigned char)*s))
		return NULL;
	while (s[0] == '0' && isdigit((unsigned char)s[1]))
		s++;
	for (end = s; isdigit((unsigned char)*end); end++)
		;
	*ret_n = (size_t)(end - s);
	return end[strspn(end, blanks)] == '\0' ? s : NULL;
}

/* False when it is beyond 64 bits. */
static bool
digits_value(const char *s, size_t n, int64_t *ret)
{
	int64_t v = 0;

	for (size_t i = 0; i < n; i++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, s[i] - '0', &v))
			return false;
	*ret = v;
	return true;
}

static int64_t
size_from(const char *text)
{
	const char *digits;
	int64_t size;
	bool minus;
	size_t n;

	digits = text != NULL ? whole_digits(text, &minus, &n) : NULL;
	if (digits == NULL)
		return PAGE_SIZE;
	if (!digits_value(digits, n, &size))
		size = PAGE_SIZE_MAX;
	if (minus || size == 0)
		return PAGE_SIZE;
	return size < PAGE_SIZE_MAX ? size : PAGE_SIZE_MAX;
}

enum helio_rc
page_read(const char *page, const char *size, struct page *ret,
    struct helio_err *err)
{
	struct page p = { .number = 1, .size = size_from(size) };
	const char *digits;
	bool minus = false;
	size_t n;

	if (page != NULL) {
		digits = whole_digits(page, &minus, &n);
		if (digits == NULL || (minus && *digits != '0')) {
			err_set(err, HELIO_E_BAD, "%s", rc_text(HELIO_E_BAD));
			return err_field(err, "page",
			    "must be a whole number from 0");
		}
		if (!digits_value(digits, n, &p.number)) {
			p.number = INT64_MAX;
			p.huge = digits;
		}
	}
	*ret = p;
	return HELIO_OK;
}

bool
page_cut(const struct page *page, struct query *query)
{
	int64_t skip, offset, limit = page->size;

	if (page->number == 0 ||
	    __builtin_mul_overflow(page->number - 1, page->size, &skip) ||
	    __builtin_add_overflow(query->offset, skip, &offset))
		return false;
	if (query->limit >= 0 && query->limit - skip < limit)
		limit = query->limit - skip;
	if (limit <= 0)
		return false;
	query->offset = offset;
	query->limit = limit;
	return true;
}

int64_t
page_count(const struct page *page, int64_t total)
{
	return total / page->size + (total % page->size != 0);
}

void
page_write(const struct page *page, struct json_write *w)
{
	if (page->huge == NULL)
		jw_int(w, page->number);
	else
		jw_raw(w, page->huge, strspn(page->huge, "0123456789"));
}
