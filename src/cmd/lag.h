/* How long things took: a series of seconds, and what it amounts to. */
#ifndef HELIO_CMD_LAG_H
#define HELIO_CMD_LAG_H

#include <stdbool.h>
#include <stddef.h>

struct lag {
	double		*seconds;	/* owned */
	size_t		 n, cap;
};

struct lag_summary {
	size_t		 n;
	double		 least, mean, p50, p90, p95, p99, most;
};

/* false: no memory. */
bool	lag_add(struct lag *, double seconds);
/* Sorts the series.  Percentiles are by nearest rank; all 0 when n is 0. */
void	lag_sum_up(struct lag *, struct lag_summary *ret);
void	lag_free(struct lag *);

#endif
