/* The socket: libwebsockets in its thread, queues on both sides. */
#include "connector/bluecurrent/link.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "client/internal.h"

#define SYSTEM_CA_FILE "/etc/ssl/certs/ca-certificates.crt"
#define REJECT_HEADER "x-websocket-reject-reason:"

enum {
	FDS_MAX = 16,		/* of one context: socket, wake-up pipe */
	URL_SIZE = 512,
	HOST_SIZE = 300,
	EVENTS_BYTES_MAX = 16 << 20,	/* unread: the caller sleeps */
	CLOSE_GRACE_S = 3,	/* for the peer's close frame */
};

enum order_kind { ORDER_OPEN, ORDER_SEND, ORDER_CLOSE };

struct order {
	struct order	*next;
	enum order_kind	 kind;
	size_t		 n;
	unsigned char	 text[];	/* LWS_PRE bytes, then n of text */
};

struct address {
	char		 host[HOST_SIZE];	/* to connect to and to check */
	char		 header[HOST_SIZE + 8];	/* with the port, if it is no default */
	char		 path[URL_SIZE];
	int		 port;
	bool		 tls;
};

struct bc_link {
	struct address	 address;
	struct lws_context *context;
	lws_retry_bo_t	 idle;		/* pings */
	long		 connect_ms;
	pthread_t	 thread;
	int		 fd;		/* eventfd, the caller's */

	pthread_mutex_t	 lock;		/* all in this part */
	struct order	*orders, **orders_end;
	struct bc_event	*events, **events_end;
	size_t		 events_bytes;
	bool		 stop;

	/* the thread's own */
	struct lws	*wsi;		/* or NULL */
	lws_sorted_usec_list_t late;	/* it must be open by then */
	bool		 open;
	bool		 closing;
	struct order	*sending, **sending_end;
	struct buf	 received;	/* parts of a message */
	struct bc_loss	 loss;
};

/* ---- events, out of the thread ---- */

static void
put_event(struct bc_link *link, enum bc_event_kind kind, const void *text,
    size_t n)
{
	struct bc_event *event = calloc(1, sizeof(*event) + n + 1);

	if (event == NULL)
		return;
	event->kind = kind;
	event->n = n;
	if (n > 0)
		memcpy(event->text, text, n);
	if (kind == BC_EVENT_CLOSED)
		event->loss = link->loss;
	pthread_mutex_lock(&link->lock);
	*link->events_end = event;
	link->events_end = &event->next;
	link->events_bytes += n;
	pthread_mutex_unlock(&link->lock);
	eventfd_write(link->fd, 1);
}

struct bc_event *
bc_link_next(struct bc_link *link)
{
	struct bc_event *event;
	eventfd_t count;

	pthread_mutex_lock(&link->lock);
	event = link->events;
	if (event != NULL) {
		link->events = event->next;
		link->events_bytes -= event->n;
	}
	if (link->events == NULL) {
		link->events_end = &link->events;
		eventfd_read(link->fd, &count);
	}
	pthread_mutex_unlock(&link->lock);
	return event;
}

static bool
events_full(struct bc_link *link)
{
	bool full;

	pthread_mutex_lock(&link->lock);
	full = link->events_bytes > EVENTS_BYTES_MAX;
	pthread_mutex_unlock(&link->lock);
	return full;
}

/* ---- one connection, in the thread ---- */

static void
free_orders(struct order **list, struct order ***end)
{
	while (*list != NULL) {
		struct order *next = (*list)->next;

		explicit_bzero((*list)->text + LWS_PRE, (*list)->n);
		free(*list);
		*list = next;
	}
	*end = list;
}

static void
set_reason(struct bc_link *link, const char *text, size_t n)
{
	if (*link->loss.reason == '\0')
		snprintf(link->loss.reason, sizeof(link->loss.reason), "%.*s",
		    (int)n, text);
}

static void
no_deadline(struct bc_link *link)
{
	lws_sul_schedule(link->context, 0, &link->late, NULL,
	    LWS_SET_TIMER_USEC_CANCEL);
}

static void
ended(struct bc_link *link)
{
	no_deadline(link);
	link->wsi = NULL;
	link->open = false;
	free_orders(&link->sending, &link->sending_end);
	secret_buf_free(&link->received);
	put_event(link, BC_EVENT_CLOSED, NULL, 0);
}

static void
refused(struct bc_link *link, struct lws *wsi, const char *why, size_t n)
{
	static const char name[] = REJECT_HEADER;
	char value[BC_REASON_SIZE];

	link->loss.handshake = true;
	link->loss.status = lws_http_client_http_response(wsi);
	if (lws_hdr_custom_copy(wsi, value, sizeof(value), name,
	    sizeof(name) - 1) > 0)
		set_reason(link, value, strlen(value));
	else if (why != NULL)
		set_reason(link, why, n);
	ended(link);
}

static int
fail(struct bc_link *link, struct lws *wsi, enum lws_close_status status,
    const char *why)
{
	set_reason(link, why, strlen(why));
	lws_close_reason(wsi, status, NULL, 0);
	return -1;
}

static int
receive(struct bc_link *link, struct lws *wsi, const char *part, size_t n)
{
	if (link->received.len + n > BC_MESSAGE_MAX)
		return fail(link, wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE,
		    "a message is too large");
	buf_add(&link->received, part, n);
	if (!lws_is_final_fragment(wsi) ||
	    lws_remaining_packet_payload(wsi) > 0)
		return 0;
	if (link->received.failed || events_full(link))
		return fail(link, wsi, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION,
		    "messages come faster than they are read");
	put_event(link, BC_EVENT_MESSAGE, link->received.data,
	    link->received.len);
	/* it may hold the auth token */
	if (link->received.len > 0)
		explicit_bzero(link->received.data, link->received.len);
	buf_reset(&link->received);
	return 0;
}

static int
write_next(struct bc_link *link, struct lws *wsi)
{
	struct order *order = link->sending;
	int put;

	if (order == NULL) {
		if (!link->closing)
			return 0;
		lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
		return -1;
	}
	put = lws_write(wsi, order->text + LWS_PRE, order->n, LWS_WRITE_TEXT);
	link->sending = order->next;
	if (link->sending == NULL)
		link->sending_end = &link->sending;
	explicit_bzero(order->text + LWS_PRE, order->n);
	free(order);
	if (put < 0)
		return -1;
	if (link->sending != NULL || link->closing)
		lws_callback_on_writable(wsi);
	return 0;
}

static void
peer_closes(struct bc_link *link, const unsigned char *in, size_t n)
{
	if (n < 2)
		return;
	link->loss.close_code = (unsigned)in[0] << 8 | in[1];
	set_reason(link, (const char *)in + 2, n - 2);
}

static int
on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t n)
{
	struct bc_link *link = lws_context_user(lws_get_context(wsi));

	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		link->open = true;
		no_deadline(link);
		put_event(link, BC_EVENT_OPENED, NULL, 0);
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		refused(link, wsi, in, n);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return receive(link, wsi, in, n);
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return write_next(link, wsi);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		peer_closes(link, in, n);
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
		ended(link);
		return 0;
	default:
		return 0;
	}
}

/* ---- orders, in the thread ---- */

/* Drop a connection that is not open yet. */
static void
give_up(struct bc_link *link, const char *why)
{
	struct lws *wsi = link->wsi;

	set_reason(link, why, strlen(why));
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE,
	    LWS_TO_KILL_SYNC);
	/* whether on_event() hears of it depends on how far it had come */
	if (link->wsi == wsi) {
		link->loss.handshake = true;
		ended(link);
	}
}

static void
on_late(lws_sorted_usec_list_t *late)
{
	struct bc_link *link = lws_container_of(late, struct bc_link, late);

	if (link->wsi != NULL && !link->open)
		give_up(link, "no connection in time");
}

static void
connect_now(struct bc_link *link)
{
	struct lws_client_connect_info info = {
		.context = link->context, .address = link->address.host,
		.port = link->address.port, .path = link->address.path,
		.host = link->address.header, .local_protocol_name = "bluecurrent",
		.ssl_connection = (link->address.tls ? LCCSCF_USE_SSL : 0) |
		    LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
		.alpn = "http/1.1", .pwsi = &link->wsi,
		.retry_and_idle_policy = &link->idle,
	};

	memset(&link->loss, 0, sizeof(link->loss));
	link->closing = false;
	lws_sul_schedule(link->context, 0, &link->late, on_late,
	    link->connect_ms * LWS_US_PER_MS);
	/* a failure inside the call has been told through on_event() */
	if (lws_client_connect_via_info(&info) == NULL &&
	    link->loss.handshake == false) {
		link->loss.handshake = true;
		set_reason(link, "no connection", 13);
		ended(link);
	}
}

static void
close_now(struct bc_link *link)
{
	link->closing = true;
	if (!link->open) {
		give_up(link, "closed");
		return;
	}
	lws_callback_on_writable(link->wsi);
	lws_set_timeout(link->wsi, PENDING_TIMEOUT_USER_REASON_BASE,
	    CLOSE_GRACE_S);
}

/* Carry one order out; takes it. */
static void
obey(struct bc_link *link, struct order *order)
{
	if (order->kind == ORDER_SEND && link->open) {
		*link->sending_end = order;
		link->sending_end = &order->next;
		lws_callback_on_writable(link->wsi);
		return;
	}
	if (order->kind == ORDER_OPEN && link->wsi == NULL)
		connect_now(link);
	else if (order->kind == ORDER_CLOSE && link->wsi != NULL)
		close_now(link);
	explicit_bzero(order->text, order->n > 0 ? LWS_PRE + order->n : 0);
	free(order);
}

static struct order *
next_order(struct bc_link *link, bool *ret_stop)
{
	struct order *order;

	pthread_mutex_lock(&link->lock);
	*ret_stop = link->stop;
	order = link->orders;
	if (order != NULL)
		link->orders = order->next;
	if (link->orders == NULL)
		link->orders_end = &link->orders;
	pthread_mutex_unlock(&link->lock);
	if (order != NULL)
		order->next = NULL;
	return order;
}

static void *
work(void *arg)
{
	struct bc_link *link = arg;
	struct order *order;
	bool stop = false;

	while (!stop) {
		while ((order = next_order(link, &stop)) != NULL)
			obey(link, order);
		if (!stop && lws_service(link->context, 0) < 0)
			break;
	}
	return NULL;
}

/* ---- the caller's side ---- */

static void
put_order(struct bc_link *link, enum order_kind kind, const char *text,
    size_t n)
{
	struct order *order = calloc(1, sizeof(*order) + LWS_PRE + n);

	if (order == NULL)
		return;
	order->kind = kind;
	order->n = n;
	if (n > 0)
		memcpy(order->text + LWS_PRE, text, n);
	pthread_mutex_lock(&link->lock);
	*link->orders_end = order;
	link->orders_end = &order->next;
	pthread_mutex_unlock(&link->lock);
	lws_cancel_service(link->context);
}

void
bc_link_open(struct bc_link *link)
{
	put_order(link, ORDER_OPEN, NULL, 0);
}

void
bc_link_close(struct bc_link *link)
{
	put_order(link, ORDER_CLOSE, NULL, 0);
}

void
bc_link_send(struct bc_link *link, const char *text, size_t n)
{
	put_order(link, ORDER_SEND, text, n);
}

/* ---- making one ---- */

static bool
read_url(const char *url, struct address *ret)
{
	char copy[URL_SIZE];
	const char *scheme, *host, *path;
	bool default_port;

	if (strlen(url) >= sizeof(copy) || strstr(url, "://") == NULL)
		return false;
	strcpy(copy, url);
	if (lws_parse_uri(copy, &scheme, &host, &ret->port, &path) != 0 ||
	    (strcmp(scheme, "ws") != 0 && strcmp(scheme, "wss") != 0) ||
	    *host == '\0' || strlen(host) >= sizeof(ret->host) ||
	    ret->port < 1 || ret->port > 65535)
		return false;
	ret->tls = strcmp(scheme, "wss") == 0;
	default_port = ret->port == (ret->tls ? 443 : 80);
	strcpy(ret->host, host);
	if (default_port)
		strcpy(ret->header, host);
	else
		snprintf(ret->header, sizeof(ret->header), "%s:%d", host,
		    ret->port);
	snprintf(ret->path, sizeof(ret->path), "/%s", path);
	return true;
}

static struct lws_context *
make_context(struct bc_link *link, const struct bc_link_options *options)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "bluecurrent", .callback = on_event },
		{ NULL },
	};
	unsigned seconds = (unsigned)((options->connect_ms + 999) / 1000);
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN, .protocols = protocols,
		.gid = (gid_t)-1, .uid = (uid_t)-1, .user = link,
		.fd_limit_per_thread = FDS_MAX,
		.connect_timeout_secs = seconds, .timeout_secs = seconds,
	};

	if (link->address.tls) {
		info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.client_ssl_ca_filepath = options->ca_file != NULL ?
		    options->ca_file : SYSTEM_CA_FILE;
	}
	/* it prints by itself otherwise; a library must not */
	lws_set_log_level(0, NULL);
	return lws_create_context(&info);
}

/* Signals are the caller's business. */
static bool
start_thread(struct bc_link *link)
{
	sigset_t all, before;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = pthread_create(&link->thread, NULL, work, link) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static void
release(struct bc_link *link)
{
	struct bc_event *event;

	if (link->context != NULL)
		lws_context_destroy(link->context);
	free_orders(&link->orders, &link->orders_end);
	free_orders(&link->sending, &link->sending_end);
	while ((event = bc_link_next(link)) != NULL)
		free(event);
	secret_buf_free(&link->received);
	pthread_mutex_destroy(&link->lock);
	free(link);
}

helio_code
bc_link_new(const struct bc_link_options *options, struct bc_link **ret,
    helio_error *error)
{
	struct bc_link *link = calloc(1, sizeof(*link));

	if (link == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	link->orders_end = &link->orders;
	link->events_end = &link->events;
	link->sending_end = &link->sending;
	link->idle.secs_since_valid_ping = (uint16_t)options->ping_s;
	link->idle.secs_since_valid_hangup = (uint16_t)options->hang_up_s;
	link->connect_ms = options->connect_ms;
	pthread_mutex_init(&link->lock, NULL);
	link->fd = options->fd;
	if (!read_url(options->url, &link->address)) {
		release(link);
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "%.200s is no ws:// or wss:// address", options->url);
	}
	link->context = make_context(link, options);
	if (link->context == NULL || !start_thread(link)) {
		release(link);
		return helio_error_set(error, HELIO_LOCAL,
		    "the WebSocket library does not start");
	}
	*ret = link;
	return HELIO_DONE;
}

void
bc_link_free(struct bc_link *link)
{
	if (link == NULL)
		return;
	pthread_mutex_lock(&link->lock);
	link->stop = true;
	pthread_mutex_unlock(&link->lock);
	lws_cancel_service(link->context);
	pthread_join(link->thread, NULL);
	release(link);
}
