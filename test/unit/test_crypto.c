/* test_crypto.c - against published vectors */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/crypto.h"

static int
start(void **state)
{
	return crypto_start() ? 0 : -1;
}

static void
start_may_be_repeated(void **state)
{
	assert_true(crypto_start());
}

/* FIPS 180-4 examples */
static void
sha256_vectors(void **state)
{
	char hex[HASH_HEX_SIZE];

	sha256_hex("", 0, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	sha256_hex("abc", 3, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
}

/* RFC 4231 case 2 */
static void
hmac_vector(void **state)
{
	const char *text = "what do ya want for nothing?";
	struct hmac_part part = { text, strlen(text) };
	char hex[HASH_HEX_SIZE];

	hmac_sha256_hex("Jefe", 4, &part, 1, hex);
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");
}

/* RFC 4231 case 6: a key longer than the block */
static void
hmac_long_key(void **state)
{
	const char *text =
	    "Test Using Larger Than Block-Size Key - Hash Key First";
	struct hmac_part part = { text, strlen(text) };
	char key[131], hex[HASH_HEX_SIZE];

	memset(key, 0xaa, sizeof(key));
	hmac_sha256_hex(key, sizeof(key), &part, 1, hex);
	assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54");
}

static void
hmac_joins_parts_by_line_feeds(void **state)
{
	struct hmac_part whole = { "GET\n/v1/rc_data\n\nx", 18 };
	struct hmac_part part[] = {
		{ "GET", 3 }, { "/v1/rc_data", 11 }, { NULL, 0 }, { "x", 1 },
	};
	char one[HASH_HEX_SIZE], other[HASH_HEX_SIZE];

	hmac_sha256_hex("k", 1, &whole, 1, one);
	hmac_sha256_hex("k", 1, part, 4, other);
	assert_string_equal(one, other);
	hmac_sha256_hex("k", 1, part, 3, other);
	assert_string_not_equal(one, other);
}

static void
equal_looks_at_every_byte(void **state)
{
	assert_true(crypto_equal("abc", "abc", 3));
	assert_false(crypto_equal("abc", "abd", 3));
	assert_false(crypto_equal("xbc", "abc", 3));
	assert_true(crypto_equal("abc", "abd", 2));
	assert_true(crypto_equal("", "", 0));
}

static void
tokens_are_64_letters_and_differ(void **state)
{
	char a[TOKEN_SIZE], b[TOKEN_SIZE];

	token_new(a);
	token_new(b);
	assert_int_equal(strlen(a), TOKEN_SIZE - 1);
	assert_int_equal(strspn(a, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz"), TOKEN_SIZE - 1);
	assert_string_not_equal(a, b);
}

static void
random_stays_below(void **state)
{
	bool seen[5] = { false };
	int i;

	for (i = 0; i < 1000; i++) {
		uint32_t r = random_below(5);

		assert_in_range(r, 0, 4);
		seen[r] = true;
	}
	for (i = 0; i < 5; i++)
		assert_true(seen[i]);
	assert_int_equal(random_below(1), 0);
}

static void
password_is_verified(void **state)
{
	char hash[PASSWORD_HASH_SIZE], again[PASSWORD_HASH_SIZE];
	struct helio_err err;

	err_clear(&err);
	assert_int_equal(password_hash("s3cret", hash, &err), HELIO_OK);
	assert_int_equal(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31),
	    0);
	assert_true(password_verify(hash, "s3cret"));
	assert_false(password_verify(hash, "s3cre"));
	assert_false(password_verify(hash, ""));
	assert_int_equal(password_hash("s3cret", again, &err), HELIO_OK);
	assert_string_not_equal(hash, again);
}

static void
broken_hash_verifies_nothing(void **state)
{
	assert_false(password_verify("", "x"));
	assert_false(password_verify("$argon2id$v=19$m=19456", "x"));
	assert_false(password_verify("plain", "plain"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_may_be_repeated),
		cmocka_unit_test(sha256_vectors),
		cmocka_unit_test(hmac_vector),
		cmocka_unit_test(hmac_long_key),
		cmocka_unit_test(hmac_joins_parts_by_line_feeds),
		cmocka_unit_test(equal_looks_at_every_byte),
		cmocka_unit_test(tokens_are_64_letters_and_differ),
		cmocka_unit_test(random_stays_below),
		cmocka_unit_test(password_is_verified),
		cmocka_unit_test(broken_hash_verifies_nothing),
	};

	return cmocka_run_group_tests_name("crypto", tests, start, NULL);
}
