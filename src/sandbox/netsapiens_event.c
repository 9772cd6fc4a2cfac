/*
 * Subscriptions: what is told to whom.  Records wait in their subscription
 * (member "waiting", never answered) until the thread posts them as one list;
 * those that could not be posted wait on.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/times.h"
#include "helio/http.h"
#include "sandbox/netsapiens.h"

enum { WAITING_MAX = 1000, POST_MS = 5000 };

static const char *const models[] = {
	"agent", "auditlog", "auditlog_lite", "call", "call_origid", "cdr",
	"message", "messagesession", "subscriber", "presence", "voicemail",
};

/* ---- finding ---- */

static json_t *
find_subscription(const struct pbx *pbx, const char *id, size_t *ret_i)
{
	size_t i;
	json_t *one;

	json_array_foreach(pbx->subscriptions, i, one)
		if (strcmp(pbx_member(one, "id"), id) == 0) {
			*ret_i = i;
			return one;
		}
	return NULL;
}

/* The record as it is answered. */
static json_t *
shown(const json_t *subscription)
{
	json_t *copy = json_deep_copy(subscription);

	json_object_del(copy, "waiting");
	json_object_del(copy, "expires_us");
	return copy;
}

static void
drop_expired(struct pbx *pbx)
{
	int64_t now_us = sandbox_now_us(pbx->sandbox);
	size_t i = json_array_size(pbx->subscriptions);

	while (i-- > 0)
		if (json_integer_value(json_object_get(json_array_get(
		    pbx->subscriptions, i), "expires_us")) <= now_us)
			json_array_remove(pbx->subscriptions, i);
}

/* The one of the path; NULL: the answer says why not. */
static json_t *
of_path(struct pbx *pbx, struct sandbox_call *call, size_t *ret_i)
{
	json_t *one;

	if (!pbx_admitted(pbx, call))
		return NULL;
	drop_expired(pbx);
	one = find_subscription(pbx, call->arg[0], ret_i);
	if (one == NULL)
		pbx_answer(call, 404, "Subscription not found");
	return one;
}

/* ---- making and changing ---- */

static bool
is_model(const char *name)
{
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (strcmp(models[i], name) == 0)
			return true;
	return false;
}

static bool
exists(const struct pbx *pbx, const json_t *wanted)
{
	static const char *const same[] = { "model", "post-url", "domain",
	    "user" };
	size_t i, k;
	json_t *one;

	json_array_foreach(pbx->subscriptions, i, one) {
		for (k = 0; k < sizeof(same) / sizeof(same[0]); k++)
			if (strcmp(pbx_member(one, same[k]),
			    pbx_member(wanted, same[k])) != 0)
				break;
		if (k == sizeof(same) / sizeof(same[0]))
			return true;
	}
	return false;
}

static void
set_expiry(json_t *subscription, int64_t at_us)
{
	json_object_set_new(subscription, "subscription-expires-datetime",
	    pbx_time_text(at_us));
	json_object_set_new(subscription, "expires_us", json_integer(at_us));
}

/* Members that a caller may give are taken over; false: one is wrong. */
static bool
take_members(json_t *subscription, const json_t *body)
{
	static const char *const texts[] = { "model", "post-url",
	    "subscription-geo-support", "preferred-server" };
	const char *model = json_string_value(json_object_get(body,
	    "model"));
	const char *expires = json_string_value(json_object_get(body,
	    "subscription-expires-datetime"));
	int64_t at_us;

	if (model != NULL && !is_model(model))
		return false;
	if (expires != NULL) {
		if (!time_parse(expires, strlen(expires), &at_us, NULL,
		    &(const char *){ NULL }))
			return false;
		set_expiry(subscription, at_us);
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (json_is_string(json_object_get(body, texts[i])))
			json_object_set(subscription, texts[i],
			    json_object_get(body, texts[i]));
	return true;
}

static const char *
or_any(const json_t *body, const char *name)
{
	const char *text = pbx_member(body, name);

	return *text != '\0' ? text : "*";
}

static json_t *
new_subscription(struct pbx *pbx, const json_t *body, int64_t expires_us)
{
	char id[PBX_ID_SIZE];
	json_t *one;

	pbx_new_id(pbx, id);
	one = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, "
	    "s:i, s:o, s:[]}", "id", id, "model", "", "post-url", "",
	    "subscription-geo-support", "yes", "reseller", or_any(body,
	    "reseller"), "user", or_any(body, "user"), "domain", or_any(body,
	    "domain"), "preferred-server", "core1.sandbox.example", "status",
	    "pending", "error-count", 0, "posts-count", 0,
	    "subscription-creation-datetime", pbx_time_text(sandbox_now_us(
	    pbx->sandbox)), "waiting");
	set_expiry(one, expires_us);
	return one;
}

static void
subscribe(struct pbx *pbx, struct sandbox_call *call, const json_t *body)
{
	json_t *one = new_subscription(pbx, body,
	    pbx_token_of(pbx, call)->expires_us), *answer;

	drop_expired(pbx);
	if (!take_members(one, body) || *pbx_member(one, "model") == '\0' ||
	    *pbx_member(one, "post-url") == '\0') {
		pbx_answer(call, 400, "model, post-url or expiry is not valid");
	} else if (exists(pbx, one)) {
		pbx_answer(call, 409, "Subscription already exists");
	} else if (json_array_size(pbx->subscriptions) == PBX_KEPT_MAX) {
		pbx_answer(call, 400, "There are too many subscriptions");
	} else {
		json_array_append(pbx->subscriptions, one);
		answer = shown(one);
		pbx_answer_made(pbx, call, answer);
		json_decref(answer);
	}
	json_decref(one);
}

void
pbx_post_subscription(void *state, struct sandbox_call *call)
{
	json_t *body;

	if (!pbx_admitted(state, call))
		return;
	body = sandbox_json(call);
	if (json_is_object(body))
		subscribe(state, call, body);
	else
		pbx_answer(call, 400, "The body is no JSON object");
	json_decref(body);
}

void
pbx_put_subscription(void *state, struct sandbox_call *call)
{
	static const char *const counts[] = { "error-count", "posts-count" };
	size_t at;
	json_t *one = of_path(state, call, &at), *body;

	if (one == NULL)
		return;
	body = sandbox_json(call);
	if (!json_is_object(body) || !take_members(one, body)) {
		pbx_answer(call, 400, "model or expiry is not valid");
	} else {
		for (size_t i = 0; i < 2; i++)
			if (strcmp(pbx_member(body, counts[i]), "0") == 0)
				json_object_set_new(one, counts[i],
				    json_integer(0));
		pbx_answer(call, 202, "Accepted");
	}
	json_decref(body);
}

void
pbx_delete_subscription(void *state, struct sandbox_call *call)
{
	struct pbx *pbx = state;
	size_t at;

	if (of_path(pbx, call, &at) == NULL)
		return;
	json_array_remove(pbx->subscriptions, at);
	pbx_answer(call, 202, "Accepted");
}

/* ---- reading ---- */

static json_t *
all_shown(struct pbx *pbx)
{
	json_t *list = json_array(), *one;
	size_t i;

	drop_expired(pbx);
	json_array_foreach(pbx->subscriptions, i, one)
		json_array_append_new(list, shown(one));
	return list;
}

void
pbx_get_subscriptions(void *state, struct sandbox_call *call)
{
	if (pbx_admitted(state, call))
		pbx_answer_list(call, all_shown(state));
}

void
pbx_get_subscription(void *state, struct sandbox_call *call)
{
	size_t at;
	json_t *one = of_path(state, call, &at);

	if (one != NULL)
		sandbox_answer(call, 200, shown(one));
}

void
pbx_control_subscriptions(void *state, struct sandbox_call *call)
{
	sandbox_answer(call, 200, all_shown(state));
}

/* ---- telling ---- */

void
pbx_publish(struct pbx *pbx, const char *model, const json_t *record)
{
	size_t i;
	json_t *one, *waiting;

	json_array_foreach(pbx->subscriptions, i, one) {
		waiting = json_object_get(one, "waiting");
		if (strcmp(pbx_member(one, "model"), model) == 0 &&
		    pbx_is_of(record, pbx_member(one, "domain"),
		    pbx_member(one, "user")) &&
		    json_array_size(waiting) < WAITING_MAX)
			json_array_append_new(waiting,
			    json_deep_copy(record));
	}
}

struct poster {
	struct pbx	*pbx;
	pthread_t	 thread;
	pthread_mutex_t	 lock;		/* stopping */
	pthread_cond_t	 wake;
	bool		 stopping;
};

/* What one subscriber is sent. */
struct post {
	char		 id[PBX_ID_SIZE];
	char		*url;
	json_t		*records;
};

/* Take the records of the next subscription that has some, from *at on. */
static bool
next_post(struct pbx *pbx, size_t *at, struct post *ret)
{
	json_t *one;

	while ((one = json_array_get(pbx->subscriptions, *at)) != NULL) {
		json_t *waiting = json_object_get(one, "waiting");

		(*at)++;
		if (json_array_size(waiting) == 0)
			continue;
		snprintf(ret->id, sizeof(ret->id), "%s",
		    pbx_member(one, "id"));
		ret->url = strdup(pbx_member(one, "post-url"));
		ret->records = json_incref(waiting);
		json_object_set_new(one, "waiting", json_array());
		return true;
	}
	return false;
}

static helio_code
send_post(const struct post *post, const char *body)
{
	helio_options *options = helio_options_new();
	helio_call *call = helio_call_new("POST", post->url);
	helio_http *http = NULL;
	helio_reply *reply = NULL;
	helio_error error;
	helio_code code = HELIO_LOCAL;

	if (options != NULL && call != NULL) {
		helio_options_url(options, post->url);
		helio_options_timeout(options, POST_MS);
		helio_options_retries(options, 0);
		helio_call_body(call, NULL, body, strlen(body));
		helio_call_header(call, "X-Correlation-ID", post->id);
		code = helio_http_new(options, &http, &error);
	}
	if (code == HELIO_DONE)
		code = helio_http_send(http, call, &reply, &error);
	if (code == HELIO_DONE)
		code = helio_reply_check(reply, &error);
	helio_reply_free(reply);
	helio_call_free(call);
	helio_http_free(http);
	helio_options_free(options);
	return code;
}

static void
count_up(json_t *subscription, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(subscription,
	    name));

	json_object_set_new(subscription, name, json_integer(n + 1));
}

/* Note how it went; what was not taken goes to the front again. */
static void
settle(struct pbx *pbx, const struct post *post, bool done)
{
	size_t at;
	json_t *one = find_subscription(pbx, post->id, &at);

	if (one == NULL)
		return;
	json_object_set_new(one, "status", json_string("active"));
	count_up(one, done ? "posts-count" : "error-count");
	if (done)
		return;
	json_array_extend(post->records, json_object_get(one, "waiting"));
	json_object_set(one, "waiting", post->records);
}

static void
post_one(struct poster *poster, struct post *post)
{
	char *body = json_dumps(post->records, 0);
	bool done = body != NULL && post->url != NULL &&
	    send_post(post, body) == HELIO_DONE;

	sandbox_lock(poster->pbx->sandbox);
	settle(poster->pbx, post, done);
	json_decref(post->records);
	sandbox_unlock(poster->pbx->sandbox);
	free(post->url);
	free(body);
}

/* One look: messages are delivered, subscribers told. */
static void
look(struct poster *poster)
{
	struct pbx *pbx = poster->pbx;
	struct post post;
	size_t at = 0;
	bool more = true;

	sandbox_lock(pbx->sandbox);
	pbx_deliver(pbx);
	drop_expired(pbx);
	sandbox_unlock(pbx->sandbox);
	while (more) {
		sandbox_lock(pbx->sandbox);
		more = next_post(pbx, &at, &post);
		sandbox_unlock(pbx->sandbox);
		if (more)
			post_one(poster, &post);
	}
}

/* Wait for the next look; false: stop. */
static bool
pause_ms(struct poster *poster, long ms)
{
	struct timespec until;
	bool stopping;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&poster->lock);
	while (!poster->stopping && pthread_cond_timedwait(&poster->wake,
	    &poster->lock, &until) != ETIMEDOUT)
		;
	stopping = poster->stopping;
	pthread_mutex_unlock(&poster->lock);
	return !stopping;
}

static void *
run(void *arg)
{
	struct poster *poster = arg;

	while (pause_ms(poster, sandbox_number(poster->pbx->sandbox,
	    PBX_poll)))
		look(poster);
	return NULL;
}

struct poster *
poster_start(struct pbx *pbx)
{
	struct poster *poster = calloc(1, sizeof(*poster));

	if (poster == NULL)
		return NULL;
	poster->pbx = pbx;
	pthread_mutex_init(&poster->lock, NULL);
	pthread_cond_init(&poster->wake, NULL);
	if (pthread_create(&poster->thread, NULL, run, poster) == 0)
		return poster;
	free(poster);
	return NULL;
}

void
poster_stop(struct poster *poster)
{
	if (poster == NULL)
		return;
	pthread_mutex_lock(&poster->lock);
	poster->stopping = true;
	pthread_cond_signal(&poster->wake);
	pthread_mutex_unlock(&poster->lock);
	pthread_join(poster->thread, NULL);
	pthread_cond_destroy(&poster->wake);
	pthread_mutex_destroy(&poster->lock);
	free(poster);
}
