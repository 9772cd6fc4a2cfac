/* A catalogue in the binary form of gettext (a .mo file) in memory.  Pure. */
#ifndef HELIO_I18N_CATALOGUE_H
#define HELIO_I18N_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct catalogue {
	const char	*bytes;
	size_t		 len;
	uint32_t	 n;		/* entries, sorted by what is translated */
	uint32_t	 from, to;	/* where their two tables are */
};

/* False: not such a file, or a damaged one. */
bool		 catalogue_open(const char *bytes, size_t len,
		    struct catalogue *ret);
/* The English text of an entry, and its translation; borrowed. */
const char	*catalogue_from(const struct catalogue *, uint32_t entry);
const char	*catalogue_to(const struct catalogue *, uint32_t entry);
/* The translation of exactly this text, or NULL. */
const char	*catalogue_find(const struct catalogue *, const char *text);

#endif
