/*
 * fuzz_body.c - request bodies: whatever comes in, a value or a clear refusal
 * comes out, and what was read survives writing and reading again.
 *
 * Sources: src/base src/api/body.c src/http/query.c
 * Libraries: jansson libsodium
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
check_refusal(enum helio_rc rc, const struct helio_err *err)
{
	check(rc == HELIO_E_DECODE || rc == HELIO_E_INVALID ||
	    rc == HELIO_E_TOO_LARGE);
	check(err->rc == rc);
}

static void
check_value(json_t *json, bool form)
{
	char *text;
	json_t *again;

	check(!form || json_is_object(json));
	text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
	check(text != NULL);
	again = json_loads(text, JSON_DECODE_ANY, NULL);
	check(again != NULL);
	/* a real may lose digits in writing, so equality is asked of forms */
	check(!form || json_equal(json, again));
	json_decref(again);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *arena = arena_new();
	struct helio_err err;
	json_t *json = NULL;
	bool form = false;
	enum helio_rc rc;

	err_clear(&err);
	rc = body_parse((const char *)data, n, arena, &json, &form, &err);
	if (rc != HELIO_OK)
		check_refusal(rc, &err);
	else if (json != NULL)
		check_value(json, form);
	json_decref(json);
	arena_free(arena);
	return 0;
}
