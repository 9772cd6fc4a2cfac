/*
 * Named sums (tx_sum), kept by the writer thread like row counts and stored
 * beside them: a job's changes count when the job is kept, and what is dirty
 * is written once per batch.
 */
#ifndef HELIO_STORE_SUM_H
#define HELIO_STORE_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/value.h"

/* Stored before the names of what is no table's. */
#define NAMED_MARK '#'

struct named_sum {
	char		*name;		/* owned */
	/* null: nobody has set it; now: with the job under way */
	struct value	 kept, now;
	bool		 dirty;		/* not stored yet */
};

struct sums {
	struct named_sum *sum;
	size_t		 n, cap;
};

void		 sums_free(struct sums *);
/* With the job under way; null when nobody has set it. */
struct value	 sums_get(const struct sums *, const char *name);
/* False: no memory. */
bool		 sums_set(struct sums *, const char *name, int64_t value);
void		 sums_add(struct sums *, const char *name, int64_t change);
void		 sums_job_end(struct sums *, bool kept);
/* Forget all, to load what is stored. */
void		 sums_forget(struct sums *);
/* As stored; false: no memory. */
bool		 sums_load(struct sums *, const char *name, int64_t value);
/* The key of a stored one. */
const char	*sums_key(struct arena *, const char *name);

#endif
