/* test_json_write.c - the JSON writer, read back with jansson */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json_write.h"

struct fixture {
	struct buf	b;
	struct json_write w;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	jw_start(&f->w, &f->b);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	buf_free(&f->b);
	free(f);
	return 0;
}

static void
scopes_and_commas(void **state)
{
	struct fixture *f = *state;
	struct json_write *w = &f->w;

	jw_object(w);
	jw_put_int(w, "i", -7);
	jw_put_str(w, "s", "x");
	jw_put_str(w, "n", NULL);
	jw_put_bool(w, "t", true);
	jw_put_bool(w, "f", false);
	jw_put_real(w, "r", 2);
	jw_put_null(w, "z");
	jw_put_time(w, "at", 0);
	jw_key(w, "list");
	jw_array(w);
	jw_int(w, 1);
	jw_array(w);
	jw_end(w);
	jw_object(w);
	jw_end(w);
	jw_raw(w, "{\"raw\":1}", 9);
	jw_strn(w, "abc", 2);
	jw_end(w);
	jw_end(w);
	assert_string_equal(f->b.data, "{\"i\":-7,\"s\":\"x\",\"n\":null,"
	    "\"t\":true,\"f\":false,\"r\":2.0,\"z\":null,"
	    "\"at\":\"1970-01-01T00:00:00\","
	    "\"list\":[1,[],{},{\"raw\":1},\"ab\"]}");
}

static void
a_value_alone(void **state)
{
	struct fixture *f = *state;

	jw_bool(&f->w, true);
	assert_string_equal(f->b.data, "true");
	buf_reset(&f->b);
	jw_start(&f->w, &f->b);
	jw_time(&f->w, INT64_C(1470071111000050));
	assert_string_equal(f->b.data, "\"2016-08-01T17:05:11.000050\"");
}

static void
numbers_that_json_lacks_are_null(void **state)
{
	struct fixture *f = *state;

	jw_array(&f->w);
	jw_real(&f->w, NAN);
	jw_real(&f->w, INFINITY);
	jw_real(&f->w, -INFINITY);
	jw_end(&f->w);
	assert_string_equal(f->b.data, "[null,null,null]");
}

static void
escapes(void **state)
{
	struct fixture *f = *state;

	jw_strn(&f->w, "\"\\/\b\f\n\r\t\0\x1f\x7f", 11);
	assert_string_equal(f->b.data,
	    "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\"");
}

static void
keys_are_escaped_too(void **state)
{
	struct fixture *f = *state;

	jw_object(&f->w);
	jw_put_int(&f->w, "a\"b\xff", 1);
	jw_end(&f->w);
	assert_string_equal(f->b.data, "{\"a\\\"b\xef\xbf\xbd\":1}");
}

static void
invalid_utf8_is_replaced(void **state)
{
	struct fixture *f = *state;

	jw_str(&f->w, "h\xc3\xa9 \xed\xa0\x80 \xc3");
	assert_string_equal(f->b.data, "\"h\xc3\xa9 \xef\xbf\xbd\xef\xbf\xbd"
	    "\xef\xbf\xbd \xef\xbf\xbd\"");
}

/* Every byte at every place of a word, and runs of all lengths around it. */
static void
any_ascii_reads_back(void **state)
{
	struct fixture *f = *state;
	char text[40];
	unsigned c, at;
	json_t *v;

	for (c = 0; c < 128; c++)
		for (at = 0; at < 20; at++) {
			memset(text, 'a', sizeof(text));
			text[at] = (char)c;
			buf_reset(&f->b);
			jw_start(&f->w, &f->b);
			jw_strn(&f->w, text, at + 17);
			v = json_loadb(f->b.data, f->b.len,
			    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
			assert_non_null(v);
			assert_int_equal(json_string_length(v), at + 17);
			assert_memory_equal(json_string_value(v), text,
			    at + 17);
			json_decref(v);
		}
}

static void
any_bytes_give_valid_json(void **state)
{
	struct fixture *f = *state;
	uint64_t seed = 5;
	char text[64];
	unsigned i, k;
	json_t *v;

	for (i = 0; i < 5000; i++) {
		for (k = 0; k < sizeof(text); k++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			text[k] = (char)(seed >> (i % 2 ? 56 : 33));
		}
		buf_reset(&f->b);
		jw_start(&f->w, &f->b);
		jw_strn(&f->w, text, i % (sizeof(text) + 1));
		v = json_loadb(f->b.data, f->b.len,
		    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(v);
		json_decref(v);
	}
}

static void
depth_to_the_limit(void **state)
{
	struct fixture *f = *state;
	int i;

	for (i = 0; i < JSON_WRITE_DEPTH; i++)
		jw_array(&f->w);
	for (i = 0; i < JSON_WRITE_DEPTH; i++)
		jw_end(&f->w);
	assert_int_equal(f->b.len, 2 * JSON_WRITE_DEPTH);
}

static void
failed_buffer_is_survived(void **state)
{
	struct fixture *f = *state;

	assert_false(buf_reserve(&f->b, SIZE_MAX / 2));
	jw_object(&f->w);
	jw_put_str(&f->w, "a", "b\n");
	jw_put_real(&f->w, "c", 1e300);
	jw_end(&f->w);
	assert_true(f->b.failed);
}

static void
value_without_key(struct json_write *w)
{
	jw_object(w);
	jw_int(w, 1);
}

static void
key_in_array(struct json_write *w)
{
	jw_array(w);
	jw_key(w, "a");
}

static void
key_after_key(struct json_write *w)
{
	jw_object(w);
	jw_key(w, "a");
	jw_key(w, "b");
}

static void
end_after_key(struct json_write *w)
{
	jw_object(w);
	jw_key(w, "a");
	jw_end(w);
}

static void
end_of_nothing(struct json_write *w)
{
	jw_end(w);
}

static void
second_value(struct json_write *w)
{
	jw_null(w);
	jw_null(w);
}

static void
too_deep(struct json_write *w)
{
	int i;

	for (i = 0; i <= JSON_WRITE_DEPTH; i++)
		jw_array(w);
}

static void
misuse_aborts(void **state)
{
	static void (*const wrong[])(struct json_write *) = {
		value_without_key, key_in_array, key_after_key, end_after_key,
		end_of_nothing, second_value, too_deep,
	};
	struct fixture *f = *state;
	int status;
	size_t i;
	pid_t pid;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			signal(SIGABRT, SIG_DFL);
			close(STDERR_FILENO);
			wrong[i](&f->w);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) &&
		    WTERMSIG(status) == SIGABRT);
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(scopes_and_commas),
		T(a_value_alone),
		T(numbers_that_json_lacks_are_null),
		T(escapes),
		T(keys_are_escaped_too),
		T(invalid_utf8_is_replaced),
		T(any_ascii_reads_back),
		T(any_bytes_give_valid_json),
		T(depth_to_the_limit),
		T(failed_buffer_is_survived),
		T(misuse_aborts),
	};

	return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
