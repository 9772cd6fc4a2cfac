/* test_api_route.c - the tree of routes */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/route.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct api_route table[] = {
	{ HTTP_GET, "products" },
	{ HTTP_POST, "products" },
	{ HTTP_GET, "products/{product_imei}" },
	{ HTTP_PUT, "products/{product_imei}" },
	{ HTTP_POST, "products/create_hub2" },
	{ HTTP_GET, "products/{product_imei}/states" },
	{ HTTP_POST, "products/create_product/home2" },
	{ HTTP_GET, "products/{product_imei}/states/{state_id}" },
	{ HTTP_PUT, "products/{product_imei}/enable" },
	{ HTTP_POST, "auth/login" },
};

struct fixture {
	struct routes	*routes;
	struct arena	*arena;
	struct route_match match;
};

static int
setup(void **state)
{
	static struct fixture f;
	size_t i;

	memset(&f, 0, sizeof(f));
	f.routes = routes_new();
	f.arena = arena_new();
	if (f.routes == NULL || f.arena == NULL)
		return -1;
	for (i = 0; i < COUNT(table); i++)
		routes_add(f.routes, &table[i]);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	routes_free(f->routes);
	arena_free(f->arena);
	return 0;
}

static enum helio_rc
find(struct fixture *f, enum http_method method, const char *path)
{
	return routes_find(f->routes, f->arena, method, path, &f->match);
}

static void
expect(struct fixture *f, enum http_method method, const char *path, size_t i)
{
	assert_int_equal(find(f, method, path), HELIO_OK);
	assert_ptr_equal(f->match.route, &table[i]);
}

static void
test_finds_by_method(void **state)
{
	expect(*state, HTTP_GET, "/v1/products", 0);
	expect(*state, HTTP_POST, "/v1/products", 1);
}

static void
test_head_is_get(void **state)
{
	expect(*state, HTTP_HEAD, "/v1/products", 0);
}

static void
test_arguments_in_order(void **state)
{
	struct fixture *f = *state;

	expect(f, HTTP_GET, "/v1/products/0101/states/7", 7);
	assert_string_equal(f->match.arg[0], "0101");
	assert_string_equal(f->match.arg[1], "7");
	assert_null(f->match.arg[2]);
}

static void
test_arguments_are_decoded(void **state)
{
	struct fixture *f = *state;

	expect(f, HTTP_GET, "/v1/products/a%2Fb%20c+d", 2);
	assert_string_equal(f->match.arg[0], "a/b c+d");
}

static void
test_literals_are_decoded(void **state)
{
	expect(*state, HTTP_GET, "/v1/%70roducts", 0);
}

static void
test_literal_wins(void **state)
{
	struct fixture *f = *state;

	expect(f, HTTP_POST, "/v1/products/create_hub2", 4);
	assert_null(f->match.arg[0]);
	assert_int_equal(find(f, HTTP_GET, "/v1/products/create_hub2"),
	    HELIO_E_METHOD);
}

static void
test_literal_that_leads_nowhere_gives_way(void **state)
{
	struct fixture *f = *state;

	expect(f, HTTP_GET, "/v1/products/create_product", 2);
	assert_string_equal(f->match.arg[0], "create_product");
	expect(f, HTTP_GET, "/v1/products/create_product/states", 5);
	assert_string_equal(f->match.arg[0], "create_product");
	assert_null(f->match.arg[1]);
}

static void
test_unknown_paths(void **state)
{
	static const char *const paths[] = {
		"", "/", "*", "/v1", "/v1/", "/v2/products", "products",
		"/v1/product", "/v1/Products", "/v1/products/", "/v1//products",
		"/v1/products//states", "/v1/products/1/states/",
		"/v1/products/1/nothing", "/v1/auth", "/v1/auth/login/x",
		"/v1/products/%", "/v1/products/%zz", "/v1/products/%00",
		"/v1/products/%ff", "/v1/1/2/3/4/5/6/7/8/9/10",
	};
	size_t i;

	for (i = 0; i < COUNT(paths); i++)
		assert_int_equal(find(*state, HTTP_GET, paths[i]),
		    HELIO_E_NOT_FOUND);
}

static void
test_other_method(void **state)
{
	struct fixture *f = *state;
	char allow[ROUTE_ALLOW_SIZE];

	assert_int_equal(find(f, HTTP_DELETE, "/v1/products"),
	    HELIO_E_METHOD);
	assert_null(f->match.route);
	routes_allow(f->match.methods, allow);
	assert_string_equal(allow, "GET, HEAD, POST, OPTIONS");
	assert_int_equal(find(f, HTTP_PATCH, "/v1/products/1"),
	    HELIO_E_METHOD);
	assert_int_equal(find(f, HTTP_OTHER, "/v1/products/1"),
	    HELIO_E_METHOD);
	assert_int_equal(find(f, HTTP_OPTIONS, "/v1/auth/login"),
	    HELIO_E_METHOD);
	routes_allow(f->match.methods, allow);
	assert_string_equal(allow, "POST, OPTIONS");
}

static void
test_allow_fits_all_methods(void **state)
{
	char allow[ROUTE_ALLOW_SIZE];

	routes_allow(~0U, allow);
	assert_string_equal(allow,
	    "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
}

static void
note(const struct api_route *route, void *arg)
{
	size_t *n = arg;

	assert_ptr_equal(route, &table[*n]);
	++*n;
}

static void
test_each_in_order(void **state)
{
	struct fixture *f = *state;
	size_t n = 0;

	routes_each(f->routes, note, &n);
	assert_int_equal(n, COUNT(table));
}

/* Many siblings, added in no order: all are found. */
static void
test_many_collections(void **state)
{
	enum { N = 500 };
	static struct api_route many[N];
	static char path[N][16];
	struct fixture *f = *state;
	char target[32];
	size_t i;

	for (i = 0; i < N; i++) {
		snprintf(path[i], sizeof(path[i]), "t%zu", i * 7919 % N);
		many[i] = (struct api_route){ .path = path[i] };
		routes_add(f->routes, &many[i]);
	}
	for (i = 0; i < N; i++) {
		snprintf(target, sizeof(target), "/v1/%.15s", path[i]);
		assert_int_equal(find(f, HTTP_GET, target), HELIO_OK);
		assert_ptr_equal(f->match.route, &many[i]);
	}
}

static void
expect_abort(struct fixture *f, const char *path)
{
	struct api_route route = { .method = HTTP_GET, .path = path };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(2);
		signal(SIGABRT, SIG_DFL);
		routes_add(f->routes, &route);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void
test_conflicts_abort(void **state)
{
	expect_abort(*state, "products");
	expect_abort(*state, "products/{another_name}");
}

static void
test_bad_routes_abort(void **state)
{
	expect_abort(*state, "a//b");
	expect_abort(*state, "a/");
	expect_abort(*state, "{a}/{b}/{c}/{d}/{e}");
	expect_abort(*state, "1/2/3/4/5/6/7/8/9");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_finds_by_method),
		TEST(test_head_is_get),
		TEST(test_arguments_in_order),
		TEST(test_arguments_are_decoded),
		TEST(test_literals_are_decoded),
		TEST(test_literal_wins),
		TEST(test_literal_that_leads_nowhere_gives_way),
		TEST(test_unknown_paths),
		TEST(test_other_method),
		TEST(test_allow_fits_all_methods),
		TEST(test_each_in_order),
		TEST(test_many_collections),
		TEST(test_conflicts_abort),
		TEST(test_bad_routes_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
