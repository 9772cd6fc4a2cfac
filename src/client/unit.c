/* The device side: signed requests, and signed replies checked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "client/internal.h"

enum { IMEI_MAX = 16, KEY_MAX = 24 };

struct helio_unit {
	helio_http	*http;
	char		 imei[IMEI_MAX + 1];
	char		 key[KEY_MAX + 1];
	int64_t		 sequence;
};

helio_code
helio_unit_new(const helio_options *options, const char *imei,
    const char *device_key, int64_t sequence, helio_unit **ret,
    helio_error *error)
{
	helio_unit *unit;
	helio_code code;

	if (options->url == NULL || strlen(imei) > IMEI_MAX ||
	    strlen(device_key) > KEY_MAX || sequence < 0)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "a unit needs a URL, an IMEI and a device key");
	unit = calloc(1, sizeof(*unit));
	if (unit == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	/* a retry would need a sequence number of its own */
	code = http_for(options, NULL, 0, &unit->http, error);
	if (code != HELIO_DONE) {
		helio_unit_free(unit);
		return code;
	}
	strcpy(unit->imei, imei);
	strcpy(unit->key, device_key);
	unit->sequence = sequence;
	*ret = unit;
	return HELIO_DONE;
}

void
helio_unit_free(helio_unit *unit)
{
	if (unit == NULL)
		return;
	helio_http_free(unit->http);
	explicit_bzero(unit->key, sizeof(unit->key));
	free(unit);
}

int64_t
helio_unit_sequence(const helio_unit *unit)
{
	return unit->sequence;
}

/* HMAC over texts joined by line feeds, with the unit's key. */
static void
sign(const helio_unit *unit, const char *const *texts, size_t n,
    char out[HASH_HEX_SIZE])
{
	struct hmac_part parts[4];

	for (size_t i = 0; i < n; i++)
		parts[i] = (struct hmac_part){ texts[i], strlen(texts[i]) };
	hmac_sha256_hex(unit->key, strlen(unit->key), parts, n, out);
}

static bool
reply_signed(const helio_unit *unit, const helio_reply *reply,
    const char *sequence)
{
	char status[16], hash[HASH_HEX_SIZE], wanted[HASH_HEX_SIZE];
	const char *texts[] = { status, sequence, hash };
	const char *given = helio_reply_header(reply, "X-Helio-Signature");
	size_t n;
	const char *body = helio_reply_body(reply, &n);

	snprintf(status, sizeof(status), "%d", reply->status);
	sha256_hex(body, n, hash);
	sign(unit, texts, 3, wanted);
	return given != NULL && strlen(given) == HASH_HEX_SIZE - 1 &&
	    crypto_equal(given, wanted, HASH_HEX_SIZE - 1);
}

/* One request as it goes out. */
struct message {
	const char	*method, *path, *body;
	size_t		 n;
};

static helio_code
send_one(helio_unit *unit, const struct message *message,
    const char *authorization, helio_reply **ret, helio_error *error)
{
	helio_call *call = helio_call_new(message->method, message->path);
	helio_code code;

	if (call == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	helio_call_header(call, "Authorization", authorization);
	if (message->body != NULL)
		helio_call_body(call, NULL, message->body, message->n);
	code = helio_http_send(unit->http, call, ret, error);
	helio_call_free(call);
	return code;
}

static helio_code
send_signed(helio_unit *unit, const struct message *message,
    helio_reply **ret, helio_error *error)
{
	char sequence[24], hash[HASH_HEX_SIZE], signature[HASH_HEX_SIZE];
	char header[160];
	const char *texts[] = { message->method, message->path, sequence,
	    hash };

	if (unit->sequence == INT64_MAX)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "the sequence numbers of %s are used up", unit->imei);
	snprintf(sequence, sizeof(sequence), "%lld",
	    (long long)++unit->sequence);
	sha256_hex(message->body != NULL ? message->body : "", message->n,
	    hash);
	sign(unit, texts, 4, signature);
	snprintf(header, sizeof(header), "Unit %s:%s:%s", unit->imei,
	    sequence, signature);
	return send_one(unit, message, header, ret, error);
}

/* The sequence a stale-sequence 401 tells, or -1.  Its signature counts. */
static int64_t
stale_sequence(const helio_unit *unit, const helio_reply *reply)
{
	const char *last;
	char copy[24];
	char *end;
	long long n;

	if (reply->status != 401)
		return -1;
	last = helio_reply_header(reply, "X-Helio-Sequence");
	if (last == NULL || strlen(last) >= sizeof(copy))
		return -1;
	strcpy(copy, last);
	errno = 0;
	n = strtoll(copy, &end, 10);
	if (errno != 0 || *end != '\0' || n < 0 ||
	    !reply_signed(unit, reply, copy))
		return -1;
	return n;
}

/* 401 for an unknown unit and transport errors cannot be signed. */
static helio_code
check_reply(const helio_unit *unit, helio_reply **ret, helio_error *error)
{
	char sequence[24];

	snprintf(sequence, sizeof(sequence), "%lld",
	    (long long)unit->sequence);
	if ((*ret)->status != 200 || reply_signed(unit, *ret, sequence))
		return HELIO_DONE;
	helio_reply_free(*ret);
	*ret = NULL;
	return helio_error_set(error, HELIO_FORGED,
	    "the reply to %s is not signed by the server", unit->imei);
}

helio_code
helio_unit_request(helio_unit *unit, const char *method, const char *path,
    const char *body, size_t n, helio_reply **ret, helio_error *error)
{
	const struct message message = {
		.method = method, .path = path, .body = body, .n = n,
	};
	helio_code code = send_signed(unit, &message, ret, error);
	int64_t last;

	if (code != HELIO_DONE)
		return code;
	last = stale_sequence(unit, *ret);
	if (last >= unit->sequence) {
		helio_reply_free(*ret);
		*ret = NULL;
		unit->sequence = last;
		code = send_signed(unit, &message, ret, error);
		if (code != HELIO_DONE)
			return code;
	}
	return check_reply(unit, ret, error);
}
