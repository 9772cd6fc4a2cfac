/* Serial numbers: layout and check character. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/serial.h"

/* The example of the standard's users: GRid A1-2425G-ABC1234002-M. */
static void
known_check_character(void **state)
{
	assert_int_equal(serial_check("A12425GABC1234002"), 'M');
}

static void
dashes_do_not_count(void **state)
{
	assert_int_equal(serial_check("A1-2425G-ABC1234002"), 'M');
}

static void
any_single_error_is_seen(void **state)
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char text[] = "HB000501084031";
	char good = serial_check(text), kept;
	size_t i, k;

	for (i = 0; i < sizeof(text) - 1; i++) {
		kept = text[i];
		for (k = 0; k < sizeof(letters) - 1; k++) {
			text[i] = letters[k];
			if (letters[k] != kept)
				assert_int_not_equal(serial_check(text), good);
		}
		text[i] = kept;
	}
}

static void
layout(void **state)
{
	char out[SERIAL_SIZE];

	serial_format("HB000501", 84031, out);
	assert_string_equal(out, "HB000501-084031-0");
	serial_format("BX0020", 1, out);
	assert_int_equal(out[13], '-');
	assert_int_equal(out[15], '\0');
}

static void
large_numbers_grow(void **state)
{
	char out[SERIAL_SIZE];

	serial_format("PA040000", 12345678, out);
	assert_memory_equal(out, "PA040000-12345678-", 18);
	serial_format("123456789012345", INT64_MAX, out);
	assert_memory_equal(out, "123456789012-9223372036854775807-", 33);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_check_character),
		cmocka_unit_test(dashes_do_not_count),
		cmocka_unit_test(any_single_error_is_seen),
		cmocka_unit_test(layout),
		cmocka_unit_test(large_numbers_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
