/*
 * fuzz_telemetry.c - uploads: whatever comes in, a batch that keeps its own
 * rules or a clear refusal comes out; a unit's upload with a head is always
 * taken, and where the strict reader takes one the lenient reader finds the
 * same points, or sets them aside for their time alone.
 *
 * Sources: src/base src/telemetry/decode.c
 * Libraries: jansson libsodium
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "telemetry/telemetry.h"

#define NOW_US INT64_C(1700000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
check_text(const char *text)
{
	check(text != NULL && utf8_valid(text, strlen(text)));
}

static void
check_batch(const struct telemetry_batch *batch)
{
	size_t n = strlen(batch->measurement);

	check(n > 0 && n <= TELEMETRY_NAME_MAX);
	check(batch->n_tags <= TELEMETRY_TAGS_MAX);
	check(batch->n_series <= TELEMETRY_FIELDS_MAX);
	check(telemetry_count(batch) <= TELEMETRY_POINTS_MAX);
	for (size_t i = 1; i < batch->n_tags; i++)
		check(strcmp(batch->tags[i - 1].name,
		    batch->tags[i].name) < 0);
	for (size_t i = 0; i < batch->n_series; i++)
		check_text(batch->series[i].field);
}

static void
check_rejects(const struct telemetry_rejects *rejects)
{
	for (size_t i = 0; i < rejects->n; i++) {
		const struct telemetry_reject *one = &rejects->reject[i];

		check_text(one->field);
		check_text(one->reason);
		check_text(one->point);
		check(strlen(one->point) <= 64);
		check(one->time == NULL || strlen(one->time) <= 64);
	}
}

static enum helio_rc
decode(struct arena *arena, const uint8_t *data, size_t n,
    enum telemetry_mode mode, struct telemetry_batch *ret,
    struct telemetry_rejects *rejects)
{
	struct helio_err err;
	enum helio_rc rc;

	err_clear(&err);
	rc = telemetry_decode(arena, (const char *)data, n, mode, NOW_US, ret,
	    rejects, &err);
	if (rc == HELIO_OK)
		check_batch(ret);
	else
		check(err.rc == rc && (rc == HELIO_E_DECODE ||
		    (rc == HELIO_E_INVALID && err.n_faults > 0)));
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *arena = arena_new();
	struct telemetry_batch strict = { 0 }, lenient = { 0 };
	struct telemetry_rejects rejects = { 0 };
	enum helio_rc rc;

	rc = decode(arena, data, n, TELEMETRY_STRICT, &strict, &rejects);
	check(rejects.n == 0);
	if (rc == HELIO_OK) {
		check(decode(arena, data, n, TELEMETRY_LENIENT, &lenient,
		    &rejects) == HELIO_OK);
		check(telemetry_count(&strict) ==
		    telemetry_count(&lenient) + rejects.n);
	} else {
		decode(arena, data, n, TELEMETRY_LENIENT, &lenient, &rejects);
	}
	check_rejects(&rejects);
	arena_free(arena);
	return 0;
}
