/*
 * fuzz_lineproto.c - line protocol: whatever comes in, uploads that keep the
 * rules of frames come out, and every bad line is told of.
 *
 * Sources: src/base src/influx/lineproto.c src/telemetry/decode.c
 * Sources: src/telemetry/tags.c src/telemetry/frame.c
 * Libraries: jansson libsodium
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "influx/lineproto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
check_column(const struct frame *frame, const struct frame_column *column)
{
	size_t n = 0;

	check(utf8_valid(column->name, strlen(column->name)));
	for (size_t i = 0; i < frame->n; i++) {
		if (!telemetry_present(&column->data, i))
			continue;
		n++;
		if (column->data.type == TELEMETRY_FLOAT)
			check(isfinite(column->data.f[i]));
		if (column->data.type == TELEMETRY_TEXT)
			check(utf8_valid(column->data.s[i].s,
			    column->data.s[i].n));
	}
	check(n == column->data.n_present && n > 0);
}

static void
check_upload(const struct telemetry_upload *upload)
{
	const struct frame *frame = &upload->frame;

	check(upload->measurement[0] != '\0' && upload->tags[0] == '{');
	check(frame->n > 0 && frame->n_columns > 0);
	for (size_t i = 1; i < frame->n; i++)
		check(frame->at_ns[i] > frame->at_ns[i - 1]);
	for (size_t i = 0; i < frame->n_columns; i++) {
		check_column(frame, &frame->columns[i]);
		check(i == 0 || strcmp(frame->columns[i - 1].name,
		    frame->columns[i].name) <= 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct lineproto_options options = { 1000000, 1700000000 };
	struct arena *arena = arena_new();
	struct lineproto_result result;
	char *copy = malloc(n + 1);	/* found when read beyond */
	struct helio_err err;

	memcpy(copy, data, n);
	err_clear(&err);
	if (lineproto_read(arena, copy, n, &options, &result, &err) ==
	    HELIO_OK) {
		for (size_t i = 0; i < result.n_uploads; i++)
			check_upload(&result.uploads[i]);
		check((result.bad > 0) == (result.error[0] != '\0'));
		check(utf8_valid(result.error, strlen(result.error)));
	}
	free(copy);
	arena_free(arena);
	return 0;
}
