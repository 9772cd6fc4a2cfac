/* A set of decimal numbers of up to 20 digits, such as IMEIs. */
#ifndef HELIO_CMD_NUMBER_SET_H
#define HELIO_CMD_NUMBER_SET_H

#include <stddef.h>
#include <stdint.h>

struct number_set;

enum number_seen {
	NUMBER_NEW,
	NUMBER_TWICE,		/* the second time */
	NUMBER_OFTEN,
	NUMBER_NO_MEMORY,	/* and not added */
};

struct number_set *number_set_new(void);	/* NULL: no memory */
void		 number_set_free(struct number_set *);	/* NULL is allowed */
/* Add n digits (1 to 20), and tell how often they were added before. */
enum number_seen number_set_add(struct number_set *, const char *digits,
		    size_t n);

#endif
