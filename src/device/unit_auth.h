/*
 * How a unit proves who it is: `Authorization: Unit <imei>:<sequence>:
 * <signature>`, or HTTP Basic with its key.  Pure: no rows, no clock.
 */
#ifndef HELIO_DEVICE_UNIT_AUTH_H
#define HELIO_DEVICE_UNIT_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/crypto.h"

enum {
	UNIT_IMEI_MAX = 16,
	UNIT_KEY_MAX = 24,
};

struct unit_auth {
	bool		 basic;
	char		 imei[UNIT_IMEI_MAX + 1];
	int64_t		 sequence;		/* 1 and up; 0 with Basic */
	char		 signature[HASH_HEX_SIZE];	/* lower-case hex */
	char		 key[UNIT_KEY_MAX + 1];	/* Basic */
};

/* What a signature covers. */
struct unit_request {
	const char	*method;
	const char	*target;	/* exactly as sent, with query */
	const char	*body;		/* as sent, before decompression */
	size_t		 body_len;
};

/* Read the header's value; false when it is of neither form, to the letter. */
bool	unit_auth_parse(const char *header, struct unit_auth *ret);
/* Does the request come from who has this key?  In constant time. */
bool	unit_auth_verify(const struct unit_auth *, const char *device_key,
	    const struct unit_request *);
/* The signature of a reply: HMAC over status, sequence and body hash. */
void	unit_auth_sign(const char *device_key, unsigned status,
	    int64_t sequence, const char *body, size_t body_len,
	    char out[HASH_HEX_SIZE]);

#endif
