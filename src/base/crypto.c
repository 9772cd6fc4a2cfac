/* crypto.c - hashes, signatures, passwords and random text over libsodium */
#include "base/crypto.h"

#include <sodium.h>
#include <string.h>

enum {
	PASSWORD_PASSES = 2,
	PASSWORD_MEMORY = 19 * 1024 * 1024,
};

_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES,
    "a hash must fit");
_Static_assert(HASH_HEX_SIZE == 2 * crypto_hash_sha256_BYTES + 1,
    "hex of SHA-256 must fit");

bool
crypto_start(void)
{
	return sodium_init() >= 0;
}

void
sha256_hex(const void *data, size_t n, char out[HASH_HEX_SIZE])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, data, n);
	sodium_bin2hex(out, HASH_HEX_SIZE, hash, sizeof(hash));
}

void
hmac_sha256_hex(const void *key, size_t key_n, const struct hmac_part *part,
    size_t n_parts, char out[HASH_HEX_SIZE])
{
	crypto_auth_hmacsha256_state st;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	size_t i;

	crypto_auth_hmacsha256_init(&st, key, key_n);
	for (i = 0; i < n_parts; i++) {
		if (i > 0)
			crypto_auth_hmacsha256_update(&st,
			    (const unsigned char *)"\n", 1);
		crypto_auth_hmacsha256_update(&st, part[i].data, part[i].n);
	}
	crypto_auth_hmacsha256_final(&st, mac);
	sodium_bin2hex(out, HASH_HEX_SIZE, mac, sizeof(mac));
	sodium_memzero(&st, sizeof(st));
}

bool
crypto_equal(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

void
token_new(char out[TOKEN_SIZE])
{
	static const char alphabet[] = "0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t i;

	for (i = 0; i < TOKEN_SIZE - 1; i++)
		out[i] = alphabet[randombytes_uniform(sizeof(alphabet) - 1)];
	out[i] = '\0';
}

uint32_t
random_below(uint32_t limit)
{
	return randombytes_uniform(limit);
}

enum helio_rc
password_hash(const char *password, char out[PASSWORD_HASH_SIZE],
    struct helio_err *err)
{
	char hash[PASSWORD_HASH_SIZE];

	if (crypto_pwhash_str_alg(hash, password, strlen(password),
	    PASSWORD_PASSES, PASSWORD_MEMORY,
	    crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_set(err, HELIO_E_NO_MEMORY,
		    "no memory to hash the password");
	memcpy(out, hash, sizeof(hash));
	return HELIO_OK;
}

bool
password_verify(const char *hash, const char *password)
{
	return crypto_pwhash_str_verify(hash, password,
	    strlen(password)) == 0;
}
