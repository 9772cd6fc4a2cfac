/* JSON values as the files of libhelio see them. */
#ifndef HELIO_CLIENT_JSON_H
#define HELIO_CLIENT_JSON_H

#include <jansson.h>

#include "helio/json.h"

struct helio_json {
	json_t	*root;
};

/* The value at a dotted path, borrowed, or NULL. */
json_t	*json_at(json_t *root, const char *path);

#endif
