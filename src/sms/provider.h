/* The providers, and what those that speak HTTP share.  Private to src/sms. */
#ifndef HELIO_SMS_PROVIDER_H
#define HELIO_SMS_PROVIDER_H

#include "base/buf.h"
#include "sms/sms.h"

extern const struct sms_provider sms_provider_file;
extern const struct sms_provider sms_provider_http;
extern const struct sms_provider sms_provider_kannel;
extern const struct sms_provider sms_provider_netsapiens;

/* Add a text percent-encoded: all but unreserved characters (RFC 3986). */
void	gateway_escape(struct buf *, const char *);

struct gateway_call {
	const char	*url;
	const char	*form;		/* POST this, or NULL: GET */
	const char	*user, *password;	/* HTTP Basic; user NULL: none */
	const char	*key;		/* Idempotency-Key, or NULL */
};

/* True when the answer is a 2xx; else `why` says what came instead.  URL and
 * form stay out of it: they may hold a password. */
bool	gateway_call(const struct gateway_call *, char *why, size_t why_size);

#endif
