/*
 * Counts that were dear to make, kept while nothing changes that they speak
 * of: a list's `num_results` is asked for with every page.  What an entry
 * depends on are the tables that its statement reads; the writer tells which
 * of them a commit has touched before anybody hears of that commit.
 */
#ifndef HELIO_STORE_COUNT_CACHE_H
#define HELIO_STORE_COUNT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/sql.h"

struct count_cache;

/* NULL: no memory. */
struct count_cache *count_cache_new(size_t n_tables);
void		 count_cache_free(struct count_cache *);	/* NULL allowed */
/* A point in the sequence of commits; taken before a snapshot is opened. */
uint64_t	 count_cache_now(const struct count_cache *);
/* A commit has touched these tables, by number. */
void		 count_cache_touched(struct count_cache *, const bool *tables);
/* The statement's count, if it is known and still true at this time. */
bool		 count_cache_find(struct count_cache *, const struct sql *,
		    int64_t now_ms, int64_t *ret);
/* What a snapshot opened after `as_of` has counted. */
void		 count_cache_keep(struct count_cache *, const struct sql *,
		    uint64_t as_of, int64_t now_ms, int64_t count);

#endif
