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

	for (i = 0; i < CALL_SHARDS; i++) {
		pthread_mutex_init(&api->pool[i].lock, NULL);
		LIST_INIT(&api->pool[i].busy);
		LIST_INIT(&api->pool[i].idle);
	}
}

static void
list_free(struct call_list *list)
{
	struct api_call *call;

	while ((call = LIST_FIRST(list)) != NULL) {
		LIST_REMOVE(call, link);
		json_decref(call->body);
		free(call);
	}
}

void
call_pools_free(struct api *api)
{
	size_t i;

	for (i = 0; i < CALL_SHARDS; i++) {
		list_free(&api->pool[i].busy);
		list_free(&api->pool[i].idle);
		pthread_mutex_destroy(&api->pool[i].lock);
	}
}

static struct call_pool *
pool_of(struct api *api, const struct http_request *http)
{
	return &api->pool[http_loop(http) % CALL_SHARDS];
}

static struct api_call *
take_idle(struct call_pool *pool)
{
	struct api_call *call = LIST_FIRST(&pool->idle);

	if (call != NULL) {
		LIST_REMOVE(call, link);
		pool->n_idle--;
	}
	return call;
}

struct api_call *
call_new(struct api *api, struct http_request *http)
{
	struct call_pool *pool = pool_of(api, http);
	struct api_call *call;

	pthread_mutex_lock(&pool->lock);
	call = take_idle(pool);
	if (call == NULL)
		call = malloc(sizeof(*call));
	if (call != NULL) {
		memset(call, 0, offsetof(struct api_call, err));
		LIST_INSERT_HEAD(&pool->busy, call, link);
	}
	pthread_mutex_unlock(&pool->lock);
	if (call == NULL)
		return NULL;
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
	LIST_REMOVE(call, link);
	if (pool->n_idle < IDLE_MAX) {
		LIST_INSERT_HEAD(&pool->idle, call, link);
		pool->n_idle++;
		call = NULL;
	}
	pthread_mutex_unlock(&pool->lock);
	free(call);
}
