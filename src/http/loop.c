/*
 * One thread: an epoll set of its own around MHD's (MHD runs in external
 * mode: its internal one stalls when exactly 128 connections are ready),
 * the wake-up from other threads, the sweep, the drain.
 */
#include "http/http_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/times.h"

#define PRIORITIES	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

enum {
	EVENTS_MAX = 64,
	POOL_EXTRA = 8192,	/* MHD's records of header lines, its reply head */
	ENDING_RUNS = 8,
	BUSY_RUNS = 8,		/* while MHD has work, between two looks at what
				 * else there is */
};

static bool
watch(struct http_loop *l, int fd, void *tag)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = tag };

	return fd >= 0 && epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
}

bool
http_watch(struct http_request *r, int fd)
{
	/* borrowed, and not written to */
	return watch(r->loop, fd, (void *)(uintptr_t)&r->loop->server->app);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- MHD ---- */

/* Targets stay as they were sent: the application decodes. */
static size_t
keep_escapes(void *cls, struct MHD_Connection *mhd, char *s)
{
	return strlen(s);
}

static void __attribute__((format(printf, 2, 0)))
on_log(void *cls, const char *fmt, va_list ap)
{
	struct http_loop *l = cls;

	vsnprintf(l->problem, sizeof(l->problem), fmt, ap);
	l->problem[strcspn(l->problem, "\n")] = 0;
}

static struct MHD_Daemon *
start_daemon(struct http_loop *l)
{
	const struct http_server *s = l->server;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, s->cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, s->key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)PRIORITIES },
		{ MHD_OPTION_END, 0, NULL },
	};
	unsigned flags = MHD_USE_ERROR_LOG | MHD_USE_EPOLL |
	    MHD_ALLOW_SUSPEND_RESUME;

	if (l->tls)
		flags |= MHD_USE_TLS;
	else
		tls[0].option = MHD_OPTION_END;
	return MHD_start_daemon(flags, 0, http_conn_policy, l,
	    http_on_request, l,
	    MHD_OPTION_EXTERNAL_LOGGER, on_log, (void *)l,
	    MHD_OPTION_LISTEN_SOCKET, l->listen_fd,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->opt.header_max + POOL_EXTRA,
	    MHD_OPTION_CONNECTION_LIMIT, s->opt.connections_max + REFUSED_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, 0U,
	    MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
	    MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
	    MHD_OPTION_URI_LOG_CALLBACK, http_on_target, (void *)l,
	    MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, (void *)l,
	    MHD_OPTION_NOTIFY_CONNECTION, http_conn_notify, (void *)l,
	    MHD_OPTION_ARRAY, tls,
	    MHD_OPTION_END);
}

static enum helio_rc
set_up(struct http_loop *l, struct helio_err *err)
{
	const union MHD_DaemonInfo *info;

	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!watch(l, l->wake_fd, &l->wake_fd))
		return err_set(err, HELIO_E_IO, "cannot set up an event loop");
	l->daemon = start_daemon(l);
	if (l->daemon == NULL && l->tls)
		return err_set(err, HELIO_E_IO,
		    "TLS certificate %s with key %s: %s",
		    l->server->opt.tls_cert, l->server->opt.tls_key, l->problem);
	if (l->daemon == NULL)
		return err_set(err, HELIO_E_IO, "cannot start serving: %s",
		    l->problem);
	info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL || !watch(l, info->epoll_fd, &l->daemon))
		return err_set(err, HELIO_E_IO, "cannot set up an event loop");
	return HELIO_OK;
}

enum helio_rc
http_loop_new(struct http_server *s, unsigned index, int listen_fd,
    struct http_loop **ret, struct helio_err *err)
{
	struct http_loop *l = calloc(1, sizeof(*l));
	enum helio_rc rc;

	if (l == NULL) {
		close(listen_fd);
		return err_set(err, HELIO_E_NO_MEMORY, "no memory");
	}
	l->server = http_server_ref(s);
	l->index = index;
	l->tls = s->cert != NULL;
	l->listen_fd = listen_fd;
	l->waiting = 1;
	l->epoll_fd = l->wake_fd = -1;
	TAILQ_INIT(&l->conns);
	TAILQ_INIT(&l->tails);
	STAILQ_INIT(&l->spare);
	STAILQ_INIT(&l->done);
	pthread_mutex_init(&l->lock, NULL);
	rc = set_up(l, err);
	if (rc != HELIO_OK) {
		http_loop_free(l);
		return rc;
	}
	*ret = l;
	return HELIO_OK;
}

/* Let MHD close what is left.  Suspended connections are resumed without an
 * answer, which closes them: MHD would abort over them. */
static void
stop_daemon(struct http_loop *l)
{
	struct http_conn *c;

	TAILQ_FOREACH(c, &l->conns, all) {
		if (c->req != NULL && c->req->suspended)
			MHD_resume_connection(c->req->mhd);
		http_conn_drop(c);
	}
	for (int i = 0; i < ENDING_RUNS && !TAILQ_EMPTY(&l->conns); i++)
		MHD_run(l->daemon);
	MHD_stop_daemon(l->daemon);	/* closes its listener, too */
}

void
http_loop_free(struct http_loop *l)
{
	struct http_request *r;

	if (l == NULL)
		return;
	l->ended = true;
	if (l->daemon != NULL)
		stop_daemon(l);
	else
		close_fd(&l->listen_fd);
	close_fd(&l->wake_fd);
	close_fd(&l->epoll_fd);
	while ((r = STAILQ_FIRST(&l->spare)) != NULL) {
		STAILQ_REMOVE_HEAD(&l->spare, link);
		http_request_free(r);
	}
	pthread_mutex_destroy(&l->lock);
	http_server_unref(l->server);
	free(l);
}

/* ---- the thread ---- */

void
http_loop_wake(struct http_loop *l)
{
	const uint64_t one = 1;
	ssize_t rc = write(l->wake_fd, &one, sizeof(one));

	(void)rc;	/* fails only when the counter is full, that is, set */
}

static void
drain_wakes(struct http_loop *l)
{
	uint64_t n;
	ssize_t rc = read(l->wake_fd, &n, sizeof(n));

	(void)rc;
}

/* Take a request from `done`, or NULL; the lock is held.  Those of streams
 * may be in it again at once. */
static struct http_request *
next_done(struct http_loop *l)
{
	struct http_request *r = STAILQ_FIRST(&l->done);

	if (r == NULL)
		return NULL;
	STAILQ_REMOVE_HEAD(&l->done, link);
	r->listed = false;
	if (r->over)
		l->waiting--;
	return r;
}

/* MHD asks for the reply, or for more of it. */
static void
go_on(struct http_request *r, bool over)
{
	if (r->detached) {
		if (over)
			http_request_done(r);
		return;
	}
	r->phase = REQ_ANSWERED;
	if (r->stream != NULL && over && http_stream_broken(r))
		http_conn_drop(r->conn);
	else if (r->stream != NULL && r->loop->stop_at_ms != 0)
		http_stream_stop(r);
	if (r->suspended)
		MHD_resume_connection(r->mhd);
	r->suspended = false;
}

bool
http_loop_is_dispatching(const struct http_loop *l)
{
	return pthread_equal(pthread_self(), l->self) != 0 && l->dispatching;
}

/* What was answered since goes on. */
static void
resume_answered(struct http_loop *l)
{
	struct http_request *r;
	bool over;

	do {
		pthread_mutex_lock(&l->lock);
		r = next_done(l);
		over = r != NULL && r->over;
		pthread_mutex_unlock(&l->lock);
		if (r != NULL)
			go_on(r, over);
	} while (r != NULL);
}

/* Accept all that is queued, a few each run, and read what those sent: closing
 * the listener would reset them. */
static void
accept_queued(struct http_loop *l)
{
	const struct http_conn *last;

	do {
		last = TAILQ_LAST(&l->conns, conn_list);
		MHD_run(l->daemon);
	} while (TAILQ_LAST(&l->conns, conn_list) != last);
}

/* Close the listener, let go of idle connections. */
static void
begin_stop(struct http_loop *l)
{
	l->stop_at_ms = l->now_ms + l->server->opt.drain_ms;
	accept_queued(l);
	l->listen_fd = MHD_quiesce_daemon(l->daemon);
	close_fd(&l->listen_fd);
	http_conn_stop(l);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int
wait_ms(const struct http_loop *l)
{
	MHD_UNSIGNED_LONG_LONG mhd;
	int64_t ms = INT32_MAX;

	if (!TAILQ_EMPTY(&l->conns) || !TAILQ_EMPTY(&l->tails))
		ms = l->sweep_at_ms - l->now_ms;
	if (l->stop_at_ms != 0)
		ms = earlier(ms, l->stop_at_ms - l->now_ms);
	if (MHD_get_timeout(l->daemon, &mhd) == MHD_YES && mhd < INT32_MAX)
		ms = earlier(ms, (int64_t)mhd);
	if (ms == INT32_MAX)
		return -1;
	return ms > 0 ? (int)ms : 0;
}

static void
on_event(struct http_loop *l, void *tag)
{
	const struct http_app *app = &l->server->app;

	if (tag == &l->wake_fd)
		drain_wakes(l);
	else if (tag == app)
		app->readable(app->ctx, l->index);
	else if (tag != &l->daemon)
		http_tail_read(l, tag);
}

/* MHD reads a body in small pieces, one each run. */
static void
run_daemon(struct http_loop *l)
{
	MHD_UNSIGNED_LONG_LONG ms;

	for (int i = 0; i < BUSY_RUNS; i++) {
		MHD_run(l->daemon);
		if (MHD_get_timeout(l->daemon, &ms) != MHD_YES || ms > 0)
			return;
	}
}

/* The events of a round, of which answers to held requests may come. */
static void
dispatch(struct http_loop *l, const struct epoll_event *ev, int n)
{
	l->dispatching = true;
	for (int i = 0; i < n; i++)
		on_event(l, ev[i].data.ptr);
	l->dispatching = false;
	resume_answered(l);
}

static void
round_once(struct http_loop *l)
{
	const struct http_app *app = &l->server->app;
	struct epoll_event ev[EVENTS_MAX];
	int n = epoll_wait(l->epoll_fd, ev, EVENTS_MAX, wait_ms(l));

	l->now_ms = time_monotonic_ms();
	dispatch(l, ev, n);
	run_daemon(l);
	if (app->gathered != NULL)
		app->gathered(app->ctx, l->index);
	if (l->now_ms >= l->sweep_at_ms) {
		l->sweep_at_ms = l->now_ms + l->server->sweep_ms;
		http_conn_sweep(l);
	}
	if (l->stop_at_ms == 0 && atomic_load(&l->server->stopping))
		begin_stop(l);
}

static bool
is_over(const struct http_loop *l)
{
	return l->stop_at_ms != 0 && ((TAILQ_EMPTY(&l->conns) &&
	    TAILQ_EMPTY(&l->tails)) || l->now_ms >= l->stop_at_ms);
}

/* Other threads went on with it too late; the lock is held. */
static void
abandon(struct http_request *r)
{
	if (!r->over)
		http_stream_gone(r);
	else if (r->detached)
		http_request_done(r);
}

/* Close all connections but those whose request the application holds: it
 * may still read that. */
static void
end(struct http_loop *l)
{
	struct http_request *r;
	struct http_conn *c;

	resume_answered(l);
	MHD_run(l->daemon);
	TAILQ_FOREACH(c, &l->conns, all)
		http_conn_drop(c);
	MHD_run(l->daemon);
	while (!TAILQ_EMPTY(&l->tails))
		http_tail_close(l, TAILQ_FIRST(&l->tails));
	pthread_mutex_lock(&l->lock);
	l->ended = true;
	while ((r = next_done(l)) != NULL)
		abandon(r);
	pthread_mutex_unlock(&l->lock);
}

bool
http_loop_leave(struct http_loop *l)
{
	bool last;

	pthread_mutex_lock(&l->lock);
	last = --l->waiting == 0;
	pthread_mutex_unlock(&l->lock);
	return last;
}

void *
http_loop_run(void *arg)
{
	struct http_loop *l = arg;

	l->self = pthread_self();
	l->now_ms = time_monotonic_ms();
	while (!is_over(l))
		round_once(l);
	end(l);
	return NULL;
}
