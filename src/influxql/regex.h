/* Regular expressions (PCRE2) with limits on what one match may cost. */
#ifndef HELIO_INFLUXQL_REGEX_H
#define HELIO_INFLUXQL_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct iql_regex;

/* Compiled into the arena; NULL: *ret_why (static or in the arena) says why. */
struct iql_regex *iql_regex_new(struct arena *, const char *pattern, size_t n,
		    const char **ret_why);
/*
 * Is there a match anywhere in the text?  A match that reaches its limits
 * counts as none and is remembered: see iql_regex_gave_up().
 */
bool		 iql_regex_match(struct iql_regex *, const char *, size_t n);
/* Some match was given up. */
bool		 iql_regex_gave_up(const struct iql_regex *);

#endif
