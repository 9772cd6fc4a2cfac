/*
 * Runs of digits, 64 bytes at a time, over a mask with a bit for each byte
 * that is a digit.  `helio imei format` is measured against `wc -l`.
 */
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "helio/field.h"

enum { BLOCK = 64, BLOCK_FINDS_MAX = BLOCK / (HELIO_IMEI_DIGITS + 1) + 1 };

_Static_assert((int)HELIO_SCAN_MIN > (int)BLOCK_FINDS_MAX, "room for a block's numbers");

/* A bit for each length that is a number. */
#define LENGTHS (UINT64_C(1) << HELIO_IMEI_DIGITS | \
    UINT64_C(1) << HELIO_ICCID_DIGITS_MIN | \
    UINT64_C(1) << HELIO_ICCID_DIGITS_MAX)

/* The same code, made for each kind of processor. */
#define ALWAYS __attribute__((always_inline))

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A bit for each byte of a block that is a digit. */
#ifdef __x86_64__
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

#define WIDE __attribute__((target("avx2,bmi")))

static inline WIDE uint64_t
digits_of_32(const char *s)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)s);

	v = _mm256_sub_epi8(v, _mm256_set1_epi8('0'));
	v = _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(9)), v);
	return (uint32_t)_mm256_movemask_epi8(v);
}

static inline WIDE uint64_t
wide_digits_of(const char *s)
{
	return digits_of_32(s) | digits_of_32(s + 32) << 32;
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

/* Put a run there; where the next one goes, which is the same place if it is
 * no number. */
static inline ALWAYS helio_number *
put(helio_number *to, const char *digits, size_t n)
{
	*to = (helio_number){ digits, n };
	return to + (n < BLOCK ? LENGTHS >> n & 1 : 0);
}

/* A bit at each place where 15 bits or more begin. */
static inline ALWAYS uint64_t
long_runs(uint64_t mask)
{
	mask &= mask >> 1;	/* 2 of them */
	mask &= mask >> 2;	/* 4 */
	mask &= mask >> 4;	/* 8 */
	return mask & mask >> (HELIO_IMEI_DIGITS - 8);
}

/*
 * The runs that end in a block at p, whose digits the mask tells.  *open is
 * where a run began that has not ended, or NULL.  Only long ones are looked
 * at: most digits of a messy text are no number of ours.
 */
static inline ALWAYS helio_number *
scan_block(const char *p, uint64_t mask, const char **open, helio_number *to)
{
	uint64_t runs;
	unsigned at, n;

	if (mask == UINT64_MAX) {
		*open = *open != NULL ? *open : p;
		return to;
	}
	if (*open != NULL) {
		n = (unsigned)__builtin_ctzll(~mask);
		to = put(to, *open, (size_t)(p + n - *open));
		mask &= UINT64_MAX << n;
		*open = NULL;
	}
	if (mask >> (BLOCK - 1) != 0) {
		n = (unsigned)__builtin_clzll(~mask);
		mask &= UINT64_MAX >> n;
		*open = p + BLOCK - n;
	}
	for (runs = long_runs(mask); runs != 0;
	    runs &= UINT64_MAX << (at + n)) {
		at = (unsigned)__builtin_ctzll(runs);
		n = (unsigned)__builtin_ctzll(~(mask >> at));
		to = put(to, p + at, n);
	}
	return to;
}

/* Where a scan is, in one piece of the text. */
struct place {
	const char	*at, *end;
	const char	*open;		/* where a run began, or NULL */
	helio_number	*to, *to_end;
};

static inline ALWAYS bool
has_room(const struct place *place, const helio_number *to)
{
	return place->to_end - to > BLOCK_FINDS_MAX;
}

/* Whole blocks, while there is room for what one may hold. */
static inline ALWAYS void
scan_blocks(struct place *place, uint64_t (*digits)(const char *))
{
	const char *p = place->at, *open = place->open;
	helio_number *to = place->to;

	for (; place->end - p >= BLOCK && has_room(place, to); p += BLOCK)
		to = scan_block(p, digits(p), &open, to);
	place->at = p;
	place->open = open;
	place->to = to;
}

#ifdef __x86_64__
static WIDE void
scan_wide(struct place *place)
{
	scan_blocks(place, wide_digits_of);
}
#endif

static void
scan_any(struct place *place)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) {
		scan_wide(place);
		return;
	}
#endif
	scan_blocks(place, digits_of);
}

/* What is left behind the last whole block. */
static void
scan_rest(struct place *place)
{
	for (; place->at < place->end; place->at++) {
		if (is_digit(*place->at)) {
			if (place->open == NULL)
				place->open = place->at;
		} else if (place->open != NULL) {
			place->to = put(place->to, place->open,
			    (size_t)(place->at - place->open));
			place->open = NULL;
		}
	}
}

/* Go on with the run that the last piece ended in. */
static void
finish_kept(helio_scan *scan, struct place *place)
{
	char *kept = scan->kept[scan->now];
	const char *p = place->at;

	for (; p < place->end && is_digit(*p); p++)
		if (scan->n_kept < HELIO_SCAN_KEEP)
			kept[scan->n_kept++] = *p;
	if (p < place->end)
		place->to += helio_scan_end(scan, place->to);
	place->at = p;
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
	struct place place = { *s, *s + *n, NULL, ret, ret + max };

	if (scan->n_kept > 0)
		finish_kept(scan, &place);
	scan_any(&place);
	if (place.end - place.at < BLOCK && has_room(&place, place.to))
		scan_rest(&place);
	if (place.open != NULL)
		keep(scan, place.open, place.at);
	*s = place.at;
	*n = (size_t)(place.end - place.at);
	return (size_t)(place.to - ret);
}

size_t
helio_scan_end(helio_scan *scan, helio_number *ret)
{
	size_t found = (size_t)(put(ret, scan->kept[scan->now],
	    scan->n_kept) - ret);

	/* the next one is kept elsewhere: this one is still to be looked at */
	scan->n_kept = 0;
	scan->now = !scan->now;
	return found;
}
