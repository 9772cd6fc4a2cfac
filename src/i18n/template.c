/* Matching texts with printf formats. */
#include "i18n/template.h"

#include <string.h>

#include "base/buf.h"

/* One %-directive. */
struct directive {
	size_t		 len;
	size_t		 number;	/* of its argument, from 1; 0: the next */
	char		 kind;		/* 's', 'd', .., '%' */
};

/* What stands at a '%'; false when it is no directive that we know. */
static bool
read_directive(const char *s, struct directive *ret)
{
	size_t n = 1, digits = strspn(s + 1, "0123456789");

	ret->number = 0;
	if (s[1 + digits] == '$' && digits == 1) {
		ret->number = (size_t)(s[1] - '0');
		n += 2;
	}
	n += strspn(s + n, "-+ #0");
	n += strspn(s + n, "0123456789");
	if (s[n] == '.')
		n += 1 + strspn(s + n + 1, "0123456789");
	n += strspn(s + n, "hlzj");
	ret->kind = s[n];
	ret->len = n + 1;
	return ret->kind != '\0' && strchr("sdiuxgfc%", ret->kind) != NULL;
}

static bool
is_number_part(char c)
{
	return c != '\0' && strchr("0123456789abcdefinINF+-.", c) != NULL;
}

static bool	match_rest(const char *format, const char *text,
		    struct template_match *m, unsigned *steps);

/* The shortest argument with which the rest matches, too. */
static bool
match_argument(const struct directive *d, const char *format,
    const char *text, struct template_match *m, unsigned *steps)
{
	size_t i = m->n++, n;

	if (i == TEMPLATE_ARGS_MAX)
		return false;
	for (n = 0;; n++) {
		m->arg[i].s = text;
		m->arg[i].n = n;
		m->n = i + 1;
		if ((n > 0 || d->kind == 's') &&
		    match_rest(format + d->len, text + n, m, steps))
			return true;
		if (text[n] == '\0' || *steps == 0 ||
		    (d->kind != 's' && d->kind != 'c' &&
		    !is_number_part(text[n])))
			return false;
	}
}

static bool
match_rest(const char *format, const char *text, struct template_match *m,
    unsigned *steps)
{
	struct directive d;

	for (; *format != '\0'; format++, text++) {
		if (*steps == 0)
			return false;
		--*steps;
		if (*format == '%') {
			if (!read_directive(format, &d))
				return false;
			if (d.kind != '%')
				return match_argument(&d, format, text, m,
				    steps);
			format += d.len - 1;
		}
		if (*format != *text)
			return false;
	}
	return *text == '\0';
}

bool
template_match(const char *format, const char *text,
    struct template_match *ret)
{
	unsigned steps = 20000;		/* a text cannot make us search long */
	struct template_match m = { .n = 0 };
	size_t len = strlen(text), i;

	if (len > TEMPLATE_TEXT_MAX || !match_rest(format, text, &m, &steps))
		return false;
	m.literal = len;
	for (i = 0; i < m.n; i++)
		m.literal -= m.arg[i].n;
	*ret = m;
	return true;
}

char *
template_fill(struct arena *a, const char *format,
    const struct template_match *m)
{
	struct buf out = BUF_INIT;
	struct directive d;
	size_t next = 0, i;
	char *text;

	for (; *format != '\0'; format++) {
		if (*format != '%' || !read_directive(format, &d)) {
			buf_addc(&out, *format);
			continue;
		}
		i = d.number > 0 ? d.number - 1 : next++;
		if (d.kind == '%') {
			buf_addc(&out, '%');
			next--;
		} else if (i < m->n) {
			buf_add(&out, m->arg[i].s, m->arg[i].n);
		}
		format += d.len - 1;
	}
	text = arena_strndup(a, out.data != NULL ? out.data : "", out.len);
	buf_free(&out);
	return text;
}
