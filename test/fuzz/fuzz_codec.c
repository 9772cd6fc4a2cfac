/*
 * fuzz_codec.c - columns: any values come back to the bit, in both forms, and
 * any bytes are read within their bounds.
 *
 * Sources: src/base src/telemetry/codec.c
 * Libraries: libsodium
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "telemetry/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
round_trip_ints(const int64_t *v, size_t n, enum codec_aim aim)
{
	int64_t *copy = malloc((n + 1) * sizeof(*copy));
	struct buf out = BUF_INIT;
	struct codec_in in;

	memcpy(copy, v, n * sizeof(*copy));
	buf_reserve(&out, 1);
	codec_put_ints(&out, copy, n, aim);
	in = (struct codec_in){ (uint8_t *)out.data,
	    (uint8_t *)out.data + out.len, false };
	check(codec_get_ints(&in, copy, n) && in.at == in.end);
	check(memcmp(copy, v, n * sizeof(*copy)) == 0);
	buf_free(&out);
	free(copy);
}

static void
round_trip_floats(const double *v, size_t n, enum codec_aim aim)
{
	double *back = malloc((n + 1) * sizeof(*back));
	int64_t *scratch = malloc((n + 1) * sizeof(*scratch));
	struct buf out = BUF_INIT;
	struct codec_in in;

	codec_put_floats(&out, v, n, aim, scratch);
	check(out.len <= 8 * n + 2);
	in = (struct codec_in){ (uint8_t *)out.data,
	    (uint8_t *)out.data + out.len, false };
	check(codec_get_floats(&in, back, n) && in.at == in.end);
	check(memcmp(back, v, n * sizeof(*v)) == 0);
	buf_free(&out);
	free(scratch);
	free(back);
}

/* The input as numbers: whole ones, and with few decimals. */
static void
round_trips(const uint8_t *data, size_t n)
{
	size_t words = n / 8;
	int64_t *v = malloc((words + 1) * sizeof(*v));
	double *f = malloc((words + 1) * sizeof(*f));

	memcpy(v, data, words * 8);
	for (size_t i = 0; i < words; i++) {
		memcpy(&f[i], &v[i], 8);
		if (!isfinite(f[i]))
			f[i] = (double)(v[i] % 100000) / 100;
	}
	for (enum codec_aim aim = CODEC_PACK; aim <= CODEC_PREPARE; aim++) {
		round_trip_ints(v, words, aim);
		if (words > 0)
			round_trip_floats(f, words, aim);
	}
	free(f);
	free(v);
}

static void
read_anything(const uint8_t *data, size_t n)
{
	enum { ROWS = 300 };
	struct arena *arena = arena_new();
	struct telemetry_text texts[ROWS];
	int64_t numbers[ROWS];
	double floats[ROWS];
	size_t rows = n > 0 ? data[0] : 0;
	struct codec_in in[3];

	for (size_t i = 0; i < 3; i++)
		in[i] = (struct codec_in){ data + (n > 0), data + n, false };
	(void)codec_get_ints(&in[0], numbers, rows);
	(void)codec_get_floats(&in[1], floats, rows);
	if (codec_get_texts(&in[2], texts, rows, arena))
		for (size_t i = 0; i < rows; i++)
			check(texts[i].n == 0 || (texts[i].s >= (char *)data &&
			    texts[i].s + texts[i].n <= (char *)data + n));
	arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	round_trips(data, n);
	read_anything(data, n);
	return 0;
}
