/*
 * Webhooks: who wants to hear of an event.  This version knows the
 * subscribers but not yet how to deliver to them; events nobody has
 * subscribed to are settled here, so that none pile up.
 */
#ifndef HELIO_HOOK_HOOK_H
#define HELIO_HOOK_HOOK_H

#include "outbox/outbox.h"
#include "store/store.h"

/* Take care of the outbox events that are published on channels. */
void	hook_register(struct outbox *, struct store *);

#endif
