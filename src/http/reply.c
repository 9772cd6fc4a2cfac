/* Answers: what http_reply() keeps, and who gives it to MHD. */
#include "http/http_internal.h"

#include <stdio.h>
#include <stdlib.h>

struct reply_field {
	struct reply_field *next;
	const char	*name;
	const char	*value;
};

void
http_reply_header(struct http_request *r, const char *name, const char *value)
{
	struct reply_field *f = arena_alloc(r->arena, sizeof(*f));

	f->name = arena_strdup(r->arena, name);
	f->value = arena_strdup(r->arena, value);
	f->next = r->fields;
	r->fields = f;
}

static void
keep(struct http_request *r, unsigned status, const char *content_type,
    struct buf *body)
{
	r->status = status;
	if (content_type != NULL)
		r->content_type = arena_strdup(r->arena, content_type);
	if (body == NULL)
		return;
	buf_free(&r->reply);
	r->reply = *body;
	buf_init(body);
}

void
http_reply_failure(struct http_request *r, enum helio_rc rc)
{
	const struct http_app *app = &r->loop->server->app;
	struct buf body = BUF_INIT;
	unsigned status = rc_status(rc);
	char seconds[8];

	r->fields = NULL;
	r->fixed = NULL;
	app->describe(app->ctx, rc, &body);
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE) {
		snprintf(seconds, sizeof(seconds), "%d", RETRY_AFTER_S);
		http_reply_header(r, "Retry-After", seconds);
	}
	keep(r, status, "application/json", &body);
}

static struct MHD_Response *
create(struct http_request *r)
{
	char *data;

	if (r->stream != NULL)
		return http_stream_response(r);
	if (r->fixed != NULL)
		return MHD_create_response_from_buffer(r->reply_len,
		    (void *)(uintptr_t)r->fixed, MHD_RESPMEM_PERSISTENT);
	data = buf_take(&r->reply, &r->reply_len);
	if (data == NULL)
		return MHD_create_response_from_buffer(r->reply_len = 0, NULL,
		    MHD_RESPMEM_PERSISTENT);
	return MHD_create_response_from_buffer(r->reply_len, data,
	    MHD_RESPMEM_MUST_FREE);
}

enum MHD_Result
http_reply_queue(struct http_request *r, bool closing)
{
	const struct http_server *s = r->loop->server;
	struct MHD_Response *m;
	enum MHD_Result rc;

	if (r->dropped)
		return MHD_NO;
	if (r->reply.failed) {
		http_reply_failure(r, HELIO_E_NO_MEMORY);
	} else if (!http_request_hold(r, HOLD_REPLY, r->reply.cap)) {
		http_reply_failure(r, HELIO_E_BUSY);
		http_request_hold(r, HOLD_REPLY, r->reply.cap);
	}
	m = create(r);
	if (m == NULL)
		return MHD_NO;
	if (r->content_type != NULL)
		MHD_add_response_header(m, "Content-Type", r->content_type);
	for (const struct reply_field *f = r->fields; f != NULL; f = f->next)
		MHD_add_response_header(m, f->name, f->value);
	if (closing || atomic_load_explicit(&s->stopping, memory_order_relaxed))
		MHD_add_response_header(m, "Connection", "close");
	if (r->stream != NULL)
		http_stream_sending(r);
	else
		http_conn_sending(r->conn, r->reply_len);
	rc = MHD_queue_response(r->mhd, r->status, m);
	MHD_destroy_response(m);
	return rc;
}

/* The loop has ended: nobody will send this.  The last one frees the loop and
 * with it the requests that still have a connection. */
static void
drop(struct http_request *r)
{
	struct http_loop *l = r->loop;

	if (r->detached) {
		http_request_hold(r, HOLD_BODY, 0);
		http_stream_free(r);
		http_request_free(r);
	}
	if (http_loop_leave(l))
		http_loop_free(l);
}

bool
http_hand_back(struct http_request *r, bool over)
{
	struct http_loop *l = r->loop;
	bool ended, wake;

	pthread_mutex_lock(&l->lock);
	ended = l->ended;
	r->over = over;
	if (!ended && !r->listed) {
		wake = STAILQ_EMPTY(&l->done) && !http_loop_is_dispatching(l);
		r->listed = true;
		STAILQ_INSERT_TAIL(&l->done, r, link);
		/* Under the lock: the loop may end right after it. */
		if (wake)
			http_loop_wake(l);
	}
	pthread_mutex_unlock(&l->lock);
	return !ended;
}

void
http_let_go(struct http_request *r)
{
	if (!http_hand_back(r, true))
		drop(r);
}

/* Is this the loop's own thread, inside a callback?  `calling` belongs to that
 * thread: ask for the thread first. */
static bool
is_here(const struct http_request *r)
{
	return pthread_equal(pthread_self(), r->loop->self) != 0 && r->calling;
}

static void
answered(struct http_request *r, bool here)
{
	if (here)
		r->replied = true;
	else
		http_let_go(r);
}

void
http_reply(struct http_request *r, unsigned status, const char *content_type,
    struct buf *body)
{
	bool here = is_here(r);

	if (here && r->replied) {
		if (body != NULL)
			buf_free(body);
		return;
	}
	keep(r, status, content_type, body);
	answered(r, here);
}

void
http_reply_static(struct http_request *r, unsigned status,
    const char *content_type, const char *bytes, size_t n)
{
	bool here = is_here(r);

	if (here && r->replied)
		return;
	keep(r, status, content_type, NULL);
	r->fixed = bytes;
	r->reply_len = n;
	answered(r, here);
}

void
http_drop(struct http_request *r)
{
	bool here = is_here(r);

	if (here && r->replied)
		return;
	r->dropped = true;
	answered(r, here);
}
