/*
 * fuzz_http_query.c - the walk ends, stays inside the query, and what it
 * finds is what looking up by name finds
 *
 * Sources: src/base src/http/query.c
 * Libraries: libsodium
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include "http/query.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

static void
check_pair(struct arena *a, const char *query, const struct http_pair *p)
{
	const char *name = http_decode(a, p->name, p->name_len, true);
	const char *value = http_decode(a, p->value, p->value_len, true);

	require(p->name >= query && p->value + p->value_len <=
	    query + strlen(query), "inside the query");
	if (name != NULL)
		require(strlen(name) <= p->name_len, "decoding shortens");
	/* The first of a name may be malformed, or be another pair. */
	if (name != NULL && value != NULL && p->name == query)
		require(strcmp(http_query_find(a, query, name), value) == 0,
		    "the first pair is found by its name");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct http_pair p;
	size_t pos = 0, pairs = 0;
	char *query = malloc(size + 1);

	require(a != NULL && query != NULL, "memory");
	if (size > 0)
		memcpy(query, data, size);
	query[size] = 0;
	while (http_query_next(query, &pos, &p)) {
		check_pair(a, query, &p);
		require(++pairs <= size, "the walk ends");
		arena_reset(a);
	}
	http_decode(a, query, size, false);
	free(query);
	arena_free(a);
	return 0;
}
