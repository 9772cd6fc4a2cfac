/*
 * fuzz_chunk.c - chunks from any bytes: refused, or a frame that keeps the
 * rules of frames and comes back the same when it is written and read again.
 * The checksum is mended first, so that what lies behind it is reached.
 *
 * Sources: src/base src/telemetry/chunk.c src/telemetry/codec.c
 * Sources: src/telemetry/frame.c
 * Libraries: libsodium libzstd zlib
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "telemetry/chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
check_frame(const struct frame *frame)
{
	check(frame->n > 0 && frame->n <= CHUNK_ROWS_MAX);
	for (size_t i = 1; i < frame->n; i++)
		check(frame->at_ns[i] > frame->at_ns[i - 1]);
	for (size_t i = 0; i < frame->n_columns; i++) {
		const struct telemetry_column *column =
		    &frame->columns[i].data;
		size_t n = 0;

		for (size_t k = 0; k < frame->n; k++)
			n += telemetry_present(column, k);
		check(n == column->n_present && n > 0);
	}
}

static void
check_same(const struct frame *a, const struct frame *b)
{
	check(a->n == b->n && a->n_columns == b->n_columns);
	for (size_t k = 0; k < a->n; k++)
		check(a->at_ns[k] == b->at_ns[k]);
	for (size_t i = 0; i < a->n_columns; i++)
		for (size_t k = 0; k < a->n; k++)
			check(telemetry_present(&a->columns[i].data, k) ==
			    telemetry_present(&b->columns[i].data, k) &&
			    (!telemetry_present(&a->columns[i].data, k) ||
			    column_same(&a->columns[i].data, k,
			    &b->columns[i].data, k)));
}

/* Parts of a column, and one column alone, are what they are of the whole. */
static void
check_parts(struct arena *arena, const void *bytes, size_t n,
    const struct frame *frame)
{
	struct chunk_unpacker unpacker = { NULL };
	struct chunk chunk;

	for (size_t i = 0; i < frame->n_columns; i++) {
		const char *const names[] = { "no such", frame->columns[i].name };
		const struct telemetry_column *whole = &frame->columns[i].data;
		struct telemetry_column part;
		size_t last = frame->n - frame->n / 3, first = last / 2;

		check(chunk_pick(arena, bytes, n, names, 2, &chunk));
		check(chunk.n == frame->n && chunk.columns[0].bytes == NULL);
		check(chunk_column_part(&unpacker, arena, &chunk,
		    &chunk.columns[1], first, last, &part));
		check(part.type == whole->type);
		for (size_t k = first; k < last; k++)
			check(telemetry_present(&part, k) ==
			    telemetry_present(whole, k) &&
			    (!telemetry_present(whole, k) ||
			    column_same(&part, k, whole, k)));
	}
	chunk_unpacker_end(&unpacker);
}

static void
write_again(struct arena *arena, const struct frame *frame, bool sealed)
{
	struct chunk_coder *coder = chunk_coder_new();
	struct buf out = BUF_INIT;
	struct frame again;

	chunk_write(coder, arena, frame, sealed, &out);
	check(!out.failed && chunk_is_sealed(out.data, out.len) == sealed);
	check(chunk_read(arena, out.data, out.len, &again));
	check_same(frame, &again);
	check_parts(arena, out.data, out.len, frame);
	buf_free(&out);
	chunk_coder_free(coder);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *arena = arena_new();
	uint8_t *copy = malloc(n + 4);
	struct frame frame;
	uint32_t crc;

	memcpy(copy, data, n);
	crc = (uint32_t)crc32_z(0, copy, n);
	memcpy(copy + n, &crc, sizeof(crc));
	if (chunk_read(arena, copy, n + 4, &frame)) {
		check_frame(&frame);
		check_parts(arena, copy, n + 4, &frame);
		write_again(arena, &frame, false);
		write_again(arena, &frame, true);
	}
	(void)chunk_read(arena, data, n, &frame);
	free(copy);
	arena_free(arena);
	return 0;
}
