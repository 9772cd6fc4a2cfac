/* Options, addresses, listening sockets; starting and stopping the loops. */
#include "http/http_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SWEEP_MIN_MS = 10,
	SWEEP_MAX_MS = 500,
	LOOPS_MAX = 256,
	HOST_MAX = 256,
	PEM_MAX = 1 << 20,
};

/* "ADDR:PORT" or "[ADDR6]:PORT" cut into its parts; an empty ADDR is any. */
struct address {
	char		 host[HOST_MAX];
	const char	*port;
};

/* getaddrinfo() takes 99999 and makes something else of it. */
static bool
port_valid(const char *port)
{
	size_t n = strspn(port, "0123456789");

	return n > 0 && n <= 5 && port[n] == 0 &&
	    strtoul(port, NULL, 10) <= UINT16_MAX;
}

static enum helio_rc
split_address(const char *listen, struct address *ret, struct helio_err *err)
{
	const char *colon = strrchr(listen, ':'), *host = listen;
	size_t n;

	if (colon == NULL || !port_valid(colon + 1))
		return err_set(err, HELIO_E_IO,
		    "listen address %s: expected ADDR:PORT", listen);
	n = (size_t)(colon - listen);
	if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
		host++;
		n -= 2;
	}
	if (n >= sizeof(ret->host))
		return err_set(err, HELIO_E_IO,
		    "listen address %s: too long", listen);
	memcpy(ret->host, host, n);
	ret->host[n] = 0;
	ret->port = colon + 1;
	return HELIO_OK;
}

static enum helio_rc
resolve(const char *listen, struct sockaddr_storage *ret, socklen_t *ret_len,
    struct helio_err *err)
{
	const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found;
	struct address a;
	enum helio_rc rc;
	int why;

	rc = split_address(listen, &a, err);
	if (rc != HELIO_OK)
		return rc;
	why = getaddrinfo(a.host[0] != 0 ? a.host : NULL, a.port, &hints,
	    &found);
	if (why != 0)
		return err_set(err, HELIO_E_IO, "listen address %s: %s", listen,
		    gai_strerror(why));
	memcpy(ret, found->ai_addr, found->ai_addrlen);
	*ret_len = found->ai_addrlen;
	freeaddrinfo(found);
	return HELIO_OK;
}

static bool
set_flag(int fd, int level, int name)
{
	const int on = 1;

	return setsockopt(fd, level, name, &on, sizeof(on)) == 0;
}

/* Bind, shared with our other loops or not; -1 with errno set. */
static int
bind_socket(const struct sockaddr_storage *at, socklen_t len, bool shared)
{
	int fd = socket(at->ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int why;

	if (fd < 0)
		return -1;
	if (set_flag(fd, SOL_SOCKET, SO_REUSEADDR) &&
	    (!shared || set_flag(fd, SOL_SOCKET, SO_REUSEPORT)) &&
	    set_flag(fd, IPPROTO_TCP, TCP_NODELAY) &&
	    bind(fd, (const struct sockaddr *)at, len) == 0)
		return fd;
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

/*
 * With SO_REUSEPORT a second server would quietly share the port and take
 * part of the requests: see first that nobody else listens there.
 */
static bool
is_free(const struct sockaddr_storage *at, socklen_t len)
{
	int fd = bind_socket(at, len, false);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int
listen_at(const struct sockaddr_storage *at, socklen_t len)
{
	int fd = bind_socket(at, len, true);

	if (fd >= 0 && listen(fd, SOMAXCONN) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The address as bound, with the port that the system has chosen. */
static void
note_address(struct http_server *s, int fd, struct sockaddr_storage *at)
{
	socklen_t len = sizeof(*at);
	char host[PEER_SIZE] = "", port[8] = "";
	bool six;

	getsockname(fd, (struct sockaddr *)at, &len);
	getnameinfo((struct sockaddr *)at, len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	six = at->ss_family == AF_INET6;
	s->port = (uint16_t)strtoul(port, NULL, 10);
	snprintf(s->url, sizeof(s->url), "%s://%s%s%s:%s",
	    s->cert != NULL ? "https" : "http", six ? "[" : "", host,
	    six ? "]" : "", port);
}

static enum helio_rc
add_loops(struct http_server *s, const char *listen, struct helio_err *err)
{
	struct sockaddr_storage at = { 0 };
	socklen_t len = 0;
	enum helio_rc rc;
	int fd;

	rc = resolve(listen, &at, &len, err);
	if (rc != HELIO_OK)
		return rc;
	if (!is_free(&at, len))
		return err_set(err, HELIO_E_IO, "cannot listen on %s: %s",
		    listen, strerror(errno));
	for (unsigned i = 0; i < s->n_loops; i++) {
		fd = listen_at(&at, len);
		if (fd < 0)
			return err_set(err, HELIO_E_IO,
			    "cannot listen on %s: %s", listen, strerror(errno));
		if (i == 0)
			note_address(s, fd, &at);
		rc = http_loop_new(s, i, fd, &s->loop[i], err);
		if (rc != HELIO_OK)
			return rc;
	}
	return HELIO_OK;
}

/* A whole PEM file as text; takes fd. */
static char *
read_text(int fd)
{
	struct stat st;
	char *text = NULL;
	ssize_t n = 0;

	if (fstat(fd, &st) == 0 && st.st_size < PEM_MAX)
		text = malloc((size_t)st.st_size + 1);
	if (text != NULL)
		n = read(fd, text, (size_t)st.st_size);
	close(fd);
	if (text == NULL || n < 0) {
		free(text);
		return NULL;
	}
	text[n] = 0;
	return text;
}

static enum helio_rc
read_pem(const char *what, const char *file, char **ret, struct helio_err *err)
{
	int fd;

	if (file == NULL)
		return err_set(err, HELIO_E_IO,
		    "TLS needs a certificate and a key: no %s is given", what);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, HELIO_E_IO, "TLS %s %s: %s", what, file,
		    strerror(errno));
	*ret = read_text(fd);
	if (*ret == NULL || strstr(*ret, "-----BEGIN ") == NULL)
		return err_set(err, HELIO_E_IO, "TLS %s %s: not a PEM file",
		    what, file);
	return HELIO_OK;
}

static enum helio_rc
read_tls_files(struct http_server *s, struct helio_err *err)
{
	enum helio_rc rc;

	rc = read_pem("certificate", s->opt.tls_cert, &s->cert, err);
	if (rc == HELIO_OK)
		rc = read_pem("key", s->opt.tls_key, &s->key, err);
	return rc;
}

static void
raise_descriptor_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static unsigned
count_cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

/* Often enough that a deadline is met within an eighth of the shortest. */
static unsigned
sweep_interval(const struct http_options *o)
{
	unsigned ms = o->header_deadline_ms < o->idle_ms ?
	    o->header_deadline_ms : o->idle_ms;

	ms /= 8;
	if (ms < SWEEP_MIN_MS)
		return SWEEP_MIN_MS;
	return ms < SWEEP_MAX_MS ? ms : SWEEP_MAX_MS;
}

/* Threads are to leave signals to the one that started them. */
static unsigned
start_threads(struct http_server *s)
{
	sigset_t all, before;
	unsigned i;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (i = 0; i < s->n_loops; i++)
		if (pthread_create(&s->loop[i]->thread, NULL, http_loop_run,
		    s->loop[i]) != 0)
			break;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return i;
}

static void
stop_threads(struct http_server *s, unsigned n)
{
	atomic_store(&s->stopping, true);
	for (unsigned i = 0; i < n; i++)
		http_loop_wake(s->loop[i]);
	for (unsigned i = 0; i < n; i++) {
		pthread_join(s->loop[i]->thread, NULL);
		/* held by requests that are still to be answered? */
		if (!http_loop_leave(s->loop[i]))
			s->loop[i] = NULL;
	}
}

struct http_server *
http_server_ref(struct http_server *s)
{
	atomic_fetch_add(&s->refs, 1);
	return s;
}

void
http_server_unref(struct http_server *s)
{
	if (atomic_fetch_sub(&s->refs, 1) > 1)
		return;
	free(s->loop);
	free(s->cert);
	if (s->key != NULL)
		explicit_bzero(s->key, strlen(s->key));
	free(s->key);
	free(s);
}

static void
free_loops(struct http_server *s)
{
	for (unsigned i = 0; s->loop != NULL && i < s->n_loops; i++)
		http_loop_free(s->loop[i]);
	http_server_unref(s);
}

static enum helio_rc
set_up(struct http_server *s, struct helio_err *err)
{
	const struct http_options *o = &s->opt;
	enum helio_rc rc = HELIO_OK;
	unsigned started;

	s->loop = calloc(s->n_loops, sizeof(*s->loop));
	if (s->loop == NULL)
		return err_set(err, HELIO_E_NO_MEMORY,
		    "cannot set up the event loops");
	if (o->tls_cert != NULL || o->tls_key != NULL)
		rc = read_tls_files(s, err);
	if (rc == HELIO_OK)
		rc = add_loops(s, o->listen, err);
	if (rc != HELIO_OK)
		return rc;
	started = start_threads(s);
	if (started < s->n_loops) {
		stop_threads(s, started);
		return err_set(err, HELIO_E_NO_MEMORY,
		    "cannot start the event loops' threads");
	}
	return HELIO_OK;
}

enum helio_rc
http_start(const struct http_options *o, const struct http_app *app,
    struct http_server **ret, struct helio_err *err)
{
	struct http_server *s = calloc(1, sizeof(*s));
	enum helio_rc rc;

	if (s == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory");
	raise_descriptor_limit();
	http_server_ref(s);
	s->app = *app;
	s->opt = *o;
	s->n_loops = o->loops != 0 ? o->loops : count_cores();
	if (s->n_loops > LOOPS_MAX)
		s->n_loops = LOOPS_MAX;
	s->sweep_ms = sweep_interval(o);
	rc = set_up(s, err);
	if (rc != HELIO_OK) {
		free_loops(s);
		return rc;
	}
	*ret = s;
	return HELIO_OK;
}

void
http_stop(struct http_server *s)
{
	if (s == NULL)
		return;
	stop_threads(s, s->n_loops);
	free_loops(s);
}

uint16_t
http_port(const struct http_server *s)
{
	return s->port;
}

const char *
http_url(const struct http_server *s)
{
	return s->url;
}

bool
http_is_tls_server(const struct http_server *s)
{
	return s->cert != NULL;
}

unsigned
http_connections(const struct http_server *s)
{
	return atomic_load(&s->open);
}

unsigned
http_streams(const struct http_server *s)
{
	return atomic_load(&s->streams);
}

unsigned long
http_streams_cut(const struct http_server *s)
{
	return atomic_load(&s->streams_cut);
}
