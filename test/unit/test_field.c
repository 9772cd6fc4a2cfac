/* test_field.c - numbers, codes, models, messages and log lines of devices */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "helio/field.h"

#define EXAMPLE "+BUFF:GTDOG,F50904,350000000000006,,,00,1,1,4.3,92,70.0," \
	"-73.985428,40.748817,20200701123456,0310,0410,0936,0C68860F,0.0,87," \
	"20200701123501,00D0$"

/* ---- check digits ---- */

static void
check_digits(void **state)
{
	/* ISO/IEC 7812-1; a well-known IMEI */
	assert_int_equal(helio_luhn_digit("49015420323751", 14), '8');
	assert_int_equal(helio_luhn_digit("7992739871", 10), '3');
	assert_true(helio_luhn_valid("490154203237518", 15));
	assert_false(helio_luhn_valid("490154203237519", 15));
	assert_false(helio_luhn_valid("49015420323751x", 15));
	assert_false(helio_luhn_valid("", 0));
	assert_true(helio_luhn_valid("0", 1));
}

static void
lengths(void **state)
{
	assert_true(helio_imei_valid("350000000000001", 15));
	assert_false(helio_imei_valid("35000000000000", 14));
	assert_false(helio_imei_valid("35000000000000a", 15));
	assert_true(helio_iccid_valid("8901000000000000019", 19));
	assert_true(helio_iccid_valid("89010000000000000190", 20));
	assert_false(helio_iccid_valid("890100000000000001F", 19));
	assert_false(helio_iccid_valid("890100000000000001", 18));
}

/* ---- scanning ---- */

/* What is found in a text that comes in pieces of `step` bytes, in an array
 * with room for `room`. */
static void
scan(const char *text, size_t len, size_t step, size_t room, struct buf *out)
{
	helio_scan state = { .n_kept = 0 };
	helio_number found[64];
	size_t n;

	for (size_t at = 0; at < len; at += step) {
		size_t left = len - at < step ? len - at : step;
		/* the exact size: reading beyond it is seen */
		char *piece = malloc(left);
		const char *s = piece;

		memcpy(piece, text + at, left);
		while (left > 0) {
			n = helio_scan_next(&state, &s, &left, found, room);
			for (size_t i = 0; i < n; i++)
				buf_addf(out, "%.*s ", (int)found[i].n,
				    found[i].digits);
		}
		free(piece);
	}
	n = helio_scan_end(&state, found);
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%.*s ", (int)found[i].n, found[i].digits);
}

/* One byte at a time, as it is defined. */
static void
scan_plainly(const char *text, size_t len, struct buf *out)
{
	size_t start = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && text[i] >= '0' && text[i] <= '9')
			continue;
		if (i - start == 15 || i - start == 19 || i - start == 20)
			buf_addf(out, "%.*s ", (int)(i - start),
			    text + start);
		start = i + 1;
	}
}

static void
expect_scan(const char *text, size_t len)
{
	static const size_t steps[] = { 1, 2, 7, 15, 16, 63, 64, 65, 100,
	    4096 };
	static const size_t rooms[] = { HELIO_SCAN_MIN, 9, 64 };
	struct buf wanted = BUF_INIT, got = BUF_INIT;

	scan_plainly(text, len, &wanted);
	buf_addc(&wanted, '.');
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		for (size_t j = 0; j < sizeof(rooms) / sizeof(rooms[0]); j++) {
			buf_reset(&got);
			scan(text, len, steps[i], rooms[j], &got);
			buf_addc(&got, '.');
			assert_string_equal(got.data, wanted.data);
		}
	}
	buf_free(&wanted);
	buf_free(&got);
}

static void
numbers_are_found_wherever_they_are(void **state)
{
	static const char *const texts[] = {
		"", "1", "350000000000006", "\"350000000000006\"",
		"IMEI350000000000006x", " 350000000000006\n350000000000014\r\n",
		"350000000000006,8901000000000000019",
		"3500000000000061", "35000000000000", "89010000000000000190",
		"890100000000000001901234567890123456789012345678901234567890"
		"1234567890123456789012345678901234567890 350000000000006",
		"/:;0123456789:0x350000000000006/350000000000014:",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_scan(texts[i], strlen(texts[i]));
}

static void
any_text_is_scanned_as_defined(void **state)
{
	static const char bytes[] = "0123456789012345678901234567890/:\n\xff";
	char text[1000];
	uint32_t random = 1;

	for (size_t round = 0; round < 100; round++) {
		/* digits are long runs, or there is nothing to find */
		unsigned gap = 10 + (unsigned)round % 30;

		for (size_t i = 0; i < sizeof(text); i++) {
			random = random * 1664525 + 1013904223;
			text[i] = (random >> 8) % gap != 0 ?
			    (char)('0' + (random >> 24) % 10) :
			    bytes[(random >> 20) % (sizeof(bytes) - 1)];
		}
		expect_scan(text, sizeof(text));
	}
}

/* ---- codes and models ---- */

static helio_models *
models(const char *text)
{
	helio_models *ret = NULL;
	helio_error error;

	assert_int_equal(helio_models_new(text, text != NULL ? strlen(text) :
	    0, &ret, &error), HELIO_DONE);
	return ret;
}

static void
device_codes(void **state)
{
	helio_device_code code;

	assert_true(helio_device_code_read("A8021A", 6, &code));
	assert_string_equal(code.type, "A8");
	assert_int_equal(code.major, 2);
	assert_int_equal(code.minor, 26);
	assert_true(helio_device_code_read("a8ffff", 6, &code));
	assert_string_equal(code.type, "a8");
	assert_int_equal(code.major, 255);
	assert_false(helio_device_code_read("A8021", 5, &code));
	assert_false(helio_device_code_read("A8021AA", 7, &code));
	assert_false(helio_device_code_read("A8021G", 6, &code));
}

static void
models_by_type_and_imei(void **state)
{
	helio_models *all = models(NULL);
	size_t pos = 0;

	assert_string_equal(helio_models_of_type(all, "EA"), "Model05");
	assert_null(helio_models_of_type(all, "ea"));
	assert_null(helio_models_of_type(all, "FF"));
	assert_string_equal(helio_models_of_imei(all, "001303000000007", 15,
	    &pos), "Model03_NEW");
	assert_null(helio_models_of_imei(all, "001303000000007", 15, &pos));
	pos = 0;
	assert_null(helio_models_of_imei(all, "00130300000000", 14, &pos));
	assert_null(helio_models_of_imei(all, "999999000000007", 15, &pos));
	helio_models_free(all);
}

static void
several_models_may_fit(void **state)
{
	helio_models *all = models("imei 35 A\r\n\n# x\nimei 3500 B # y\n"
	    "type 0f C");
	size_t pos = 0;

	assert_string_equal(helio_models_of_imei(all, "350000000000006", 15,
	    &pos), "A");
	assert_string_equal(helio_models_of_imei(all, "350000000000006", 15,
	    &pos), "B");
	assert_null(helio_models_of_imei(all, "350000000000006", 15, &pos));
	assert_string_equal(helio_models_of_type(all, "0f"), "C");
	helio_models_free(all);
}

static void
tables_that_are_none(void **state)
{
	static const char *const bad[] = {
		"x", "type A8", "type A8 B C", "type A B", "type A8B C",
		"type G0 A", "imei 1x A", "imei 1234567890123456 A",
		"tac 35 A",
	};
	helio_models *all;
	helio_error error;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct buf text = BUF_INIT;

		buf_addf(&text, "# first\n%s\n", bad[i]);
		assert_int_equal(helio_models_new(text.data, text.len, &all,
		    &error), HELIO_BAD_INPUT);
		assert_non_null(strstr(error.text, "line 2"));
		buf_free(&text);
	}
}

/* ---- messages ---- */

static void
a_message_is_read(void **state)
{
	helio_message message;
	helio_device_code code;
	const char *why;
	unsigned count;
	int64_t at_s;

	assert_true(helio_message_read(EXAMPLE, strlen(EXAMPLE), &message,
	    &why));
	assert_true(message.buffered);
	assert_int_equal(message.n, 21);
	assert_memory_equal(message.type.s, "GTDOG", message.type.n);
	assert_true(helio_message_code(&message, &code));
	assert_string_equal(code.type, "F5");
	assert_int_equal(code.major, 9);
	assert_int_equal(code.minor, 4);
	assert_true(helio_message_locked(&message, &at_s));
	assert_int_equal(at_s, 1593606896);
	assert_true(helio_message_sent(&message, &at_s));
	assert_int_equal(at_s, 1593606901);
	assert_true(helio_message_count(&message, &count));
	assert_int_equal(count, 0xd0);
	assert_int_equal(helio_message_field(&message, 99).n, 0);
}

static void
messages_that_are_none(void **state)
{
	static const char *const bad[] = {
		"", "$", "+$", "+BUFF$", "+BUFF:$", "+:GTDOG$", "BUFF:GTDOG$",
		"+buff:GTDOG,1$", "+BUFF:GTDOG,1", "+BU FF:GTDOG,1$",
	};
	helio_message message;
	const char *why;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = NULL;
		assert_false(helio_message_read(bad[i], strlen(bad[i]),
		    &message, &why));
		assert_non_null(why);
	}
	assert_true(helio_message_read("+ACK:GTRTO$", 11, &message, &why));
	assert_int_equal(message.n, 0);
	assert_false(helio_message_sent(&message, &(int64_t){ 0 }));
	assert_false(helio_message_locked(&message, &(int64_t){ 0 }));
	assert_false(helio_message_count(&message, &(unsigned){ 0 }));
}

static bool
read_time(const char *text, int64_t *ret)
{
	return helio_message_time((helio_span){ text, strlen(text) }, ret);
}

static void
times_have_24_hours(void **state)
{
	int64_t at_s;

	assert_true(read_time("20200229235959", &at_s));
	assert_int_equal(at_s, 1583020799);
	assert_false(read_time("20200229240000", &at_s));
	assert_false(read_time("20190229000000", &at_s));
	assert_false(read_time("20201301000000", &at_s));
	assert_false(read_time("2020010100000", &at_s));
	assert_false(read_time("2020010100000x", &at_s));
	assert_false(read_time("20200101006000", &at_s));
}

/* ---- log lines ---- */

static void
expect_line(const char *before, enum helio_receipt receipt, int64_t at_us)
{
	helio_log_line line;
	struct buf text = BUF_INIT;

	buf_addf(&text, "%s%s\"\r", before, EXAMPLE);
	assert_true(helio_log_line_read(text.data, text.len, &line));
	assert_int_equal(line.message.n, strlen(EXAMPLE));
	assert_int_equal(line.receipt, receipt);
	if (receipt != HELIO_RECEIPT_NONE)
		assert_int_equal(line.received_us, at_us);
	buf_free(&text);
}

static void
lines_of_every_export(void **state)
{
	const int64_t at_us = INT64_C(1593606902789000);

	expect_line("", HELIO_RECEIPT_NONE, 0);
	expect_line("2020-07-01 12:35:02.789,\"", HELIO_RECEIPT_LOCAL, at_us);
	expect_line("2020-07-01T12:35:02.789,\"", HELIO_RECEIPT_LOCAL, at_us);
	expect_line("2020-07-01T12:35:02.789Z id INFO ", HELIO_RECEIPT_UTC,
	    at_us);
	expect_line("2020-07-01T08:35:02.789000-04:00 stream ",
	    HELIO_RECEIPT_UTC, at_us);
	expect_line("1593606902789,\"", HELIO_RECEIPT_UTC, at_us);
	expect_line("EVENTS\t1593606902789\t", HELIO_RECEIPT_UTC, at_us);
	expect_line("{\"timestamp\": 1593606902789, \"message\": \"",
	    HELIO_RECEIPT_UTC, at_us);
	expect_line("15936069027890,\"", HELIO_RECEIPT_NONE, 0);
	expect_line("2020-13-01 12:35:02,\"", HELIO_RECEIPT_NONE, 0);
}

static void
lines_without_a_message(void **state)
{
	static const char *const none[] = {
		"", "START RequestId: 1+1", "+BUFF:XX,1$", "+BUFF:GTDOG,cut",
		"$+BUFF:GTDOG", "+:GTX$", "+",
	};
	helio_log_line line;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(helio_log_line_read(none[i], strlen(none[i]),
		    &line));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_digits),
		cmocka_unit_test(lengths),
		cmocka_unit_test(numbers_are_found_wherever_they_are),
		cmocka_unit_test(any_text_is_scanned_as_defined),
		cmocka_unit_test(device_codes),
		cmocka_unit_test(models_by_type_and_imei),
		cmocka_unit_test(several_models_may_fit),
		cmocka_unit_test(tables_that_are_none),
		cmocka_unit_test(a_message_is_read),
		cmocka_unit_test(messages_that_are_none),
		cmocka_unit_test(times_have_24_hours),
		cmocka_unit_test(lines_of_every_export),
		cmocka_unit_test(lines_without_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
