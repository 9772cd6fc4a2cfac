/*
 * Memory of calls.  They hold a large error, so they are kept for reuse and
 * only what stands before it is cleared.
 */
#include <stdlib.h>
#include <string.h>

#include "api/internal.h"

enum { IDLE_MAX = 64 };		/* kept per shard */

void
call_pools_init(struct api *api)
{
	size_t i;

	for (i = 0; i < CALL_SHARDS; i++)
		pthread_mutex_init(&api->pool[i].lock, NULL);
}

void
call_pools_free(struct api *api)
{
	struct api_call *call;
	size_t i;

	for (i = 0; i < CALL_SHARDS; i++) {
		while ((call = api->pool[i].idle) != NULL) {
			api->pool[i].idle = call->next;
			free(call);
		}
		pthread_mutex_destroy(&api->pool[i].lock);
	}
}

static struct call_pool *
pool_of(struct api *api, const struct http_request *http)
{
	return &api->pool[http_loop(http) % CALL_SHARDS];
}

struct api_call *
call_new(struct api *api, struct http_request *http)
{
	struct call_pool *pool = pool_of(api, http);
	struct api_call *call;

	pthread_mutex_lock(&pool->lock);
	call = pool->idle;
	if (call != NULL) {
		pool->idle = call->next;
		pool->n--;
	}
	pthread_mutex_unlock(&pool->lock);
	if (call == NULL)
		call = malloc(sizeof(*call));
	if (call == NULL)
		return NULL;
	memset(call, 0, offsetof(struct api_call, err));
	err_clear(&call->err);
	call->api = api;
	call->http = http;
	call->arena = http_arena(http);
	return call;
}

void
call_free(struct api_call *call)
{
	struct call_pool *pool = pool_of(call->api, call->http);

	json_decref(call->body);
	call->body = NULL;
	pthread_mutex_lock(&pool->lock);
	if (pool->n < IDLE_MAX) {
		call->next = pool->idle;
		pool->idle = call;
		pool->n++;
		call = NULL;
	}
	pthread_mutex_unlock(&pool->lock);
	free(call);
}
