/* The connectivity reliability rate. */
#include "domain/reliability.h"

#include "base/times.h"

enum { HOURS_BETWEEN = 4 };

double
reliability_rate(int64_t connections, int64_t start_us, int64_t end_us)
{
	int64_t expected = (end_us - start_us) /
	    (HOURS_BETWEEN * 3600 * US_PER_S);

	if (connections >= expected)
		return 1.0;
	return (double)connections / (double)expected;
}
