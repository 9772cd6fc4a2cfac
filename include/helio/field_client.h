/*
 * The API that reaches field devices (seed: field-device client): what a
 * device is, commands over data and over SMS, SIMs suspended.
 *
 * A handle belongs to one thread at a time; several handles in several
 * threads share one keeper and so one token.  A token is got with client
 * credentials, renewed before it ends, and once when an answer says that it is
 * no good: by status 401, or by a statusCode of 401 in its body.
 */
#ifndef HELIO_FIELD_CLIENT_H
#define HELIO_FIELD_CLIENT_H

#include "helio/token.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	HELIO_FIELD_DATA_ATTEMPTS = 3,
	HELIO_FIELD_SMS_ATTEMPTS = 2,
	HELIO_FIELD_TOKEN_LIFE_S = 1800,	/* when its answer tells none */
	HELIO_FIELD_OK = 200,		/* statusCode of a command that was sent */
	HELIO_FIELD_FREE = 406,		/* of a device that was shut off */
};

/* Zero is a default everywhere.  Texts are copied. */
typedef struct helio_field_config {
	size_t		 size;		/* sizeof(helio_field_config) */
	const char	*url;		/* NULL: https://api.companylistener.com */
	const char	*token_url;	/* required */
	const char	*client_id, *client_secret;	/* required */
	const char	*devkey;	/* "development" of commands; NULL: False */
	/* path that suspends a SIM, with {iccid} in it; NULL:
	 * /v1/sims/{iccid}/suspend */
	const char	*suspend_path;
	const char	*ca_file;	/* PEM to trust in place of the system's */
	long		 timeout_ms;
	/* before the second attempt, then doubled (500) */
	long		 pause_ms;
} helio_field_config;

typedef struct helio_field helio_field;

/* What came of a call. */
typedef struct helio_field_answer {
	int		 status;	/* of HTTP */
	bool		 is_json;	/* the body is a JSON object */
	bool		 has_code;	/* ... with a statusCode */
	long		 code;
	unsigned	 attempts;	/* made, the last one included */
	char		*body;		/* owned, NUL-terminated */
} helio_field_answer;

/* Free what it owns, and zero it. */
void		 helio_field_answer_clear(helio_field_answer *);

/* The keeper of a config's token, for helio_field_new(). */
helio_code	 helio_field_keeper(const helio_field_config *, helio_keeper **ret,
		    helio_error *);
/* keeper: one more owner of it is made; NULL: one of its own. */
helio_code	 helio_field_new(const helio_field_config *, helio_keeper *keeper,
		    helio_field **ret, helio_error *);
void		 helio_field_free(helio_field *);	/* NULL is allowed */

/*
 * All below: HELIO_DONE means an answer, whatever it says; *ret is cleared by
 * the caller.  HELIO_DENIED: the service gives no token, or refuses the one it
 * gave.  Other codes are those of helio/http.h.
 */

/* What is this device?  One attempt. */
helio_code	 helio_field_info(helio_field *, const char *imei,
		    helio_field_answer *ret, helio_error *);
/*
 * Send a command over data.  body: a JSON object sent as it is, in place of
 * one made of `command`; one of both is needed.  Attempts (0: 3) end at the
 * first success; the last answer is given.  HELIO_BAD_INPUT: no IMEI, or no
 * command and no body.
 */
helio_code	 helio_field_command(helio_field *, const char *imei,
		    const char *command, const char *body, unsigned attempts,
		    helio_field_answer *ret, helio_error *);
/* Send a text to phone numbers, given as they are to be sent (0: 2 attempts). */
helio_code	 helio_field_sms(helio_field *, const char *const *numbers, size_t n,
		    const char *text, unsigned attempts, helio_field_answer *ret,
		    helio_error *);
/* Suspend a SIM.  One attempt. */
helio_code	 helio_field_suspend(helio_field *, const char *iccid,
		    helio_field_answer *ret, helio_error *);
/* Was it a yes?  By statusCode 200 alone: an answer without one is none. */
bool		 helio_field_is_yes(const helio_field_answer *);

/* ---- refurbishment: what an answer to helio_field_info() means ---- */

enum helio_refurb {
	HELIO_REFURB_SUCCESSFUL,	/* shut off: can be refurbished */
	HELIO_REFURB_FAILED,		/* to be looked into */
	HELIO_REFURB_TAKEN,		/* a customer's */
	HELIO_REFURB_LISTS
};

/* By the statusCode of the body alone: 406, another one, none. */
enum helio_refurb	 helio_field_refurb(const helio_field_answer *);
/* "successful", "failed", "taken". */
const char	*helio_refurb_name(enum helio_refurb);

/* ---- commands ---- */

/* The command that makes a device report to the central server, with
 * {PASSWORD}, {IPADDR} and {PORT} to be filled in. */
const char	*helio_field_default_command(void);
/*
 * Fill in every {NAME} of a text; value gives the text of a name, or NULL.
 * HELIO_BAD_INPUT: a name without a value is named, or a brace is open.  *ret
 * may hold secrets: wipe and free() it.
 */
helio_code	 helio_field_fill(const char *text,
		    const char *(*value)(void *arg, const char *name), void *arg,
		    char **ret, helio_error *);

#ifdef __cplusplus
}
#endif

#endif
