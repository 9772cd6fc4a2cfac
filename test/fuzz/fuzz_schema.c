/*
 * fuzz_schema.c - any bytes as schema text
 *
 * A text is read or refused with a problem.  One that is read differs in
 * nothing from itself, can be made from nothing, and can be printed.
 *
 * Sources: src/base src/schema/diff.c src/schema/lex.c src/schema/link.c
 * Sources: src/schema/link_index.c src/schema/manual.c src/schema/parse.c
 * Sources: src/schema/parse_field.c src/schema/schema.c
 * Libraries: libsodium
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "schema/schema.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_diff(const struct schema *from, const struct schema *to, bool none)
{
	struct schema_change *change;
	struct helio_err err;
	size_t n;

	err_clear(&err);
	if (schema_diff(from, to, &change, &n, &err) != HELIO_OK)
		abort();
	if (none && n != 0)
		abort();
	for (size_t i = 0; i < n; i++)
		if (change[i].kind == CHANGE_DESTRUCTIVE)
			abort();
	free(change);
}

static void
check_lookups(const struct schema *schema)
{
	for (size_t i = 0; i < schema->n_tables; i++) {
		const struct schema_table *t = &schema->tables[i];

		if (schema_table(schema, t->name) != t)
			abort();
		for (size_t j = 0; j < t->n_fields; j++)
			if (schema_field(t, t->fields[j].name) !=
			    &t->fields[j])
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct schema_problems problems;
	struct buf manual = BUF_INIT;
	struct schema *schema;

	if (!schema_read((const char *)data, n, &schema, &problems)) {
		if (problems.n == 0)
			abort();
		return 0;
	}
	check_lookups(schema);
	check_diff(schema, schema, true);
	check_diff(NULL, schema, false);
	schema_print_manual(schema, &manual);
	buf_free(&manual);
	schema_free(schema);
	return 0;
}
