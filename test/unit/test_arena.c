/* test_arena.c - memory that lives as long as a request */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"

static int
setup(void **state)
{
	*state = arena_new();
	return *state == NULL;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void
free_takes_null(void **state)
{
	arena_free(NULL);
}

static void
memory_is_zeroed_and_aligned(void **state)
{
	static const unsigned char zero[1000];
	size_t n;

	for (n = 0; n < sizeof(zero); n += 37) {
		unsigned char *p = arena_alloc(*state, n);

		assert_int_equal((uintptr_t)p % 16, 0);
		assert_memory_equal(p, zero, n);
		memset(p, 0xa5, n);
	}
}

static void
zeroed_again_after_reset(void **state)
{
	static const unsigned char zero[4096];
	void *p;

	p = arena_alloc(*state, sizeof(zero));
	memset(p, 0xa5, sizeof(zero));
	arena_reset(*state);
	assert_ptr_equal(arena_alloc(*state, sizeof(zero)), p);
	assert_memory_equal(p, zero, sizeof(zero));
}

static void
pieces_do_not_overlap(void **state)
{
	enum { N = 3000 };
	unsigned *p[N];
	unsigned i;

	for (i = 0; i < N; i++) {
		p[i] = arena_alloc(*state, sizeof(unsigned) + i);
		*p[i] = i;
	}
	for (i = 0; i < N; i++)
		assert_int_equal(*p[i], i);
}

static void
larger_than_any_block(void **state)
{
	char *small, *large;

	small = arena_strdup(*state, "before");
	large = arena_alloc(*state, 3 * 1024 * 1024);
	memset(large, 'x', 3 * 1024 * 1024);
	assert_string_equal(small, "before");
	assert_string_equal(arena_strdup(*state, "after"), "after");
	arena_reset(*state);
	assert_string_equal(arena_strdup(*state, "again"), "again");
}

static void
kept_memory_is_used_again(void **state)
{
	enum { N = 100 * 1000 };
	char *before, *after;

	arena_keep(*state, 1 << 20);
	for (unsigned i = 0; i < 5; i++) {
		before = arena_alloc(*state, N);
		memset(before, 'x', N);
		(void)arena_alloc(*state, 8 * N);	/* as much as is kept */
		arena_reset(*state);
		after = arena_alloc(*state, N);
		assert_ptr_equal(after, before);
		assert_int_equal(after[0] | after[N - 1], 0);
		arena_reset(*state);
	}
	arena_keep(*state, 0);
	assert_string_equal(arena_strdup(*state, "still there"),
	    "still there");
}

static void
copies_of_text(void **state)
{
	assert_string_equal(arena_strdup(*state, ""), "");
	assert_string_equal(arena_strndup(*state, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(*state, NULL, 0), "");
	assert_memory_equal(arena_strndup(*state, "a\0b", 3), "a\0b\0", 4);
}

static void
printed_text(void **state)
{
	assert_string_equal(arena_printf(*state, "%s-%d", "x", 7), "x-7");
	assert_string_equal(arena_printf(*state, "%s", ""), "");
	assert_int_equal(strlen(arena_printf(*state, "%20000d", 1)), 20000);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_takes_null),
		T(memory_is_zeroed_and_aligned),
		T(zeroed_again_after_reset),
		T(pieces_do_not_overlap),
		T(larger_than_any_block),
		T(kept_memory_is_used_again),
		T(copies_of_text),
		T(printed_text),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
