/*
 * fuzz_fault.c - any text is a set of faults or refused, and a set answers
 * with what --fail can say
 *
 * Sources: src/base src/sandbox/fault.c
 * Libraries: libsodium jansson
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/fault.h"

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
check_set(struct fault_set *set)
{
	for (uint64_t i = 0; i < 20; i++) {
		struct sandbox_fault fault = fault_next(set, "/v1/x", i * 7);

		require(fault.kind <= SANDBOX_MALFORMED, "a kind");
		require((fault.kind == SANDBOX_STATUS) ==
		    (fault.status >= 200 && fault.status <= 599), "a status");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault_set set = { .n = 0 };
	struct helio_err err;
	char *text = strndup((const char *)data, size);

	if (text == NULL)
		return 0;
	err_clear(&err);
	if (fault_parse(&set, text, &err) == HELIO_OK)
		check_set(&set);
	else
		require(set.n == 0 && err.n_faults == 1, "a reason");
	free(text);
	return 0;
}
