/*
 * Serial numbers of units: PREFIX-NNNNNN-C, such as HB000501-084031-B.  C is
 * the check character of ISO 7064 MOD 37,36 over prefix and number.  Pure;
 * numbers come from the caller and are never checked on input.
 */
#ifndef HELIO_DOMAIN_SERIAL_H
#define HELIO_DOMAIN_SERIAL_H

#include <stdint.h>

enum { SERIAL_SIZE = 40 };	/* bytes of any serial number, with NUL */

/*
 * The check character of a text of [0-9A-Z] (other characters are skipped):
 * ISO 7064 hybrid system MOD 37,36.
 */
char	serial_check(const char *text);
/* Write the serial number for a running number; prefix: at most 12 bytes. */
void	serial_format(const char *prefix, int64_t number,
	    char out[SERIAL_SIZE]);

#endif
