/*
 * A growable byte buffer, always NUL-terminated after its first write.
 *
 * Invariants: len < cap once data is non-NULL; data[len] == 0.  A failed
 * allocation sets `failed` and turns later writes into no-ops, so that a
 * writer checks once, at its end.
 */
#ifndef HELIO_BASE_BUF_H
#define HELIO_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char	*data;		/* owned; NULL before the first write */
	size_t	 len;
	size_t	 cap;
	bool	 failed;	/* an allocation failed: the content is cut */
};

#define BUF_INIT { NULL, 0, 0, false }

void	 buf_init(struct buf *);
void	 buf_free(struct buf *);	/* frees the bytes; reusable after */
void	 buf_reset(struct buf *);	/* empty it, keep the memory */
/* Room for n more bytes; false (and failed set) when there is no memory. */
bool	 buf_reserve(struct buf *, size_t n);
/* The same and no more than that, for what is as long as it says. */
bool	 buf_reserve_exact(struct buf *, size_t n);
void	 buf_add(struct buf *, const void *, size_t);
void	 buf_adds(struct buf *, const char *);
void	 buf_addc(struct buf *, char);
void	 buf_addf(struct buf *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Decimal digits of a signed integer, faster than buf_addf. */
void	 buf_addi(struct buf *, int64_t);
/*
 * Shortest decimal text that reads back as the same double, always with a
 * point or an exponent, laid out as Python does (2.0, 1e+16); whatever the
 * locale.  NaN and infinities, which JSON lacks, are written as null.
 */
void	 buf_addd(struct buf *, double);
/* Give up the bytes: the caller frees the result with free(); ret_len may be
 * NULL.  NULL if failed, and then the buffer is empty again. */
char	*buf_take(struct buf *, size_t *ret_len);

#endif
