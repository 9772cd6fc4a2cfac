/* What the routes for delivery reports share.  Private to src/sms. */
#ifndef HELIO_SMS_DELIVERY_H
#define HELIO_SMS_DELIVERY_H

#include "domain/sms.h"
#include "sms/sms.h"

enum { DELIVERY_RECORDS_MAX = 1 << 20 };	/* bytes of a PBX's report */

/* What a gateway's word for a state means; false: no such word. */
bool	delivery_outcome(const char *status, enum sms_outcome *ret);
/* Is it the key of a message that somebody waits for?  NULL is none. */
bool	delivery_key_waits(struct tx *, const char *key);
/* "Report taken". */
void	delivery_reply(struct api_call *, void *arg);
/* POST /v1/sms/netsapiens */
void	delivery_netsapiens(struct api_call *);

#endif
