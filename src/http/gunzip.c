/* Compressed bodies. */
#define ZLIB_CONST
#include "http/gunzip.h"

#include <stdbool.h>
#include <string.h>
#include <zlib.h>

enum {
	CHUNK = 64 << 10,
	WINDOW_GZIP = 15 + 16,	/* zlib: the largest window, gzip only */
};

/* Inflate all of the stream's input; Z_OK means that more room is needed. */
static int
inflate_all(z_stream *stream, size_t max, struct buf *out)
{
	size_t room;
	int status;

	do {
		room = max + 1 - out->len;
		if (room > CHUNK)
			room = CHUNK;
		if (room == 0 || !buf_reserve(out, room))
			return Z_OK;
		stream->next_out = (Bytef *)out->data + out->len;
		stream->avail_out = (uInt)room;
		status = inflate(stream, Z_NO_FLUSH);
		out->len += room - stream->avail_out;
		out->data[out->len] = '\0';
	} while (status == Z_OK);
	return status;
}

enum helio_rc
gunzip(const char *data, size_t n, size_t max, struct buf *out,
    struct helio_err *err)
{
	z_stream stream;
	bool all_read;
	int status;

	memset(&stream, 0, sizeof(stream));
	if (n > UINT32_MAX / 2)
		return err_set(err, HELIO_E_TOO_LARGE, "%s", "");
	if (inflateInit2(&stream, WINDOW_GZIP) != Z_OK)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	stream.next_in = (const Bytef *)data;
	stream.avail_in = (uInt)n;
	status = inflate_all(&stream, max, out);
	all_read = stream.avail_in == 0;
	inflateEnd(&stream);
	if (out->failed || status == Z_MEM_ERROR)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	if (status == Z_OK || out->len > max)
		return err_set(err, HELIO_E_TOO_LARGE,
		    "The body has more than %zu bytes when unpacked", max);
	if (status != Z_STREAM_END || !all_read)
		return err_set(err, HELIO_E_DECODE,
		    "The body is no gzip stream");
	return HELIO_OK;
}

enum helio_rc
http_plain_body(struct http_request *http, size_t max, struct buf *plain,
    const char **ret, size_t *ret_n, struct helio_err *err)
{
	const char *encoding = http_header(http, "Content-Encoding");
	const char *body;
	enum helio_rc rc;
	size_t n;

	body = http_body(http, &n);
	*ret = body;
	*ret_n = n;
	if (encoding == NULL || strcasecmp(encoding, "identity") == 0)
		return HELIO_OK;
	if (strcasecmp(encoding, "gzip") != 0)
		return err_set(err, HELIO_E_MEDIA,
		    "Only gzip is supported as content encoding");
	rc = gunzip(body, n, max, plain, err);
	*ret = plain->data != NULL ? plain->data : "";
	*ret_n = plain->len;
	return rc;
}
