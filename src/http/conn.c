/*
 * The table of a loop's connections: which phase each is in, until when, and
 * how those end that take too long.  MHD's own timeout counts inactivity
 * only, so that a byte now and then would keep a connection for ever.
 */
#include "http/http_internal.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LOOK_PARTS = 8,		/* looks per header deadline */
	CLOSE_WAIT = 8,		/* TCP_CLOSE_WAIT, which linux/tcp.h leaves to
				 * netinet/tcp.h: the two exclude each other */
};

static const struct http_options *
options(const struct http_conn *c)
{
	return &c->loop->server->opt;
}

/* What the kernel knows of the connection; zeros when it is gone. */
static struct tcp_info
ask_kernel(const struct http_conn *c)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof(info);

	if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
		info = (struct tcp_info){ 0 };
	return info;
}

static bool
has_input(const struct http_conn *c)
{
	int n = 0;

	return ioctl(c->fd, FIONREAD, &n) == 0 && n > 0;
}

static void
look_later(struct http_conn *c)
{
	c->look_at_ms = c->loop->now_ms +
	    options(c)->header_deadline_ms / LOOK_PARTS;
}

void
http_conn_enter(struct http_conn *c, enum conn_phase phase, unsigned in_ms)
{
	c->phase = phase;
	c->deadline_ms = in_ms > 0 ? c->loop->now_ms + in_ms : 0;
	c->measured = false;
	look_later(c);
}

void
http_conn_sending(struct http_conn *c, size_t n)
{
	c->reader_ms = options(c)->idle_ms;
	http_conn_enter(c, CONN_SEND, c->reader_ms);
	c->send_until_ms = c->deadline_ms + (int64_t)(n / SEND_RATE_MIN);
}

void
http_conn_streaming(struct http_conn *c, int64_t until_ms)
{
	c->reader_ms = options(c)->stream_idle_ms;
	http_conn_enter(c, CONN_SEND, c->reader_ms);
	/* what is under way when the time is over */
	c->send_until_ms = until_ms + c->reader_ms;
}

void
http_conn_drop(struct http_conn *c)
{
	const struct http_request *r = c->req;

	http_conn_enter(c, CONN_GONE, 0);
	if (r != NULL && http_is_streamed(r))
		http_stream_gone(c->req);
	shutdown(c->fd, SHUT_RDWR);
}

bool
http_conn_tell(struct http_conn *c, enum helio_rc rc)
{
	const struct http_app *app = &c->loop->server->app;
	struct buf body = BUF_INIT, out = BUF_INIT;
	unsigned status = rc_status(rc);
	ssize_t put = -1;

	if (c->loop->tls)
		return false;
	app->describe(app->ctx, rc, &body);
	buf_addf(&out, "HTTP/1.1 %u %s\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n", status,
	    MHD_get_reason_phrase_for(status), body.len);
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		buf_addf(&out, "Retry-After: %d\r\n", RETRY_AFTER_S);
	buf_adds(&out, "\r\n");
	if (body.len > 0)
		buf_add(&out, body.data, body.len);
	if (!out.failed)
		put = send(c->fd, out.data, out.len, MSG_NOSIGNAL);
	shutdown(c->fd, SHUT_WR);
	buf_free(&body);
	buf_free(&out);
	return put >= 0;
}

/* ---- coming and going ---- */

static bool
admit(struct http_server *s)
{
	if (atomic_fetch_add(&s->open, 1) < s->opt.connections_max)
		return true;
	atomic_fetch_sub(&s->open, 1);
	return false;
}

enum MHD_Result
http_conn_policy(void *cls, const struct sockaddr *addr, socklen_t len)
{
	const struct http_loop *l = cls;

	/* Over the cap some are let in to be told so, no more than these. */
	if (atomic_load(&l->server->open) < l->server->opt.connections_max)
		return MHD_YES;
	return !l->tls && l->refused < REFUSED_MAX ? MHD_YES : MHD_NO;
}

static void
write_peer(const struct sockaddr *sa, char out[PEER_SIZE])
{
	const struct sockaddr_in6 *six = (const void *)sa;
	const struct sockaddr_in *four = (const void *)sa;

	out[0] = 0;
	if (sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &four->sin_addr, out, PEER_SIZE);
	else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], out, PEER_SIZE);
	else
		inet_ntop(AF_INET6, &six->sin6_addr, out, PEER_SIZE);
}

static void
conn_open(struct http_loop *l, struct MHD_Connection *mhd, void **context)
{
	struct http_conn *c = calloc(1, sizeof(*c));

	*context = c;
	if (c == NULL)
		return;	/* its requests are closed unanswered */
	c->loop = l;
	c->fd = MHD_get_connection_info(mhd,
	    MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	write_peer(MHD_get_connection_info(mhd,
	    MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, c->peer);
	TAILQ_INSERT_TAIL(&l->conns, c, all);
	http_conn_enter(c, CONN_IDLE, options(c)->idle_ms);
	c->measured = true;	/* nothing yet */
	c->refused = !admit(l->server);
	if (!c->refused)
		return;
	l->refused++;
	c->unread = true;
	http_conn_tell(c, HELIO_E_BUSY);
	http_conn_enter(c, CONN_SEND, LINGER_MS);
	c->send_until_ms = c->deadline_ms;
}

/* Keep the socket open beside MHD, which closes its descriptor. */
static void
linger(struct http_loop *l, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct http_tail *g;

	if (l->n_tails >= TAILS_MAX || l->ended)
		return;
	g = calloc(1, sizeof(*g));
	if (g == NULL)
		return;
	g->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	g->deadline_ms = l->now_ms + LINGER_MS;
	ev.data.ptr = g;
	if (g->fd < 0 ||
	    epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, g->fd, &ev) != 0) {
		if (g->fd >= 0)
			close(g->fd);
		free(g);
		return;
	}
	TAILQ_INSERT_TAIL(&l->tails, g, all);
	l->n_tails++;
}

static void
conn_close(struct http_conn *c)
{
	struct http_loop *l = c->loop;

	if (c->unread || has_input(c))
		linger(l, c->fd);
	TAILQ_REMOVE(&l->conns, c, all);
	if (c->refused)
		l->refused--;
	else
		atomic_fetch_sub(&l->server->open, 1);
	free(c);
}

void
http_conn_notify(void *cls, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		conn_open(cls, mhd, context);
	else if (*context != NULL)
		conn_close(*context);
}

void
http_tail_close(struct http_loop *l, struct http_tail *g)
{
	TAILQ_REMOVE(&l->tails, g, all);
	l->n_tails--;
	close(g->fd);
	free(g);
}

void
http_tail_read(struct http_loop *l, struct http_tail *g)
{
	char waste[16384];
	ssize_t got = recv(g->fd, waste, sizeof(waste), MSG_DONTWAIT);

	if (got > 0)
		g->bytes += (size_t)got;
	if (got <= 0 || g->bytes > LINGER_BYTES)
		http_tail_close(l, g);
}

/* ---- deadlines ---- */

/* End a connection in the middle of a request, and say why if possible. */
static void
cut_off(struct http_conn *c, enum helio_rc why)
{
	struct http_request *r = c->req;

	if (r == NULL || r->phase < REQ_HELD) {
		http_conn_tell(c, why);
		c->unread = true;
		if (r != NULL) {
			r->status = rc_status(why);
			r->phase = REQ_FAILED;
		}
	}
	http_conn_drop(c);
}

/* MHD does not notice an end that comes together with the last bytes. */
static bool
is_cut(const struct http_conn *c, const struct tcp_info *info)
{
	return info->tcpi_state == CLOSE_WAIT && !has_input(c);
}

/*
 * Silent, or has the head of a request begun to drip in?  What came between
 * the last request's end and the first look is taken for silence: it costs
 * us no more than an idle connection does.
 */
static void
look_idle(struct http_conn *c)
{
	struct tcp_info info = ask_kernel(c);
	uint64_t now = info.tcpi_bytes_received;

	if (is_cut(c, &info)) {
		http_conn_drop(c);
	} else if (c->measured && now > c->moved) {
		http_conn_enter(c, CONN_HEAD, options(c)->header_deadline_ms);
	} else {
		c->measured = true;
		c->moved = now;
		look_later(c);
	}
}

/* The client may have given up in the middle. */
static void
look_incoming(struct http_conn *c)
{
	struct tcp_info info = ask_kernel(c);

	if (is_cut(c, &info))
		cut_off(c, HELIO_E_BAD);
	else
		look_later(c);
}

/* A reader that takes something may go on, but not for ever. */
static void
look_sending(struct http_conn *c)
{
	struct tcp_info info = ask_kernel(c);
	uint64_t now = info.tcpi_bytes_acked;

	if (!c->measured || now > c->moved)
		c->deadline_ms = c->loop->now_ms + c->reader_ms;
	c->measured = true;
	c->moved = now;
	if (c->deadline_ms > c->send_until_ms)
		c->deadline_ms = c->send_until_ms;
	look_later(c);
}

static void
expire(struct http_conn *c)
{
	if (c->phase == CONN_HEAD || c->phase == CONN_BODY)
		cut_off(c, HELIO_E_DEADLINE);
	else
		http_conn_drop(c);
}

static void (*const look[CONN_PHASES])(struct http_conn *) = {
	[CONN_IDLE] = look_idle,
	[CONN_HEAD] = look_incoming,
	[CONN_BODY] = look_incoming,
	[CONN_SEND] = look_sending,
};

static bool
is_due(const struct http_conn *c)
{
	return c->deadline_ms != 0 && c->loop->now_ms >= c->deadline_ms;
}

void
http_conn_sweep(struct http_loop *l)
{
	struct http_conn *c, *next;
	struct http_tail *g, *after;

	for (c = TAILQ_FIRST(&l->conns); c != NULL; c = next) {
		next = TAILQ_NEXT(c, all);
		if (look[c->phase] != NULL &&
		    (l->now_ms >= c->look_at_ms || is_due(c)))
			look[c->phase](c);
		if (is_due(c))
			expire(c);
	}
	for (g = TAILQ_FIRST(&l->tails); g != NULL; g = after) {
		after = TAILQ_NEXT(g, all);
		if (l->now_ms >= g->deadline_ms)
			http_tail_close(l, g);
	}
}

void
http_conn_stop(struct http_loop *l)
{
	struct http_conn *c;

	TAILQ_FOREACH(c, &l->conns, all) {
		if (c->phase == CONN_IDLE)
			http_conn_drop(c);
		else if (c->req != NULL && http_is_streamed(c->req))
			http_stream_stop(c->req);
	}
}
