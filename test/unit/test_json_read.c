/* test_json_read.c - the JSON pull reader */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"

/* One letter per token, in the order of enum json_token. */
static const char letter[] = "!.{}[]ksirhtfn";

/* The tokens of a text as letters, up to its end or first error. */
static const char *
tokens_of(const char *s, size_t n, char *out, size_t size)
{
	struct json_read r;
	enum json_token token;
	size_t i = 0;

	jr_init(&r, s, n);
	do {
		token = jr_next(&r);
		assert_true(i + 1 < size);
		out[i++] = letter[token];
		assert_int_equal(token == JR_ERROR, r.error != NULL);
	} while (token != JR_END && token != JR_ERROR);
	assert_int_equal(jr_next(&r), token);
	out[i] = '\0';
	jr_free(&r);
	return out;
}

static void
reads_tokens(void **state)
{
	static const struct {
		const char	*text, *tokens;
	} row[] = {
		{ "null", "n." }, { " true ", "t." }, { "\tfalse\r\n", "f." },
		{ "1", "i." }, { "-1.5e3", "r." }, { "\"a\"", "s." },
		{ "{}", "{}." }, { "[]", "[]." }, { "[ ]", "[]." },
		{ "[1,2 , \"x\"]", "[iis]." }, { "[[],[[]]]", "[[][[]]]." },
		{ "{\"a\":1,\"b\":{\"c\":[null]}}", "{kik{k[n]}}." },
		{ "{ \"a\" : true , \"a\" : false }", "{ktkf}." },
		{ "[1e400,-1e400,1]", "[hhi]." },
	};
	char out[64];
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_string_equal(tokens_of(row[i].text,
		    strlen(row[i].text), out, sizeof(out)), row[i].tokens);
}

static void
refuses_malformed_text(void **state)
{
	static const char *const row[] = {
		"", " ", "nul", "nulll", "True", "NaN", "Infinity", "'a'",
		"[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "]", "[}", "[1}",
		"{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{,}",
		"{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{1:1}", "{\"a\":1]",
		"{\"a\":}", "{\"a\":1 \"b\":2}", "1 2", "{} {}", "[] ,",
		"-", "+1", "01", "-01", "1.", ".5", "1.e1", "1e", "1e+",
		"1E-", "0x10", "1a", "--1",
		"\"", "\"a", "\"\\", "\"\\\"", "\"\\x\"", "\"\\u12\"",
		"\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800x\"",
		"\"\\ud800\\n\"", "\"\\ud800\\u0041\"", "\"\\udc00\"",
		"\"a\nb\"", "\"\x1f\"", "\"\xff\"", "\"\xc0\xaf\"",
		"\"\xed\xa0\x80\"", "\"\xc3\"", "\xef\xbb\xbf[]", "[1]\x0b",
		"/**/1", "[1,/**/2]",
	};
	char out[64];
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		tokens_of(row[i], strlen(row[i]), out, sizeof(out));
		if (out[strlen(out) - 1] != '!')
			fail_msg("accepted: %s", row[i]);
	}
	assert_string_equal(tokens_of("1\0", 2, out, sizeof(out)), "i!");
	assert_string_equal(tokens_of("\"a\0b\"", 5, out, sizeof(out)), "!");
	assert_string_equal(tokens_of(NULL, 0, out, sizeof(out)), "!");
}

/* Cut anywhere, a document is refused; and nothing past the end is read. */
static void
refuses_truncation_at_every_byte(void **state)
{
	static const char text[] = "{\"measurement\":\"t\\u00e9\\ud83c\\udf1e"
	    "h\xc3\xa9\",\"fields\":{\"v\":[[1472688000000,-1.25e-3],"
	    "[true,null]]}}";
	size_t n = sizeof(text) - 1, cut;
	char out[64], *copy;

	for (cut = 0; cut <= n; cut++) {
		copy = malloc(cut + 1);
		assert_non_null(copy);
		memcpy(copy + 1, text, cut);
		tokens_of(copy + 1, cut, out, sizeof(out));
		free(copy);
		assert_int_equal(out[strlen(out) - 1], cut == n ? '.' : '!');
	}
}

static void
error_stays_where_it_is(void **state)
{
	struct json_read r;

	jr_init(&r, "[1,x]", 5);
	assert_int_equal(jr_next(&r), JR_ARRAY);
	assert_int_equal(jr_next(&r), JR_INT);
	assert_int_equal(jr_next(&r), JR_ERROR);
	assert_string_equal(r.at, "x]");
	assert_string_equal(r.error, "a value is due");
	assert_int_equal(jr_next(&r), JR_ERROR);
	assert_string_equal(r.at, "x]");
	assert_false(jr_skip(&r));
	jr_free(&r);
}

static void
depth_has_a_limit(void **state)
{
	char text[2 * JSON_READ_DEPTH + 2], out[2 * JSON_READ_DEPTH + 4];
	size_t d = JSON_READ_DEPTH;

	memset(text, '[', d);
	memset(text + d, ']', d);
	tokens_of(text, 2 * d, out, sizeof(out));
	assert_int_equal(out[2 * d], '.');
	memset(text, '[', d + 1);
	tokens_of(text, d + 1, out, sizeof(out));
	assert_int_equal(strlen(out), d + 1);
	assert_int_equal(out[d], '!');
}

static void
check_string(const char *json, const char *want, size_t n)
{
	struct json_read r;

	jr_init(&r, json, strlen(json));
	assert_int_equal(jr_next(&r), JR_STRING);
	assert_int_equal(r.n, n);
	assert_memory_equal(r.text, want, n);
	assert_int_equal(jr_next(&r), JR_END);
	jr_free(&r);
}

static void
reads_strings(void **state)
{
	check_string("\"\"", "", 0);
	check_string("\"plain text, longer than a word\"",
	    "plain text, longer than a word", 30);
	check_string("\"h\xc3\xa9\xf0\x9f\x8c\x9e\"", "h\xc3\xa9\xf0\x9f\x8c"
	    "\x9e", 7);
	check_string("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8);
	check_string("\"a\\u0041\\u00e9\\u20AC\\ud83c\\udf1e!\"",
	    "aA\xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\x9e!", 12);
	check_string("\"\\u0000x\"", "\0x", 2);
	check_string("\"\x7f\"", "\x7f", 1);
}

static void
plain_strings_are_not_copied(void **state)
{
	const char *text = "{\"key\":\"value\"}";
	struct json_read r;

	jr_init(&r, text, strlen(text));
	jr_next(&r);
	assert_int_equal(jr_next(&r), JR_KEY);
	assert_ptr_equal(r.text, text + 2);
	assert_int_equal(jr_next(&r), JR_STRING);
	assert_ptr_equal(r.text, text + 8);
	assert_null(r.scratch.data);
	jr_free(&r);
}

static void
reads_integers(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 i;
	} row[] = {
		{ "0", 0 }, { "-0", 0 }, { "7", 7 }, { "-12", -12 },
		{ "1475685693839", INT64_C(1475685693839) },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
	};
	struct json_read r;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		jr_init(&r, row[i].text, strlen(row[i].text));
		assert_int_equal(jr_next(&r), JR_INT);
		assert_true(r.i == row[i].i);
		jr_free(&r);
	}
}

static double
read_real(const char *text)
{
	struct json_read r;

	jr_init(&r, text, strlen(text));
	if (jr_next(&r) != JR_REAL)
		fail_msg("no real: %s", text);
	assert_int_equal(jr_next(&r), JR_END);
	jr_free(&r);
	return r.f;
}

static void
reads_reals_as_strtod_does(void **state)
{
	static const char *const row[] = {
		"0.0", "-0.0", "1.5", "1e0", "1E5", "1e-5", "1.234e+2",
		"9223372036854775808", "-9223372036854775809",
		"123456789012345678901234567890", "1e22", "1e23", "1e-22",
		"9007199254740993.0", "9007199254740992.5", "0.1", "3.14159",
		"1.7976931348623157e308", "2.2250738585072014e-308",
		"2.2250738585072011e-308", "5e-324", "1e-400", "-1e-400",
		"0e999999999999999999999", "1e-999999999999999999999",
		"0.000000000000000000000000000000000000000000000001e48",
		"100000000000000000000000000000000000000000000000000e-50",
		"89255.000000000000000000000000000000000000000000000001",
	};
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		double want = strtod(row[i], NULL), got = read_real(row[i]);

		assert_memory_equal(&got, &want, sizeof(want));
	}
}

static void
random_reals_read_right(void **state)
{
	uint64_t seed = 1;
	char text[64];
	int i;

	for (i = 0; i < 20000; i++) {
		double d;

		seed = seed * UINT64_C(6364136223846793005) + 1442695;
		d = (double)(int64_t)(seed >> (i % 50)) / 1048576.0;
		snprintf(text, sizeof(text), "%.*e", i % 20, d);
		if (i % 20 == 0)
			continue;
		assert_true(read_real(text) == strtod(text, NULL));
		snprintf(text, sizeof(text), "%.*f", 1 + i % 9, d);
		assert_true(read_real(text) == strtod(text, NULL));
	}
}

static void
long_numbers_are_read(void **state)
{
	char text[5000];
	size_t n = sizeof(text) - 10;

	memset(text, '0', sizeof(text));
	text[1] = '.';
	strcpy(text + n, "1e4989");
	assert_true(read_real(text) == strtod(text, NULL));
	assert_true(read_real(text) == 1.0);
	memset(text, '9', 400);
	text[400] = '\0';
	assert_string_equal(tokens_of(text, 400, (char[4]){ 0 }, 4), "h.");
}

static void
skips_whole_values(void **state)
{
	const char *text = "{\"a\":[1,{\"x\":[]},2],\"b\":7,\"c\":{\"d\":1},"
	    "\"e\":2}";
	struct json_read r;

	jr_init(&r, text, strlen(text));
	assert_int_equal(jr_next(&r), JR_OBJECT);
	assert_int_equal(jr_next(&r), JR_KEY);
	assert_true(jr_skip(&r));		/* after a key: an array */
	assert_int_equal(jr_next(&r), JR_KEY);
	assert_true(jr_skip(&r));		/* after a key: a scalar */
	assert_int_equal(jr_next(&r), JR_KEY);
	assert_int_equal(jr_next(&r), JR_OBJECT);
	assert_true(jr_skip(&r));		/* after the opening */
	assert_int_equal(jr_next(&r), JR_KEY);
	assert_memory_equal(r.text, "e", 1);
	assert_int_equal(jr_next(&r), JR_INT);
	assert_int_equal(r.i, 2);
	assert_int_equal(jr_next(&r), JR_OBJECT_END);
	assert_int_equal(jr_next(&r), JR_END);
	jr_free(&r);
}

static void
skips_the_document(void **state)
{
	struct json_read r;

	jr_init(&r, "[[1],2] ", 8);
	assert_int_equal(jr_next(&r), JR_ARRAY);
	assert_true(jr_skip(&r));
	assert_int_equal(jr_next(&r), JR_END);
	jr_free(&r);
}

static void
skip_meets_an_error(void **state)
{
	struct json_read r;

	jr_init(&r, "{\"a\":[1,}]", 10);
	jr_next(&r);
	assert_int_equal(jr_next(&r), JR_KEY);
	assert_false(jr_skip(&r));
	assert_int_equal(jr_next(&r), JR_ERROR);
	jr_free(&r);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_tokens),
		cmocka_unit_test(refuses_malformed_text),
		cmocka_unit_test(refuses_truncation_at_every_byte),
		cmocka_unit_test(error_stays_where_it_is),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(reads_strings),
		cmocka_unit_test(plain_strings_are_not_copied),
		cmocka_unit_test(reads_integers),
		cmocka_unit_test(reads_reals_as_strtod_does),
		cmocka_unit_test(random_reals_read_right),
		cmocka_unit_test(long_numbers_are_read),
		cmocka_unit_test(skips_whole_values),
		cmocka_unit_test(skips_the_document),
		cmocka_unit_test(skip_meets_an_error),
	};

	return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}
