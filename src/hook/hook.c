/* Published events: done when nobody listens. */
#include <stdio.h>

#include "hook/hook.h"

/* Has anybody subscribed to the channel? */
static enum helio_rc
has_subscriber(struct store *store, const char *channel, bool *ret,
    struct helio_err *err)
{
	const struct schema_table *table;
	struct query query;
	struct tx *tx;
	enum helio_rc rc;

	rc = store_read(store, &CALLER_SYSTEM, &tx, err);
	if (rc != HELIO_OK)
		return rc;
	table = tx_table(tx, "subscriber");
	query = query_all(table);
	query.where = cond_eq(tx_arena(tx), table, "channel_name",
	    value_text(channel));
	*ret = tx_exists(tx, &query);
	store_read_end(tx);
	return HELIO_OK;
}

/* The event's name is its channel's. */
static enum outbox_result
publish(const struct outbox_item *item, void *arg, char *why, size_t why_size)
{
	struct helio_err err;
	bool wanted;

	err_clear(&err);
	if (has_subscriber(arg, outbox_event_name(item->event), &wanted,
	    &err) != HELIO_OK) {
		snprintf(why, why_size, "%s", err_message(&err));
		return OUTBOX_RETRY;
	}
	if (!wanted)
		return OUTBOX_DONE;
	snprintf(why, why_size, "this version does not deliver webhooks");
	return OUTBOX_RETRY;
}

void
hook_register(struct outbox *outbox, struct store *store)
{
	outbox_handle(outbox, OUTBOX_PRODUCT_STATUS, publish, store);
}
