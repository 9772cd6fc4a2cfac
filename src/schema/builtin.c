/* The schema and the reference data that the program carries. */
#include "schema/schema.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "schema/embedded.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct schema *builtin;	/* written once, under `once` */

static void
print_problems(const struct schema_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		const struct schema_problem *p = &problems->problem[i];

		fprintf(stderr, "%s:%u:%u: %s\n", p->file, p->line, p->column,
		    p->text);
	}
}

static void
read_builtin(void)
{
	struct schema_problems problems;

	if (schema_read(schema_builtin_text, schema_builtin_text_len,
	    &builtin, &problems))
		return;
	print_problems(&problems);
	abort();
}

const struct schema *
schema_builtin(void)
{
	pthread_once(&once, read_builtin);
	return builtin;
}

const char *
schema_reference_data(size_t *ret_len)
{
	*ret_len = schema_reference_text_len;
	return schema_reference_text;
}
