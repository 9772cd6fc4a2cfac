/* See chunk.h. */
#include "telemetry/chunk.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "telemetry/codec.h"

enum {
	VERSION = 1,
	FLAG_SEALED = 1,
	FORM_ZSTD = 1,			/* packed by the general compressor */
	FORM_GAPS = 2,			/* presence bits stand in front */
	FORM_ALL = 3,
	LEVEL = 1,
	CRC_SIZE = 4,
	NAME_MAX_BYTES = 1024,
	WORTHWHILE = 16,		/* bytes; fewer are not compressed */
};

struct chunk_coder {
	ZSTD_CCtx	*zstd;		/* NULL before the first sealed one */
	struct buf	 plain, packed, body;
};

struct chunk_coder *
chunk_coder_new(void)
{
	return calloc(1, sizeof(struct chunk_coder));
}

void
chunk_coder_free(struct chunk_coder *coder)
{
	if (coder == NULL)
		return;
	ZSTD_freeCCtx(coder->zstd);
	buf_free(&coder->plain);
	buf_free(&coder->packed);
	buf_free(&coder->body);
	free(coder);
}

/* ---- writing ---- */

static void
put_presence(struct buf *out, const struct telemetry_column *column, size_t n)
{
	/* little-endian words, so that bit i of byte i / 8 is row i */
	buf_add(out, column->present, (n + 7) / 8);
}

/* The values that are there, close together. */
static void *
gather(struct arena *arena, const struct telemetry_column *column, size_t n,
    size_t width)
{
	char *to = arena_alloc(arena, (column->n_present + 1) * width);
	const char *from = (const void *)column->i;
	size_t k = 0;

	if (column->present == NULL) {
		memcpy(to, from, n * width);
		return to;
	}
	for (size_t i = 0; i < n; i++)
		if (telemetry_present(column, i))
			memcpy(to + width * k++, from + i * width, width);
	return to;
}

static void
put_values(struct arena *arena, struct buf *out,
    const struct telemetry_column *column, size_t n, enum codec_aim aim)
{
	size_t some = column->n_present;
	int64_t *scratch;

	switch (column->type) {
	case TELEMETRY_FLOAT:
		scratch = arena_alloc(arena, (some + 1) * sizeof(*scratch));
		codec_put_floats(out, column->present == NULL ? column->f :
		    gather(arena, column, n, sizeof(double)), some, aim,
		    scratch);
		break;
	case TELEMETRY_TEXT:
		codec_put_texts(out, column->present == NULL ? column->s :
		    gather(arena, column, n, sizeof(*column->s)), some, aim,
		    arena);
		break;
	default:
		codec_put_ints(out, gather(arena, column, n,
		    sizeof(int64_t)), some, aim);
	}
}

/* The compressor, which takes long to make; false: no memory. */
static bool
has_zstd(struct chunk_coder *coder)
{
	ZSTD_CCtx *zstd = coder->zstd;

	if (zstd != NULL)
		return true;
	zstd = ZSTD_createCCtx();
	if (zstd != NULL && !ZSTD_isError(ZSTD_CCtx_setParameter(zstd,
	    ZSTD_c_compressionLevel, LEVEL)) &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(zstd,
	    ZSTD_c_contentSizeFlag, 0))) {
		coder->zstd = zstd;
		return true;
	}
	ZSTD_freeCCtx(zstd);
	coder->packed.failed = true;
	return false;
}

/* Compress coder->plain; false when that does not make it smaller. */
static bool
press(struct chunk_coder *coder)
{
	size_t bound = ZSTD_compressBound(coder->plain.len), n;

	buf_reset(&coder->packed);
	if (coder->plain.len < WORTHWHILE || !has_zstd(coder) ||
	    !buf_reserve(&coder->packed, bound))
		return false;
	n = ZSTD_compress2(coder->zstd, coder->packed.data, bound,
	    coder->plain.data, coder->plain.len);
	if (ZSTD_isError(n) || n >= coder->plain.len)
		return false;
	coder->packed.len = n;
	return true;
}

/* The column to coder->body, and what is said of it in front. */
static void
put_column(struct chunk_coder *coder, struct arena *arena,
    const struct frame_column *column, size_t n, bool sealed,
    struct buf *front)
{
	const struct telemetry_column *data = &column->data;
	const struct buf *stored = &coder->plain;
	size_t n_name = strlen(column->name);
	unsigned form = data->present != NULL ? FORM_GAPS : 0;

	buf_reset(&coder->plain);
	if (data->present != NULL)
		put_presence(&coder->plain, data, n);
	put_values(arena, &coder->plain, data, n,
	    sealed ? CODEC_PREPARE : CODEC_PACK);
	if (sealed && press(coder)) {
		stored = &coder->packed;
		form |= FORM_ZSTD;
	}
	codec_put_number(front, n_name);
	buf_add(front, column->name, n_name);
	buf_addc(front, (char)data->type);
	buf_addc(front, (char)form);
	codec_put_number(front, stored->len);
	if ((form & FORM_ZSTD) != 0)
		codec_put_number(front, coder->plain.len);
	buf_add(&coder->body, stored->data, stored->len);
	front->failed |= coder->plain.failed || coder->packed.failed;
}

static void
put_times(struct chunk_coder *coder, struct arena *arena,
    const struct frame *frame)
{
	int64_t *times = arena_alloc(arena, frame->n * sizeof(*times));

	memcpy(times, frame->at_ns, frame->n * sizeof(*times));
	codec_put_ints(&coder->body, times, frame->n, CODEC_PACK);
}

void
chunk_write(struct chunk_coder *coder, struct arena *arena,
    const struct frame *frame, bool sealed, struct buf *out)
{
	size_t start = out->len;
	uint32_t crc;

	buf_reset(&coder->body);
	put_times(coder, arena, frame);
	buf_addc(out, VERSION);
	buf_addc(out, sealed ? FLAG_SEALED : 0);
	codec_put_number(out, frame->n);
	codec_put_number(out, frame->n_columns);
	codec_put_number(out, coder->body.len);
	for (size_t i = 0; i < frame->n_columns; i++)
		put_column(coder, arena, &frame->columns[i], frame->n, sealed,
		    out);
	buf_add(out, coder->body.data, coder->body.len);
	out->failed |= coder->body.failed;
	if (out->failed)
		return;
	crc = (uint32_t)crc32_z(0, (const Bytef *)out->data + start,
	    out->len - start);
	buf_add(out, &crc, sizeof(crc));
}

/* ---- reading ---- */

bool
chunk_is_sealed(const void *bytes, size_t n)
{
	return n > 1 && (((const uint8_t *)bytes)[1] & FLAG_SEALED) != 0;
}

static bool
crc_holds(const uint8_t *bytes, size_t n)
{
	uint32_t crc;

	memcpy(&crc, bytes + n - CRC_SIZE, sizeof(crc));
	return crc == (uint32_t)crc32_z(0, bytes, n - CRC_SIZE);
}

static bool
name_is_sound(const uint8_t *name, size_t n)
{
	return name != NULL && n > 0 && memchr(name, '\0', n) == NULL;
}

static bool
open_column(struct arena *arena, struct codec_in *in,
    struct chunk_column *column)
{
	uint64_t n_name = codec_get_number(in);
	const uint8_t *name = n_name > NAME_MAX_BYTES ? NULL :
	    codec_get_bytes(in, n_name);
	const uint8_t *kind = codec_get_bytes(in, 2);

	if (!name_is_sound(name, n_name) || kind == NULL ||
	    kind[0] >= TELEMETRY_TYPE_MAX || kind[1] > FORM_ALL)
		return false;
	column->name = arena_strndup(arena, (const char *)name, n_name);
	column->type = kind[0];
	column->form = kind[1];
	column->n_bytes = column->n_plain = codec_get_number(in);
	if ((column->form & FORM_ZSTD) != 0)
		column->n_plain = codec_get_number(in);
	return !in->bad && column->n_plain <= CHUNK_PLAIN_MAX;
}

static bool
open_columns(struct arena *arena, struct codec_in *in, struct chunk *chunk)
{
	size_t sum = 0;

	chunk->columns = arena_alloc(arena,
	    (chunk->n_columns + 1) * sizeof(*chunk->columns));
	for (size_t i = 0; i < chunk->n_columns; i++) {
		struct chunk_column *column = &chunk->columns[i];

		if (!open_column(arena, in, column))
			return false;
		if (i > 0 && strcmp(column[-1].name, column->name) >= 0)
			return false;
		sum += column->n_plain;
	}
	return sum <= CHUNK_BYTES_MAX;
}

bool
chunk_open(struct arena *arena, const void *bytes, size_t n,
    struct chunk *ret)
{
	struct codec_in in = { bytes, (const uint8_t *)bytes + n, false };
	struct chunk chunk = { 0 };
	const uint8_t *head;

	if (n < CRC_SIZE + 2 || !crc_holds(bytes, n))
		return false;
	in.end -= CRC_SIZE;
	head = codec_get_bytes(&in, 2);
	if (head == NULL || head[0] != VERSION || head[1] > FLAG_SEALED)
		return false;
	chunk.sealed = head[1] == FLAG_SEALED;
	chunk.n = codec_get_number(&in);
	chunk.n_columns = codec_get_number(&in);
	chunk.n_times = codec_get_number(&in);
	if (in.bad || chunk.n == 0 || chunk.n > CHUNK_ROWS_MAX ||
	    chunk.n_columns > CHUNK_COLUMNS_MAX ||
	    !open_columns(arena, &in, &chunk))
		return false;
	chunk.times = codec_get_bytes(&in, chunk.n_times);
	for (size_t i = 0; i < chunk.n_columns; i++)
		chunk.columns[i].bytes = codec_get_bytes(&in,
		    chunk.columns[i].n_bytes);
	if (in.bad || in.at != in.end)
		return false;
	*ret = chunk;
	return true;
}

bool
chunk_pick(struct arena *arena, const void *bytes, size_t n,
    const char *const *names, size_t n_names, struct chunk *ret)
{
	struct chunk_column *columns;
	struct chunk chunk;

	if (!chunk_open(arena, bytes, n, &chunk))
		return false;
	columns = arena_alloc(arena, (n_names + 1) * sizeof(*columns));
	for (size_t i = 0; i < n_names; i++) {
		const struct chunk_column *found = chunk_find(&chunk,
		    names[i]);

		if (found == NULL)
			continue;
		columns[i] = *found;
		columns[i].bytes = (const uint8_t *)arena_strndup(arena,
		    (const char *)found->bytes, found->n_bytes);
	}
	chunk.times = (const uint8_t *)arena_strndup(arena,
	    (const char *)chunk.times, chunk.n_times);
	chunk.columns = columns;
	chunk.n_columns = n_names;
	*ret = chunk;
	return true;
}

const struct chunk_column *
chunk_find(const struct chunk *chunk, const char *name)
{
	size_t low = 0, high = chunk->n_columns;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(chunk->columns[middle].name, name);

		if (order == 0)
			return &chunk->columns[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool
chunk_times(const struct chunk *chunk, int64_t *ret)
{
	struct codec_in in = { chunk->times, chunk->times + chunk->n_times,
	    false };
	bool rising = true;

	if (!codec_get_ints(&in, ret, chunk->n) || in.at != in.end)
		return false;
	for (size_t i = 1; i < chunk->n; i++)
		rising &= ret[i] > ret[i - 1];
	return rising;
}

void
chunk_unpacker_end(struct chunk_unpacker *unpacker)
{
	ZSTD_freeDCtx(unpacker->zstd);
	unpacker->zstd = NULL;
}

/* The plain bytes of a column. */
static bool
unpack(struct chunk_unpacker *unpacker, struct arena *arena,
    const struct chunk_column *column, struct codec_in *ret)
{
	uint8_t *plain;
	size_t n;

	*ret = (struct codec_in){ column->bytes,
	    column->bytes + column->n_bytes, false };
	if ((column->form & FORM_ZSTD) == 0)
		return true;
	if (unpacker->zstd == NULL)
		unpacker->zstd = ZSTD_createDCtx();
	if (unpacker->zstd == NULL)
		return false;
	plain = arena_alloc(arena, column->n_plain + 1);
	n = ZSTD_decompressDCtx(unpacker->zstd, plain, column->n_plain, column->bytes,
	    column->n_bytes);
	if (ZSTD_isError(n) || n != column->n_plain)
		return false;
	*ret = (struct codec_in){ plain, plain + n, false };
	return true;
}

/* Presence bits to words; what they cover beyond the rows must be 0. */
static bool
get_presence(struct arena *arena, struct codec_in *in, size_t n,
    struct telemetry_column *ret)
{
	const uint8_t *bytes = codec_get_bytes(in, (n + 7) / 8);
	uint64_t *words;

	if (bytes == NULL)
		return false;
	words = arena_alloc(arena, present_words(n) * sizeof(*words));
	memcpy(words, bytes, (n + 7) / 8);
	if (n % 64 != 0 && words[n / 64] >> (n % 64) != 0)
		return false;
	ret->n_present = 0;
	for (size_t i = 0; i < present_words(n); i++)
		ret->n_present += (size_t)__builtin_popcountll(words[i]);
	ret->present = words;
	return ret->n_present > 0 && ret->n_present < n;
}

/* Move values that stand close together to their rows, from the last. */
static void
spread(void *values, size_t width, size_t n,
    const struct telemetry_column *column)
{
	char *at = values;
	size_t k = column->n_present;

	for (size_t i = n; i-- > 0 && k < i + 1; )
		if (telemetry_present(column, i)) {
			k--;
			memmove(at + i * width, at + k * width, width);
		}
}

static bool
bools_are_sound(const struct telemetry_column *column, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (column->i[i] != 0 && column->i[i] != 1)
			return false;
	return true;
}

static bool
get_values(struct arena *arena, struct codec_in *in, size_t n,
    struct telemetry_column *ret)
{
	size_t width = ret->type == TELEMETRY_TEXT ?
	    sizeof(struct telemetry_text) : sizeof(int64_t);
	void *values = arena_alloc(arena, n * width);
	bool sound;

	ret->i = values;
	if (ret->type == TELEMETRY_FLOAT)
		sound = codec_get_floats(in, values, ret->n_present);
	else if (ret->type == TELEMETRY_TEXT)
		sound = codec_get_texts(in, values, ret->n_present, arena);
	else
		sound = codec_get_ints(in, values, ret->n_present);
	if (!sound || in->at != in->end)
		return false;
	if (ret->type == TELEMETRY_BOOL && !bools_are_sound(ret,
	    ret->n_present))
		return false;
	if (ret->present != NULL)
		spread(values, width, n, ret);
	return true;
}

bool
chunk_column(struct chunk_unpacker *unpacker, struct arena *arena,
    const struct chunk *chunk, const struct chunk_column *column,
    struct telemetry_column *ret)
{
	struct telemetry_column data = { .type = column->type,
	    .n_present = chunk->n };
	struct codec_in in;

	if (!unpack(unpacker, arena, column, &in) ||
	    ((column->form & FORM_GAPS) != 0 &&
	    !get_presence(arena, &in, chunk->n, &data)) ||
	    !get_values(arena, &in, chunk->n, &data))
		return false;
	*ret = data;
	return true;
}

bool
chunk_column_part(struct chunk_unpacker *unpacker, struct arena *arena,
    const struct chunk *chunk, const struct chunk_column *column,
    size_t first, size_t last, struct telemetry_column *ret)
{
	struct codec_in in;
	double *values;

	if (column->type != TELEMETRY_FLOAT ||
	    (column->form & FORM_GAPS) != 0 || last == chunk->n)
		return chunk_column(unpacker, arena, chunk, column, ret);
	values = arena_alloc(arena, chunk->n * sizeof(*values));
	if (!unpack(unpacker, arena, column, &in) ||
	    !codec_get_some_floats(&in, values, chunk->n, first, last))
		return false;
	*ret = (struct telemetry_column){ .type = TELEMETRY_FLOAT,
	    .n_present = chunk->n, .f = values };
	return true;
}

static bool
read_frame(struct chunk_unpacker *unpacker, struct arena *arena,
    const void *bytes, size_t n, struct frame *ret)
{
	struct chunk chunk;
	struct frame frame = { 0 };
	int64_t *times;

	if (!chunk_open(arena, bytes, n, &chunk))
		return false;
	frame.n = chunk.n;
	frame.at_ns = times = arena_alloc(arena, chunk.n * sizeof(*times));
	if (!chunk_times(&chunk, times))
		return false;
	frame.n_columns = chunk.n_columns;
	frame.columns = arena_alloc(arena,
	    (chunk.n_columns + 1) * sizeof(*frame.columns));
	for (size_t i = 0; i < chunk.n_columns; i++) {
		frame.columns[i].name = chunk.columns[i].name;
		if (!chunk_column(unpacker, arena, &chunk, &chunk.columns[i],
		    &frame.columns[i].data))
			return false;
	}
	*ret = frame;
	return true;
}

bool
chunk_read(struct arena *arena, const void *bytes, size_t n,
    struct frame *ret)
{
	struct chunk_unpacker unpacker = { NULL };
	bool sound = read_frame(&unpacker, arena, bytes, n, ret);

	chunk_unpacker_end(&unpacker);
	return sound;
}
