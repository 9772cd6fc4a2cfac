/* The table of functions, expanded. */
#include "influxql/func.h"

#include <strings.h>

#define FLAG_0		0
#define FLAG_SELECTS	FUNC_SELECTS
#define FLAG_NESTS	FUNC_NESTS

const struct iql_func iql_funcs[FUNCS] = {
#define FUNC(name_, kind_, input_, output_, flags_, least, most) \
	[FUNC_##name_] = { FUNC_##name_, #name_, KIND_##kind_, \
	    INPUT_##input_, OUTPUT_##output_, FLAG_##flags_, least, most },
#include "influxql/func.def"
#undef FUNC
};

const struct iql_func *
iql_func_find(const char *name)
{
	for (size_t i = 0; i < FUNCS; i++)
		if (strcasecmp(iql_funcs[i].name, name) == 0)
			return &iql_funcs[i];
	return NULL;
}
