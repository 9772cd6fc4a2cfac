/*
 * Runs of digits, 64 bytes at a time: a mask with a bit for each byte that is
 * a digit, and of that the bits where it changes.  Most of the time goes into
 * reading memory; `helio imei format` is measured against `wc -l`.
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "helio/field.h"

enum { BLOCK = 64, BLOCK_FINDS_MAX = BLOCK / (HELIO_IMEI_DIGITS + 1) + 1 };

_Static_assert((int)HELIO_SCAN_MIN > (int)BLOCK_FINDS_MAX, "room for a block's numbers");

/* A bit for each length that is a number. */
#define LENGTHS (UINT64_C(1) << HELIO_IMEI_DIGITS | \
    UINT64_C(1) << HELIO_ICCID_DIGITS_MIN | \
    UINT64_C(1) << HELIO_ICCID_DIGITS_MAX)

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

#ifdef __SSE2__
static inline uint64_t
digits_of_16(const char *s)
{
	__m128i v = _mm_loadu_si128((const __m128i *)s);

	v = _mm_sub_epi8(v, _mm_set1_epi8('0'));
	v = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v);
	return (uint32_t)_mm_movemask_epi8(v);
}

static inline uint64_t
digits_of(const char *s)
{
	return digits_of_16(s) | digits_of_16(s + 16) << 16 |
	    digits_of_16(s + 32) << 32 | digits_of_16(s + 48) << 48;
}
#else
static inline uint64_t
digits_of(const char *s)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < BLOCK; i++)
		mask |= (uint64_t)is_digit(s[i]) << i;
	return mask;
}
#endif

/* Put a run there if it is a number; how many were put. */
static inline size_t
put(helio_number *ret, const char *digits, size_t n)
{
	*ret = (helio_number){ digits, n };
	return n < BLOCK ? LENGTHS >> n & 1 : 0;
}

/* The first edge in the mask, which it loses. */
static inline unsigned
take_edge(uint64_t *edges)
{
	unsigned at = (unsigned)__builtin_ctzll(*edges);

	*edges &= *edges - 1;
	return at;
}

/*
 * The runs that end in a block at p.  *open is where a run began that has not
 * ended, or NULL.
 */
static inline size_t
scan_block(const char *p, uint64_t edges, const char **open,
    helio_number *ret)
{
	size_t found = 0;

	if (*open != NULL && edges != 0) {
		found += put(ret, *open,
		    (size_t)(p + take_edge(&edges) - *open));
		*open = NULL;
	}
	while (edges != 0) {
		unsigned start = take_edge(&edges);

		if (edges == 0) {
			*open = p + start;
			break;
		}
		found += put(ret + found, p + start,
		    take_edge(&edges) - start);
	}
	return found;
}

static inline uint64_t
edges_of(uint64_t mask, const char *open)
{
	return mask ^ (mask << 1 | (open != NULL));
}

/* What is left behind the last whole block. */
static size_t
scan_rest(const char *p, size_t n, const char **open, helio_number *ret)
{
	char block[BLOCK] = { 0 };

	memcpy(block, p, n);
	return scan_block(p, edges_of(digits_of(block), *open) &
	    ((UINT64_C(1) << n) - 1), open, ret);
}

/* Go on with the run that the last piece ended in. */
static const char *
finish_kept(helio_scan *scan, const char *p, const char *end,
    helio_number *ret, size_t *found)
{
	char *kept = scan->kept[scan->now];

	for (; p < end && is_digit(*p); p++)
		if (scan->n_kept < HELIO_SCAN_KEEP)
			kept[scan->n_kept++] = *p;
	if (p < end)
		*found += helio_scan_end(scan, ret);
	return p;
}

static void
keep(helio_scan *scan, const char *open, const char *end)
{
	size_t n = (size_t)(end - open);

	scan->n_kept = n < HELIO_SCAN_KEEP ? n : HELIO_SCAN_KEEP;
	memcpy(scan->kept[scan->now], open, scan->n_kept);
}

size_t
helio_scan_next(helio_scan *scan, const char **s, size_t *n,
    helio_number *ret, size_t max)
{
	const char *p = *s, *end = p + *n, *open = NULL;
	size_t found = 0;

	if (scan->n_kept > 0)
		p = finish_kept(scan, p, end, ret, &found);
	for (; end - p >= BLOCK && max - found > BLOCK_FINDS_MAX; p += BLOCK)
		found += scan_block(p, edges_of(digits_of(p), open), &open,
		    ret + found);
	if (end - p < BLOCK && max - found > BLOCK_FINDS_MAX) {
		found += scan_rest(p, (size_t)(end - p), &open, ret + found);
		p = end;
	}
	if (open != NULL)
		keep(scan, open, p);
	*s = p;
	*n = (size_t)(end - p);
	return found;
}

size_t
helio_scan_end(helio_scan *scan, helio_number *ret)
{
	size_t found = put(ret, scan->kept[scan->now], scan->n_kept);

	scan->n_kept = 0;
	scan->now = !scan->now;
	return found;
}
