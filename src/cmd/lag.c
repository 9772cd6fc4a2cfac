/* Percentiles. */
#include <math.h>
#include <stdlib.h>

#include "cmd/lag.h"

bool
lag_add(struct lag *lag, double seconds)
{
	size_t cap = lag->cap > 0 ? lag->cap * 2 : 1024;
	double *more;

	if (lag->n == lag->cap) {
		more = realloc(lag->seconds, cap * sizeof(*more));
		if (more == NULL)
			return false;
		lag->seconds = more;
		lag->cap = cap;
	}
	lag->seconds[lag->n++] = seconds;
	return true;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The least value that at least p per cent are not above. */
static double
percentile(const struct lag *lag, double p)
{
	size_t rank = (size_t)ceil(p / 100 * (double)lag->n);

	return lag->seconds[rank > 0 ? rank - 1 : 0];
}

void
lag_sum_up(struct lag *lag, struct lag_summary *ret)
{
	double sum = 0;

	*ret = (struct lag_summary){ .n = lag->n };
	if (lag->n == 0)
		return;
	qsort(lag->seconds, lag->n, sizeof(*lag->seconds), by_size);
	for (size_t i = 0; i < lag->n; i++)
		sum += lag->seconds[i];
	ret->least = lag->seconds[0];
	ret->mean = sum / (double)lag->n;
	ret->p50 = percentile(lag, 50);
	ret->p90 = percentile(lag, 90);
	ret->p95 = percentile(lag, 95);
	ret->p99 = percentile(lag, 99);
	ret->most = lag->seconds[lag->n - 1];
}

void
lag_free(struct lag *lag)
{
	free(lag->seconds);
	*lag = (struct lag){ .seconds = NULL };
}
