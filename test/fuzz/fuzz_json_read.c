/*
 * fuzz_json_read.c - the pull reader against jansson
 *
 * Both must accept and refuse the same texts, and read the same values.  Three
 * differences are meant: our depth limit is lower, an integer beyond 64 bits is
 * a real here and an error there, and a number that no real can hold is an
 * error there only.  Two are jansson's: a key that holds a NUL is an error there
 * only, and a NUL byte after a number is overlooked.  Any other difference
 * aborts.
 *
 * Sources: src/base
 * Libraries: jansson libsodium
 */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"

#define FLAGS	(JSON_DECODE_ANY | JSON_ALLOW_NUL)

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static json_t	*read_tree(struct json_read *, enum json_token);

static _Noreturn void
differ(const char *what)
{
	fprintf(stderr, "difference: %s\n", what);
	abort();
}

static json_t *
read_array(struct json_read *r)
{
	json_t *list = json_array(), *element;
	enum json_token token;

	while ((token = jr_next(r)) != JR_ARRAY_END) {
		element = read_tree(r, token);
		if (element == NULL) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, element);
	}
	return list;
}

static json_t *
read_object(struct json_read *r)
{
	json_t *object = json_object(), *member;
	char *key;

	while (jr_next(r) == JR_KEY) {
		/* the text is gone after the next call */
		key = strndup(r->text, r->n);
		member = read_tree(r, jr_next(r));
		if (member != NULL)
			json_object_set_new_nocheck(object, key, member);
		free(key);
		if (member == NULL)
			break;
	}
	if (r->error != NULL) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* The value that starts with token; NULL after an error. */
static json_t *
read_tree(struct json_read *r, enum json_token token)
{
	switch (token) {
	case JR_OBJECT:
		return read_object(r);
	case JR_ARRAY:
		return read_array(r);
	case JR_STRING:
		return json_stringn_nocheck(r->text, r->n);
	case JR_INT:
		return json_integer(r->i);
	case JR_REAL:
		return json_real(r->f);
	case JR_HUGE:
		return json_null();
	case JR_TRUE:
	case JR_FALSE:
		return json_boolean(token == JR_TRUE);
	case JR_NULL:
		return json_null();
	default:
		if (token != JR_ERROR)
			differ("a token where none can be");
		return NULL;
	}
}

static json_t *
read_ours(const char *s, size_t n, const char **ret_error)
{
	struct json_read r;
	json_t *tree;

	jr_init(&r, s, n);
	tree = read_tree(&r, jr_next(&r));
	if (tree != NULL && jr_next(&r) != JR_END) {
		json_decref(tree);
		tree = NULL;
	}
	if (r.at < s || r.at > s + n)
		differ("reader left the text");
	if ((tree == NULL) != (r.error != NULL))
		differ("error without refusal or refusal without error");
	*ret_error = r.error;
	jr_free(&r);
	return tree;
}

/* json_equal, but 1e0 as an integer and as a real are the same. */
static int
same(json_t *a, json_t *b)
{
	json_t *member;
	const char *key;
	size_t i;

	if (json_is_number(a) && json_is_number(b))
		return json_number_value(a) == json_number_value(b);
	if (json_typeof(a) != json_typeof(b))
		return 0;
	if (json_is_array(a)) {
		if (json_array_size(a) != json_array_size(b))
			return 0;
		json_array_foreach(a, i, member)
			if (!same(member, json_array_get(b, i)))
				return 0;
		return 1;
	}
	if (!json_is_object(a))
		return json_equal(a, b);
	if (json_object_size(a) != json_object_size(b))
		return 0;
	json_object_foreach(a, key, member)
		if (json_object_get(b, key) == NULL ||
		    !same(member, json_object_get(b, key)))
			return 0;
	return 1;
}

static int
meant_to_differ(const char *ours, const json_error_t *theirs)
{
	return (ours != NULL && strcmp(ours, "nested too deeply") == 0) ||
	    json_error_code(theirs) == json_error_null_byte_in_key ||
	    json_error_code(theirs) == json_error_numeric_overflow;
}

/* Skipping from the start must succeed where reading does. */
static void
check_skip(const char *s, size_t n, int accepted)
{
	struct json_read r;
	enum json_token token;
	int end;

	jr_init(&r, s, n);
	token = jr_next(&r);
	if (token == JR_OBJECT || token == JR_ARRAY)
		jr_skip(&r);
	end = jr_next(&r) == JR_END;
	jr_free(&r);
	if (end != accepted)
		differ("skipping and reading");
}

/* Their value; *ret_exact is false when integers were read as reals. */
static json_t *
read_theirs(const char *s, size_t n, int *ret_exact, json_error_t *error)
{
	json_t *tree;

	tree = json_loadb(s, n, FLAGS, error);
	*ret_exact = tree != NULL ||
	    json_error_code(error) != json_error_numeric_overflow;
	if (!*ret_exact)
		tree = json_loadb(s, n, FLAGS | JSON_DECODE_INT_AS_REAL,
		    error);
	return tree;
}

static void
compare(const char *s, size_t n, json_t *ours, const char *ours_error)
{
	json_error_t error = { .line = -1 };
	json_t *theirs;
	int exact;

	theirs = read_theirs(s, n, &exact, &error);
	if ((ours == NULL) != (theirs == NULL)) {
		if (!meant_to_differ(ours_error, &error))
			differ(ours_error != NULL ? ours_error : error.text);
	} else if (ours != NULL && !(exact ? json_equal(ours, theirs) :
	    same(ours, theirs))) {
		differ("values");
	}
	json_decref(theirs);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *s = (const char *)data, *error = NULL;
	json_t *ours;

	ours = read_ours(s, n, &error);
	check_skip(s, n, ours != NULL);
	if (n == 0 || memchr(s, '\0', n) == NULL)
		compare(s, n, ours, error);
	else if (ours != NULL)
		differ("a NUL byte is accepted");
	json_decref(ours);
	return 0;
}
