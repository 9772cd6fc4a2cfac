/* Compressed bodies: whole ones, damaged ones, bombs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "http/gunzip.h"

enum { MAX = 16 << 20 };

/* n bytes of `c`, compressed; the caller frees. */
static unsigned char *
pack(size_t n, char c, size_t *ret_n)
{
	char *plain = malloc(n + 1);
	uLong bound = compressBound(n) + 64;
	unsigned char *out = malloc(bound);
	z_stream stream;

	memset(plain, c, n);
	memset(&stream, 0, sizeof(stream));
	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9,
	    Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (Bytef *)plain;
	stream.avail_in = (uInt)n;
	stream.next_out = out;
	stream.avail_out = (uInt)bound;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	*ret_n = stream.total_out;
	deflateEnd(&stream);
	free(plain);
	return out;
}

static enum helio_rc
unpack(const unsigned char *data, size_t n, size_t *ret_n)
{
	struct buf out = BUF_INIT;
	struct helio_err err;
	enum helio_rc rc;

	err_clear(&err);
	rc = gunzip((const char *)data, n, MAX, &out, &err);
	*ret_n = out.len;
	buf_free(&out);
	return rc;
}

static void
round_trip(void **state)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 1000000 };
	size_t i, n, got;
	unsigned char *data;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		data = pack(sizes[i], 'x', &n);
		assert_int_equal(unpack(data, n, &got), HELIO_OK);
		assert_int_equal(got, sizes[i]);
		free(data);
	}
}

static void
largest(void **state)
{
	size_t n, got;
	unsigned char *data = pack(MAX, 0, &n);

	assert_int_equal(unpack(data, n, &got), HELIO_OK);
	assert_int_equal(got, MAX);
	free(data);
}

static void
bomb(void **state)
{
	size_t n, got;
	unsigned char *data = pack((size_t)MAX * 4, 0, &n);

	assert_int_equal(unpack(data, n, &got), HELIO_E_TOO_LARGE);
	assert_true(got <= MAX + 1);
	free(data);
}

static void
cut_anywhere(void **state)
{
	size_t n, got, i;
	unsigned char *data = pack(500, 'x', &n);

	for (i = 0; i < n; i++)
		assert_int_equal(unpack(data, i, &got), HELIO_E_DECODE);
	free(data);
}

static void
more_behind(void **state)
{
	size_t n, got;
	unsigned char *data = pack(500, 'x', &n);

	data[n] = 'x';
	assert_int_equal(unpack(data, n + 1, &got), HELIO_E_DECODE);
	free(data);
}

static void
no_gzip(void **state)
{
	size_t got;

	assert_int_equal(unpack((const unsigned char *)"{\"a\":1}", 7, &got),
	    HELIO_E_DECODE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip), cmocka_unit_test(largest),
		cmocka_unit_test(bomb), cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(more_behind), cmocka_unit_test(no_gzip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
