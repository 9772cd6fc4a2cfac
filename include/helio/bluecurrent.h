/*
 * Blue Current: charge points over the service's WebSocket.
 *
 * A helio_bc is one account's connection.  The service knows no request ids:
 * an answer is the object of that name that comes next, and changes are
 * pushed at any time.  So everything that arrives is given to the receiver,
 * and the calls below that wait give the message that they waited for.
 *
 *	helio_bc_new(options, getenv("BLUECURRENT_TOKEN"), &bc, &error);
 *	helio_bc_connect(bc, &error);
 *	helio_bc_get_charge_points(bc, &message, &error);
 *
 * Blocking: as above.  In an event loop: helio_bc_start(), then poll
 * helio_bc_fd() for reading, at most helio_bc_timeout_ms() long, and call
 * helio_bc_run(), which calls back what happened.
 *
 * A handle belongs to one thread at a time; handles share nothing.  Each has
 * a thread of its own for the socket, in which no callback runs.  TLS
 * certificates and names are always checked; ws:// is for the sandbox.
 */
#ifndef HELIO_BLUECURRENT_H
#define HELIO_BLUECURRENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helio/helio.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct helio_bc helio_bc;
typedef struct helio_bc_message helio_bc_message;

/* Whose frames are sent, and whose figures are made of what comes. */
typedef enum {
	HELIO_BC_TODAY,		/* today's wire, the seed's figures */
	HELIO_BC_2022,		/* exactly as clients of 2022 */
	HELIO_BC_2025,		/* exactly as clients of 2025 */
} helio_bc_generation;

typedef enum {
	HELIO_BC_CLOSED,	/* not connected, and not going to be */
	HELIO_BC_VALIDATING,	/* exchanging the API token */
	HELIO_BC_CONNECTING,
	HELIO_BC_OPEN,		/* HELLO is sent: requests go out, changes come in */
	HELIO_BC_WAITING,	/* will connect again */
} helio_bc_state;

/* Why the last connection, or request, was lost. */
typedef enum {
	HELIO_BC_NO_FAULT,
	HELIO_BC_LOST,		/* no connection, or it broke */
	HELIO_BC_LIMIT,		/* request limit: until helio_bc_reset_delta_us() */
	HELIO_BC_ALREADY,	/* another connection from this address */
	HELIO_BC_TOKEN,		/* the API token is not valid */
	HELIO_BC_NO_CARDS,	/* the account has no charge cards (2022) */
	HELIO_BC_REJECTED,	/* the charge point or the service said no */
	HELIO_BC_SERVICE,	/* the service reported another error */
} helio_bc_fault;

/* ---- a message ---- */

/* Its object, such as "CH_STATUS"; after the client's changes ("PLUG_AND_CHARGE"
 * for STATUS_SET_PLUG_AND_CHARGE). */
const char	*helio_bc_message_object(const helio_bc_message *);
/* The charge point it is about, or "". */
const char	*helio_bc_message_evse_id(const helio_bc_message *);
/* The whole message as JSON, with the client's figures in it; NUL-terminated. */
const char	*helio_bc_message_json(const helio_bc_message *);
/* A member of its data, or else of the message: a text or NULL; a number, or a
 * truth as 0 and 1 (false: it is neither). */
const char	*helio_bc_message_text(const helio_bc_message *, const char *member);
bool		 helio_bc_message_number(const helio_bc_message *, const char *member,
		    double *ret);
/* A copy of one's own, for later; NULL: no memory. */
helio_bc_message *helio_bc_message_copy(const helio_bc_message *);
void		 helio_bc_message_free(helio_bc_message *);	/* copies only */

/* ---- the client ---- */

/*
 * Of the options URL (NULL: the generation's), timeout (of one answer),
 * connect timeout and CA file count.  The token is copied, and wiped on free.
 * Connects nowhere yet.
 */
helio_code	 helio_bc_new(const helio_options *, const char *api_token,
		    helio_bc **ret, helio_error *);
void		 helio_bc_free(helio_bc *);	/* NULL is allowed */
/* Before connecting; HELIO_BC_TODAY otherwise. */
void		 helio_bc_set_generation(helio_bc *, helio_bc_generation);
/*
 * Connect again whenever the connection is lost (false): after 1 s, doubling
 * to 5 minutes with jitter; at 20 s or later when another connection from
 * this address is known; after a reached request limit at its reset, 00:00:30
 * in Amsterdam and some more.  An invalid token ends it.
 */
void		 helio_bc_set_reconnect(helio_bc *, bool);

/* Called with every message; it is borrowed for the call. */
typedef void	 helio_bc_receiver(void *arg, const helio_bc_message *);
void		 helio_bc_on_message(helio_bc *, helio_bc_receiver *, void *arg);
/* Called when the state changes.  why: the error that led to it, or NULL.
 * wait_ms: until the next connection, in HELIO_BC_WAITING. */
typedef void	 helio_bc_watcher(void *arg, helio_bc_state, helio_bc_fault,
		    const helio_error *why, int64_t wait_ms);
void		 helio_bc_on_state(helio_bc *, helio_bc_watcher *, void *arg);

helio_bc_state	 helio_bc_state_now(const helio_bc *);
helio_bc_fault	 helio_bc_last_fault(const helio_bc *);
/* "lost" and so on.  Never NULL. */
const char	*helio_bc_fault_name(helio_bc_fault);
/* The account's id as told with the auth token, or "". */
const char	*helio_bc_customer_id(const helio_bc *);

/* ---- in an event loop ---- */

/* Begin to validate the token and to connect. */
helio_code	 helio_bc_start(helio_bc *, helio_error *);
/* The one descriptor to poll for reading, the same for the handle's life. */
int		 helio_bc_fd(const helio_bc *);
/* Milliseconds until helio_bc_run() is due although nothing is readable; -1:
 * no such time. */
long		 helio_bc_timeout_ms(const helio_bc *);
/* Handle what has happened, without waiting.  Callbacks may send and stop,
 * but not free the handle or wait. */
void		 helio_bc_run(helio_bc *);
/*
 * Send a request of the protocol: its command, and its members as a JSON
 * object (NULL: none), checked against the table of requests.
 * HELIO_BAD_INPUT: no such command or members.  HELIO_UNREACHABLE: not open.
 */
helio_code	 helio_bc_send(helio_bc *, const char *command, const char *members,
		    helio_error *);
/* Close; nothing is connected again. */
void		 helio_bc_stop(helio_bc *);

/* ---- blocking ---- */

/* Exchange the API token on a connection of its own, and no more.
 * HELIO_DENIED: it is not valid. */
helio_code	 helio_bc_validate(helio_bc *, helio_error *);
/* Validate, connect, say HELLO. */
helio_code	 helio_bc_connect(helio_bc *, helio_error *);
/* Wait for what happens, at most ms milliseconds (-1: for ever; returns when a
 * signal was caught, too), and run. */
void		 helio_bc_wait(helio_bc *, long ms);
/* Wait for the next message that is passed on; ret may be NULL.
 * HELIO_TIMED_OUT, HELIO_UNREACHABLE: the connection is gone. */
helio_code	 helio_bc_wait_for_response(helio_bc *, long ms,
		    const helio_bc_message **ret, helio_error *);
/*
 * Send a request and wait for its end: for one that asks, the answer; for an
 * action, the charge point's own.  *ret (may be NULL) is borrowed until the
 * next call.  HELIO_REFUSED: it was rejected, the error says how.
 * HELIO_TIMED_OUT: an action may happen still.
 */
helio_code	 helio_bc_call(helio_bc *, const char *command, const char *members,
		    const helio_bc_message **ret, helio_error *);
/* Close and wait until it is. */
void		 helio_bc_disconnect(helio_bc *);

/* The operations, each one helio_bc_call(). */
helio_code	 helio_bc_get_charge_cards(helio_bc *, const helio_bc_message **ret,
		    helio_error *);
helio_code	 helio_bc_get_charge_points(helio_bc *, const helio_bc_message **ret,
		    helio_error *);
helio_code	 helio_bc_get_status(helio_bc *, const char *evse_id,
		    const helio_bc_message **ret, helio_error *);
helio_code	 helio_bc_get_settings(helio_bc *, const char *evse_id,
		    const helio_bc_message **ret, helio_error *);
helio_code	 helio_bc_get_grid_status(helio_bc *, const char *evse_id,
		    const helio_bc_message **ret, helio_error *);
helio_code	 helio_bc_set_public_charging(helio_bc *, const char *evse_id, bool value,
		    helio_error *);
helio_code	 helio_bc_set_plug_and_charge(helio_bc *, const char *evse_id, bool value,
		    helio_error *);
helio_code	 helio_bc_set_operative(helio_bc *, const char *evse_id, bool value,
		    helio_error *);
helio_code	 helio_bc_reset(helio_bc *, const char *evse_id, helio_error *);
helio_code	 helio_bc_reboot(helio_bc *, const char *evse_id, helio_error *);
/* card_uid: of a charge card; "BCU-APP" begins without one. */
helio_code	 helio_bc_start_session(helio_bc *, const char *evse_id,
		    const char *card_uid, helio_error *);
helio_code	 helio_bc_stop_session(helio_bc *, const char *evse_id, helio_error *);

/* ---- figures, for callers that read the messages themselves ---- */

/* From now (microseconds since 1970) to the next day's 00:00:30 in Amsterdam,
 * when the request limit is reset; microseconds, clock changes counted. */
int64_t		 helio_bc_reset_delta_us(int64_t now_us);

#ifdef __cplusplus
}
#endif

#endif
