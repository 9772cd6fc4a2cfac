/* Counts are kept until a table that they speak of changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "store/count_cache.h"

enum { TABLES = 3 };

struct world {
	struct count_cache *cache;
	struct sql	 sql;
	struct value	 arg[2];
};

static int
setup(void **state)
{
	static struct world w;

	memset(&w, 0, sizeof(w));
	w.cache = count_cache_new(TABLES);
	w.sql.tables[0] = 1U << 1;	/* reads table 1 alone */
	w.sql.args = w.arg;
	buf_adds(&w.sql.text, "SELECT 1");
	*state = &w;
	return w.cache == NULL;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	buf_free(&w->sql.text);
	count_cache_free(w->cache);
	return 0;
}

static void
touch(struct world *w, unsigned table)
{
	bool touched[TABLES] = { false };

	touched[table] = true;
	count_cache_touched(w->cache, touched);
}

static void
keep(struct world *w, uint64_t as_of, int64_t count)
{
	count_cache_keep(w->cache, &w->sql, as_of, 1000, count);
}

/* The count found at a time, or -1. */
static int64_t
find(struct world *w, int64_t now_ms)
{
	int64_t count;

	return count_cache_find(w->cache, &w->sql, now_ms, &count) ? count :
	    -1;
}

static void
test_kept_until_touched(void **state)
{
	struct world *w = *state;

	assert_int_equal(find(w, 1000), -1);
	keep(w, count_cache_now(w->cache), 42);
	assert_int_equal(find(w, 1001), 42);
	touch(w, 0);
	touch(w, 2);
	assert_int_equal(find(w, 1001), 42);
	touch(w, 1);
	assert_int_equal(find(w, 1001), -1);
}

/* The snapshot was older than the commit: its count never counts. */
static void
test_counted_before_a_commit(void **state)
{
	struct world *w = *state;
	uint64_t as_of = count_cache_now(w->cache);

	touch(w, 1);
	keep(w, as_of, 42);
	assert_int_equal(find(w, 1000), -1);
	keep(w, count_cache_now(w->cache), 43);
	assert_int_equal(find(w, 1000), 43);
}

static void
test_not_kept_for_long(void **state)
{
	struct world *w = *state;

	keep(w, count_cache_now(w->cache), 42);
	assert_int_equal(find(w, 3000), 42);
	assert_int_equal(find(w, 3001), -1);
}

static void
test_arguments_tell_apart(void **state)
{
	struct world *w = *state;

	w->sql.n_args = 2;
	w->arg[0] = value_text("ab");
	w->arg[1] = value_text("c");
	keep(w, count_cache_now(w->cache), 1);
	w->arg[0] = value_text("a");
	w->arg[1] = value_text("bc");
	assert_int_equal(find(w, 1000), -1);
	w->arg[0] = value_null();
	w->arg[1] = value_int(7);
	assert_int_equal(find(w, 1000), -1);
	w->arg[0] = value_text("ab");
	w->arg[1] = value_text("c");
	assert_int_equal(find(w, 1000), 1);
}

static void
test_large_statements_are_not_kept(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 1000; i++)
		buf_adds(&w->sql.text, " AND x");
	keep(w, count_cache_now(w->cache), 1);
	assert_int_equal(find(w, 1000), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kept_until_touched),
		TEST(test_counted_before_a_commit),
		TEST(test_not_kept_for_long),
		TEST(test_arguments_tell_apart),
		TEST(test_large_statements_are_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
