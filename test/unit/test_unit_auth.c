/* The unit's credentials: read to the letter, verified, signed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device/unit_auth.h"

#define SIG "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define KEY "4ab1ab3ab1ab7ab9ab1ab4ab"

static const struct unit_request request = {
	.method = "POST", .target = "/v1/rc_data?a=1", .body = "{}",
	.body_len = 2,
};

static void
good_header(void **state)
{
	struct unit_auth auth;

	assert_true(unit_auth_parse("Unit 010-Ab:42:" SIG, &auth));
	assert_false(auth.basic);
	assert_string_equal(auth.imei, "010-Ab");
	assert_int_equal(auth.sequence, 42);
	assert_string_equal(auth.signature, SIG);
}

static void
sequence_bounds(void **state)
{
	struct unit_auth auth;

	assert_true(unit_auth_parse("Unit 1:1:" SIG, &auth));
	assert_true(unit_auth_parse("Unit 1:9223372036854775807:" SIG, &auth));
	assert_true(auth.sequence == INT64_MAX);
	assert_false(unit_auth_parse("Unit 1:9223372036854775808:" SIG, &auth));
	assert_false(unit_auth_parse("Unit 1:99999999999999999999:" SIG, &auth));
	assert_false(unit_auth_parse("Unit 1:0:" SIG, &auth));
	assert_false(unit_auth_parse("Unit 1:01:" SIG, &auth));
	assert_false(unit_auth_parse("Unit 1:-1:" SIG, &auth));
	assert_false(unit_auth_parse("Unit 1:+1:" SIG, &auth));
	assert_false(unit_auth_parse("Unit 1::" SIG, &auth));
}

static void
bad_headers(void **state)
{
	static const char *const bad[] = {
		"", "Unit", "Unit ", "Unit :", "Unit ::", "Unit 1", "Unit 1:1",
		"Unit 1:1:", "Unit 1:1:abc", "Unit 1:1:" SIG "0",
		"Unit 1:1:" SIG " ", "Unit  1:1:" SIG, " Unit 1:1:" SIG,
		"Unit 1 :1:" SIG, "Unit 12345678901234567:1:" SIG,
		"Unit a_b:1:" SIG, "Unit \xc3\xa9:1:" SIG, "Token token=x",
		"Unit 1:1:0123456789ABCDEF0123456789abcdef0123456789abcdef"
		"0123456789abcdef",
	};
	struct unit_auth auth = { .sequence = 77 };
	size_t i;

	assert_false(unit_auth_parse(NULL, &auth));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(unit_auth_parse(bad[i], &auth));
	assert_int_equal(auth.sequence, 77);
}

static void
truncated_anywhere(void **state)
{
	static const char whole[] = "Unit 0101012345:123456:" SIG;
	char cut[sizeof(whole)];
	struct unit_auth auth;
	size_t n;

	for (n = 0; n < sizeof(whole) - 1; n++) {
		memcpy(cut, whole, n);
		cut[n] = '\0';
		assert_false(unit_auth_parse(cut, &auth));
	}
}

static void
basic_header(void **state)
{
	struct unit_auth auth;

	/* 010101234560005:4ab1ab3ab1ab7ab9ab1ab4ab */
	assert_true(unit_auth_parse("Basic MDEwMTAxMjM0NTYwMDA1OjRhYjFhYjNhYjFh"
	    "YjdhYjlhYjFhYjRhYg==", &auth));
	assert_true(auth.basic);
	assert_int_equal(auth.sequence, 0);
	assert_string_equal(auth.imei, "010101234560005");
	assert_string_equal(auth.key, KEY);
	assert_true(unit_auth_verify(&auth, KEY, &request));
	assert_false(unit_auth_verify(&auth, "4ab1ab3ab1ab7ab9ab1ab4ac",
	    &request));
	assert_false(unit_auth_verify(&auth, "4ab1", &request));
	assert_false(unit_auth_verify(&auth, "", &request));
}

static void
basic_key_with_colon(void **state)
{
	struct unit_auth auth;

	assert_true(unit_auth_parse("Basic MTphOmI=", &auth));	/* 1:a:b */
	assert_string_equal(auth.key, "a:b");
}

static void
bad_basic(void **state)
{
	static const char *const bad[] = {
		"Basic ", "Basic =", "Basic ====", "Basic MQ==", "Basic MTo=",
		"Basic OmE=", "Basic M:ph", "Basic MTphO",
		"Basic MTph====", "Basic MToA", "Basic MT=h",
		"Basic MTphMTphMTphMTphMTphMTphMTphMTphMTphMTphMTphMTphMTphMTph"
		"MTph",
	};
	struct unit_auth auth;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(unit_auth_parse(bad[i], &auth));
}

/* Computed with Python's hmac and hashlib, as the one of the reply. */
#define SIGNED "b191ba0aa6af8824313d56b0e273be6985d4791e6747276b6099de3ce946ea01"

static void
known_signature(void **state)
{
	struct unit_auth auth;

	assert_true(unit_auth_parse("Unit 010101234560005:7:" SIGNED, &auth));
	assert_true(unit_auth_verify(&auth, KEY, &request));
}

static void
everything_is_signed(void **state)
{
	struct unit_auth auth, other;
	struct unit_request changed;

	assert_true(unit_auth_parse("Unit 010101234560005:7:" SIGNED, &auth));
	changed = request;
	changed.method = "GET";
	assert_false(unit_auth_verify(&auth, KEY, &changed));
	changed = request;
	changed.target = "/v1/rc_data?a=2";
	assert_false(unit_auth_verify(&auth, KEY, &changed));
	changed = request;
	changed.body = "{ ";
	assert_false(unit_auth_verify(&auth, KEY, &changed));
	other = auth;
	other.sequence = 8;
	assert_false(unit_auth_verify(&other, KEY, &request));
	assert_false(unit_auth_verify(&auth, "another key", &request));
}

static void
reply_signature(void **state)
{
	char out[HASH_HEX_SIZE];

	unit_auth_sign(KEY, 200, 7, "{\"a\":1}", 7, out);
	assert_string_equal(out, "efc95ca63fb40b3d582a73249f3a6c3691f8cc6ede81dbf65f84f99db47ef768");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_header),
		cmocka_unit_test(sequence_bounds),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(truncated_anywhere),
		cmocka_unit_test(basic_header),
		cmocka_unit_test(basic_key_with_colon),
		cmocka_unit_test(bad_basic),
		cmocka_unit_test(known_signature),
		cmocka_unit_test(everything_is_signed),
		cmocka_unit_test(reply_signature),
	};

	if (!crypto_start())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
