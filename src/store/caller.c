/* caller.c - the callers that are no users */
#include "store/caller.h"

const struct caller CALLER_SYSTEM = {
	.username = "system",
	.level = LEVEL_SYSTEM,
	.global = true,
};

const struct caller CALLER_UNIT = {
	.username = "unit",
	.level = LEVEL_SYSTEM,
	.global = true,
};
