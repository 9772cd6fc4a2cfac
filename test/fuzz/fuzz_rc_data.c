/*
 * fuzz_rc_data.c - the reader of rc_data bodies, plain and compressed: whatever
 * it takes is within the bounds of the report
 *
 * Sources: src/base src/device/rc_codec.c src/device/json_tree.c
 * Sources: src/http/gunzip.c src/api/body.c src/http/query.c
 * Libraries: jansson zlib libsodium
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "http/gunzip.h"
#include "device/rc_codec.h"

#define NOW INT64_C(1700000000000000)

enum { PLAIN_MAX = 1 << 20 };

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

static void
in_bounds(const struct report *r)
{
	require(r->n_parameters <= REPORT_IDS_MAX, "parameters");
	require(r->n_payment_commands <= REPORT_IDS_MAX, "commands");
	require(r->ignored.n <= REPORT_IGNORED_MAX, "ignored");
	require(r->enabled.type == VALUE_NULL || r->enabled.i == 0 ||
	    r->enabled.i == 1, "enabled");
	require(r->latitude.type == r->longitude.type, "both degrees or none");
	require(r->balance_s.type == VALUE_NULL || r->balance_s.i >= 0,
	    "balance");
	require(r->date_us.type == VALUE_NULL ||
	    r->date_us.i <= NOW + INT64_C(86400000000), "date");
	require(r->software == NULL || (strlen(r->software) <= 255 &&
	    utf8_valid(r->software, strlen(r->software))), "software");
}

static void
decode(const char *body, size_t n)
{
	struct arena *arena = arena_new();
	struct buf out = BUF_INIT;
	struct json_write json;
	struct report report;
	struct helio_err err;

	err_clear(&err);
	if (rc_decode(arena, body, n, NOW, &report, &err) == HELIO_OK) {
		in_bounds(&report);
		jw_start(&json, &out);
		rc_write_taken(&json, NOW, &report.ignored);
		require(utf8_valid(out.data, out.len), "a reply in UTF-8");
	} else
		require(err.rc != HELIO_OK, "an error says why");
	buf_free(&out);
	arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf plain = BUF_INIT;
	struct helio_err err;

	err_clear(&err);
	decode((const char *)data, n);
	if (gunzip((const char *)data, n, PLAIN_MAX, &plain, &err) == HELIO_OK)
		decode(plain.data, plain.len);
	require(plain.len <= PLAIN_MAX + 1, "bounded");
	buf_free(&plain);
	return 0;
}
