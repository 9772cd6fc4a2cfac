/*
 * Prepared statements of one connection, kept by their text: a hash table
 * and a list by last use.  What a statement is, the engine knows; its struct
 * begins with `struct kept`.
 */
#ifndef HELIO_STORE_STMT_CACHE_H
#define HELIO_STORE_STMT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	STMTS_MAX = 128,		/* kept by each connection */
	STMT_BUCKETS = 256,		/* a power of two */
};

struct kept {
	char		*text;		/* owned by whoever ends the statement */
	size_t		 len;
	uint64_t	 hash;
	bool		 busy;		/* in use: may not be taken again */
	bool		 kept;		/* in the cache, not made for one use */
	struct kept	*chain;		/* in the bucket */
	struct kept	*newer, *older;	/* by last use */
};

/* Invariant: each kept statement is in exactly one bucket and in the list. */
struct stmt_cache {
	struct kept	*bucket[STMT_BUCKETS];
	struct kept	*newest, *oldest;
	size_t		 n;
	/* End a statement that has left the cache, and free it. */
	void		(*end)(struct kept *, void *arg);
	void		*arg;
};

/* Copy a text into a new statement; false: no memory. */
bool		 stmt_name(struct kept *, const char *text, size_t n);
/* The statement with this text that is not busy, or NULL. */
struct kept	*stmt_cache_find(struct stmt_cache *, const char *text,
		    size_t n);
/* Keep a new one; the least recently used one that is not busy goes.  When
 * all are busy it is not kept (and `kept` says so). */
void		 stmt_cache_add(struct stmt_cache *, struct kept *);
/* End all of them. */
void		 stmt_cache_clear(struct stmt_cache *);

#endif
