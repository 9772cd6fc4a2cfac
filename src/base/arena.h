/*
 * A bump allocator for things that live as long as one request or one
 * transaction.  Nothing is freed alone; not safe between threads.
 */
#ifndef HELIO_BASE_ARENA_H
#define HELIO_BASE_ARENA_H

#include <stddef.h>

struct arena;

/* A new arena, or NULL when there is no memory. */
struct arena	*arena_new(void);
void		 arena_free(struct arena *);	/* NULL is allowed */
/* Forget everything allocated, keep the first block for reuse. */
void		 arena_reset(struct arena *);
/* From now on a reset keeps up to so many bytes more: for arenas that are
 * filled again and again. */
void		 arena_keep(struct arena *, size_t most);
/*
 * n zeroed bytes aligned for any type.  Never returns NULL: when memory
 * runs out the process logs and aborts, as documented in
 * docs/explain/memory.md; arenas are bounded by the limits on what may
 * arrive (body, headers, q), so this means the machine is out of memory.
 */
void		*arena_alloc(struct arena *, size_t n)
		    __attribute__((returns_nonnull, malloc));
char		*arena_strdup(struct arena *, const char *);
char		*arena_strndup(struct arena *, const char *, size_t);
char		*arena_printf(struct arena *, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

#endif
