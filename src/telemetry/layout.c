/* See layout.h. */
#include "telemetry/layout.h"

#include <string.h>

static size_t
count_pieces(const struct frame *frame)
{
	size_t by_rows = frame->n / LAYOUT_SEAL;
	size_t by_text = frame_text_bytes(frame) / LAYOUT_TEXT_MAX;
	size_t n = by_rows > by_text ? by_rows : by_text;

	return n < 1 ? 1 : n > frame->n ? frame->n : n;
}

void
layout_encode(struct chunk_coder *coder, struct arena *arena,
    const struct frame *frame, struct telemetry_piece **ret, size_t *ret_n)
{
	size_t n = frame->n > 0 ? count_pieces(frame) : 0;
	struct telemetry_piece *pieces = arena_alloc(arena,
	    (n + 1) * sizeof(*pieces));
	struct buf out = BUF_INIT;
	struct frame part;

	*ret = NULL;
	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		struct telemetry_piece *piece = &pieces[i];

		piece->first = i * frame->n / n;
		piece->n = (i + 1) * frame->n / n - piece->first;
		piece->sealed = n > 1 || frame->n >= LAYOUT_SEAL;
		frame_slice(arena, frame, piece->first, piece->n, &part);
		buf_reset(&out);
		chunk_write(coder, arena, &part, piece->sealed, &out);
		if (out.failed)
			break;
		piece->data = arena_strndup(arena, out.data, out.len);
		piece->n_data = out.len;
	}
	if (!out.failed && n > 0) {
		*ret = pieces;
		*ret_n = n;
	}
	buf_free(&out);
}
