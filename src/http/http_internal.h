/*
 * What the files of src/http share.
 *
 *   server.c   options, addresses, TLS files, start and stop
 *   loop.c     one thread: its epoll set around MHD's, wake-ups, the drain
 *   conn.c     the table of connections: phases, deadlines, the cap, lingering
 *   request.c  what MHD calls for a request; its memory
 *   access.c   what the application may ask of a request
 *   head.c     what MHD lets pass of a request head and we do not
 *   reply.c    answers and their hand-over between threads
 *   stream.c   answers that are made while they are sent
 *   query.c    percent-decoding and parameters: no I/O
 *
 * MHD parses, frames, encrypts and keeps connections alive.  Everything of a
 * connection happens on its loop's thread.  A request that the application
 * holds (REQ_HELD) is suspended in MHD and touched by whoever will answer it;
 * http_reply() hands it back through the loop's `done` list, and so does a
 * stream whenever the connection waits for it.  A request that is streamed
 * belongs to both sides until the application has ended it (`over`): when the
 * connection is done first it is `detached` and waits for that.
 */
#ifndef HELIO_HTTP_INTERNAL_H
#define HELIO_HTTP_INTERNAL_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "http/http.h"

enum {
	SPARE_MAX = 256,	/* requests that a loop keeps for reuse */
	BUF_KEEP = 16384,	/* larger buffers are not kept with them, and
				 * count against bodies_max */
	BODY_MAX = 1 << 20,	/* default body limit */
	BODY_DEADLINE_MS = 30 * 1000,
	BODY_GROWTH = 8,	/* times what has come of a body is made room
				 * for, when it is to have so many bytes */
	SEND_RATE_MIN = 1,	/* bytes a ms that a reader takes, on average */
	LINGER_MS = 1000,	/* reading on after a closing reply ... */
	LINGER_BYTES = 4 << 20,	/* ... and at most so much */
	TAILS_MAX = 256,	/* per loop; more are closed at once */
	REFUSED_MAX = 64,	/* over the cap: so many are told 503 at once */
	RETRY_AFTER_S = 5,
	PEER_SIZE = INET6_ADDRSTRLEN,
};

struct http_conn;
struct http_stream;
struct reply_field;

TAILQ_HEAD(conn_list, http_conn);
TAILQ_HEAD(tail_list, http_tail);
STAILQ_HEAD(request_list, http_request);

/* Counted apart: strangers may send bodies, but ask for no large replies. */
enum hold { HOLD_BODY, HOLD_REPLY, HOLDS };

struct http_server {
	struct http_app	 app;
	struct http_options opt;	/* texts are valid only in http_start */
	char		*cert;		/* PEM; NULL: plain */
	char		*key;
	struct http_loop **loop;
	unsigned	 n_loops;
	unsigned	 sweep_ms;
	atomic_uint	 refs;		/* one per loop, one for http_stop */
	atomic_uint	 open;		/* connections, refused ones left out */
	atomic_size_t	 bodies[HOLDS];	/* bytes in large ones */
	atomic_uint	 streams;
	atomic_ulong	 streams_cut;
	atomic_bool	 stopping;
	uint16_t	 port;
	char		 url[PEER_SIZE + 32];
};

/* A socket whose connection is over, read on so that closing it does not
 * reset it and take the last reply from the client. */
struct http_tail {
	TAILQ_ENTRY(http_tail) all;
	int		 fd;
	size_t		 bytes;
	int64_t		 deadline_ms;
};

struct http_loop {
	struct http_server *server;
	struct MHD_Daemon *daemon;
	unsigned	 index;
	bool		 tls;
	pthread_t	 thread;
	pthread_t	 self;		/* set by the thread: who runs callbacks */
	int		 epoll_fd;
	int		 wake_fd;
	int		 listen_fd;	/* ours until MHD closes it or gives it back */
	int64_t		 now_ms;	/* when this round began */
	bool		 dispatching;	/* answers will be looked for in this
					 * round; the thread's own */
	int64_t		 sweep_at_ms;
	int64_t		 stop_at_ms;	/* end of the drain, once stopping */
	struct conn_list conns;
	unsigned	 refused;
	struct tail_list tails;
	unsigned	 n_tails;
	struct request_list spare;
	unsigned	 n_spare;
	char		 problem[160];	/* MHD's last complaint, while starting */
	pthread_mutex_t	 lock;		/* done, ended, listed and over of
					 * requests; waiting once ended */
	struct request_list done;	/* other threads went on with these */
	unsigned	 waiting;	/* requests that the application holds, and
					 * http_stop() for the thread's end */
	bool		 ended;		/* the thread is gone */
};

/*
 * Phases of a connection, as far as deadlines go:
 *
 *   IDLE -> HEAD -> BODY -> HELD -> SEND -> IDLE (keep-alive)
 *     any of them -> GONE: shut down, MHD is about to close it
 */
enum conn_phase {
	CONN_IDLE,	/* no byte of a request seen */
	CONN_HEAD,	/* part of a head is in */
	CONN_BODY,
	CONN_HELD,	/* the application has the request */
	CONN_SEND,
	CONN_GONE,
	CONN_PHASES
};

struct http_conn {
	TAILQ_ENTRY(http_conn) all;
	struct http_loop *loop;
	struct http_request *req;
	int		 fd;
	uint8_t		 phase;
	bool		 refused;	/* over the cap */
	bool		 unread;	/* the client may still be sending */
	int64_t		 deadline_ms;	/* 0: none */
	int64_t		 look_at_ms;	/* when to ask the kernel again */
	bool		 measured;	/* `moved` is known */
	uint64_t	 moved;		/* bytes received (IDLE) or acked (SEND) */
	unsigned	 reader_ms;	/* SEND: how long nothing may be read */
	int64_t		 send_until_ms;
	char		 peer[PEER_SIZE];
};

enum req_phase {
	REQ_HEAD,	/* only the target is known */
	REQ_BODY,
	REQ_HELD,	/* the application has it */
	REQ_ANSWERED,	/* the reply waits for MHD to ask for it */
	REQ_FAILED,	/* told so already, or impossible: close */
};

/* What stands before `conn` is kept when the request is reused, the rest is
 * cleared. */
struct http_request {
	STAILQ_ENTRY(http_request) link;
	struct arena	*arena;
	struct buf	 body;
	struct http_conn *conn;
	struct http_loop *loop;
	struct MHD_Connection *mhd;
	enum req_phase	 phase;
	void		*data;		/* the application's */
	const char	*method;	/* in MHD's memory */
	const char	*peer;		/* the connection's */
	enum http_method code;
	const char	*target;
	const char	*path;
	const char	*query;
	size_t		 body_max;
	size_t		 body_len;	/* as the head says; 0: not known */
	unsigned	 body_deadline_ms;
	size_t		 discarded;	/* body bytes after a failure */
	size_t		 held[HOLDS];	/* its share of server->bodies */
	int64_t		 begun_us;	/* monotonic; 0: `begin` was not called */
	bool		 calling;	/* inside begin or handle */
	bool		 replied;	/* http_reply() was called there */
	bool		 suspended;	/* in MHD */
	bool		 listed;	/* in `done` */
	bool		 over;		/* the application is done with it */
	bool		 detached;	/* the connection is */
	bool		 dropped;	/* close in place of a reply */
	unsigned	 status;
	const char	*content_type;	/* may be NULL */
	struct reply_field *fields;	/* headers added, in the arena */
	struct buf	 reply;
	const char	*fixed;		/* in its place, borrowed */
	struct http_stream *stream;	/* in its place, made as it is sent */
	size_t		 reply_len;
};

/* ---- server.c ---- */

struct http_server *http_server_ref(struct http_server *);
void		 http_server_unref(struct http_server *);

/* ---- loop.c ---- */

/* A loop around a listening socket (taken), or an error. */
enum helio_rc	 http_loop_new(struct http_server *, unsigned index,
		    int listen_fd, struct http_loop **ret, struct helio_err *);
/* NULL is allowed; its thread must have ended, no request may be held. */
void		 http_loop_free(struct http_loop *);
void		*http_loop_run(void *loop);
/* One of those that `waiting` counts is done with a loop that has ended; true
 * for the last, who frees it. */
bool		 http_loop_leave(struct http_loop *);
/* Make the loop look at `done` and `stopping`. */
void		 http_loop_wake(struct http_loop *);
/* Is this the loop's thread, which will look at `done` before it waits? */
bool		 http_loop_is_dispatching(const struct http_loop *);

/* ---- conn.c ---- */

/* MHD_AcceptPolicyCallback, MHD_NotifyConnectionCallback; cls is the loop. */
enum MHD_Result	 http_conn_policy(void *cls, const struct sockaddr *,
		    socklen_t);
void		 http_conn_notify(void *cls, struct MHD_Connection *,
		    void **context, enum MHD_ConnectionNotificationCode);
/* Move to a phase with its deadline, in ms from now; 0: none. */
void		 http_conn_enter(struct http_conn *, enum conn_phase,
		    unsigned in_ms);
/* A reply of n bytes is on its way. */
void		 http_conn_sending(struct http_conn *, size_t n);
/* Bytes of one whose end is not known, which is to be read by then. */
void		 http_conn_streaming(struct http_conn *, int64_t until_ms);
/* Shut the socket down: MHD sees the end and closes the connection. */
void		 http_conn_drop(struct http_conn *);
/* Write an error past MHD, which cannot answer now; plain HTTP only: false
 * when nothing could be said. */
bool		 http_conn_tell(struct http_conn *, enum helio_rc);
/* End what is past its deadline. */
void		 http_conn_sweep(struct http_loop *);
/* The server ends: let go of connections that wait for a request, and let
 * streams know. */
void		 http_conn_stop(struct http_loop *);
/* Read and forget; closes at the end. */
void		 http_tail_read(struct http_loop *, struct http_tail *);
void		 http_tail_close(struct http_loop *, struct http_tail *);

/* ---- request.c ---- */

/* The callbacks of MHD_start_daemon; cls is the loop. */
void		*http_on_target(void *cls, const char *uri,
		    struct MHD_Connection *);
enum MHD_Result	 http_on_request(void *cls, struct MHD_Connection *,
		    const char *url, const char *method, const char *version,
		    const char *data, size_t *data_len, void **req);
void		 http_on_completed(void *cls, struct MHD_Connection *,
		    void **req, enum MHD_RequestTerminationCode);
void		 http_request_free(struct http_request *);
/* Both sides are done with it: report it and keep it for the next one. */
void		 http_request_done(struct http_request *);
/*
 * A body of this request now takes n bytes.  False: all of that kind together
 * are too large.
 */
bool		 http_request_hold(struct http_request *, enum hold, size_t n);

/* ---- head.c ---- */

struct head_facts {
	bool		 has_body;
	bool		 chunked;
	uint64_t	 length;
};

/* OK, E_HEADERS or E_BAD: what MHD takes and RFC 9112 does not. */
enum helio_rc	 http_head_check(struct http_request *, const char *version,
		    struct head_facts *ret);

/* ---- reply.c ---- */

/* Fill in the answer that the transport gives itself. */
void		 http_reply_failure(struct http_request *, enum helio_rc);
/* Give the answer to MHD; closing: the connection ends with it. */
enum MHD_Result	 http_reply_queue(struct http_request *, bool closing);
/*
 * Make the loop go on with a request of another thread's; over: that thread
 * is done with it.  False: the loop has ended.
 */
bool		 http_hand_back(struct http_request *, bool over);
/* The same at the end of it; frees a loop that has ended. */
void		 http_let_go(struct http_request *);

/* ---- stream.c ---- */

/* Its stream is the loop's to look at; one that is held is not yet. */
bool		 http_is_streamed(const struct http_request *);
struct MHD_Response *http_stream_response(struct http_request *);
/* A response has been given to MHD, or bytes after a pause. */
void		 http_stream_sending(struct http_request *);
/* Nobody reads any longer, or the server ends: let the other side know. */
void		 http_stream_gone(struct http_request *);
void		 http_stream_stop(struct http_request *);
/* Ended before all was sent: the connection is to be cut. */
bool		 http_stream_broken(struct http_request *);
void		 http_stream_free(struct http_request *);	/* none: nothing */

#endif
