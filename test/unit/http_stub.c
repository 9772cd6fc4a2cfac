/* The scripted server of the client's tests. */
#include "http_stub.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 512 };

struct http_stub {
	stub_handler	*handler;
	void		*arg;
	char		 url[64];
	int		 listener, stop;
	atomic_uint	 requests, connections;
	pthread_t	 acceptor, threads[CONNECTIONS_MAX];
};

struct connection {
	struct http_stub *stub;
	int		 fd;
	struct buf	 in;
};

/* Wait for bytes; false: the stub stops. */
static bool
readable(const struct http_stub *stub, int fd)
{
	struct pollfd fds[] = { { fd, POLLIN, 0 }, { stub->stop, POLLIN, 0 } };

	poll(fds, 2, -1);
	return fds[1].revents == 0;
}

static size_t
body_length(const char *head)
{
	const char *at = strcasestr(head, "\r\nContent-Length:");

	return at == NULL ? 0 : strtoul(at + 17, NULL, 10);
}

/* The whole of one request is in the buffer. */
static bool
complete(struct connection *c, size_t *ret_head, size_t *ret_body)
{
	const char *end = c->in.len > 0 ? strstr(c->in.data, "\r\n\r\n") : NULL;

	if (end == NULL)
		return false;
	*ret_head = (size_t)(end + 4 - c->in.data);
	*ret_body = body_length(c->in.data);
	return c->in.len >= *ret_head + *ret_body;
}

static bool
read_request(struct connection *c, size_t *ret_head, size_t *ret_body)
{
	char block[4096];
	ssize_t n;

	while (!complete(c, ret_head, ret_body)) {
		if (!readable(c->stub, c->fd) ||
		    (n = read(c->fd, block, sizeof(block))) <= 0)
			return false;
		buf_add(&c->in, block, (size_t)n);
	}
	return true;
}

static void
send_all(int fd, const struct buf *answer)
{
	size_t at = 0;

	while (at < answer->len) {
		ssize_t n = send(fd, answer->data + at, answer->len - at,
		    MSG_NOSIGNAL);

		if (n <= 0)
			return;
		at += (size_t)n;
	}
}

static enum stub_end
answer_one(struct connection *c, size_t head, size_t body)
{
	struct buf answer = BUF_INIT;
	char *text = strndup(c->in.data, head);
	char *content = strndup(c->in.data + head, body);
	struct stub_request request = {
		.head = text, .body = content, .n = body,
		.no = atomic_fetch_add(&c->stub->requests, 1) + 1,
	};
	enum stub_end end = c->stub->handler(c->stub->arg, &request, &answer);

	send_all(c->fd, &answer);
	buf_free(&answer);
	free(text);
	free(content);
	memmove(c->in.data, c->in.data + head + body,
	    c->in.len - head - body + 1);
	c->in.len -= head + body;
	return end;
}

static void *
serve(void *arg)
{
	struct connection *c = arg;
	enum stub_end end = STUB_KEEP;
	size_t head, body;

	while (end == STUB_KEEP && read_request(c, &head, &body))
		end = answer_one(c, head, body);
	if (end == STUB_HANG)
		while (readable(c->stub, c->fd) &&
		    recv(c->fd, &(char){ 0 }, 1, 0) > 0)
			continue;
	if (end == STUB_RESET)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER,
		    &(struct linger){ 1, 0 }, sizeof(struct linger));
	close(c->fd);
	buf_free(&c->in);
	free(c);
	return NULL;
}

static void *
accept_all(void *arg)
{
	struct http_stub *stub = arg;

	while (readable(stub, stub->listener)) {
		struct connection *c = calloc(1, sizeof(*c));
		unsigned n = atomic_load(&stub->connections);

		assert(c != NULL && n < CONNECTIONS_MAX);
		c->stub = stub;
		c->fd = accept(stub->listener, NULL, NULL);
		pthread_create(&stub->threads[n], NULL, serve, c);
		atomic_fetch_add(&stub->connections, 1);
	}
	return NULL;
}

struct http_stub *
stub_start(stub_handler *handler, void *arg)
{
	struct http_stub *stub = calloc(1, sizeof(*stub));
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t n = sizeof(at);

	assert(stub != NULL);
	stub->handler = handler;
	stub->arg = arg;
	stub->stop = eventfd(0, EFD_CLOEXEC);
	stub->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(stub->listener, (struct sockaddr *)&at, n) != 0 ||
	    listen(stub->listener, 128) != 0 ||
	    getsockname(stub->listener, (struct sockaddr *)&at, &n) != 0)
		abort();
	snprintf(stub->url, sizeof(stub->url), "http://127.0.0.1:%d",
	    ntohs(at.sin_port));
	pthread_create(&stub->acceptor, NULL, accept_all, stub);
	return stub;
}

void
stub_stop(struct http_stub *stub)
{
	uint64_t one = 1;

	if (write(stub->stop, &one, sizeof(one)) != sizeof(one))
		abort();
	pthread_join(stub->acceptor, NULL);
	for (unsigned i = 0; i < atomic_load(&stub->connections); i++)
		pthread_join(stub->threads[i], NULL);
	close(stub->listener);
	close(stub->stop);
	free(stub);
}

const char *
stub_url(const struct http_stub *stub)
{
	return stub->url;
}

unsigned
stub_count(struct http_stub *stub)
{
	return atomic_load(&stub->requests);
}

unsigned
stub_connections(struct http_stub *stub)
{
	return atomic_load(&stub->connections);
}

void
stub_answer(struct buf *answer, int status, const char *headers,
    const char *body)
{
	buf_addf(answer, "HTTP/1.1 %d Said\r\n%sContent-Length: %zu\r\n\r\n%s",
	    status, headers != NULL ? headers : "", strlen(body), body);
}

bool
stub_is(const struct stub_request *request, const char *line)
{
	size_t n = strlen(line);

	return strncmp(request->head, line, n) == 0 &&
	    strncmp(request->head + n, " HTTP/1.1\r\n", 11) == 0;
}

bool
stub_has(const struct stub_request *request, const char *line)
{
	const char *at = strstr(request->head, line);

	return at != NULL && at[-1] == '\n' && at[strlen(line)] == '\r';
}
