/* The unit's signature: reading, checking, and signing replies. */
#include "device/unit_auth.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"

enum {
	SEQUENCE_DIGITS = 19,	/* of 2^63 - 1 */
	HEX_LEN = HASH_HEX_SIZE - 1,
	BASIC_MAX = UNIT_IMEI_MAX + 1 + UNIT_KEY_MAX + 2,
};

static const char digits[] = "0123456789";
static const char hex_digits[] = "0123456789abcdef";

static bool
is_imei(const char *text, size_t n)
{
	size_t i;

	if (n == 0 || n > UNIT_IMEI_MAX)
		return false;
	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '-')
			return false;
	return true;
}

/* Decimal, 1 to 2^63-1, no leading zero; ends at `end`. */
static bool
read_sequence(const char *text, size_t n, int64_t *ret)
{
	int64_t value = 0;
	size_t i;

	if (n == 0 || n > SEQUENCE_DIGITS || text[0] == '0')
		return false;
	for (i = 0; i < n; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, text[i] - '0', &value))
			return false;
	*ret = value;
	return true;
}

/* <imei>:<sequence>:<signature> */
static bool
parse_signed(const char *text, struct unit_auth *auth)
{
	size_t n = strcspn(text, ":");

	if (text[n] != ':' || !is_imei(text, n))
		return false;
	memcpy(auth->imei, text, n);
	text += n + 1;
	n = strspn(text, digits);
	if (text[n] != ':' || !read_sequence(text, n, &auth->sequence))
		return false;
	text += n + 1;
	n = strspn(text, hex_digits);
	if (n != HEX_LEN || text[n] != '\0')
		return false;
	memcpy(auth->signature, text, HEX_LEN);
	return true;
}

/* base64 of <imei>:<device_key> */
static bool
parse_basic(const char *text, struct unit_auth *auth)
{
	char plain[BASIC_MAX + 1] = "";
	size_t n = 0, imei_len, i;

	if (!base64_text(text, plain, sizeof(plain), &n))
		return false;
	imei_len = strcspn(plain, ":");
	if (plain[imei_len] != ':' || !is_imei(plain, imei_len))
		return false;
	memcpy(auth->imei, plain, imei_len);
	i = imei_len + 1;
	if (n - i == 0 || n - i > UNIT_KEY_MAX)
		return false;
	memcpy(auth->key, plain + i, n - i);
	auth->basic = true;
	return true;
}

static const struct {
	const char	*name;
	bool		(*parse)(const char *, struct unit_auth *);
} schemes[] = {
	{ "Unit ", parse_signed },
	{ "Basic ", parse_basic },
};

bool
unit_auth_parse(const char *header, struct unit_auth *ret)
{
	struct unit_auth auth;
	size_t i, n;

	if (header == NULL)
		return false;
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		n = strlen(schemes[i].name);
		if (strncasecmp(header, schemes[i].name, n) != 0)
			continue;
		memset(&auth, 0, sizeof(auth));
		if (!schemes[i].parse(header + n, &auth))
			return false;
		*ret = auth;
		return true;
	}
	return false;
}

static struct hmac_part
part(const char *text)
{
	return (struct hmac_part){ text, strlen(text) };
}

static bool
verify_signature(const struct unit_auth *auth, const char *device_key,
    const struct unit_request *request)
{
	char sequence[24], hash[HASH_HEX_SIZE], wanted[HASH_HEX_SIZE];
	struct hmac_part parts[4];

	snprintf(sequence, sizeof(sequence), "%" PRId64, auth->sequence);
	sha256_hex(request->body, request->body_len, hash);
	parts[0] = part(request->method);
	parts[1] = part(request->target);
	parts[2] = part(sequence);
	parts[3] = part(hash);
	hmac_sha256_hex(device_key, strlen(device_key), parts, 4, wanted);
	return crypto_equal(wanted, auth->signature, HEX_LEN);
}

bool
unit_auth_verify(const struct unit_auth *auth, const char *device_key,
    const struct unit_request *request)
{
	char padded[UNIT_KEY_MAX + 1] = "";
	size_t n = strlen(device_key);

	if (!auth->basic)
		return verify_signature(auth, device_key, request);
	if (n == 0 || n > UNIT_KEY_MAX)
		return false;
	memcpy(padded, device_key, n);
	return crypto_equal(padded, auth->key, sizeof(padded));
}

void
unit_auth_sign(const char *device_key, unsigned status, int64_t sequence,
    const char *body, size_t body_len, char out[HASH_HEX_SIZE])
{
	char first[16], second[24], hash[HASH_HEX_SIZE];
	struct hmac_part parts[3];

	snprintf(first, sizeof(first), "%u", status);
	snprintf(second, sizeof(second), "%" PRId64, sequence);
	sha256_hex(body, body_len, hash);
	parts[0] = part(first);
	parts[1] = part(second);
	parts[2] = part(hash);
	hmac_sha256_hex(device_key, strlen(device_key), parts, 3, out);
}
