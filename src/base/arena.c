/* arena.c - memory that is handed out in steps and given back in one go */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum {
	ALIGN = 16,
	BLOCK_FIRST = 8 * 1024,
	BLOCK_MAX = 256 * 1024,
};

struct block {
	struct block	*older;
	size_t		 size;		/* usable bytes */
	size_t		 used;
	_Alignas(ALIGN) unsigned char data[];
};

struct arena {
	struct block	*newest;
	struct block	*first;		/* oldest block, kept by arena_reset */
	struct block	*spare;		/* kept for later, the newest first */
	size_t		 kept, keep_max;	/* bytes of them; how many may be */
};

static _Noreturn void
out_of_memory(size_t n)
{
	log_event(LOG_ERROR, "memory.out", "wanted=%zu", n);
	abort();
}

static struct block *
block_new(size_t size, struct block *older)
{
	struct block *b;

	b = malloc(sizeof(*b) + size);
	if (b == NULL)
		return NULL;
	b->older = older;
	b->size = size;
	b->used = 0;
	return b;
}

/* A kept block of at least n bytes, or NULL. */
static struct block *
take_spare(struct arena *a, size_t n)
{
	struct block **at = &a->spare, *b;

	while (*at != NULL && (*at)->size < n)
		at = &(*at)->older;
	b = *at;
	if (b == NULL)
		return NULL;
	*at = b->older;
	a->kept -= b->size;
	b->older = a->newest;
	b->used = 0;
	return b;
}

/* A block with room for n more bytes, on top of the others. */
static struct block *
block_push(struct arena *a, size_t n)
{
	struct block *spare = take_spare(a, n);
	size_t size = a->newest->size * 2;

	if (spare != NULL)
		return a->newest = spare;
	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	if (size < n)
		size = n;
	a->newest = block_new(size, a->newest);
	if (a->newest == NULL)
		out_of_memory(n);
	return a->newest;
}

struct arena *
arena_new(void)
{
	struct arena *a;

	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	a->first = a->newest = block_new(BLOCK_FIRST, NULL);
	if (a->first == NULL) {
		free(a);
		return NULL;
	}
	return a;
}

static void
drop(struct arena *a, struct block *b)
{
	if (b->size > a->keep_max - a->kept) {
		free(b);
		return;
	}
	b->older = a->spare;
	a->spare = b;
	a->kept += b->size;
}

void
arena_reset(struct arena *a)
{
	struct block *older;

	while (a->newest != a->first) {
		older = a->newest->older;
		drop(a, a->newest);
		a->newest = older;
	}
	a->first->used = 0;
}

void
arena_keep(struct arena *a, size_t most)
{
	struct block *b;

	a->keep_max = most;
	while (a->kept > most) {
		b = a->spare;
		a->spare = b->older;
		a->kept -= b->size;
		free(b);
	}
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_keep(a, 0);
	arena_reset(a);
	free(a->first);
	free(a);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct block *b = a->newest;
	void *p;

	if (n > SIZE_MAX / 2)
		out_of_memory(n);
	n = n == 0 ? ALIGN : (n + ALIGN - 1) / ALIGN * ALIGN;
	if (n > b->size - b->used)
		b = block_push(a, n);
	p = b->data + b->used;
	b->used += n;
	return memset(p, 0, n);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	if (n > 0)
		memcpy(copy, s, n);
	return copy;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	char *out = NULL, *copy;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&out, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory(0);
	copy = arena_strndup(a, out, (size_t)n);
	free(out);
	return copy;
}
