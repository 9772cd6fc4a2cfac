/* What MHD calls for a request, from its first line to its end. */
#include "http/http_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const struct {
	const char	*name;
	enum http_method code;
} methods[] = {
	{ "GET", HTTP_GET }, { "POST", HTTP_POST }, { "PUT", HTTP_PUT },
	{ "DELETE", HTTP_DELETE }, { "HEAD", HTTP_HEAD },
	{ "OPTIONS", HTTP_OPTIONS }, { "PATCH", HTTP_PATCH },
};

static enum http_method
method_code(const char *s)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i].name, s) == 0)
			return methods[i].code;
	return HTTP_OTHER;
}

static int64_t
clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct http_request *
request_new(struct http_loop *l)
{
	struct http_request *r = STAILQ_FIRST(&l->spare);

	if (r != NULL) {
		STAILQ_REMOVE_HEAD(&l->spare, link);
		l->n_spare--;
		return r;
	}
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->arena = arena_new();
	if (r->arena == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

void
http_request_free(struct http_request *r)
{
	buf_free(&r->body);
	buf_free(&r->reply);
	arena_free(r->arena);
	free(r);
}

bool
http_request_hold(struct http_request *r, enum hold what, size_t n)
{
	struct http_server *s = r->loop->server;
	size_t had = r->held[what], all;

	if (n <= BUF_KEEP)
		n = 0;
	r->held[what] = n;
	if (n <= had) {
		atomic_fetch_sub(&s->bodies[what], had - n);
		return true;
	}
	all = atomic_fetch_add(&s->bodies[what], n - had) + n - had;
	return s->opt.bodies_max == 0 || all <= s->opt.bodies_max;
}

/* Keep it for the next one. */
static void
recycle(struct http_request *r)
{
	const size_t kept = offsetof(struct http_request, conn);
	struct http_loop *l = r->loop;

	http_request_hold(r, HOLD_BODY, 0);
	http_request_hold(r, HOLD_REPLY, 0);
	http_stream_free(r);
	if (l->n_spare >= SPARE_MAX) {
		http_request_free(r);
		return;
	}
	buf_free(&r->reply);
	if (r->body.cap > BUF_KEEP || r->body.failed)
		buf_free(&r->body);
	else
		buf_reset(&r->body);
	memset((char *)r + kept, 0, sizeof(*r) - kept);
	arena_reset(r->arena);
	STAILQ_INSERT_HEAD(&l->spare, r, link);
	l->n_spare++;
}

/* The part of an absolute-form target (RFC 9112 3.2.2) that is the path. */
static const char *
skip_authority(const char *target)
{
	const char *s = target;

	if (strncasecmp(s, "http://", 7) == 0)
		s += 7;
	else if (strncasecmp(s, "https://", 8) == 0)
		s += 8;
	else
		return target;
	return s + strcspn(s, "/?");
}

/* Cut the target into path and query. */
static void
split_target(struct http_request *r)
{
	const char *path = skip_authority(r->target);
	const char *mark = strchr(path, '?');

	r->query = mark != NULL ? mark + 1 : "";
	if (mark == NULL)
		r->path = *path != 0 ? path : "/";
	else
		r->path = mark == path ? "/" : arena_strndup(r->arena, path,
		    (size_t)(mark - path));
}

static struct http_conn *
conn_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

void *
http_on_target(void *cls, const char *uri, struct MHD_Connection *mhd)
{
	struct http_loop *l = cls;
	struct http_conn *c = conn_of(mhd);
	struct http_request *r = c != NULL ? request_new(l) : NULL;

	if (r == NULL)
		return NULL;
	r->conn = c;
	r->loop = l;
	r->mhd = mhd;
	r->peer = c->peer;
	r->body_max = BODY_MAX;
	r->body_deadline_ms = BODY_DEADLINE_MS;
	/* MHD cuts the arguments in place after this. */
	r->target = arena_strdup(r->arena, uri != NULL ? uri : "");
	split_target(r);
	c->req = r;
	if (c->phase == CONN_IDLE)
		http_conn_enter(c, CONN_HEAD, l->server->opt.header_deadline_ms);
	return r;
}

/* Let the application look at the request; true when it answered at once. */
static bool
call(struct http_request *r, void (*fn)(void *, struct http_request *))
{
	bool replied;

	r->calling = true;
	fn(r->loop->server->app.ctx, r);
	replied = r->replied;
	r->calling = false;
	return replied;
}

/* The transport refuses the request; MHD can be told, and closes. */
static enum MHD_Result
refuse(struct http_request *r, enum helio_rc rc)
{
	http_reply_failure(r, rc);
	r->conn->unread = true;
	return http_reply_queue(r, true);
}

/* The head is in. */
static enum MHD_Result
on_head(struct http_request *r, const char *method, const char *version)
{
	struct head_facts head;
	enum helio_rc rc;

	r->method = method;
	r->code = method_code(method);
	rc = http_head_check(r, version, &head);
	if (rc != HELIO_OK)
		return refuse(r, rc);
	r->phase = REQ_BODY;
	r->begun_us = clock_us();
	if (call(r, r->loop->server->app.begin)) {
		r->phase = REQ_ANSWERED;
		/* An answer now would make MHD close: only where it must. */
		if (!head.has_body)
			return MHD_YES;
		r->conn->unread = true;
		return http_reply_queue(r, true);
	}
	if (!head.chunked && head.length > r->body_max)
		return refuse(r, HELIO_E_TOO_LARGE);
	r->body_len = head.chunked ? 0 : (size_t)head.length;
	http_conn_enter(r->conn, CONN_BODY, r->body_deadline_ms);
	return MHD_YES;
}

/* Body bytes that nobody wants, so that the client gets to read the reply. */
static enum MHD_Result
discard(struct http_request *r, size_t n)
{
	r->discarded += n;
	return r->discarded < LINGER_BYTES ? MHD_YES : MHD_NO;
}

/* MHD takes no answer in the middle of a body: say it past MHD (plain), or
 * at the body's end (TLS). */
static enum MHD_Result
fail_body(struct http_request *r, enum helio_rc rc)
{
	buf_free(&r->body);
	http_request_hold(r, HOLD_BODY, 0);
	r->conn->unread = true;
	if (http_conn_tell(r->conn, rc)) {
		r->phase = REQ_FAILED;
	} else {
		http_reply_failure(r, rc);
		r->phase = REQ_ANSWERED;
	}
	r->status = rc_status(rc);
	http_conn_enter(r->conn, CONN_BODY, LINGER_MS);
	return MHD_YES;
}

/* A large body is copied for a few times only while it comes; who says that
 * one is coming gets no memory for that alone. */
static void
make_room(struct http_request *r, size_t n)
{
	size_t some = (r->body.len + n) * BODY_GROWTH;

	if (r->body.cap - r->body.len > n || r->body_len <= BUF_KEEP ||
	    r->body_len <= r->body.len + n)
		return;
	if (some > r->body_len)
		some = r->body_len;
	(void)buf_reserve_exact(&r->body, some - r->body.len);
}

static enum MHD_Result
on_body(struct http_request *r, const char *data, size_t n)
{
	if (r->phase != REQ_BODY)
		return discard(r, n);
	if (n > r->body_max - r->body.len)
		return fail_body(r, HELIO_E_TOO_LARGE);
	make_room(r, n);
	buf_add(&r->body, data, n);
	if (r->body.failed)
		return fail_body(r, HELIO_E_NO_MEMORY);
	if (!http_request_hold(r, HOLD_BODY, r->body.cap))
		return fail_body(r, HELIO_E_BUSY);
	return MHD_YES;
}

/* All is in: over to the application, and wait for it if need be. */
static enum MHD_Result
hand_over(struct http_request *r)
{
	r->phase = REQ_HELD;
	if (call(r, r->loop->server->app.handle)) {
		r->phase = REQ_ANSWERED;
		return http_reply_queue(r, false);
	}
	/* From here on the request may be another thread's. */
	r->loop->waiting++;
	http_conn_enter(r->conn, CONN_HELD, 0);
	r->suspended = true;
	MHD_suspend_connection(r->mhd);
	return MHD_YES;
}

static enum MHD_Result
on_end(struct http_request *r)
{
	if (r->phase == REQ_BODY)
		return hand_over(r);
	if (r->phase != REQ_ANSWERED)
		return MHD_NO;
	return http_reply_queue(r, r->conn->unread);
}

enum MHD_Result
http_on_request(void *cls, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *data, size_t *data_len,
    void **req)
{
	struct http_request *r = *req;
	size_t n = *data_len;

	if (r == NULL || r->conn->refused)
		return MHD_NO;
	if (r->phase == REQ_HEAD)
		return on_head(r, method, version);
	if (n == 0)
		return on_end(r);
	*data_len = 0;
	return on_body(r, data, n);
}

static void
report(struct http_request *r, bool sent)
{
	const struct http_app *app = &r->loop->server->app;

	sent &= r->code != HTTP_HEAD;
	if (r->begun_us != 0 && app->finished != NULL)
		app->finished(app->ctx, r, r->status, sent ? r->reply_len : 0,
		    clock_us() - r->begun_us);
}

void
http_request_done(struct http_request *r)
{
	report(r, true);
	recycle(r);
}

/* The connection's side is done.  True when the application's is not: it is
 * told, and the request waits for it. */
static bool
detach(struct http_request *r)
{
	struct http_loop *l = r->loop;

	if (r->stream == NULL)
		return false;
	pthread_mutex_lock(&l->lock);
	r->detached = r->listed || !r->over;
	pthread_mutex_unlock(&l->lock);
	if (r->detached)
		http_stream_gone(r);
	return r->detached;
}

/* A stream's connection: count it, and let it go when the server ends. */
static void
end_stream(struct http_request *r, struct http_conn *c, bool sent)
{
	if (!sent)
		atomic_fetch_add(&r->loop->server->streams_cut, 1);
	if (r->loop->stop_at_ms != 0 && c->phase != CONN_GONE)
		http_conn_drop(c);
}

void
http_on_completed(void *cls, struct MHD_Connection *mhd, void **req,
    enum MHD_RequestTerminationCode toe)
{
	struct http_request *r = *req;
	struct http_conn *c;

	if (r == NULL)
		return;
	*req = NULL;
	c = r->conn;
	c->req = NULL;
	/* MHD found the head or body malformed: more of it may be coming. */
	if (toe == MHD_REQUEST_TERMINATED_WITH_ERROR)
		c->unread = true;
	if (c->phase != CONN_GONE)
		http_conn_enter(c, CONN_IDLE, r->loop->server->opt.idle_ms);
	if (r->stream != NULL)
		end_stream(r, c, toe == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	if (detach(r))
		return;
	/* Held: closed by the end of the loop, as are streams after it. */
	if (r->phase != REQ_HELD && (r->stream == NULL || !r->loop->ended))
		report(r, toe == MHD_REQUEST_TERMINATED_COMPLETED_OK ||
		    r->stream != NULL);
	recycle(r);
}
