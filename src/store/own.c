/* The engine's own tables, described in the same language as all others. */
#include <stdlib.h>

#include "store/inner.h"

static const char own_text[] =
    "version 1\n"
    "table " OWN_SEQUENCE " internal \"Highest number given: by table, or "
    "by #name of a running number\"\n"
    "	key name text natural\n"
    "	field last_id int required\n"
    "table " OWN_COUNT " internal noexport \"Rows of each "
    "table, and sums by #name\"\n"
    "	key name text natural\n"
    "	field row_count int required\n"
    "table " OWN_MIGRATION " internal noexport \"Schemas the folder has had\"\n"
    "	key version int natural\n"
    "	field applied_at datetime required\n"
    "	field schema_text text required\n";

enum helio_rc
own_schema_read(struct schema **ret, struct helio_err *err)
{
	struct schema_problems problems = { 0 };

	if (!schema_read(own_text, sizeof(own_text) - 1, ret, &problems))
		return err_set(err, HELIO_E_INTERNAL, "engine tables: %s",
		    problems.n > 0 ? problems.problem[0].text : "unreadable");
	return HELIO_OK;
}

const struct schema_table *
own_table(const struct store *st, const char *name)
{
	const struct schema_table *t = schema_table(st->own, name);

	if (t == NULL)
		abort();
	return t;
}
