/* Texts that were made with printf, taken apart and made again.  Pure. */
#ifndef HELIO_I18N_TEMPLATE_H
#define HELIO_I18N_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum {
	TEMPLATE_ARGS_MAX = 8,
	TEMPLATE_TEXT_MAX = 1024,	/* longer texts match nothing */
};

struct template_match {
	struct {
		const char	*s;
		size_t		 n;
	} arg[TEMPLATE_ARGS_MAX];
	size_t		 n;
	size_t		 literal;	/* bytes that are not arguments */
};

/* Can printf have made the text with this format?  The arguments are borrowed
 * from the text. */
bool		 template_match(const char *format, const char *text,
		    struct template_match *ret);
/* The text that another format, which may number its arguments ("%2$s"), makes
 * of them. */
char		*template_fill(struct arena *, const char *format,
		    const struct template_match *);

#endif
