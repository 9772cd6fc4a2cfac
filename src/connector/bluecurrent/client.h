/* What the files of the Blue Current client share. */
#ifndef HELIO_BLUECURRENT_CLIENT_H
#define HELIO_BLUECURRENT_CLIENT_H

#include "client/internal.h"
#include "connector/bluecurrent/link.h"
#include "connector/bluecurrent/message.h"

/* A request under way that somebody waits for. */
struct bc_waiting {
	const struct bc_request *request;	/* NULL: nobody waits */
	char		 evse_id[BC_EVSE_SIZE];
	bool		 done;
	helio_code	 code;
	helio_bc_fault	 fault;
	helio_error	 error;
	helio_bc_message message;	/* the answer */
};

struct helio_bc {
	struct helio_options options;
	struct bc_machine machine;
	struct bc_link	*link;		/* from the first start on */
	int		 fd;
	struct bc_waiting waiting;
	helio_bc_message last;		/* delivered */
	uint64_t	 delivered;	/* how many */
	helio_bc_receiver *on_message;
	void		*message_arg;
	helio_bc_watcher *on_state;
	void		*state_arg;
};

/* A message came: is it what is waited for? */
void	bc_wait_received(struct bc_waiting *, const struct bc_received *);
/* The connection is gone. */
void	bc_wait_lost(struct bc_waiting *, const helio_error *why);
/* Begin to connect; in client.c. */
helio_code bc_begin(helio_bc *, bool validate_only, helio_error *);

#endif
