/*
 * A row of a batch: CSV and JSON, from the same bytes.
 *
 * Sources: src/base src/batch/input.c
 * Libraries: jansson libsodium
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "batch/input.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Every text of a row ends inside its memory. */
static void
check(const struct batch_own *own)
{
	const char *end = own->text.data + own->text.len;

	for (size_t i = 0; i < own->row.n; i++)
		if (own->values[i] != NULL &&
		    own->values[i] + strlen(own->values[i]) >= end)
			abort();
}

static void
run(bool (*read)(struct batch_own *, const char *, size_t, const char **),
    const uint8_t *data, size_t n)
{
	struct batch_own own = { 0 };
	char *copy = malloc(n + 1);
	const char *why = NULL;

	if (copy == NULL)
		return;
	memcpy(copy, data, n);
	copy[n] = '\0';
	if (read(&own, copy, n, &why) != (why == NULL))
		abort();
	if (why == NULL)
		check(&own);
	batch_own_free(&own);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	run(batch_read_csv, data, n);
	run(batch_read_json, data, n);
	return 0;
}
