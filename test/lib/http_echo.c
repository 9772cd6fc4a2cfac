/*
 * A small application on src/http, for tests and measurements.  Paths:
 *
 *   /hello        300 bytes of JSON, at once
 *   /echo         what the request was, as text lines; its body last
 *   /later?ms=N   answered by another thread after N ms
 *   /race         answered by another thread before `handle` returns
 *   /asked        answered by the loop, which hears of it through a pipe
 *   /big?n=N      N bytes
 *   /stream?n=N   N bytes, streamed by another thread in pieces of P=64 KB;
 *                 ms=N: that long after the first piece; cut=1: not whole.
 *                 One that is over before ends with last words
 *   /early        401, already in `begin`
 *   /empty        204
 */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "http/http.h"

enum { LOOPS_MAX = 8, ASKED_MAX = 256 };

/* What a loop has asked for and not heard of. */
struct asking {
	int		 fd[2];		/* of a pipe; 0: not made */
	struct http_request *held[ASKED_MAX];
	size_t		 n, sent;
};

struct flags {
	struct http_options http;
	struct asking	 asking[LOOPS_MAX];	/* by loop */
	size_t		 body_max;
	unsigned	 body_ms;
	bool		 log;
};

static void
answer(struct http_request *r, unsigned status, const char *text)
{
	struct buf body = BUF_INIT;

	buf_adds(&body, text);
	http_reply(r, status, "text/plain", &body);
}

static void
hello(struct http_request *r)
{
	static const char text[] = "{\"status\":\"success\",\"message\":\"";
	struct buf body = BUF_INIT;

	buf_reserve(&body, 301);
	buf_adds(&body, text);
	while (body.len < 298)
		buf_addc(&body, 'x');
	buf_adds(&body, "\"}");
	http_reply(r, 200, "application/json", &body);
}

static void
echo(struct http_request *r)
{
	const char *name, *value, *x = http_header(r, "X-Test");
	struct buf body = BUF_INIT;
	size_t pos = 0, n;
	const char *content = http_body(r, &n);

	buf_addf(&body, "method=%s\ntarget=%s\npath=%s\nquery=%s\npeer=%s\n"
	    "tls=%d\nx-test=%s\n", http_method_name(r), http_target(r),
	    http_path(r), http_query(r), http_peer(r), http_is_tls(r),
	    x != NULL ? x : "(none)");
	while (http_param_next(r, &pos, &name, &value))
		buf_addf(&body, "param %s=%s\n", name != NULL ? name : "(bad)",
		    value != NULL ? value : "(bad)");
	buf_addf(&body, "body %zu\n", n);
	buf_add(&body, content, n);
	http_reply_header(r, "X-Echo", "yes");
	http_reply(r, 200, "text/plain", &body);
}

static void
pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void *
answer_later(void *arg)
{
	struct http_request *r = arg;
	const char *ms = http_param(r, "ms");

	pause_ms(ms != NULL ? atol(ms) : 0);
	http_reply_header(r, "X-Thread", "other");
	answer(r, 200, "later\n");
	return NULL;
}

static void
later(struct http_request *r)
{
	pthread_t t;

	if (pthread_create(&t, NULL, answer_later, r) == 0)
		pthread_detach(t);
	else
		answer(r, 503, "no thread\n");
}

static void
race(struct http_request *r)
{
	pthread_t t;

	if (pthread_create(&t, NULL, answer_later, r) == 0)
		pthread_join(t, NULL);
	else
		answer(r, 503, "no thread\n");
}

/* ---- /asked ---- */

static void
asked(struct flags *f, struct http_request *r)
{
	struct asking *a = &f->asking[http_loop(r) % LOOPS_MAX];

	if (a->fd[0] == 0 &&
	    (pipe(a->fd) != 0 || !http_watch(r, a->fd[0]))) {
		perror("/asked");
		abort();
	}
	if (a->n < ASKED_MAX)
		a->held[a->n++] = r;
	else
		answer(r, 503, "too many\n");
}

/* One byte for all that a round has asked. */
static void
gathered(void *ctx, unsigned loop)
{
	struct flags *f = ctx;
	struct asking *a = &f->asking[loop % LOOPS_MAX];

	if (a->n > a->sent && write(a->fd[1], "?", 1) == 1)
		a->sent = a->n;
}

static void
readable(void *ctx, unsigned loop)
{
	struct flags *f = ctx;
	struct asking *a = &f->asking[loop % LOOPS_MAX];
	char bytes[16];

	if (read(a->fd[0], bytes, sizeof(bytes)) <= 0)
		abort();
	for (size_t i = 0; i < a->n; i++)
		answer(a->held[i], 200, "asked\n");
	a->n = a->sent = 0;
}

/* ---- the others ---- */

static void
big(struct http_request *r)
{
	const char *n = http_param(r, "n");
	size_t len = n != NULL ? strtoul(n, NULL, 10) : 0;
	struct buf body = BUF_INIT;

	if (buf_reserve(&body, len + 1)) {
		memset(body.data, 'b', len);
		body.data[len] = 0;
		body.len = len;
	}
	http_reply(r, 200, "text/plain", &body);
}

enum { PIECE = 64 << 10 };

#define LAST	"the last words\n"

static unsigned long
number(struct http_request *r, const char *name, unsigned long otherwise)
{
	const char *text = http_param(r, name);

	return text != NULL ? strtoul(text, NULL, 10) : otherwise;
}

/* What a stream is to be; read while the connection is surely there. */
struct task {
	struct http_request *r;
	size_t		 n, piece;
	long		 ms;
	bool		 cut;
};

/* The digit at an offset, so that each byte is known. */
static char
digit_at(size_t at)
{
	return (char)('0' + at / 7 % 10);
}

static size_t
put_all(const struct task *t, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	char *bytes = malloc(t->piece);
	size_t at = 0, n;

	while (bytes != NULL && at < t->n && rc == HELIO_OK) {
		n = t->n - at < t->piece ? t->n - at : t->piece;
		for (size_t i = 0; i < n; i++)
			bytes[i] = digit_at(at + i);
		rc = http_stream_put(t->r, bytes, n, false, err);
		if (rc == HELIO_OK)
			at += n;
		if (t->ms > 0 && at == n)
			pause_ms(t->ms);
	}
	free(bytes);
	return at;
}

static void *
run_stream(void *arg)
{
	const struct task *t = arg;
	struct http_request *r = t->r;
	bool cut = t->cut;
	struct helio_err err, ignored;
	size_t put;

	err_clear(&err);
	err_clear(&ignored);
	if (http_stream_new(r, &err) != HELIO_OK) {
		answer(r, rc_status(err.rc), err_message(&err));
		return NULL;
	}
	http_stream_begin(r, 200, "text/plain");
	put = put_all(t, &err);
	printf("put %zu %s\n", put, err.rc == HELIO_OK ? "all" :
	    rc_code(err.rc));
	fflush(stdout);
	if (err.rc != HELIO_OK)
		cut |= http_stream_put(r, LAST, sizeof(LAST) - 1, true,
		    &ignored) != HELIO_OK;
	http_stream_end(r, !cut);
	return NULL;
}

static void
stream(struct http_request *r)
{
	struct task *task = arena_alloc(http_arena(r), sizeof(*task));
	pthread_t t;

	*task = (struct task){
		.r = r, .n = number(r, "n", 0),
		.piece = number(r, "piece", PIECE),
		.ms = (long)number(r, "ms", 0), .cut = number(r, "cut", 0) != 0,
	};
	if (pthread_create(&t, NULL, run_stream, task) == 0)
		pthread_detach(t);
	else
		answer(r, 503, "no thread\n");
}

static void
empty(struct http_request *r)
{
	http_reply(r, 204, NULL, NULL);
}

static const struct {
	const char	*path;
	void		(*run)(struct http_request *);
} routes[] = {
	{ "/hello", hello }, { "/echo", echo }, { "/later", later },
	{ "/race", race }, { "/big", big },
	{ "/stream", stream }, { "/empty", empty },
};

static void
begin(void *ctx, struct http_request *r)
{
	const struct flags *f = ctx;

	http_limit_body(r, f->body_max, f->body_ms);
	if (strcmp(http_path(r), "/early") == 0)
		answer(r, 401, "early\n");
}

static void
handle(void *ctx, struct http_request *r)
{
	if (strcmp(http_path(r), "/asked") == 0) {
		asked(ctx, r);
		return;
	}
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(routes[i].path, http_path(r)) == 0) {
			routes[i].run(r);
			return;
		}
	answer(r, 404, "no such path\n");
}

static void
describe(void *ctx, enum helio_rc rc, struct buf *out)
{
	buf_addf(out, "{\"status\":\"error\",\"message\":\"%s\"}", rc_text(rc));
}

static void
finished(void *ctx, struct http_request *r, unsigned status, size_t bytes,
    int64_t took_us)
{
	const struct flags *f = ctx;

	if (!f->log)
		return;
	printf("%s %s %u %zu\n", http_method_name(r), http_path(r), status,
	    bytes);
	fflush(stdout);
}

static const struct option names[] = {
	{ "listen", required_argument, NULL, 'l' },
	{ "loops", required_argument, NULL, 'n' },
	{ "header-max", required_argument, NULL, 'H' },
	{ "header-ms", required_argument, NULL, 'h' },
	{ "body-max", required_argument, NULL, 'B' },
	{ "body-ms", required_argument, NULL, 'b' },
	{ "idle-ms", required_argument, NULL, 'i' },
	{ "connections", required_argument, NULL, 'c' },
	{ "streams", required_argument, NULL, 's' },
	{ "stream-idle-ms", required_argument, NULL, 'w' },
	{ "stream-ms", required_argument, NULL, 'S' },
	{ "drain-ms", required_argument, NULL, 'd' },
	{ "cert", required_argument, NULL, 'C' },
	{ "key", required_argument, NULL, 'K' },
	{ "log", no_argument, NULL, 'L' },
	{ NULL, 0, NULL, 0 },
};

static bool
set_flag(struct flags *f, int name, const char *value)
{
	unsigned long n = value != NULL ? strtoul(value, NULL, 10) : 0;

	switch (name) {
	case 'l': f->http.listen = value; break;
	case 'n': f->http.loops = (unsigned)n; break;
	case 'H': f->http.header_max = n; break;
	case 'h': f->http.header_deadline_ms = (unsigned)n; break;
	case 'B': f->body_max = n; break;
	case 'b': f->body_ms = (unsigned)n; break;
	case 'i': f->http.idle_ms = (unsigned)n; break;
	case 'c': f->http.connections_max = (unsigned)n; break;
	case 's': f->http.streams_max = (unsigned)n; break;
	case 'w': f->http.stream_idle_ms = (unsigned)n; break;
	case 'S': f->http.stream_ms = (unsigned)n; break;
	case 'd': f->http.drain_ms = (unsigned)n; break;
	case 'C': f->http.tls_cert = value; break;
	case 'K': f->http.tls_key = value; break;
	case 'L': f->log = true; break;
	default: return false;
	}
	return true;
}

static int
serve(struct flags *f)
{
	const struct http_app app = {
		.ctx = f, .begin = begin, .handle = handle,
		.describe = describe, .finished = finished,
		.readable = readable, .gathered = gathered,
	};
	struct http_server *server;
	static struct helio_err err;
	sigset_t stop;
	int sig;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	err_clear(&err);
	if (http_start(&f->http, &app, &server, &err) != HELIO_OK) {
		fprintf(stderr, "%s\n", err_message(&err));
		return 1;
	}
	printf("listening on %s\n", http_url(server));
	fflush(stdout);
	sigwait(&stop, &sig);
	http_stop(server);
	puts("stopped");
	return 0;
}

int
main(int argc, char **argv)
{
	static struct flags f = {
		.http = {
			.listen = "127.0.0.1:0", .loops = 1,
			.header_max = 16384, .header_deadline_ms = 10000,
			.idle_ms = 75000, .connections_max = 20000,
			.drain_ms = 5000, .streams_max = 64,
			.stream_idle_ms = 60000, .stream_ms = 600000,
		},
		.body_max = 1 << 20, .body_ms = 30000,
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1)
		if (!set_flag(&f, c, optarg))
			return 2;
	return serve(&f);
}
