/*
 * The WebSocket listener: libwebsockets in a thread of its own, which takes
 * the sandbox's lock for everything it does with a peer.  Others only put
 * frames into a peer's queue; a tick finds what is due.
 */
#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/times.h"
#include "sandbox/bluecurrent.h"

enum {
	TICK_US = 10000,
	MESSAGE_MAX = 64 << 10,
	QUEUE_MAX = 4096,	/* frames that a peer does not read */
	ADDRESS_SIZE = 64, URL_SIZE = 256, PATH_SIZE = 256,
	ABRUPT = 1,		/* no close code: cut */
};

struct frame {
	struct frame	*next;
	int64_t		 due_ms;	/* --delay */
	size_t		 n;
	unsigned char	 text[];	/* LWS_PRE bytes, then n */
};

/* One connection; libwebsockets owns the memory. */
struct bluecurrent_peer {
	struct bluecurrent_peer *next;
	struct bluecurrent *service;
	struct lws	*wsi;
	uint64_t	 serial;
	bool		 hello;
	unsigned	 close_code;	/* 0: stay */
	struct frame	*queue, **queue_end;
	size_t		 n_queue;
	struct buf	 received;	/* parts of a message */
	char		 address[ADDRESS_SIZE];
};

struct bluecurrent_socket {
	struct lws_context *context;
	lws_sorted_usec_list_t tick;
	struct bluecurrent *service;
	struct bluecurrent_peer *peers;
	uint64_t	 serial;	/* of the newest */
	pthread_t	 thread;
	atomic_bool	 stop;
	char		 url[URL_SIZE];
};

/* Those that are there; none before the start and after the stop. */
static struct bluecurrent_peer *
peers_of(const struct bluecurrent *service)
{
	return service->socket != NULL ? service->socket->peers : NULL;
}

/* ---- out ---- */

void
bluecurrent_send_text(struct bluecurrent_peer *peer, const char *text,
    size_t n)
{
	struct sandbox *sandbox = peer->service->sandbox;
	struct frame *frame;

	if (peer->close_code != 0)
		return;
	if (peer->n_queue == QUEUE_MAX) {
		peer->close_code = ABRUPT;
		return;
	}
	frame = calloc(1, sizeof(*frame) + LWS_PRE + n);
	if (frame == NULL)
		return;
	memcpy(frame->text + LWS_PRE, text, n);
	frame->n = n;
	frame->due_ms = time_monotonic_ms() + sandbox_delay_ms(sandbox);
	*peer->queue_end = frame;
	peer->queue_end = &frame->next;
	peer->n_queue++;
}

static void
send_value(struct bluecurrent_peer *peer, const json_t *value)
{
	const char *object = json_string_value(json_object_get(value,
	    "object"));
	char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(12));
	char path[PATH_SIZE];

	if (text == NULL)
		return;
	snprintf(path, sizeof(path), "/%s", object != NULL ? object : "");
	sandbox_record(peer->service->sandbox, "SENT", path, text,
	    strlen(text));
	bluecurrent_send_text(peer, text, strlen(text));
	free(text);
}

void
bluecurrent_send(struct bluecurrent_peer *peer, json_t *value)
{
	send_value(peer, value);
	json_decref(value);
}

void
bluecurrent_push(struct bluecurrent *service, json_t *value)
{
	for (struct bluecurrent_peer *peer = peers_of(service); peer != NULL;
	    peer = peer->next)
		if (peer->hello)
			send_value(peer, value);
	json_decref(value);
}

void
bluecurrent_close(struct bluecurrent_peer *peer, unsigned code)
{
	peer->close_code = code != 0 ? code : ABRUPT;
}

/* ---- peers ---- */

void
bluecurrent_hello(struct bluecurrent_peer *peer)
{
	peer->hello = true;
}

uint64_t
bluecurrent_serial(const struct bluecurrent_peer *peer)
{
	return peer->serial;
}

struct bluecurrent_peer *
bluecurrent_peer(struct bluecurrent *service, uint64_t serial)
{
	struct bluecurrent_peer *peer = peers_of(service);

	while (peer != NULL && peer->serial != serial)
		peer = peer->next;
	return peer;
}

void
bluecurrent_each(struct bluecurrent *service,
    void (*call)(struct bluecurrent_peer *, void *), void *arg)
{
	for (struct bluecurrent_peer *peer = peers_of(service); peer != NULL;
	    peer = peer->next)
		call(peer, arg);
}

size_t
bluecurrent_n_peers(const struct bluecurrent *service)
{
	size_t n = 0;

	for (const struct bluecurrent_peer *peer = peers_of(service);
	    peer != NULL; peer = peer->next)
		n++;
	return n;
}

static void
come(struct bluecurrent_socket *socket, struct bluecurrent_peer *peer,
    struct lws *wsi)
{
	memset(peer, 0, sizeof(*peer));
	peer->service = socket->service;
	peer->wsi = wsi;
	peer->serial = ++socket->serial;
	peer->queue_end = &peer->queue;
	lws_get_peer_simple(wsi, peer->address, sizeof(peer->address));
	peer->next = socket->peers;
	socket->peers = peer;
}

static void
go(struct bluecurrent_socket *socket, struct bluecurrent_peer *peer)
{
	struct bluecurrent_peer **at = &socket->peers;

	while (*at != NULL && *at != peer)
		at = &(*at)->next;
	if (*at != NULL)
		*at = peer->next;
	while (peer->queue != NULL) {
		struct frame *next = peer->queue->next;

		free(peer->queue);
		peer->queue = next;
	}
	buf_free(&peer->received);
}

/* ---- the handshake ---- */

struct refusal {
	unsigned	 status;
	const char	*reason;	/* of x-websocket-reject-reason, or NULL */
};

static bool
path_is_served(const struct bluecurrent *service, struct lws *wsi)
{
	char path[PATH_SIZE];

	if (lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI) <= 0)
		return false;
	return strcmp(path, sandbox_text(service->sandbox,
	    BLUECURRENT_path)) == 0 || strcmp(path, "/appserver/2.0") == 0;
}

static bool
address_is_connected(const struct bluecurrent_socket *socket,
    struct lws *wsi)
{
	char address[ADDRESS_SIZE];

	lws_get_peer_simple(wsi, address, sizeof(address));
	for (const struct bluecurrent_peer *peer = socket->peers; peer != NULL;
	    peer = peer->next)
		if (strcmp(peer->address, address) == 0)
			return true;
	return false;
}

static bool
is(const struct bluecurrent *service, enum bluecurrent_setting setting,
    const char *value)
{
	return strcmp(sandbox_text(service->sandbox, setting), value) == 0;
}

/* Status 0: welcome. */
static struct refusal
judge(struct bluecurrent_socket *socket, struct lws *wsi)
{
	struct bluecurrent *service = socket->service;
	struct sandbox *sandbox = service->sandbox;
	const char *path = sandbox_text(sandbox, BLUECURRENT_path);
	struct sandbox_fault fault;

	sandbox_record(sandbox, "OPEN", path, "", 0);
	if (!path_is_served(service, wsi))
		return (struct refusal){ 404, NULL };
	fault = sandbox_fault(sandbox, path);
	if (fault.kind == SANDBOX_STATUS && fault.status == 429)
		return (struct refusal){ 403, "Request limit reached" };
	if (fault.kind == SANDBOX_STATUS && fault.status == 409)
		return (struct refusal){ 403, "Already connected" };
	if (fault.kind == SANDBOX_STATUS)
		return (struct refusal){ fault.status, NULL };
	if (fault.kind != SANDBOX_NO_FAULT)
		return (struct refusal){ ABRUPT, NULL };
	if (is(service, BLUECURRENT_one_connection, "yes") &&
	    address_is_connected(socket, wsi))
		return (struct refusal){ 403, "Already connected" };
	if (is(service, BLUECURRENT_limit_by, "handshake") &&
	    sandbox_over_limit(sandbox))
		return (struct refusal){ 403, "Request limit reached" };
	return (struct refusal){ 0, NULL };
}

/*
 * Positive: the answer is given; negative: cut.  The head is written here:
 * libwebsockets would answer with HTTP/1.0 before it knows the version.
 */
static int
refuse(struct lws *wsi, const struct refusal *refusal)
{
	struct buf head = BUF_INIT;
	int result = -1;

	if (refusal->status == ABRUPT)
		return -1;
	for (size_t i = 0; i < LWS_PRE; i++)
		buf_addc(&head, '\0');
	buf_addf(&head, "HTTP/1.1 %u Refused\r\nContent-Length: 0\r\n"
	    "Connection: close\r\n", refusal->status);
	if (refusal->reason != NULL)
		buf_addf(&head, "x-websocket-reject-reason: %s\r\n",
		    refusal->reason);
	buf_adds(&head, "\r\n");
	if (!head.failed && lws_write(wsi,
	    (unsigned char *)head.data + LWS_PRE, head.len - LWS_PRE,
	    LWS_WRITE_HTTP_HEADERS) > 0)
		result = 1;
	buf_free(&head);
	return result;
}

static int
confirm(struct bluecurrent_socket *socket, struct lws *wsi)
{
	struct refusal refusal;

	sandbox_lock(socket->service->sandbox);
	refusal = judge(socket, wsi);
	sandbox_unlock(socket->service->sandbox);
	return refusal.status == 0 ? 0 : refuse(wsi, &refusal);
}

/* ---- messages ---- */

static int
receive(struct bluecurrent_socket *socket, struct bluecurrent_peer *peer,
    const char *part, size_t n)
{
	if (peer->received.len + n > MESSAGE_MAX) {
		lws_close_reason(peer->wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE,
		    NULL, 0);
		return -1;
	}
	buf_add(&peer->received, part, n);
	if (peer->received.failed)
		return -1;
	if (lws_is_final_fragment(peer->wsi) &&
	    lws_remaining_packet_payload(peer->wsi) == 0) {
		bluecurrent_message(socket->service, peer,
		    peer->received.data != NULL ? peer->received.data : "",
		    peer->received.len);
		buf_reset(&peer->received);
		lws_callback_on_writable(peer->wsi);
	}
	return 0;
}

/* What is due goes out; then the end, if it was asked for. */
static int
write_due(struct bluecurrent_peer *peer)
{
	struct frame *frame = peer->queue;
	int put;

	if (frame != NULL && frame->due_ms <= time_monotonic_ms()) {
		put = lws_write(peer->wsi, frame->text + LWS_PRE, frame->n,
		    LWS_WRITE_TEXT);
		peer->queue = frame->next;
		if (peer->queue == NULL)
			peer->queue_end = &peer->queue;
		peer->n_queue--;
		free(frame);
		if (put < 0)
			return -1;
		lws_callback_on_writable(peer->wsi);
	} else if (frame == NULL && peer->close_code > ABRUPT) {
		lws_close_reason(peer->wsi, peer->close_code, NULL, 0);
		return -1;
	}
	return 0;
}

static int
on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t n)
{
	struct bluecurrent_socket *socket = lws_context_user(
	    lws_get_context(wsi));
	struct bluecurrent_peer *peer = user;
	int result = 0;

	switch (reason) {
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return confirm(socket, wsi);
	case LWS_CALLBACK_HTTP:
		return lws_return_http_status(wsi, 426, NULL) < 0 ||
		    lws_http_transaction_completed(wsi) ? -1 : 0;
	case LWS_CALLBACK_ESTABLISHED:
	case LWS_CALLBACK_CLOSED:
	case LWS_CALLBACK_RECEIVE:
	case LWS_CALLBACK_SERVER_WRITEABLE:
		break;
	default:
		return 0;
	}
	sandbox_lock(socket->service->sandbox);
	if (reason == LWS_CALLBACK_ESTABLISHED)
		come(socket, peer, wsi);
	else if (reason == LWS_CALLBACK_CLOSED)
		go(socket, peer);
	else if (reason == LWS_CALLBACK_RECEIVE)
		result = receive(socket, peer, in, n);
	else
		result = write_due(peer);
	sandbox_unlock(socket->service->sandbox);
	return result;
}

/* ---- time ---- */

static void
look_at(struct bluecurrent_peer *peer, void *arg)
{
	if (peer->close_code == ABRUPT)
		shutdown(lws_get_socket_fd(peer->wsi), SHUT_RDWR);
	else if (peer->close_code != 0 || (peer->queue != NULL &&
	    peer->queue->due_ms <= time_monotonic_ms()))
		lws_callback_on_writable(peer->wsi);
}

static void
on_tick(lws_sorted_usec_list_t *tick)
{
	struct bluecurrent_socket *socket = lws_container_of(tick,
	    struct bluecurrent_socket, tick);

	sandbox_lock(socket->service->sandbox);
	bluecurrent_tick(socket->service);
	bluecurrent_each(socket->service, look_at, NULL);
	sandbox_unlock(socket->service->sandbox);
	lws_sul_schedule(socket->context, 0, tick, on_tick, TICK_US);
}

static void *
work(void *arg)
{
	struct bluecurrent_socket *socket = arg;

	while (!socket->stop && lws_service(socket->context, 0) >= 0)
		;
	return NULL;
}

/* ---- start and stop ---- */

/* "ADDR:PORT"; an IPv6 address stands in brackets. */
static bool
read_listen(const char *listen, char *address, size_t size, int *ret_port)
{
	const char *colon = strrchr(listen, ':');
	size_t n = colon != NULL ? (size_t)(colon - listen) : 0;
	char *end;
	long port = colon != NULL ? strtol(colon + 1, &end, 10) : -1;

	if (n > 1 && listen[0] == '[' && listen[n - 1] == ']') {
		listen++;
		n -= 2;
	}
	if (n == 0 || n >= size || colon[1] == '\0' || *end != '\0' ||
	    port < 0 || port > 65535)
		return false;
	snprintf(address, size, "%.*s", (int)n, listen);
	*ret_port = (int)port;
	return true;
}

static struct lws_context *
make_context(struct bluecurrent_socket *socket,
    const struct sandbox_place *place, const char *address, int port)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "bluecurrent", .callback = on_event,
		    .per_session_data_size = sizeof(struct bluecurrent_peer) },
		{ NULL },
	};
	struct lws_context_creation_info info = {
		.port = port, .iface = address, .protocols = protocols,
		.gid = (gid_t)-1, .uid = (uid_t)-1, .user = socket,
		.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
		    LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
	};
	struct lws_context *context;
	struct lws_vhost *vhost;

	if (place->tls_cert != NULL) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = place->tls_cert;
		info.ssl_private_key_filepath = place->tls_key;
		info.alpn = "http/1.1";
	}
	lws_set_log_level(0, NULL);
	context = lws_create_context(&info);
	if (context == NULL)
		return NULL;
	vhost = lws_create_vhost(context, &info);
	if (vhost == NULL || lws_get_vhost_listen_port(vhost) <= 0) {
		lws_context_destroy(context);
		return NULL;
	}
	snprintf(socket->url, sizeof(socket->url),
	    strchr(address, ':') != NULL ? "%s://[%s]:%d%s" : "%s://%s:%d%s",
	    place->tls_cert != NULL ? "wss" : "ws", address,
	    lws_get_vhost_listen_port(vhost),
	    sandbox_text(socket->service->sandbox, BLUECURRENT_path));
	return context;
}

static enum helio_rc
start(void *state, const struct sandbox_place *place, struct helio_err *err)
{
	struct bluecurrent *service = state;
	struct bluecurrent_socket *socket;
	char address[ADDRESS_SIZE];
	int port;

	if (!read_listen(place->listen, address, sizeof(address), &port))
		return err_set(err, HELIO_E_INVALID,
		    "'%.100s' is not ADDR:PORT", place->listen);
	socket = calloc(1, sizeof(*socket));
	if (socket == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory");
	socket->service = service;
	socket->context = make_context(socket, place, address, port);
	if (socket->context == NULL) {
		free(socket);
		return err_set(err, HELIO_E_IO, "%.100s cannot be listened on",
		    place->listen);
	}
	service->socket = socket;
	lws_sul_schedule(socket->context, 0, &socket->tick, on_tick, TICK_US);
	if (pthread_create(&socket->thread, NULL, work, socket) != 0) {
		lws_context_destroy(socket->context);
		service->socket = NULL;
		free(socket);
		return err_set(err, HELIO_E_NO_MEMORY, "no thread");
	}
	return HELIO_OK;
}

static const char *
url(const void *state)
{
	return ((const struct bluecurrent *)state)->socket->url;
}

static void
stop(void *state)
{
	struct bluecurrent *service = state;
	struct bluecurrent_socket *socket = service->socket;

	socket->stop = true;
	lws_cancel_service(socket->context);
	pthread_join(socket->thread, NULL);
	lws_context_destroy(socket->context);
	/* the control endpoint still runs */
	sandbox_lock(service->sandbox);
	service->socket = NULL;
	sandbox_unlock(service->sandbox);
	free(socket);
}

const struct sandbox_listener bluecurrent_listener = {
	.start = start, .url = url, .stop = stop,
};
