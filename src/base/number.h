/* Decimal numbers that stand in a text, whatever reads their form. */
#ifndef HELIO_BASE_NUMBER_H
#define HELIO_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * JSON (RFC 8259 section 6): no plus, no needless zero in front, digits on
 * both sides of a point.  LOOSE has none of these rules: +1 007 1. .5
 */
enum number_form { NUMBER_JSON, NUMBER_LOOSE };

struct number {
	const char	*whole, *fraction;	/* digits */
	size_t		 n_whole, n_fraction;
	uint64_t	 digits;	/* all of them as one number, modulo 2^64 */
	int64_t		 exponent;
	bool		 negative;
	bool		 real;		/* written with a fraction or exponent */
};

/*
 * Read one that begins at *at.  *at moves behind what was read of it; false
 * when that is no number.  Nothing at or behind `end` is looked at.
 */
bool	number_scan(const char **at, const char *end, enum number_form,
	    struct number *ret);
/*
 * The usual ones at once: a sign, up to seven digits, a point among them, and
 * what ends them within eight bytes.  False: it is another, and *at stays.
 */
bool	number_quick(const char **at, const char *end, double *ret);
/* As an integer; false when it is real or does not fit. */
bool	number_whole(const struct number *, int64_t *ret);
/*
 * The double nearest to it, infinite when there is none; whatever the locale.
 * The scratch is for the few that need strtod(); when it has failed, there
 * was no memory.
 */
double	number_real(struct buf *scratch, const struct number *);

#endif
