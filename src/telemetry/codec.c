/* See codec.h. */
#include "telemetry/codec.h"

#include <string.h>

enum {
	NUMBER_BYTES = 10,	/* of the longest number */
	ORDERS = 3,		/* differences of order 0, 1 and 2 */
	TENS_MAX = 19,		/* 10^19 fits in 64 bits, 10^20 does not */
	SCALE_MAX = 15,		/* decimals that are looked for */
	SAMPLE = 64,		/* values that choose the decimals */
	GLANCE = 8,		/* values that are enough for that ... */
	GLANCE_SCALE = 3,	/* ... when they have no more than so many */
	RUN = 32,		/* neighbours that are looked at, of ... */
	RUN_OF = 128,		/* ... so many, to estimate a column ... */
	LONG = 512,		/* ... longer than this */
	NARROW = 8,		/* bits: eight numbers fill whole bytes of one
				 * word */
	EXCEPTION_BITS = 80,	/* what one costs: its place and its bytes */
	DISTINCT_MAX = 1 << 20,
};

/* ---- numbers ---- */

static uint64_t
zigzag(uint64_t v)
{
	return v << 1 ^ (uint64_t)((int64_t)v >> 63);
}

static uint64_t
unzigzag(uint64_t v)
{
	return v >> 1 ^ -(v & 1);
}

static uint8_t *
put_number(uint8_t *at, uint64_t v)
{
	while (v >= 0x80) {
		*at++ = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	*at++ = (uint8_t)v;
	return at;
}

void
codec_put_number(struct buf *out, uint64_t v)
{
	uint8_t text[NUMBER_BYTES];

	buf_add(out, text, (size_t)(put_number(text, v) - text));
}

static uint64_t
long_number(struct codec_in *in)
{
	uint64_t v = 0;
	unsigned shift;

	for (shift = 0; shift < 70 && in->at < in->end; shift += 7) {
		uint8_t byte = *in->at++;

		if (shift == 63 && byte > 1)
			break;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
	in->bad = true;
	in->at = in->end;
	return 0;
}

uint64_t
codec_get_number(struct codec_in *in)
{
	if (in->at < in->end && *in->at < 0x80)
		return *in->at++;
	return long_number(in);
}

const uint8_t *
codec_get_bytes(struct codec_in *in, size_t n)
{
	const uint8_t *at = in->at;

	if (in->bad || n > (size_t)(in->end - in->at)) {
		in->bad = true;
		in->at = in->end;
		return NULL;
	}
	in->at += n;
	return at;
}

static unsigned
bits_of(uint64_t v)
{
	return v == 0 ? 0 : 64 - (unsigned)__builtin_clzll(v);
}

/* ---- bits, the lowest first ---- */

static size_t
packed_size(size_t n, unsigned width)
{
	return (n * width + 7) / 8;
}

struct bit_out {
	uint8_t		*at;
	uint64_t	 word;
	unsigned	 n;
};

static void
put_bits(struct bit_out *out, uint64_t v, unsigned width)
{
	out->word |= v << out->n;
	if (out->n + width < 64) {
		out->n += width;
		return;
	}
	memcpy(out->at, &out->word, 8);
	out->at += 8;
	out->n = out->n + width - 64;
	out->word = out->n > 0 ? v >> (width - out->n) : 0;
}

static void
end_bits(struct bit_out *out)
{
	memcpy(out->at, &out->word, (out->n + 7) / 8);
}

/* Eight bytes from a place, of which some may lie beyond the end. */
static uint64_t
load(const uint8_t *at, const uint8_t *end)
{
	uint64_t word = 0;

	if (end - at >= 8)
		memcpy(&word, at, 8);
	else
		memcpy(&word, at, (size_t)(end - at));
	return word;
}

static uint64_t
bits_at(const uint8_t *base, const uint8_t *end, size_t bit, unsigned width)
{
	const uint8_t *at = base + bit / 8;
	unsigned shift = bit % 8;
	uint64_t v = load(at, end) >> shift;

	if (shift + width > 64)
		v |= (uint64_t)at[8] << (64 - shift);
	return width == 64 ? v : v & ((UINT64_C(1) << width) - 1);
}

/* ---- whole numbers ---- */

/*
 * Head byte: the order in bits 0-1, PACKED in bit 2, TENS in bit 3.  Then the
 * power of ten when TENS, the first values (one, or as many as the order),
 * and what is left of the others: packed with a base and a width, or zigzag
 * numbers.
 */
enum { HEAD_ORDER = 3, HEAD_PACKED = 4, HEAD_TENS = 8, HEAD_ALL = 15 };

static const uint64_t tens[TENS_MAX + 1] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
	1000000000, UINT64_C(10000000000), UINT64_C(100000000000),
	UINT64_C(1000000000000), UINT64_C(10000000000000),
	UINT64_C(100000000000000), UINT64_C(1000000000000000),
	UINT64_C(10000000000000000), UINT64_C(100000000000000000),
	UINT64_C(1000000000000000000), UINT64_C(10000000000000000000),
};

/* Numbers relative to the first of them. */
struct ints {
	uint64_t	*v;
	size_t		 n;
	unsigned	 order;
};

/* What is left of value i, which is not among the first `order` ones. */
static uint64_t
residual(const struct ints *ints, size_t i)
{
	const uint64_t *v = &ints->v[i];

	if (ints->order == 0)
		return v[0];
	if (ints->order == 1)
		return v[0] - v[-1];
	return v[0] - 2 * v[-1] + v[-2];
}

static size_t
n_first(unsigned order)
{
	return order < 1 ? 1 : order;
}

static uint64_t
size_of(uint64_t v)
{
	return (int64_t)v < 0 ? -v : v;
}

/* The power of ten that divides them all; 0 when all are 0.  What 10^n divides
 * 2^n divides too, which is seen at once. */
static unsigned
common_tens(const uint64_t *v, size_t n)
{
	unsigned scale = TENS_MAX, twos;
	bool any = false;

	for (size_t i = 1; i < n && scale > 0; i++) {
		if (v[i] == 0)
			continue;
		any = true;
		twos = (unsigned)__builtin_ctzll(v[i]);
		scale = scale < twos ? scale : twos;
		while (scale > 0 && size_of(v[i]) % tens[scale] != 0)
			scale--;
	}
	return any ? scale : 0;
}

static void
divide(uint64_t *v, size_t n, uint64_t by)
{
	for (size_t i = 1; i < n; i++)
		v[i] = (int64_t)v[i] < 0 ? -(-v[i] / by) : v[i] / by;
}

/* How dear an order would be. */
struct cost {
	int64_t		 low, high;	/* of the residuals */
	size_t		 bits;		/* of all, each in its own width */
	size_t		 bytes;		/* as numbers */
};

static void
cost_add(struct cost *cost, uint64_t residual)
{
	unsigned bits = bits_of(zigzag(residual));

	if ((int64_t)residual < cost->low)
		cost->low = (int64_t)residual;
	if ((int64_t)residual > cost->high)
		cost->high = (int64_t)residual;
	cost->bits += bits;
	cost->bytes += bits == 0 ? 1 : (bits + 6) / 7;
}

static struct cost
order_cost(struct ints *ints, unsigned order)
{
	struct cost cost = { INT64_MAX, INT64_MIN, 0, 0 };

	ints->order = order;
	for (size_t i = n_first(order); i < ints->n; i++)
		cost_add(&cost, residual(ints, i));
	return cost;
}

static unsigned
width_of(const struct cost *cost)
{
	return cost->high < cost->low ? 0 :
	    bits_of((uint64_t)cost->high - (uint64_t)cost->low);
}

static size_t
pack_size(const struct cost *cost, size_t n)
{
	return packed_size(n, width_of(cost)) + NUMBER_BYTES / 2;
}

/*
 * The order whose largest residual is smallest.  False: it is not so small
 * that packing takes a byte or less for each, which is better than numbers
 * whatever they are.
 */
static bool
choose_narrow(struct ints *ints)
{
	const uint64_t *v = ints->v;
	uint64_t any[ORDERS] = { 0 };

	ints->order = 0;
	if (ints->n <= ORDERS)
		return false;
	any[0] = any[1] = zigzag(v[1]);
	for (size_t i = 2; i < ints->n; i++) {
		any[0] |= zigzag(v[i]);
		any[1] |= zigzag(v[i] - v[i - 1]);
		any[2] |= zigzag(v[i] - 2 * v[i - 1] + v[i - 2]);
	}
	for (unsigned order = 1; order < ORDERS; order++)
		if (bits_of(any[order]) < bits_of(any[ints->order]))
			ints->order = order;
	return bits_of(any[ints->order]) <= NARROW;
}

/* Which order costs least; true: and should be packed. */
static bool
choose_small(struct ints *ints)
{
	size_t size, packed, least = SIZE_MAX;
	bool ret = true;
	unsigned chosen = 0;

	if (choose_narrow(ints))
		return true;
	for (unsigned order = 0; order < ORDERS && n_first(order) <= ints->n;
	    order++) {
		struct cost cost = order_cost(ints, order);

		packed = pack_size(&cost, ints->n);
		size = packed < cost.bytes ? packed : cost.bytes;
		if (size >= least)
			continue;
		least = size;
		chosen = order;
		ret = packed < cost.bytes;
	}
	ints->order = chosen;
	return ret;
}

/* Which order has least in it, by a look at a part of a long column. */
static void
choose_plain(struct ints *ints)
{
	size_t bits[ORDERS] = { 0 }, i = ORDERS - 1;
	const uint64_t *v = ints->v;
	unsigned order = 0;

	while (i < ints->n) {
		bits[0] += bits_of(zigzag(v[i]));
		bits[1] += bits_of(zigzag(v[i] - v[i - 1]));
		bits[2] += bits_of(zigzag(v[i] - 2 * v[i - 1] + v[i - 2]));
		i++;
		if (i % RUN == 0 && ints->n > LONG)
			i += RUN_OF - RUN;
	}
	for (unsigned k = 1; k < ORDERS && n_first(k) <= ints->n; k++)
		if (bits[k] < bits[order])
			order = k;
	ints->order = order;
}

/* Values to residuals, where they are; the first ones stay. */
static void
take_residuals(struct ints *ints)
{
	for (unsigned first = 1; first <= ints->order; first++)
		for (size_t i = ints->n; i-- > first; )
			ints->v[i] -= ints->v[i - 1];
}

/* Smallest and largest. */
static struct cost
range_of(const uint64_t *v, size_t n)
{
	struct cost range = { INT64_MAX, INT64_MIN, 0, 0 };

	for (size_t i = 0; i < n; i++) {
		int64_t r = (int64_t)v[i];

		range.low = r < range.low ? r : range.low;
		range.high = r > range.high ? r : range.high;
	}
	return range;
}

/* Eight at a time, as long as there are; how many that were. */
static size_t
put_eights(struct bit_out *out, const uint64_t *v, size_t n, uint64_t base,
    unsigned width)
{
	size_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		uint64_t word = 0;

		for (unsigned k = 0; k < 8; k++)
			word |= (v[i + k] - base) << (k * width);
		memcpy(out->at, &word, sizeof(word));
		out->at += width;
	}
	return i;
}

static void
put_packed(struct buf *out, const uint64_t *v, size_t n,
    const struct cost *range)
{
	unsigned width = width_of(range);
	uint64_t base = n > 0 ? (uint64_t)range->low : 0;
	struct bit_out bits = { NULL, 0, 0 };
	size_t i = 0;

	codec_put_number(out, zigzag(base));
	buf_addc(out, (char)width);
	if (width == 0 || !buf_reserve(out, packed_size(n, width) + 8))
		return;
	bits.at = (uint8_t *)out->data + out->len;
	if (width <= NARROW)
		i = put_eights(&bits, v, n, base, width);
	for (; i < n; i++)
		put_bits(&bits, v[i] - base, width);
	end_bits(&bits);
	out->len += packed_size(n, width);
	out->data[out->len] = '\0';
}

static void
put_plain(struct buf *out, const uint64_t *v, size_t n)
{
	uint8_t *at;

	if (!buf_reserve(out, n * NUMBER_BYTES + 1))
		return;
	at = (uint8_t *)out->data + out->len;
	for (size_t i = 0; i < n; i++)
		at = put_number(at, zigzag(v[i]));
	out->len = (size_t)(at - (uint8_t *)out->data);
	out->data[out->len] = '\0';
}

/* What is left of the numbers, in whichever form suits the aim. */
static void
put_residuals(struct buf *out, const struct ints *ints, bool packed,
    const struct cost *range)
{
	size_t first = n_first(ints->order);

	if (packed)
		put_packed(out, ints->v + first, ints->n - first, range);
	else
		put_plain(out, ints->v + first, ints->n - first);
}

void
codec_put_ints(struct buf *out, int64_t *v, size_t n, enum codec_aim aim)
{
	struct ints ints = { (uint64_t *)v, n, 0 };
	uint64_t first = n > 0 ? ints.v[0] : 0;
	bool packed = false;
	struct cost range;
	unsigned scale;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		ints.v[i] -= first;
	scale = common_tens(ints.v, n);
	if (scale > 0)
		divide(ints.v, n, tens[scale]);
	if (aim == CODEC_PACK)
		packed = choose_small(&ints);
	else
		choose_plain(&ints);
	take_residuals(&ints);
	range = range_of(&ints.v[n_first(ints.order)], n - n_first(ints.order));
	/* equal ones take nothing */
	packed |= range.low == range.high;
	buf_addc(out, (char)(ints.order | (packed ? HEAD_PACKED : 0) |
	    (scale > 0 ? HEAD_TENS : 0)));
	if (scale > 0)
		buf_addc(out, (char)scale);
	codec_put_number(out, zigzag(first));
	if (ints.order == 2)
		codec_put_number(out, zigzag(ints.v[1]));
	put_residuals(out, &ints, packed, &range);
}

/* ---- back ---- */

/* n values of which the first `most` are wanted. */
static bool
get_packed(struct codec_in *in, uint64_t *v, size_t n, size_t most)
{
	uint64_t base = unzigzag(codec_get_number(in));
	const uint8_t *width = codec_get_bytes(in, 1), *bits, *end;

	if (width == NULL || *width > 64)
		return false;
	bits = codec_get_bytes(in, packed_size(n, *width));
	if (bits == NULL)
		return false;
	end = in->at;
	for (size_t i = 0; i < most; i++)
		v[i] = base;
	for (size_t i = 0; i < most && *width > 0; i++)
		v[i] += bits_at(bits, end, i * *width, *width);
	return true;
}

/* Eight numbers of one byte each, which most are; false: not so. */
static inline bool
get_eight(struct codec_in *in, uint64_t *v)
{
	uint64_t word;

	if (in->end - in->at < 8)
		return false;
	memcpy(&word, in->at, sizeof(word));
	if ((word & UINT64_C(0x8080808080808080)) != 0)
		return false;
	for (unsigned k = 0; k < 8; k++)
		v[k] = unzigzag(word >> (8 * k) & 0x7f);
	in->at += 8;
	return true;
}

static bool
get_plain(struct codec_in *in, uint64_t *v, size_t n, size_t most)
{
	size_t i = 0, end;

	(void)n;
	while (i < most) {
		while (i + 8 <= most && get_eight(in, &v[i]))
			i += 8;
		end = i + 8 < most ? i + 8 : most;
		for (; i < end; i++)
			v[i] = unzigzag(codec_get_number(in));
	}
	return !in->bad;
}

/* Residuals to values, relative to the first; v[0] is 0 already. */
static void
add_up(uint64_t *v, size_t n, unsigned order)
{
	uint64_t step;

	if (order == 1)
		for (size_t i = 1; i < n; i++)
			v[i] += v[i - 1];
	if (order < 2 || n < 2)
		return;
	step = v[1];
	for (size_t i = 2; i < n; i++) {
		step += v[i];
		v[i] = v[i - 1] + step;
	}
}

bool
codec_get_ints(struct codec_in *in, int64_t *ret, size_t n)
{
	return codec_get_some_ints(in, ret, n, n);
}

bool
codec_get_some_ints(struct codec_in *in, int64_t *ret, size_t n, size_t most)
{
	uint64_t *v = (uint64_t *)ret, first, ten = 1;
	const uint8_t *head, *scale;
	unsigned order;
	size_t known;

	if (n == 0)
		return !in->bad;
	head = codec_get_bytes(in, 1);
	if (head == NULL || *head > HEAD_ALL || (*head & HEAD_ORDER) >= ORDERS)
		return false;
	order = *head & HEAD_ORDER;
	known = n_first(order);
	if ((*head & HEAD_TENS) != 0) {
		scale = codec_get_bytes(in, 1);
		if (scale == NULL || *scale > TENS_MAX)
			return false;
		ten = tens[*scale];
	}
	if (known > n)
		return false;
	if (most < known)
		most = known;
	first = unzigzag(codec_get_number(in));
	v[0] = 0;
	if (order == 2)
		v[1] = unzigzag(codec_get_number(in));
	if (!((*head & HEAD_PACKED) != 0 ? get_packed :
	    get_plain)(in, v + known, n - known, most - known))
		return false;
	add_up(v, most, order);
	if (ten == 1)
		for (size_t i = 0; i < most; i++)
			v[i] += first;
	else
		for (size_t i = 0; i < most; i++)
			v[i] = first + v[i] * ten;
	return !in->bad;
}

/* ---- doubles ---- */

/* Exact up to 10^22; only up to SCALE_MAX is used. */
static const double powers[SCALE_MAX + 1] = {
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
	1e13, 1e14, 1e15,
};

static uint64_t
bits_of_double(double f)
{
	uint64_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

static bool
restores(double f, int64_t m, unsigned scale)
{
	return bits_of_double((double)m / powers[scale]) == bits_of_double(f);
}

/*
 * Is f a whole number of 10^-scale, to the bit?  The division rounds once
 * and so gives the double nearest to the decimal, which f was read from.
 */
static inline bool
fits(double f, unsigned scale, int64_t *ret)
{
	const double limit = 9007199254740992.0;	/* 2^53 */
	double m = f * powers[scale];

	if (!(m < limit && m > -limit))
		return false;
	*ret = (int64_t)(m < 0 ? m - 0.5 : m + 0.5);
	return restores(f, *ret, scale);
}

/* Would f have at most so many decimals as fit at all? */
static bool
is_decimal(double f)
{
	const double limit = 1e15;	/* below 2^53 with one decimal more */
	unsigned scale = SCALE_MAX;
	int64_t m;

	while (scale > 0 && !(f * powers[scale] < limit &&
	    f * powers[scale] > -limit))
		scale--;
	return fits(f, scale, &m) || (scale < SCALE_MAX &&
	    fits(f, scale + 1, &m));
}

/* The fewest decimals of f; SCALE_MAX + 1: too many. */
static unsigned
decimals(double f)
{
	unsigned scale = 0;
	int64_t m;

	if (!is_decimal(f))
		return SCALE_MAX + 1;
	while (scale <= SCALE_MAX && !fits(f, scale, &m))
		scale++;
	return scale;
}

/*
 * How many decimals to keep, by looking at some values: each decimal costs
 * every value 3.3 bits, too few make exceptions.  False: better none.
 */
static bool
choose_scale(const double *v, size_t n, size_t samples, unsigned *ret)
{
	size_t count[SCALE_MAX + 2] = { 0 }, beyond = samples, cost;
	size_t least = samples * (EXCEPTION_BITS / 2);

	*ret = SCALE_MAX + 1;
	for (size_t i = 0; i < samples; i++)
		count[decimals(v[i * n / samples])]++;
	for (unsigned scale = 0; scale <= SCALE_MAX; scale++) {
		beyond -= count[scale];
		cost = samples * scale * 10 / 3 + beyond * EXCEPTION_BITS;
		if (cost < least) {
			least = cost;
			*ret = scale;
		}
	}
	return *ret <= SCALE_MAX;
}

/*
 * Scale all, when all fit: without a branch, so that the compiler takes some
 * at a time.  Adding and taking away 1.5 * 2^52 rounds to a whole number,
 * which then stands in the sum's lowest bits.
 */
static bool
scale_fitting(const double *v, size_t n, unsigned scale, int64_t *ret)
{
	const double magic = 6755399441055744.0, power = powers[scale];
	const uint64_t magic_bits = bits_of_double(magic);
	uint64_t differing = 0, beyond = 0;

	for (size_t i = 0; i < n; i++) {
		double sum = v[i] * power + magic;
		uint64_t m = bits_of_double(sum) - magic_bits;

		ret[i] = (int64_t)m;
		beyond |= bits_of_double(sum) ^ magic_bits;
		differing |= bits_of_double((sum - magic) / power) ^
		    bits_of_double(v[i]);
	}
	return differing == 0 && beyond >> 52 == 0;
}

/* Scale all; an exception repeats the number before it.  How many there are. */
static size_t
scale_all(const double *v, size_t n, unsigned scale, int64_t *ret)
{
	size_t exceptions = 0;
	int64_t m, last = 0;

	for (size_t i = 0; i < n; i++) {
		if (fits(v[i], scale, &m))
			last = m;
		else
			exceptions += !restores(v[i], last, scale);
		ret[i] = last;
	}
	return exceptions;
}

static void
put_exceptions(struct buf *out, const double *v, size_t n, unsigned scale,
    const int64_t *scaled)
{
	size_t next = 0;

	for (size_t i = 0; i < n; i++) {
		if (restores(v[i], scaled[i], scale))
			continue;
		codec_put_number(out, i - next);
		buf_add(out, &v[i], sizeof(v[i]));
		next = i + 1;
	}
}

enum { FORM_SCALED, FORM_RAW };

/* Differing bits from value to value, byte by byte: all first bytes, .. */
static void
put_raw(struct buf *out, const double *v, size_t n)
{
	uint64_t last = 0, bits;
	char *at;

	buf_addc(out, FORM_RAW);
	if (!buf_reserve(out, 8 * n + 1))
		return;
	at = out->data + out->len;
	for (size_t i = 0; i < n; i++) {
		bits = bits_of_double(v[i]) ^ last;
		last ^= bits;
		for (unsigned k = 0; k < 8; k++)
			at[k * n + i] = (char)(bits >> (8 * k));
	}
	out->len += 8 * n;
	out->data[out->len] = '\0';
}

/* Few decimals in some and no more in all others: then they are scaled. */
static bool
scale_at_a_glance(const double *v, size_t n, unsigned *ret, int64_t *scaled)
{
	size_t some = n < GLANCE ? n : GLANCE;

	*ret = 0;
	for (size_t i = 0; i < some; i++) {
		unsigned scale = decimals(v[i * n / some]);

		*ret = scale > *ret ? scale : *ret;
	}
	return *ret <= GLANCE_SCALE && scale_fitting(v, n, *ret, scaled);
}

/* Choose decimals and scale; the number of exceptions, SIZE_MAX: better not. */
static size_t
scale_best(const double *v, size_t n, unsigned *ret, int64_t *scaled)
{
	size_t exceptions;

	if (scale_at_a_glance(v, n, ret, scaled))
		return 0;
	if (!choose_scale(v, n, n < SAMPLE ? n : SAMPLE, ret))
		return SIZE_MAX;
	exceptions = scale_all(v, n, *ret, scaled);
	if (exceptions <= n / 16 + 1 || n <= SAMPLE)
		return exceptions;
	/* the sample was not like the rest */
	return choose_scale(v, n, n, ret) ? scale_all(v, n, *ret, scaled) :
	    SIZE_MAX;
}

void
codec_put_floats(struct buf *out, const double *v, size_t n,
    enum codec_aim aim, int64_t *scratch)
{
	size_t start = out->len, exceptions;
	unsigned scale;

	exceptions = scale_best(v, n, &scale, scratch);
	if (exceptions != SIZE_MAX) {
		buf_addc(out, FORM_SCALED);
		buf_addc(out, (char)scale);
		codec_put_number(out, exceptions);
		put_exceptions(out, v, n, scale, scratch);
		codec_put_ints(out, scratch, n, aim);
	}
	if (exceptions != SIZE_MAX && out->len - start <= 8 * n + 1)
		return;
	out->len = start;
	put_raw(out, v, n);
}

/* ---- back ---- */

static bool
is_finite(uint64_t bits)
{
	const uint64_t exponent = UINT64_C(0x7ff0000000000000);

	return (bits & exponent) != exponent;
}

static bool
get_exceptions(const uint8_t *at, const uint8_t *end, double *ret, size_t n,
    size_t exceptions)
{
	struct codec_in in = { at, end, false };
	size_t row = 0;

	for (; exceptions > 0; exceptions--) {
		uint64_t gap = codec_get_number(&in);
		const uint8_t *bits = codec_get_bytes(&in, sizeof(*ret));

		if (bits == NULL || gap >= n - row)
			return false;
		row += gap;
		memcpy(&ret[row], bits, sizeof(*ret));
		if (!is_finite(bits_of_double(ret[row++])))
			return false;
	}
	return true;
}

/* Pass over the exceptions, whose places make sense only later. */
static void
skip_exceptions(struct codec_in *in, uint64_t exceptions)
{
	for (; exceptions > 0 && !in->bad; exceptions--) {
		codec_get_number(in);
		codec_get_bytes(in, sizeof(double));
	}
}

static bool
get_scaled(struct codec_in *in, double *ret, size_t n, size_t first,
    size_t last)
{
	const uint8_t *scale = codec_get_bytes(in, 1), *from;
	uint64_t exceptions = codec_get_number(in);
	int64_t *v = (int64_t *)ret;	/* same size; read before written */
	double power;

	if (scale == NULL || *scale > SCALE_MAX || exceptions > n)
		return false;
	from = in->at;
	skip_exceptions(in, exceptions);
	if (!codec_get_some_ints(in, v, n, last))
		return false;
	power = powers[*scale];
	for (size_t i = first; i < last; i++)
		ret[i] = (double)v[i] / power;
	return get_exceptions(from, in->end, ret, n, exceptions);
}

static bool
get_raw(struct codec_in *in, double *ret, size_t n, size_t first, size_t last)
{
	const uint8_t *planes;
	uint64_t bits = 0;
	bool sound = true;

	(void)first;		/* each is told from the one before */
	planes = n > SIZE_MAX / 8 ? NULL : codec_get_bytes(in, 8 * n);
	if (planes == NULL)
		return false;
	for (size_t i = 0; i < last; i++) {
		for (unsigned k = 0; k < 8; k++)
			bits ^= (uint64_t)planes[k * n + i] << (8 * k);
		memcpy(&ret[i], &bits, sizeof(bits));
		sound &= is_finite(bits);
	}
	return sound;
}

bool
codec_get_some_floats(struct codec_in *in, double *ret, size_t n,
    size_t first, size_t last)
{
	const uint8_t *form = codec_get_bytes(in, 1);

	return form != NULL && *form <= FORM_RAW &&
	    (*form == FORM_RAW ? get_raw : get_scaled)(in, ret, n, first,
	    last);
}

bool
codec_get_floats(struct codec_in *in, double *ret, size_t n)
{
	return codec_get_some_floats(in, ret, n, 0, n);
}

/* ---- texts ---- */

/* Places of the distinct texts, by what they are. */
struct dictionary {
	const struct telemetry_text *texts;
	uint32_t	*slots;		/* index into first, + 1 */
	size_t		 mask;
	size_t		*first;		/* where each occurs first */
	size_t		 n;
};

static uint64_t
hash_text(const struct telemetry_text *text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < text->n; i++)
		hash = (hash ^ (uint8_t)text->s[i]) * UINT64_C(1099511628211);
	return hash ^ hash >> 32;
}

static bool
same_text(const struct telemetry_text *a, const struct telemetry_text *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->s, b->s, a->n) == 0);
}

static int64_t
number_of(struct dictionary *d, size_t at)
{
	size_t slot = hash_text(&d->texts[at]) & d->mask;

	while (d->slots[slot] != 0 && !same_text(&d->texts[at],
	    &d->texts[d->first[d->slots[slot] - 1]]))
		slot = (slot + 1) & d->mask;
	if (d->slots[slot] == 0) {
		d->first[d->n++] = at;
		d->slots[slot] = (uint32_t)d->n;
	}
	return d->slots[slot] - 1;
}

void
codec_put_texts(struct buf *out, const struct telemetry_text *v, size_t n,
    enum codec_aim aim, struct arena *arena)
{
	struct dictionary d = { .texts = v, .mask = 15 };
	int64_t *numbers = arena_alloc(arena, (n + 1) * sizeof(*numbers));

	while (d.mask < 2 * n)
		d.mask = d.mask * 2 + 1;
	d.slots = arena_alloc(arena, (d.mask + 1) * sizeof(*d.slots));
	d.first = arena_alloc(arena, (n + 1) * sizeof(*d.first));
	for (size_t i = 0; i < n; i++)
		numbers[i] = number_of(&d, i);
	codec_put_number(out, d.n);
	for (size_t i = 0; i < d.n; i++)
		codec_put_number(out, v[d.first[i]].n);
	for (size_t i = 0; i < d.n; i++)
		buf_add(out, v[d.first[i]].s, v[d.first[i]].n);
	codec_put_ints(out, numbers, n, aim);
}

static bool
get_dictionary(struct codec_in *in, struct telemetry_text *ret, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ret[i].n = codec_get_number(in);
	for (size_t i = 0; i < n; i++)
		ret[i].s = (const char *)codec_get_bytes(in, ret[i].n);
	return !in->bad;
}

bool
codec_get_texts(struct codec_in *in, struct telemetry_text *ret, size_t n,
    struct arena *arena)
{
	uint64_t distinct = codec_get_number(in);
	struct telemetry_text *known;
	int64_t *numbers;

	if (in->bad || distinct > n || distinct > DISTINCT_MAX)
		return false;
	known = arena_alloc(arena, (distinct + 1) * sizeof(*known));
	numbers = arena_alloc(arena, (n + 1) * sizeof(*numbers));
	if (!get_dictionary(in, known, distinct) ||
	    !codec_get_ints(in, numbers, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (numbers[i] < 0 || (uint64_t)numbers[i] >= distinct)
			return false;
		ret[i] = known[numbers[i]];
	}
	return true;
}
