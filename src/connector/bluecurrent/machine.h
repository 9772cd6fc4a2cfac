/*
 * A Blue Current connection as a state machine: tokens, HELLO, what arrives,
 * losses and when to try again.  It does no I/O and has no clock: the socket
 * and the callers are ports, time comes in with every event.
 *
 *	          start            opened: VALIDATE_API_TOKEN
 *	CLOSED ----------> VALIDATING ----------------> (same, awaits the reply)
 *	  ^  ^                 | token                          |
 *	  |  | validate only   v                                |
 *	  |  +-------------- LEAVING  (the short connection closes)
 *	  |                    | closed
 *	  |                    v           opened: HELLO
 *	  |               CONNECTING --------------------> OPEN
 *	  |                    |                            |
 *	  | no reconnect       | lost                       | lost, fault
 *	  +--------------------+------------- ENDING <------+
 *	                       v                 | closed
 *	                    WAITING <------------+
 *	                       | due: VALIDATING, or CONNECTING with a token
 */
#ifndef HELIO_BLUECURRENT_MACHINE_H
#define HELIO_BLUECURRENT_MACHINE_H

#include "connector/bluecurrent/receive.h"
#include "connector/bluecurrent/request.h"

enum {
	BC_VALIDATE_MS = 5000,	/* the reply to VALIDATE_API_TOKEN */
	BC_BACK_OFF_MS = 1000,	/* first; doubles */
	BC_BACK_OFF_MOST_MS = 300000,
	BC_ALREADY_MS = 20000,	/* at least, when another is connected */
	BC_STABLE_MS = 60000,	/* open so long: the back-off begins anew */
	BC_LIMIT_SPREAD_MS = 60000,	/* after the reset, not all at once */
	BC_REASON_SIZE = 160,
	BC_TOKEN_MAX = 1024,
	BC_CUSTOMER_SIZE = 64,
};

struct bc_now {
	int64_t	us;	/* since 1970 UTC */
	int64_t	ms;	/* of a clock that never steps */
};

/* How a connection ended, or did not come to be. */
struct bc_loss {
	bool		 handshake;	/* it was never open */
	unsigned	 close_code;	/* of the peer's close frame, or 0 */
	unsigned	 status;	/* HTTP, of a refused handshake, or 0 */
	char		 reason[BC_REASON_SIZE];	/* reject reason, or what broke */
};

struct bc_ports {
	void	*arg;
	void	(*open)(void *arg);
	void	(*send)(void *arg, const char *, size_t);
	void	(*close)(void *arg);	/* ends in bc_machine_closed() */
	/* Every message, before it is delivered. */
	void	(*received)(void *arg, const struct bc_received *);
	void	(*deliver)(void *arg, json_t *message, const char *evse_id);
	void	(*state)(void *arg, helio_bc_state, helio_bc_fault,
		    const helio_error *why, int64_t wait_ms);
	uint32_t (*random)(void *arg, uint32_t below);
};

enum bc_phase {
	BC_CLOSED, BC_VALIDATING, BC_LEAVING, BC_CONNECTING, BC_OPEN,
	BC_ENDING, BC_WAITING,
};

struct bc_machine {
	struct bc_ports	 ports;
	struct bc_memory memory;
	char		*api_token;	/* secret memory */
	char		*authorization;	/* "Token ..", the same, or NULL */
	char		 customer_id[BC_CUSTOMER_SIZE];
	bool		 reconnect;
	bool		 validate_only;
	bool		 stopping;	/* by the caller: the end is quiet */
	enum bc_phase	 phase;
	helio_bc_state	 shown;		/* the state last told */
	int64_t		 due_ms;	/* what the phase waits for, or -1 */
	int64_t		 open_ms;	/* when it became open */
	unsigned	 losses;	/* in a row */
	helio_bc_fault	 fault;		/* why the last connection was lost */
	helio_error	 why;
};

/* HELIO_LOCAL: no memory.  The token is copied. */
helio_code	bc_machine_init(struct bc_machine *, const struct bc_ports *,
		    const char *api_token, helio_error *);
void		bc_machine_clear(struct bc_machine *);	/* wipes tokens */

/* From CLOSED.  HELIO_BAD_INPUT: "Connection already started." */
helio_code	bc_machine_start(struct bc_machine *, bool validate_only,
		    helio_error *);
/* To CLOSED, at once or when the socket is closed. */
void		bc_machine_stop(struct bc_machine *);
/* HELIO_UNREACHABLE: not open. */
helio_code	bc_machine_send(struct bc_machine *, const struct bc_request *,
		    const json_t *members, helio_error *);

void		bc_machine_opened(struct bc_machine *, struct bc_now);
void		bc_machine_message(struct bc_machine *, const char *, size_t n,
		    struct bc_now);
void		bc_machine_closed(struct bc_machine *, const struct bc_loss *,
		    struct bc_now);
/* What is due by now. */
void		bc_machine_tick(struct bc_machine *, struct bc_now);
/* Until the next bc_machine_tick(), or -1. */
int64_t		bc_machine_timeout_ms(const struct bc_machine *, struct bc_now);
helio_bc_state	bc_machine_state(const struct bc_machine *);

#endif
