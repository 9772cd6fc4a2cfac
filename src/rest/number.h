/* Numbers as people write them in texts. */
#ifndef HELIO_REST_NUMBER_H
#define HELIO_REST_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

struct number {
	bool	is_int;		/* i is the value; otherwise f, finite */
	int64_t	i;
	double	f;
};

/*
 * A decimal number as in JSON, but also with a plus, leading zeros and blanks
 * around it.  Whole numbers beyond 64 bits come as f.
 */
bool	number_parse(const char *, struct number *ret);

#endif
