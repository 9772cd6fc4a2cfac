/*
 * One WebSocket connection at a time over libwebsockets, in a thread of its
 * own: a library that polls for itself cannot be part of the caller's loop,
 * and its name look-ups wait.  Orders go in, events come out through a queue
 * and one descriptor.  Knows nothing of the protocol above.
 */
#ifndef HELIO_BLUECURRENT_LINK_H
#define HELIO_BLUECURRENT_LINK_H

#include "connector/bluecurrent/machine.h"

struct bc_link;

struct bc_link_options {
	int		 fd;		/* an eventfd, borrowed: readable while events wait */
	const char	*url;		/* ws:// or wss:// */
	const char	*ca_file;	/* PEM, or NULL: the system's */
	long		 connect_ms;	/* TCP, TLS and handshake */
	unsigned	 ping_s;	/* of silence, then a ping */
	unsigned	 hang_up_s;	/* of silence, then the connection is lost */
};

enum bc_event_kind { BC_EVENT_OPENED, BC_EVENT_MESSAGE, BC_EVENT_CLOSED };

struct bc_event {
	struct bc_event	*next;
	enum bc_event_kind kind;
	struct bc_loss	 loss;		/* of CLOSED */
	size_t		 n;
	char		 text[];	/* of MESSAGE, NUL behind it */
};

/* HELIO_BAD_INPUT: the URL.  HELIO_LOCAL: no memory or thread.  Connects
 * nowhere yet. */
helio_code	 bc_link_new(const struct bc_link_options *, struct bc_link **ret,
		    helio_error *);
/* Closes without a farewell; NULL is allowed. */
void		 bc_link_free(struct bc_link *);

/* The oldest event, the caller's to free(), or NULL. */
struct bc_event	*bc_link_next(struct bc_link *);

/* Each ends in OPENED or CLOSED; every OPENED in CLOSED. */
void		 bc_link_open(struct bc_link *);
/* After what was sent before it, with a close frame. */
void		 bc_link_close(struct bc_link *);
void		 bc_link_send(struct bc_link *, const char *, size_t n);

#endif
