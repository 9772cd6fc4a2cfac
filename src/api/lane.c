/* Each event loop's lane to a store that waits. */
#include "api/internal.h"

static void
open_lane(void *arg)
{
	store_lane_open(arg);
}

/* A new connection is made by a worker, and taken over by the loop. */
static bool
bring_up(struct api_call *call, struct store_lane *lane)
{
	struct helio_err ignored;
	int fd = store_lane_join(lane);

	if (fd >= 0 && http_watch(call->http, fd))
		return true;
	store_lane_close(lane);
	err_clear(&ignored);
	if (store_lane_wants(lane))
		(void)workers_push(call->api->workers, open_lane, lane,
		    &ignored);
	return false;
}

static struct store_lane *
lane_of(struct api_call *call)
{
	unsigned loop = http_loop(call->http);
	struct api *api = call->api;

	if (loop >= LANES_MAX)
		return NULL;
	if (api->lane[loop] == NULL)
		api->lane[loop] = store_lane_new(api->opt.store);
	return api->lane[loop];
}

bool
api_ask(struct api_call *call, struct store_question *question)
{
	struct store_lane *lane = lane_of(call);

	if (lane == NULL || (!store_lane_is_up(lane) &&
	    !bring_up(call, lane)))
		return false;
	question->caller = &call->caller;
	question->err = &call->err;
	return store_lane_ask(lane, question);
}

void
lanes_readable(void *ctx, unsigned loop)
{
	struct api *api = ctx;

	if (loop < LANES_MAX && api->lane[loop] != NULL)
		store_lane_read(api->lane[loop]);
}

void
lanes_gathered(void *ctx, unsigned loop)
{
	struct api *api = ctx;

	if (loop < LANES_MAX && api->lane[loop] != NULL)
		store_lane_send(api->lane[loop]);
}

void
lanes_free(struct api *api)
{
	for (size_t i = 0; i < LANES_MAX; i++)
		store_lane_free(api->lane[i]);
}
