/*
 * Numbers as text, without printf's price and whatever the locale.  Doubles
 * get the fewest digits that read back as the same double, and of several such
 * texts the nearest.  Pure.
 */
#ifndef HELIO_BASE_DIGITS_H
#define HELIO_BASE_DIGITS_H

#include <stdint.h>

enum {
	DIGITS_INT_MAX = 24,	/* room that an integer may need */
	DIGITS_REAL_MAX = 64,	/* .. a double, in any form */
};

enum digits_form {
	DIGITS_PYTHON,		/* 2.0, 1e+16, 1e-05: repr() */
	DIGITS_GO,		/* 2, 1e+21, 1e-7: encoding/json */
};

/* Both write at `to`, no NUL, and give where the text ends. */
char	*digits_int(char *to, int64_t);
/*
 * `decimals` is where to look first: how many a number like this one had.  It
 * starts at 0, is kept from number to number, and changes only the speed.
 * The double must be finite.
 */
char	*digits_real(char *to, double, enum digits_form, unsigned *decimals);

#endif
