/*
 * The loop: libcurl's multi handle behind one epoll descriptor, so that a
 * caller has one thing to poll however many connections there are.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/times.h"
#include "client/internal.h"

enum { EVENTS_MAX = 64 };

struct helio_loop {
	CURLM		 *multi;
	int		  epoll;
	int64_t		  curl_due_ms;	/* libcurl's timer; 0: none */
	struct loop_item *items;
	size_t		  n_items;
};

/* libcurl wants to hear of a socket. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	helio_loop *loop = arg;
	struct epoll_event event = { .data.fd = fd };

	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what != CURL_POLL_OUT)
		event.events |= EPOLLIN;
	if (what != CURL_POLL_IN)
		event.events |= EPOLLOUT;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		epoll_ctl(loop->epoll, EPOLL_CTL_MOD, fd, &event);
	return 0;
}

static int
on_timer(CURLM *multi, long ms, void *arg)
{
	helio_loop *loop = arg;

	loop->curl_due_ms = ms < 0 ? 0 : time_monotonic_ms() + ms;
	return 0;
}

helio_loop *
helio_loop_new(void)
{
	helio_loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return NULL;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->multi = curl_multi_init();
	if (loop->epoll < 0 || loop->multi == NULL) {
		helio_loop_free(loop);
		return NULL;
	}
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
	return loop;
}

void
helio_loop_free(helio_loop *loop)
{
	if (loop == NULL)
		return;
	while (loop->items != NULL)
		call_dropped(loop->items);
	if (loop->multi != NULL)
		curl_multi_cleanup(loop->multi);
	if (loop->epoll >= 0)
		close(loop->epoll);
	free(loop);
}

int
helio_loop_fd(const helio_loop *loop)
{
	return loop->epoll;
}

size_t
helio_loop_pending(const helio_loop *loop)
{
	return loop->n_items;
}

void
loop_add(helio_loop *loop, struct loop_item *item)
{
	item->prev = NULL;
	item->next = loop->items;
	if (item->next != NULL)
		item->next->prev = item;
	loop->items = item;
	loop->n_items++;
}

void
loop_remove(helio_loop *loop, struct loop_item *item)
{
	if (item->next != NULL)
		item->next->prev = item->prev;
	if (item->prev != NULL)
		item->prev->next = item->next;
	else
		loop->items = item->next;
	item->next = item->prev = NULL;
	loop->n_items--;
}

struct loop_item *
loop_first(const helio_loop *loop)
{
	return loop->items;
}

bool
loop_transfer(helio_loop *loop, CURL *easy)
{
	return curl_multi_add_handle(loop->multi, easy) == CURLM_OK;
}

void
loop_transfer_end(helio_loop *loop, CURL *easy)
{
	curl_multi_remove_handle(loop->multi, easy);
}

static int64_t
earlier(int64_t a_ms, int64_t b_ms)
{
	if (a_ms == 0 || b_ms == 0)
		return a_ms != 0 ? a_ms : b_ms;
	return a_ms < b_ms ? a_ms : b_ms;
}

long
helio_loop_timeout_ms(const helio_loop *loop)
{
	int64_t due_ms = loop->curl_due_ms, now_ms;

	for (const struct loop_item *at = loop->items; at != NULL;
	    at = at->next)
		due_ms = earlier(due_ms, at->due_ms);
	if (due_ms == 0)
		return -1;
	now_ms = time_monotonic_ms();
	return due_ms > now_ms ? (long)(due_ms - now_ms) : 0;
}

static void
run_sockets(helio_loop *loop)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(loop->epoll, events, EVENTS_MAX, 0), running;

	for (int i = 0; i < n; i++) {
		int what = 0;

		if (events[i].events & (EPOLLIN | EPOLLHUP))
			what |= CURL_CSELECT_IN;
		if (events[i].events & EPOLLOUT)
			what |= CURL_CSELECT_OUT;
		if (events[i].events & EPOLLERR)
			what |= CURL_CSELECT_ERR;
		curl_multi_socket_action(loop->multi, events[i].data.fd, what,
		    &running);
	}
	if (loop->curl_due_ms != 0 &&
	    loop->curl_due_ms <= time_monotonic_ms()) {
		loop->curl_due_ms = 0;
		curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0,
		    &running);
	}
}

/* One at a time: a callback may cancel what else is done. */
static void
run_transfers(helio_loop *loop)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result;
		void *call = NULL;

		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
		curl_multi_remove_handle(loop->multi, easy);
		call_transferred(call, code);
	}
}

static struct loop_item *
find_due(const helio_loop *loop, int64_t now_ms)
{
	struct loop_item *at = loop->items;

	while (at != NULL && (at->due_ms == 0 || at->due_ms > now_ms))
		at = at->next;
	return at;
}

void
helio_loop_run(helio_loop *loop)
{
	int64_t now_ms;
	struct loop_item *item;

	run_sockets(loop);
	run_transfers(loop);
	/* what wakes now sets a later time, so this ends */
	now_ms = time_monotonic_ms();
	while ((item = find_due(loop, now_ms)) != NULL) {
		item->due_ms = 0;
		item->wake(item);
	}
}

void
helio_loop_wait(helio_loop *loop, long ms)
{
	struct pollfd fd = { .fd = loop->epoll, .events = POLLIN };
	long due_ms = helio_loop_timeout_ms(loop);

	if (due_ms >= 0 && (ms < 0 || due_ms < ms))
		ms = due_ms;
	poll(&fd, 1, ms > INT32_MAX ? INT32_MAX : (int)ms);
	helio_loop_run(loop);
}
