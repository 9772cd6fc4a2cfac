/*
 * fuzz_unit_auth.c - the reader of unit credentials: what it takes keeps to
 * the bounds, and what it refuses it does not touch
 *
 * Sources: src/base src/device/unit_auth.c
 * Libraries: libsodium
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/unit_auth.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

/* A signed header means exactly one text. */
static void
writes_back(const struct unit_auth *auth, const char *text)
{
	char again[160];

	snprintf(again, sizeof(again), "%s:%lld:%s", auth->imei,
	    (long long)auth->sequence, auth->signature);
	require(strcmp(again, text + strlen("Unit ")) == 0, "one text");
	require(auth->sequence >= 1, "sequence above 0");
	require(strlen(auth->signature) == HASH_HEX_SIZE - 1, "whole hash");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct unit_request request = { "GET", "/v1/rc_data", "", 0 };
	struct unit_auth auth;
	char *text = malloc(n + 1);

	if (text == NULL || !crypto_start())
		abort();
	memcpy(text, data, n);
	text[n] = '\0';
	memset(&auth, 0x55, sizeof(auth));
	if (unit_auth_parse(text, &auth)) {
		require(strlen(auth.imei) >= 1 &&
		    strlen(auth.imei) <= UNIT_IMEI_MAX, "IMEI in bounds");
		if (!auth.basic)
			writes_back(&auth, text);
		else
			require(unit_auth_verify(&auth, auth.key, &request),
			    "the key given is the key");
		unit_auth_verify(&auth, "a key", &request);
	} else
		require(((unsigned char *)&auth)[0] == 0x55, "untouched");
	free(text);
	return 0;
}
