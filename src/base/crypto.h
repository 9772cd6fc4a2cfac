/*
 * The few cryptographic pieces we use, over libsodium.  Call crypto_start()
 * once before anything else.
 */
#ifndef HELIO_BASE_CRYPTO_H
#define HELIO_BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

enum {
	HASH_HEX_SIZE = 65,		/* 32 bytes as lower-case hex, with NUL */
	PASSWORD_HASH_SIZE = 128,	/* crypto_pwhash_STRBYTES */
	TOKEN_SIZE = 65,		/* 64 characters and NUL */
};

/* false: the library or the system's randomness is not usable. */
bool	crypto_start(void);
/* Lower-case hex SHA-256 (FIPS 180-4). */
void	sha256_hex(const void *, size_t, char out[HASH_HEX_SIZE]);

/* Lower-case hex HMAC-SHA256 (RFC 2104) over the parts joined by LF, the
 * form that the unit protocol signs (DESIGN section 6). */
struct hmac_part {
	const void	*data;
	size_t		 n;
};
void	hmac_sha256_hex(const void *key, size_t key_n,
	    const struct hmac_part *, size_t n_parts, char out[HASH_HEX_SIZE]);
/* Equal in constant time; both n bytes long. */
bool	crypto_equal(const void *, const void *, size_t n);

/* 64 random characters [0-9A-Za-z]. */
void	token_new(char out[TOKEN_SIZE]);
/* Uniform below limit (> 0), from the system's randomness. */
uint32_t random_below(uint32_t limit);

/*
 * argon2id, 19 MiB and 2 passes (OWASP's first choice).  Takes some 20 ms and
 * that memory: call it on a worker, never on an event loop.
 * HELIO_E_NO_MEMORY when the memory is not to be had.
 */
enum helio_rc password_hash(const char *password, char out[PASSWORD_HASH_SIZE],
	    struct helio_err *);
/* True when the password is the one hashed; costs the same. */
bool	password_verify(const char *hash, const char *password);

#endif
