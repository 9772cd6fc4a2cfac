/*
 * Short messages on their way out: the outbox's `sms` events are handed to a
 * gateway, its delivery reports come back to /v1/sms/delivery.  Which rows
 * follow is src/domain/sms.h's business; how a gateway is spoken to is a
 * provider's, a row of functions.
 *
 * To add one: write provider_<name>.c, name it in list.c and in the choice of
 * `sms_provider` in src/server/config.def.
 */
#ifndef HELIO_SMS_SMS_H
#define HELIO_SMS_SMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/api.h"
#include "outbox/outbox.h"
#include "store/store.h"

/* Borrowed texts, "" where nothing is set; they outlive the struct sms. */
struct sms_settings {
	const char	*provider;	/* name of a row of sms_providers */
	const char	*url;		/* of the gateway; http: a template */
	const char	*body;		/* http: template of a form, or GET */
	const char	*user, *password;
	const char	*client_id, *client_secret;	/* of an OAuth client */
	const char	*from;		/* sender */
	const char	*text;		/* what wakes a unit */
	const char	*file;		/* file: where, or the log */
	const char	*report_url;	/* our address as the gateway sees it */
};

struct sms_message {
	const char	*to;
	const char	*text;
	const char	*reference;	/* the same for every try */
	const char	*report_url;	/* for this try; "": no reports wanted */
	const char	*report_key;	/* in it: known to us and the gateway */
	int64_t		 attempt;	/* number of this try, from 0 */
	int64_t		 valid_s;	/* nobody wants it after that */
	bool		 again;		/* may have been sent before */
};

struct sms_provider {
	const char	*name;
	bool		 needs_url;
	/* What it keeps between messages; NULL: nothing.  The settings stay.
	 * E_INVALID: names one that is missing. */
	enum helio_rc	(*open)(const struct sms_settings *, void **ret,
			    struct helio_err *);
	void		(*close)(void *kept);
	/*
	 * Hand it over; true once the gateway is responsible for it.  Runs on
	 * the dispatcher thread for at most SMS_SEND_MAX_S.  False: `why` is
	 * told, without secrets.
	 */
	bool		(*send)(void *kept, const struct sms_settings *,
			    const struct sms_message *, char *why,
			    size_t why_size);
};

enum { SMS_SEND_MAX_S = 10 };

/* All providers, NULL-terminated. */
extern const struct sms_provider *const sms_providers[];

struct sms;
/* E_INVALID: no such provider, or it lacks a setting. */
enum helio_rc	 sms_new(const struct sms_settings *, struct store *,
		    struct sms **ret, struct helio_err *);
void		 sms_free(struct sms *);	/* NULL is allowed */
/* Take care of the outbox's events about short messages. */
void		 sms_register(struct sms *, struct outbox *);
/* /v1/sms/delivery and the like; *ret lives as long as the program. */
const struct api_route *sms_routes(size_t *ret_n);

#endif
