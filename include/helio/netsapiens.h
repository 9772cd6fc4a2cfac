/*
 * libhelio: the NetSapiens PBX, APIv2 (seed "netsapiens-asyncio"): messages,
 * event subscriptions, calls.
 *
 * A helio_pbx is one account.  It logs in when it must (password grant, then
 * refresh), renews its token before it expires and once after a 401; the
 * token may be kept in a file.  What is asked for in vain on our side (a
 * session id that is none, a model nobody has) is HELIO_BAD_INPUT, and
 * nothing is sent.
 *
 * Every operation blocks.  For an event loop, take the call apart: each has
 * a twin ending in _call that makes the request, to be started on
 * helio_pbx_http() (see helio/http.h), and helio_pbx_read() reads its answer.
 *
 * The rules of <helio/helio.h> hold.  Structs that a caller fills begin with
 * their size (sizeof): they may grow; what is left zero takes its default.
 * "~" for a domain or user means the account's own, and is the default.
 */
#ifndef HELIO_NETSAPIENS_H
#define HELIO_NETSAPIENS_H

#include "helio/helio.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct helio_pbx helio_pbx;

/*
 * The options' URL ("https://api.example.com", or a bare host), user and
 * password are required; token file, limits and CA file are taken too.
 * Connects nowhere yet.
 */
helio_code	 helio_pbx_new(const helio_options *, const char *client_id,
		    const char *client_secret, helio_pbx **ret, helio_error *);
void		 helio_pbx_free(helio_pbx *);
/* Where calls are started; borrowed. */
helio_http	*helio_pbx_http(helio_pbx *);

/* ---- records ---- */

/* What the service answers: a list of records, or one. */
typedef struct helio_pbx_records helio_pbx_records;

/* Records in the list; 1: one record. */
size_t		 helio_pbx_count(const helio_pbx_records *);
/* A member of the i-th record as text, numbers and flags too; NULL when it is
 * absent, null or no such thing.  Borrowed, until the next call. */
const char	*helio_pbx_text(const helio_pbx_records *, size_t i,
		    const char *name);
/* The i-th record, or with i = helio_pbx_count() all of the answer, as JSON.
 * The caller frees it with free(); NULL: no memory. */
char		*helio_pbx_json(const helio_pbx_records *, size_t i);
void		 helio_pbx_records_free(helio_pbx_records *);
/* Read an answer (its status too).  HELIO_MALFORMED: no JSON list or object. */
helio_code	 helio_pbx_read(const helio_reply *, helio_pbx_records **ret,
		    helio_error *);

/* ---- token ---- */

/*
 * Get a new token now.  *ret (may be NULL) is what the service says of the
 * account: user, domain, scope, displayName, .., with api_url and expires_at
 * (UTC, "YYYY-MM-DD HH:MM:SS") added; the tokens are left out.
 */
helio_code	 helio_pbx_login(helio_pbx *, helio_pbx_records **ret,
		    helio_error *);

/* ---- messages ---- */

typedef struct helio_pbx_message {
	size_t		 size;
	const char	*type;		/* "sms" (default), "mms", "chat" */
	const char	*text;
	const char	*const *to;	/* recipients */
	size_t		 n_to;
	const char	*from;
	const char	*session;	/* an existing one, or one's own id;
					 * NULL: a new one */
	const void	*media;		/* sent as base64, with its size */
	size_t		 media_n;
	const char	*mime_type;	/* "image/jpeg" */
} helio_pbx_message;

/* At least 32 characters of [A-Za-z0-9_]. */
bool		 helio_pbx_session_valid(const char *);
/* Text, sender and a recipient are required.  *ret: the message, or that it
 * was accepted. */
helio_code	 helio_pbx_send(helio_pbx *, const helio_pbx_message *,
		    helio_pbx_records **ret, helio_error *);
helio_code	 helio_pbx_send_call(const helio_pbx_message *,
		    helio_call **ret, helio_error *);

typedef struct helio_pbx_range {
	size_t		 size;
	const char	*domain;
	const char	*user;		/* NULL: sessions of the whole domain */
	const char	*session;	/* NULL: sessions; else its messages */
	unsigned	 start;		/* first record, from 1 */
	unsigned	 limit;		/* 0: all there are */
} helio_pbx_range;

/* As many requests as it takes: the service gives 1000 records at most. */
helio_code	 helio_pbx_messages(helio_pbx *, const helio_pbx_range *,
		    helio_pbx_records **ret, helio_error *);
/* One page: start and limit go into the query when they are not 0. */
helio_code	 helio_pbx_messages_call(const helio_pbx_range *,
		    helio_call **ret, helio_error *);

/* ---- subscriptions ---- */

typedef struct helio_pbx_subscription {
	size_t		 size;
	const char	*model;		/* a row of helio_pbx_models() */
	const char	*post_url;
	const char	*geo_support;	/* "yes" */
	const char	*reseller, *domain, *user;	/* "*" each */
	const char	*preferred_server;
	const char	*expires;	/* UTC, "YYYY-MM-DD HH:MM:SS" */
	/* for an update: start counting at 0 again */
	bool		 reset_errors, reset_posts;
} helio_pbx_subscription;

/* The models there are, NULL-terminated. */
const char	*const *helio_pbx_models(void);
/* model and post_url are required. */
helio_code	 helio_pbx_subscribe(helio_pbx *,
		    const helio_pbx_subscription *, helio_pbx_records **ret,
		    helio_error *);
helio_code	 helio_pbx_subscribe_call(const helio_pbx_subscription *,
		    helio_call **ret, helio_error *);
/* One subscription, or with id NULL all. */
helio_code	 helio_pbx_subscriptions(helio_pbx *, const char *id,
		    helio_pbx_records **ret, helio_error *);
helio_code	 helio_pbx_subscriptions_call(const char *id, helio_call **ret,
		    helio_error *);
/* What is NULL stays; reseller, domain and user always stay. */
helio_code	 helio_pbx_resubscribe(helio_pbx *, const char *id,
		    const helio_pbx_subscription *, helio_pbx_records **ret,
		    helio_error *);
helio_code	 helio_pbx_resubscribe_call(const char *id,
		    const helio_pbx_subscription *, helio_call **ret,
		    helio_error *);
helio_code	 helio_pbx_unsubscribe(helio_pbx *, const char *id,
		    helio_pbx_records **ret, helio_error *);
helio_code	 helio_pbx_unsubscribe_call(const char *id, helio_call **ret,
		    helio_error *);

/* ---- calls ---- */

typedef struct helio_pbx_calls {
	size_t		 size;
	const char	*domain;
	const char	*user;		/* NULL: of the whole domain */
	const char	*id;		/* one call; needs user */
	bool		 count;		/* only how many; without user and id */
} helio_pbx_calls;

/* The calls that go on, one of them, or their number ("total"). */
helio_code	 helio_pbx_calls_read(helio_pbx *, const helio_pbx_calls *,
		    helio_pbx_records **ret, helio_error *);
helio_code	 helio_pbx_calls_call(const helio_pbx_calls *, helio_call **ret,
		    helio_error *);

typedef struct helio_pbx_dial {
	size_t		 size;
	const char	*domain, *user;	/* whose call it is */
	const char	*from;		/* rings first: "103@example.com" */
	const char	*to;
	const char	*id;		/* NULL: one is made up */
	const char	*dial_rule;	/* "call" */
	const char	*caller_id, *callback_caller_id;
	bool		 auto_answer;
	bool		 synchronous;	/* answered once it is placed */
} helio_pbx_dial;

/* Call a number; from and to are required. */
helio_code	 helio_pbx_call(helio_pbx *, const helio_pbx_dial *,
		    helio_pbx_records **ret, helio_error *);
helio_code	 helio_pbx_call_call(const helio_pbx_dial *, helio_call **ret,
		    helio_error *);

#ifdef __cplusplus
}
#endif

#endif
