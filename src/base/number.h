/* Decimal numbers that stand in a text, whatever reads their form. */
#ifndef HELIO_BASE_NUMBER_H
#define HELIO_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct number {
	const char	*whole, *fraction;	/* digits */
	size_t		 n_whole, n_fraction;
	int64_t		 exponent;
	bool		 negative;
	bool		 real;		/* written with a fraction or exponent */
};

/* As an integer; false when it is real or does not fit. */
bool	number_whole(const struct number *, int64_t *ret);
/*
 * The double nearest to it, infinite when there is none; whatever the locale.
 * The scratch is for the few that need strtod(); when it has failed, there
 * was no memory.
 */
double	number_real(struct buf *scratch, const struct number *);

#endif
