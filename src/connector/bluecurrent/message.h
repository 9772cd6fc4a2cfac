/* A message as the public calls give it. */
#ifndef HELIO_BLUECURRENT_MESSAGE_H
#define HELIO_BLUECURRENT_MESSAGE_H

#include "connector/bluecurrent/receive.h"

struct helio_bc_message {
	json_t		*root;		/* a reference of its own */
	char		*text;		/* made when asked for */
	char		 evse_id[BC_EVSE_SIZE];
};

/* Hold root; what was held before is released. */
void	bc_message_set(helio_bc_message *, json_t *root, const char *evse_id);
void	bc_message_clear(helio_bc_message *);

#endif
