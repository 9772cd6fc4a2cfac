/*
 * Bodies of units as jansson's values.  jansson itself refuses a whole text
 * for one number that it cannot hold, or for a NUL in one name; a unit's text
 * must not be lost for that.
 */
#ifndef HELIO_DEVICE_JSON_TREE_H
#define HELIO_DEVICE_JSON_TREE_H

#include <jansson.h>
#include <stddef.h>

/*
 * Read a text; the caller ends with json_decref().  Integers beyond 64 bits
 * become reals, numbers beyond those the largest real, and a NUL in a name
 * becomes '?'.  NULL: no JSON, nested more than JSON_READ_DEPTH deep, or no
 * memory.
 */
json_t	*json_tree(const char *, size_t n);

#endif
