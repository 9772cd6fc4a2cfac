/* Orders wait, and expire. */
#include "rtc/rtc.h"

#include <jansson.h>
#include <stdio.h>

static int64_t
expires_at(const struct outbox_item *item)
{
	json_t *payload = item->payload == NULL ? NULL :
	    json_loads(item->payload, 0, NULL);
	int64_t at = json_integer_value(json_object_get(payload,
	    "expires_at"));

	json_decref(payload);
	return at;
}

static enum outbox_result
wait_for_unit(const struct outbox_item *item, void *arg, char *why,
    size_t why_size)
{
	struct store *store = arg;

	if (store_now_us(store) >= expires_at(item)) {
		snprintf(why, why_size, "not delivered in time");
		return OUTBOX_DEAD;
	}
	snprintf(why, why_size, "the unit is not connected");
	return OUTBOX_RETRY;
}

void
rtc_register(struct outbox *outbox, struct store *store)
{
	outbox_handle(outbox, OUTBOX_RTC_MESSAGE, wait_for_unit, store);
}
