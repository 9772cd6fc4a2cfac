/*
 * What is made of a message of the Blue Current service: the rows of
 * receive.c say it for every object.  No I/O; time comes in.
 *
 * Three generations of meaning: that of the clients of 2022 (the seed), that
 * of 2025, and the default, which is what the seed promises on today's wire.
 */
#ifndef HELIO_BLUECURRENT_RECEIVE_H
#define HELIO_BLUECURRENT_RECEIVE_H

#include <jansson.h>

#include "helio/bluecurrent.h"

enum {
	BC_MESSAGE_MAX = 1 << 20,	/* bytes of a message, either way */
	BC_DEPTH_MAX = 32,		/* a deeper message is malformed */
	BC_TEXT_SIZE = 256,
	BC_EVSE_SIZE = 64,
};

/* How the generations differ; see bc_generations[]. */
struct bc_generation {
	const char	*url;
	const char	*hello_header;		/* member of HELLO, or NULL */
	int		 cards_limit;		/* member of GET_CHARGE_CARDS, or 0 */
	bool		 stop_evse_id;		/* members of STOP_SESSION */
	bool		 stop_evseid;
	bool		 kw_of_average;		/* else of the phases */
	bool		 current_left;		/* told in CH_STATUS */
	bool		 flat_plug;		/* {value,permission} is its value in */
	bool		 flat_public;		/* CH_SETTINGS */
	bool		 linked_setting;	/* linked_charge_cards_only there */
	bool		 linked_object;		/* PUBLIC_CHARGING is called so */
	bool		 grid_current;		/* GRID_CURRENT is a GRID_STATUS */
	bool		 dummy;			/* after STATUS_START_SESSION */
	bool		 empty_cards_fail;
	bool		 unknown_dropped;	/* objects that no row names */
};

/* By helio_bc_generation. */
extern const struct bc_generation bc_generations[];
extern const size_t bc_n_generations;

/* What the client remembers from one message to the next. */
struct bc_memory {
	const struct bc_generation *generation;
	json_t		*smart;		/* evse id: smart charging is on */
};

/* What a message means for a request that waits. */
enum bc_stage {
	BC_PUSHED,	/* an answer or a change: the object tells */
	BC_RECEIVED,	/* the service has an action's request */
	BC_STATUS,	/* the charge point has answered */
	BC_FAULT,	/* ERROR */
	BC_BAD,		/* no message of this protocol: text says why */
};

struct bc_received {
	enum bc_stage	 stage;
	bool		 deliver;	/* to the caller's receiver */
	char		 object[BC_EVSE_SIZE];	/* as it came */
	char		 evse_id[BC_EVSE_SIZE];	/* "" when there is none */
	bool		 failed;	/* text says how */
	int		 fault;		/* ERROR's number */
	char		 text[BC_TEXT_SIZE];
	json_t		*message;	/* rewritten; owned, NULL when BAD */
	json_t		*second;	/* the dummy to deliver next, or NULL */
};

/* Read n bytes.  Always gives a stage; now is microseconds since 1970. */
void		bc_receive(struct bc_memory *, const char *, size_t n, int64_t now_us,
		    struct bc_received *ret);
void		bc_received_clear(struct bc_received *);

/* The text of an ERROR's number, or NULL when the message has it. */
const char	*bc_fault_text(int number);
enum {
	BC_FAULT_UNKNOWN_COMMAND = 0, BC_FAULT_BAD_TOKEN = 1,
	BC_FAULT_NOT_AUTHORIZED = 2, BC_FAULT_UNKNOWN = 9,
	BC_FAULT_LIMIT = 42,
};

/* {"object":"CH_STATUS","data":{"start_datetime":now,"evse_id":..}}: the seed's
 * dummy message.  NULL: no memory. */
json_t		*bc_dummy(const char *evse_id, int64_t now_us);

#endif
