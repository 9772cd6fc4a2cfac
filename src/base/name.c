/* See name.h. */
#include "base/name.h"

bool
name_is(const char *name, const char *given)
{
	for (; *name != '\0' && *given != '\0'; name++, given++)
		if (*name != *given && !(*name == '_' && *given == '-'))
			return false;
	return *name == *given;
}
