/* The functions of a SELECT, as a table (func.def). */
#ifndef HELIO_INFLUXQL_FUNC_H
#define HELIO_INFLUXQL_FUNC_H

#include <stddef.h>

enum iql_func_id {
#define FUNC(name, kind, input, output, flags, least, most) FUNC_##name,
#include "influxql/func.def"
#undef FUNC
	FUNCS
};

enum iql_func_kind { KIND_FOLD, KIND_COLLECT, KIND_STREAM };
enum iql_func_input { INPUT_NUMERIC, INPUT_ORDERED, INPUT_ANY };
enum iql_func_output { OUTPUT_SAME, OUTPUT_FLOAT, OUTPUT_INTEGER };
enum { FUNC_SELECTS = 1 << 0, FUNC_NESTS = 1 << 1 };

struct iql_func {
	enum iql_func_id id;
	const char	*name;
	enum iql_func_kind kind;
	enum iql_func_input input;
	enum iql_func_output output;
	unsigned	 flags;
	size_t		 args_min, args_max;
};

extern const struct iql_func iql_funcs[FUNCS];

/* By name, without case; NULL when there is none. */
const struct iql_func *iql_func_find(const char *name);

#endif
