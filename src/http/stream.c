/*
 * Replies that are made while they are sent: a ring of bytes between the
 * thread that makes them and the loop, which takes them for MHD.  Who finds
 * the ring full waits; when it is empty the connection is suspended.
 *
 * Whether somebody still reads is the loop's to say (conn.c): it looks at
 * what the kernel has got rid of.  The ring shows too little, for sockets hold
 * megabytes.  So a wait ends with room, with the connection, with a stop or
 * with the time of the whole.
 */
#include "http/http_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/times.h"

enum {
	RING_SIZE = 256 << 10,
	BLOCK_SIZE = 16 << 10,	/* at a time to readers of HTTP/1.0 */
};

struct http_stream {
	pthread_mutex_t	 lock;		/* all that follows */
	pthread_cond_t	 room;		/* half of the ring is free, or no use
					 * to wait for that */
	int64_t		 ends_ms;	/* when it has taken too long */
	int64_t		 waited_ms;	/* for room, all waits together */
	size_t		 first, used;
	bool		 starved;	/* the connection waits for bytes */
	bool		 ended;		/* no more will come */
	bool		 broken;	/* what was sent is not all */
	bool		 gone;		/* nobody reads */
	bool		 stopping;	/* the server ends */
	char		 ring[RING_SIZE];
};

/* ---- the loop's side ---- */

bool
http_is_streamed(const struct http_request *r)
{
	return r->phase == REQ_ANSWERED && r->stream != NULL;
}

static size_t
smallest(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t
take_bytes(struct http_stream *s, char *out, size_t max)
{
	size_t n = smallest(s->used, smallest(max, RING_SIZE - s->first));

	memcpy(out, s->ring + s->first, n);
	s->first = (s->first + n) % RING_SIZE;
	s->used -= n;
	if (s->used <= RING_SIZE / 2)
		pthread_cond_signal(&s->room);
	return n;
}

/* Bytes, an end in MHD's words, or 0: there are none yet. */
static ssize_t
take(struct http_stream *s, char *out, size_t max)
{
	ssize_t n = 0;

	pthread_mutex_lock(&s->lock);
	if (s->gone || s->broken)
		n = MHD_CONTENT_READER_END_WITH_ERROR;
	else if (s->used > 0)
		n = (ssize_t)take_bytes(s, out, max);
	else if (s->ended)
		n = MHD_CONTENT_READER_END_OF_STREAM;
	else
		s->starved = true;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static ssize_t
on_take(void *cls, uint64_t pos, char *out, size_t max)
{
	struct http_request *r = cls;
	ssize_t n = take(r->stream, out, max);

	if (n > 0)
		r->reply_len += (size_t)n;
	if (n != 0 && r->conn->phase == CONN_HELD)
		http_stream_sending(r);
	if (n == 0) {
		http_conn_enter(r->conn, CONN_HELD, 0);
		r->suspended = true;
		MHD_suspend_connection(r->mhd);
	}
	return n;
}

/* There are bytes to send again; the last may take a little longer. */
void
http_stream_sending(struct http_request *r)
{
	http_conn_streaming(r->conn, r->stream->ends_ms);
}

struct MHD_Response *
http_stream_response(struct http_request *r)
{
	struct MHD_Response *m = MHD_create_response_from_callback(
	    MHD_SIZE_UNKNOWN, BLOCK_SIZE, on_take, r, NULL);

	/* MHD would send the last chunk of a body that is not there */
	if (m != NULL && r->code == HTTP_HEAD)
		MHD_set_response_options(m, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT,
		    MHD_RO_END);
	return m;
}

static void
tell(struct http_stream *s, bool *what)
{
	pthread_mutex_lock(&s->lock);
	*what = true;
	pthread_cond_signal(&s->room);
	pthread_mutex_unlock(&s->lock);
}

void
http_stream_gone(struct http_request *r)
{
	tell(r->stream, &r->stream->gone);
}

void
http_stream_stop(struct http_request *r)
{
	tell(r->stream, &r->stream->stopping);
}

bool
http_stream_broken(struct http_request *r)
{
	struct http_stream *s = r->stream;
	bool broken;

	pthread_mutex_lock(&s->lock);
	broken = s->broken;
	pthread_mutex_unlock(&s->lock);
	return broken;
}

void
http_stream_free(struct http_request *r)
{
	struct http_stream *s = r->stream;

	if (s == NULL)
		return;
	r->stream = NULL;
	atomic_fetch_sub(&r->loop->server->streams, 1);
	pthread_cond_destroy(&s->room);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* ---- the side that makes the bytes ---- */

static struct http_stream *
stream_new(unsigned ms)
{
	struct http_stream *s = calloc(1, sizeof(*s));
	pthread_condattr_t clock;

	if (s == NULL)
		return NULL;
	s->ends_ms = time_monotonic_ms() + ms;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&s->room, &clock);
	pthread_condattr_destroy(&clock);
	return s;
}

static bool
admit(struct http_server *server)
{
	if (atomic_fetch_add(&server->streams, 1) < server->opt.streams_max)
		return true;
	atomic_fetch_sub(&server->streams, 1);
	return false;
}

enum helio_rc
http_stream_new(struct http_request *r, struct helio_err *err)
{
	struct http_server *server = r->loop->server;

	if (!admit(server))
		return err_set(err, HELIO_E_BUSY, "Too many large replies are "
		    "being read. Please try again");
	r->stream = stream_new(server->opt.stream_ms);
	if (r->stream != NULL)
		return HELIO_OK;
	atomic_fetch_sub(&server->streams, 1);
	return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
}

void
http_stream_begin(struct http_request *r, unsigned status,
    const char *content_type)
{
	r->stream->gone = r->code == HTTP_HEAD;
	r->status = status;
	r->content_type = arena_strdup(r->arena, content_type);
	/* the request may outlive its connection */
	r->method = arena_strdup(r->arena, r->method);
	r->peer = arena_strdup(r->arena, r->peer);
	if (!http_hand_back(r, false))
		http_stream_gone(r);
}

/* Until there is room, or no more will be; `last` words may be waited for
 * although the time is over. */
static void
wait_for_room(struct http_stream *s, bool last)
{
	const struct timespec end = {
		.tv_sec = s->ends_ms / 1000,
		.tv_nsec = s->ends_ms % 1000 * 1000000,
	};
	int64_t begun = time_monotonic_ms();
	int why = 0;

	while (s->used == RING_SIZE && !s->gone && why == 0 &&
	    (last || !s->stopping))
		why = last ? pthread_cond_wait(&s->room, &s->lock) :
		    pthread_cond_timedwait(&s->room, &s->lock, &end);
	s->waited_ms += time_monotonic_ms() - begun;
}

/* May bytes go in?  If not, *ret_why; the lock is held. */
static enum helio_rc
check(const struct http_stream *s, bool last, const char **ret_why)
{
	*ret_why = "The reader is gone or too slow";
	if (s->gone)
		return HELIO_E_DEADLINE;
	*ret_why = rc_text(HELIO_E_STOPPING);
	if (s->stopping && !last)
		return HELIO_E_STOPPING;
	*ret_why = "Reading the reply took too long (stream_deadline)";
	return last || time_monotonic_ms() < s->ends_ms ? HELIO_OK :
	    HELIO_E_DEADLINE;
}

/* Some of n bytes, as many as there is room for. */
static size_t
fill(struct http_stream *s, const char *bytes, size_t n)
{
	size_t at = (s->first + s->used) % RING_SIZE;

	n = smallest(n, smallest(RING_SIZE - s->used, RING_SIZE - at));
	memcpy(s->ring + at, bytes, n);
	s->used += n;
	return n;
}

/* Some of n bytes, *ret of them; at least one unless it fails. */
static enum helio_rc
put_some(struct http_request *r, const char *bytes, size_t n, bool last,
    size_t *ret, const char **ret_why)
{
	struct http_stream *s = r->stream;
	enum helio_rc rc;
	bool wake;

	pthread_mutex_lock(&s->lock);
	if (s->used == RING_SIZE)
		wait_for_room(s, last);
	rc = check(s, last, ret_why);
	*ret = rc == HELIO_OK ? fill(s, bytes, n) : 0;
	wake = s->starved && *ret > 0;
	if (wake)
		s->starved = false;
	pthread_mutex_unlock(&s->lock);
	if (wake)
		http_hand_back(r, false);
	return rc;
}

enum helio_rc
http_stream_put(struct http_request *r, const char *bytes, size_t n, bool last,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	const char *why;
	size_t put;

	while (n > 0 && rc == HELIO_OK) {
		rc = put_some(r, bytes, n, last, &put, &why);
		bytes += put;
		n -= put;
		/* what has begun is not left half */
		last = true;
	}
	return rc == HELIO_OK ? rc : err_set(err, rc, "%s", why);
}

int64_t
http_stream_waited_ms(const struct http_request *r)
{
	return r->stream->waited_ms;
}

void
http_stream_end(struct http_request *r, bool whole)
{
	struct http_stream *s = r->stream;

	pthread_mutex_lock(&s->lock);
	s->ended = true;
	s->broken |= !whole && !s->gone;
	pthread_mutex_unlock(&s->lock);
	http_let_go(r);
}
