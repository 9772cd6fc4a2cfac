/* test_rc.c - result codes, errors, and the small values beside them */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rc.h"
#include "base/utf8.h"
#include "base/value.h"

static void
rows_are_complete_and_codes_unique(void **state)
{
	int i, j;

	for (i = 0; i < HELIO_RC_MAX; i++) {
		assert_int_equal(strlen(rc_code(i)), 4);
		assert_int_equal(rc_code(i)[0], 'H');
		assert_in_range(rc_status(i), 200, 599);
		assert_true(strlen(rc_text(i)) > 0);
		for (j = 0; j < i; j++)
			assert_string_not_equal(rc_code(i), rc_code(j));
	}
	assert_int_equal(rc_status(HELIO_E_NOT_FOUND), 404);
}

static void
unknown_code_is_internal(void **state)
{
	assert_string_equal(rc_code(HELIO_RC_MAX), "H500");
	assert_int_equal(rc_status((enum helio_rc)-1), 500);
}

static void
message_or_text_of_the_code(void **state)
{
	struct helio_err err;

	err_clear(&err);
	assert_string_equal(err_message(&err), "Done");
	assert_int_equal(err_set(&err, HELIO_E_BUSY, "waited %d ms", 5),
	    HELIO_E_BUSY);
	assert_string_equal(err_message(&err), "waited 5 ms");
	err_set(&err, HELIO_E_BUSY, "%s", "");
	assert_string_equal(err_message(&err), rc_text(HELIO_E_BUSY));
}

static void
first_text_per_field_wins(void **state)
{
	struct helio_err err;

	err_clear(&err);
	assert_int_equal(err_field(&err, "name", "is %s", "missing"),
	    HELIO_E_INVALID);
	err_field(&err, "name", "is odd");
	err_field(&err, "date", "is no date");
	assert_int_equal(err.n_faults, 2);
	assert_string_equal(err.fault[0].field, "name");
	assert_string_equal(err.fault[0].text, "is missing");
	assert_string_equal(err.fault[1].field, "date");
}

static void
field_keeps_an_earlier_failure(void **state)
{
	struct helio_err err;

	err_clear(&err);
	err_set(&err, HELIO_E_CONSTRAINT, "key");
	assert_int_equal(err_field(&err, "a", "b"), HELIO_E_CONSTRAINT);
	assert_int_equal(err.rc, HELIO_E_CONSTRAINT);
}

static void
faults_are_bounded(void **state)
{
	struct helio_err err;
	char name[100];
	int i;

	err_clear(&err);
	for (i = 0; i < HELIO_FAULTS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		err_field(&err, name, "bad");
	}
	assert_int_equal(err.n_faults, HELIO_FAULTS_MAX);
	err_clear(&err);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	err_field(&err, name, "bad");
	err_field(&err, name, "bad");
	assert_int_equal(err.n_faults, 1);
}

static void
long_text_is_cut_between_characters(void **state)
{
	struct helio_err err;
	char text[600];
	size_t pad, i;

	for (pad = 0; pad < 4; pad++) {
		memset(text, 'a', pad);
		for (i = pad; i + 4 < sizeof(text); i += 4)
			memcpy(text + i, "\xf0\x9f\x8c\x9e", 4);
		text[i] = '\0';
		err_clear(&err);
		err_set(&err, HELIO_E_BAD, "%s", text);
		err_field(&err, "f", "%s", text);
		assert_true(strlen(err.message) > sizeof(err.message) - 5);
		assert_true(utf8_valid(err.message, strlen(err.message)));
		assert_true(utf8_valid(err.fault[0].text,
		    strlen(err.fault[0].text)));
	}
}

static void
values_compare_by_type_and_content(void **state)
{
	assert_true(value_equal(value_null(), value_text(NULL)));
	assert_true(value_equal(value_int(3), value_int(3)));
	assert_false(value_equal(value_int(3), value_int(4)));
	assert_false(value_equal(value_int(3), value_float(3)));
	assert_true(value_equal(value_float(0.5), value_float(0.5)));
	assert_false(value_equal(value_float(NAN), value_float(NAN)));
	assert_true(value_equal(value_text("ab"), value_textn("abc", 2)));
	assert_false(value_equal(value_text("ab"), value_text("ac")));
	assert_false(value_equal(value_text("ab"), value_blob("ab", 2)));
	assert_true(value_equal(value_blob(NULL, 0), value_blob("x", 0)));
}

/* Send standard error to a pipe while logging; what arrived is in `out`. */
static void
capture(char *out, size_t size, const char *text, int number)
{
	int fds[2], saved;
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	saved = dup(STDERR_FILENO);
	dup2(fds[1], STDERR_FILENO);
	errno = ENOENT;
	log_event(LOG_WARN, "test.event", "path=" LOG_TEXT " n=%*d",
	    LOG_ARG(text), number, 1);
	assert_int_equal(errno, ENOENT);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	n = read(fds[0], out, size - 1);
	close(fds[0]);
	assert_true(n >= 0);
	out[n] = '\0';
}

static void
log_line_has_its_parts(void **state)
{
	char line[4096];

	capture(line, sizeof(line), "/v1", 1);
	assert_int_equal(line[10], 'T');
	assert_string_equal(strchr(line, 'Z'),
	    "Z level=warn event=test.event path=\"/v1\" n=1\n");
	capture(line, sizeof(line), NULL, 1);
	assert_non_null(strstr(line, "path=\"\" n=1\n"));
}

static void
log_line_cannot_be_forged(void **state)
{
	char line[4096];

	capture(line, sizeof(line), "a\nlevel=error\r\x1b[2J\x7f", 1);
	assert_non_null(strstr(line, "\"a?level=error??[2J?\""));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void
log_line_is_bounded(void **state)
{
	char line[8192];

	capture(line, sizeof(line), "x", 6000);
	assert_int_equal(strlen(line), 2048);
	assert_int_equal(line[2047], '\n');
}

static void
log_level_silences(void **state)
{
	char line[4096];

	assert_int_equal(log_level(), LOG_INFO);
	log_set_level(LOG_ERROR);
	capture(line, sizeof(line), "x", 1);
	log_set_level(LOG_INFO);
	assert_string_equal(line, "");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_complete_and_codes_unique),
		cmocka_unit_test(unknown_code_is_internal),
		cmocka_unit_test(message_or_text_of_the_code),
		cmocka_unit_test(first_text_per_field_wins),
		cmocka_unit_test(field_keeps_an_earlier_failure),
		cmocka_unit_test(faults_are_bounded),
		cmocka_unit_test(long_text_is_cut_between_characters),
		cmocka_unit_test(values_compare_by_type_and_content),
		cmocka_unit_test(log_line_has_its_parts),
		cmocka_unit_test(log_line_cannot_be_forged),
		cmocka_unit_test(log_line_is_bounded),
		cmocka_unit_test(log_level_silences),
	};

	return cmocka_run_group_tests_name("rc", tests, NULL, NULL);
}
