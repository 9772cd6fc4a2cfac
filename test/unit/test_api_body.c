/* test_api_body.c - JSON and form bodies */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "base/buf.h"

struct fixture {
	struct arena	*arena;
	json_t		*json;
	bool		 form;
	struct helio_err err;
};

static int
setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	f.arena = arena_new();
	*state = &f;
	return f.arena != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	json_decref(f->json);
	arena_free(f->arena);
	return 0;
}

static enum helio_rc
parse(struct fixture *f, const char *text)
{
	char *exact = malloc(strlen(text) + 1);
	enum helio_rc rc;

	/* without a NUL after it, so that a reader beyond the end is seen */
	assert_non_null(exact);
	memcpy(exact, text, strlen(text));
	exact = realloc(exact, strlen(text) > 0 ? strlen(text) : 1);
	assert_non_null(exact);
	json_decref(f->json);
	f->json = NULL;
	f->form = false;
	err_clear(&f->err);
	rc = body_parse(exact, strlen(text), f->arena, &f->json, &f->form,
	    &f->err);
	free(exact);
	return rc;
}

static const char *
member(struct fixture *f, const char *name)
{
	return json_string_value(json_object_get(f->json, name));
}

static void
test_json_object(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, " {\"a\": \"b=c&d\"}\r\n"), HELIO_OK);
	assert_false(f->form);
	assert_string_equal(member(f, "a"), "b=c&d");
}

static void
test_any_json_value(void **state)
{
	static const char *const texts[] = {
		"[1,2]", "\"a=b\"", "12", "null", "true", "{}", "[]",
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(parse(f, texts[i]), HELIO_OK);
		assert_non_null(f->json);
		assert_false(f->form);
	}
}

static void
test_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, ""), HELIO_OK);
	assert_null(f->json);
	assert_int_equal(parse(f, " \r\n\t"), HELIO_OK);
	assert_null(f->json);
	assert_false(f->form);
}

static void
test_last_of_equal_names_counts(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, "{\"a\":\"1\",\"a\":\"2\"}"), HELIO_OK);
	assert_string_equal(member(f, "a"), "2");
	assert_int_equal(parse(f, "a=1&a=2"), HELIO_OK);
	assert_string_equal(member(f, "a"), "2");
}

static void
test_form(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, "username=t.user%40x.org&password=a+b%2B%26"
	    "&empty=&flag&&\n"), HELIO_OK);
	assert_true(f->form);
	assert_string_equal(member(f, "username"), "t.user@x.org");
	assert_string_equal(member(f, "password"), "a b+&");
	assert_string_equal(member(f, "empty"), "");
	assert_string_equal(member(f, "flag"), "");
	assert_int_equal(json_object_size(f->json), 4);
}

static void
test_form_with_raw_characters(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, "name=J\xc3\xbcrgen M=x"), HELIO_OK);
	assert_string_equal(member(f, "name"), "J\xc3\xbcrgen M=x");
}

static void
test_undecodable(void **state)
{
	static const char *const texts[] = {
		"{", "{\"a\":1}x", "{\"a\":1}{}", "[1,]", "{'a': 1}", "hello",
		"{\"a\":NaN}", "\"\xff\"", "\"abc",
		"\"abc\\", "01", "1e999", "--x\r\nContent-Disposition: "
		"form-data; name=\"a\"\r\n\r\n1\r\n--x--", "=1", "&", "&a=1",
		"a=%zz", "a=%00", "a=%ff", "a=1&=2", "%=1",
		"99999999999999999999",
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(parse(f, texts[i]), HELIO_E_DECODE);
		assert_null(f->json);
		assert_string_equal(f->err.message, "Unable to decode data");
		assert_int_equal(f->err.n_faults, 1);
		assert_string_equal(f->err.fault[0].field, "body");
	}
}

static void
test_error_names_the_place_and_quotes_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, "{\"password\":\n secret}"), HELIO_E_DECODE);
	assert_non_null(strstr(f->err.fault[0].text, "line 2"));
	assert_null(strstr(f->err.fault[0].text, "secret"));
}

static char *
repeat(const char *head, const char *part, size_t n, const char *tail)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, head);
	while (n-- > 0)
		buf_adds(&b, part);
	buf_adds(&b, tail);
	return buf_take(&b, NULL);
}

static enum helio_rc
parse_repeated(struct fixture *f, const char *head, const char *part, size_t n,
    const char *tail)
{
	char *text = repeat(head, part, n, tail);
	enum helio_rc rc = parse(f, text);

	free(text);
	return rc;
}

static void
test_depth(void **state)
{
	char *close = repeat("", "]", BODY_DEPTH_MAX, "");
	struct fixture *f = *state;

	assert_int_equal(parse_repeated(f, "", "[", BODY_DEPTH_MAX, close),
	    HELIO_OK);
	free(close);
	assert_int_equal(parse_repeated(f, "", "[", BODY_DEPTH_MAX + 1, ""),
	    HELIO_E_DECODE);
	assert_int_equal(parse_repeated(f, "", "{\"a\":", 100000, ""),
	    HELIO_E_DECODE);
}

static void
test_brackets_in_strings_are_not_depth(void **state)
{
	assert_int_equal(parse_repeated(*state, "[\"\\\"", "[{", 100, "\"]"),
	    HELIO_OK);
}

static void
test_what_cannot_be_held_is_named(void **state)
{
	static const struct {
		const char	*text, *field;	/* field NULL: no JSON */
	} row[] = {
		{ "{\"ok\":1,\"a\":1e400}", "a" },
		{ "{\"a\":-1e400,\"ok\":{}}", "a" },
		{ "{\"a\": 99999999999999999999 ,\"ok\":1.5e30}", "a" },
		{ "{\"a\":[[{\"b\":9223372036854775808}]]}", "a" },
		{ "{\"a\":\"x\\u0000\"}", "a" },
		{ "{\"a\":{\"\\u0000\":1}}", "a" },
		{ "{\"a\":1e400", NULL }, { "{\"a\":1e400}}", NULL },
		{ "[1e400]", NULL }, { "1e400", NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(parse(f, row[i].text), row[i].field != NULL ?
		    HELIO_E_INVALID : HELIO_E_DECODE);
		assert_int_equal(f->err.n_faults, 1);
		assert_string_equal(f->err.fault[0].field,
		    row[i].field != NULL ? row[i].field : "body");
	}
	assert_int_equal(parse(f, "{\"a\":1e999,\"b\":\"\\u0000\",\"c\":2}"),
	    HELIO_E_INVALID);
	assert_int_equal(f->err.n_faults, 2);
}

static void
test_too_many_values(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse_repeated(f, "[0", ",[]", BODY_GROUPS_MAX, "]"),
	    HELIO_E_TOO_LARGE);
	assert_int_equal(parse_repeated(f, "[0", ",0", BODY_VALUES_MAX, "]"),
	    HELIO_E_TOO_LARGE);
	assert_int_equal(parse_repeated(f, "[0", ",0", 1000, "]"), HELIO_OK);
}

static void
test_too_many_form_fields(void **state)
{
	struct buf b = BUF_INIT;
	int i;

	for (i = 0; i <= BODY_PAIRS_MAX; i++)
		buf_addf(&b, "f%d=1&", i);
	assert_int_equal(parse(*state, b.data), HELIO_E_TOO_LARGE);
	buf_free(&b);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_json_object),
		TEST(test_any_json_value),
		TEST(test_nothing),
		TEST(test_last_of_equal_names_counts),
		TEST(test_form),
		TEST(test_form_with_raw_characters),
		TEST(test_undecodable),
		TEST(test_error_names_the_place_and_quotes_nothing),
		TEST(test_depth),
		TEST(test_brackets_in_strings_are_not_depth),
		TEST(test_what_cannot_be_held_is_named),
		TEST(test_too_many_values),
		TEST(test_too_many_form_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
