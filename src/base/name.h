/* Names of settings. */
#ifndef HELIO_BASE_NAME_H
#define HELIO_BASE_NAME_H

#include <stdbool.h>

/* A name and how it was written: '-' may stand for '_'. */
bool		 name_is(const char *name, const char *given);

#endif
