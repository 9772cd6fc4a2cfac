/*
 * How reliably a unit connects: connections there were over connections
 * there should have been.  Pure.
 */
#ifndef HELIO_DOMAIN_RELIABILITY_H
#define HELIO_DOMAIN_RELIABILITY_H

#include <stdint.h>

/*
 * One connection is due every full four hours (7 hours: one), at most 1.0 is
 * reached.  Where none is due (less than four hours) it is 1.0: nothing was
 * missed.
 */
double	 reliability_rate(int64_t connections, int64_t start_us,
	    int64_t end_us);

#endif
