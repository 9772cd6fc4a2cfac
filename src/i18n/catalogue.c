/* Reading a .mo file (GNU gettext manual, "The Format of GNU MO Files"). */
#include "i18n/catalogue.h"

#include <string.h>

enum { MAGIC_OFFSET = 0, COUNT = 8, FROM = 12, TO = 16, HEAD = 28 };

static uint32_t
word(const struct catalogue *c, size_t at)
{
	uint32_t v;

	memcpy(&v, c->bytes + at, sizeof(v));
	return v;
}

/* Entry i of a table: length and offset of a text that ends in NUL. */
static bool
is_text(const struct catalogue *c, uint32_t table, uint32_t i)
{
	size_t at = (size_t)table + (size_t)i * 8;
	uint64_t end;

	if (at + 8 > c->len)
		return false;
	end = (uint64_t)word(c, at) + word(c, at + 4);
	return end < c->len && c->bytes[end] == '\0';
}

bool
catalogue_open(const char *bytes, size_t len, struct catalogue *ret)
{
	struct catalogue c = { .bytes = bytes, .len = len };

	if (len < HEAD || word(&c, MAGIC_OFFSET) != 0x950412deU)
		return false;
	c.n = word(&c, COUNT);
	c.from = word(&c, FROM);
	c.to = word(&c, TO);
	if (c.n > len / 8)
		return false;
	for (uint32_t i = 0; i < c.n; i++)
		if (!is_text(&c, c.from, i) || !is_text(&c, c.to, i))
			return false;
	*ret = c;
	return true;
}

const char *
catalogue_from(const struct catalogue *c, uint32_t entry)
{
	return c->bytes + word(c, c->from + (size_t)entry * 8 + 4);
}

const char *
catalogue_to(const struct catalogue *c, uint32_t entry)
{
	return c->bytes + word(c, c->to + (size_t)entry * 8 + 4);
}

const char *
catalogue_find(const struct catalogue *c, const char *text)
{
	uint32_t low = 0, high = c->n, mid;
	int diff;

	if (*text == '\0')	/* what the file says of itself */
		return NULL;
	while (low < high) {
		mid = low + (high - low) / 2;
		diff = strcmp(catalogue_from(c, mid), text);
		if (diff == 0)
			return catalogue_to(c, mid);
		if (diff < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
