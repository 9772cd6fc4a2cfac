/*
 * fuzz_line.c - import lines: never a crash, and what is read is written and
 * read alike
 *
 * Needs a finished `make` (the schema's text is made there).
 * Sources: src/base src/schema build/src/schema src/store/line.c
 * Sources: src/store/row.c src/store/row_json.c
 * Libraries: libsodium
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "schema/schema.h"
#include "store/line.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Reading and writing again must give the same line for ever. */
static void
check_round_trip(const struct schema *const schemas[2], struct arena *arena,
    const struct row *row)
{
	struct buf first = BUF_INIT, second = BUF_INIT;
	struct row *again = NULL;
	struct helio_err err;

	err_clear(&err);
	line_write(&first, row);
	if (line_read(schemas, first.data, first.len - 1, arena, &again,
	    &err) != HELIO_OK)
		abort();
	line_write(&second, again);
	if (first.len != second.len ||
	    memcmp(first.data, second.data, first.len) != 0)
		abort();
	buf_free(&first);
	buf_free(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct schema *const schemas[2] = { schema_builtin(), NULL };
	struct arena *arena = arena_new();
	struct row *row = NULL;
	struct helio_err err;

	if (arena == NULL)
		return 0;
	err_clear(&err);
	if (line_read(schemas, (const char *)data, n, arena, &row, &err) ==
	    HELIO_OK)
		check_round_trip(schemas, arena, row);
	arena_free(arena);
	return 0;
}
