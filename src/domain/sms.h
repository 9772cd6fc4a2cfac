/*
 * The life of a short message, as rows: what is put down when one is ordered,
 * what the gateway reports, when it ends.  Sending is src/sms's business.
 *
 *   null --report: delivered--> Delivered
 *   null --report: failed-----> null, sent again (at most SMS_RETRIES times)
 *   null --SMS_TIMEOUT_S passed--> Expired
 *
 * A message, its number for reports (sms_waiting) and the outbox events that
 * send and expire it are written in one transaction.
 */
#ifndef HELIO_DOMAIN_SMS_H
#define HELIO_DOMAIN_SMS_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/sim.h"
#include "store/store.h"

enum {
	SMS_TIMEOUT_S = 3600,	/* then it is no longer delivered */
	SMS_RETRIES = 3,	/* after reports of failure */
	SMS_REFERENCE_SIZE = 48,
	SMS_KEY_SIZE = 65,
};

/*
 * Order a wake-up; enable_history: the order it is to speed up, or null.
 * *ret is the row of sms_history.
 */
enum helio_rc	 sms_wakeup(struct tx *, const struct row *product,
		    struct value enable_history, struct row **ret,
		    struct helio_err *);
/* The same after an order, for units whose firmware understands it (table
 * wakeup_software); others are left alone. */
enum helio_rc	 sms_wakeup_order(struct tx *, const struct row *product,
		    struct value enable_history, struct helio_err *);

enum sms_draft_state {
	SMS_SEND,		/* give it to the gateway */
	SMS_ENDED,		/* nobody waits for it any more */
	SMS_TAKEN,		/* the gateway has it already */
};

/* What the gateway must know of a message. */
struct sms_draft {
	enum sms_draft_state state;
	char		 to[SIM_NUMBER_SIZE];
	char		 reference[SMS_REFERENCE_SIZE];
	char		 report_key[SMS_KEY_SIZE];
	int64_t		 retries;	/* so far */
	int64_t		 left_s;	/* until it expires, at least 1 */
};

/* Read it; a message that is gone has ended. */
enum helio_rc	 sms_draft(struct tx *, int64_t sms_history_id,
		    struct sms_draft *ret, struct helio_err *);
/* It is going to be tried once more. */
enum helio_rc	 sms_again(struct tx *, int64_t sms_history_id,
		    struct helio_err *);

enum sms_outcome {
	SMS_REPORT_TAKEN,	/* the gateway, or the network, has it */
	SMS_REPORT_DELIVERED,
	SMS_REPORT_FAILED,
};

struct sms_report {
	const char	*key;		/* the report_key */
	enum sms_outcome outcome;
	int64_t		 retries;	/* the draft's, to tell tries apart */
};

/* What the gateway said; may come more than once.  E_NOT_FOUND: no message
 * that still waits has this key. */
enum helio_rc	 sms_reported(struct tx *, const struct sms_report *,
		    struct helio_err *);
/* Its time is over. */
enum helio_rc	 sms_expire(struct tx *, int64_t sms_history_id,
		    struct helio_err *);

#endif
