/*
 * HTTP in and out: listening, limits, deadlines, TLS, draining.  Knows no
 * resources and no users.
 *
 * One libmicrohttpd daemon and one epoll loop per thread, all on the same
 * address with SO_REUSEPORT.  A request is collected whole (its body bounded
 * by what `begin` allows) and handed to the application once; the
 * application answers exactly once, at once or later, from any thread.
 */
#ifndef HELIO_HTTP_HTTP_H
#define HELIO_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"

struct http_server;
struct http_request;

enum http_method {
	HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_OPTIONS,
	HTTP_PATCH, HTTP_OTHER,
};

/* Deadlines of 0 mean none. */
struct http_options {
	const char	*listen;	/* "ADDR:PORT" or "[ADDR6]:PORT"; port 0 picks one */
	unsigned	 loops;		/* threads; 0 means one per core */
	size_t		 header_max;	/* request line and headers, bytes */
	unsigned	 header_deadline_ms;	/* first byte to end of headers */
	unsigned	 idle_ms;	/* keep-alive connection without a request */
	unsigned	 connections_max;	/* over all loops */
	size_t		 bodies_max;	/* bytes of large bodies at one time, of
					 * requests and as many of replies;
					 * 0: no limit */
	unsigned	 streams_max;	/* replies streamed at one time */
	unsigned	 stream_idle_ms;	/* one whose reader takes nothing for
					 * so long is cut */
	unsigned	 stream_ms;	/* the longest may take */
	unsigned	 drain_ms;	/* how long http_stop waits for requests */
	const char	*tls_cert;	/* PEM files; NULL: plain HTTP */
	const char	*tls_key;
};

/* What the application supplies; all of it runs on loop threads. */
struct http_app {
	void	*ctx;
	/*
	 * The headers are in, the body is not.  May call http_limit_body() or
	 * answer at once with http_reply() (the body is then not read and the
	 * connection closed if there is one).
	 */
	void	(*begin)(void *ctx, struct http_request *);
	/* The whole request is in.  Must lead to exactly one http_reply(). */
	void	(*handle)(void *ctx, struct http_request *);
	/*
	 * An error that the transport itself answers (400, 408, 413, 431,
	 * 503): write a JSON body for it into `out`.
	 */
	void	(*describe)(void *ctx, enum helio_rc, struct buf *out);
	/*
	 * The reply is sent, or the connection is gone (status 0 when there
	 * was no reply): last use of the request.  For the access log; called
	 * only after `begin`, and not when http_stop() could not wait for the
	 * reply any longer.  May be NULL.
	 */
	void	(*finished)(void *ctx, struct http_request *, unsigned status,
		    size_t reply_bytes, int64_t took_us);
	/*
	 * For an application that asks others on the loops' own threads.
	 * `readable`: what http_watch() was given for this loop may be read
	 * without waiting, or is at its end.  `gathered`: everything that had
	 * come in was handed over, and the loop is about to wait; at least
	 * twice a second while requests are held.  Either may be NULL.
	 */
	void	(*readable)(void *ctx, unsigned loop);
	void	(*gathered)(void *ctx, unsigned loop);
};

/*
 * Bind and start the loops.  E_IO: the address or the TLS files do not work
 * (the message names which and why).  *ret is stopped with http_stop().
 */
enum helio_rc	 http_start(const struct http_options *, const struct http_app *,
		    struct http_server **ret, struct helio_err *);
/* The port bound, for port 0. */
uint16_t	 http_port(const struct http_server *);
/* "http://ADDR:PORT" or "https://..", borrowed. */
const char	*http_url(const struct http_server *);
bool		 http_is_tls_server(const struct http_server *);
/* Connections open now, over all loops. */
unsigned	 http_connections(const struct http_server *);
/* Replies that are being streamed. */
unsigned	 http_streams(const struct http_server *);
/* Those of which a reader did not get the end, since the start. */
unsigned long	 http_streams_cut(const struct http_server *);
/*
 * Stop listening, let requests that are under way finish (at most drain_ms),
 * close every connection, end the threads and free.  NULL is allowed.  A
 * request that is still unanswered stays valid until its http_reply(), which
 * then only frees it.
 */
void		 http_stop(struct http_server *);

/* ---- a request; valid from `begin` until the reply has been sent ---- */

enum http_method http_method(const struct http_request *);
const char	*http_method_name(const struct http_request *);	/* as sent */
/* The request target exactly as sent, query included. */
const char	*http_target(const struct http_request *);
/* The path as sent (not percent-decoded), without the query. */
const char	*http_path(const struct http_request *);
/* The raw query after '?', or "" . */
const char	*http_query(const struct http_request *);
/* First value of a query parameter, percent-decoded ('+' is a blank) into the
 * request's arena; NULL when absent or not decodable. */
const char	*http_param(struct http_request *, const char *name);
/*
 * Walk the query parameters in order: start with *pos = 0; false at the end.
 * Name and value are decoded into the arena; one that is malformed is NULL.
 */
bool		 http_param_next(struct http_request *, size_t *pos,
		    const char **ret_name, const char **ret_value);
/* A header's value (name without case), or NULL. */
const char	*http_header(struct http_request *, const char *name);
/* Every header in the order it was sent; the texts are valid in the call. */
void		 http_headers(struct http_request *,
		    void (*each)(void *ctx, const char *name, const char *value),
		    void *ctx);
/* The body; NUL-terminated, *ret_len without the NUL.  "" when there is none. */
const char	*http_body(const struct http_request *, size_t *ret_len);
/* The peer's address as text. */
const char	*http_peer(const struct http_request *);
bool		 http_is_tls(const struct http_request *);
/* Memory that lives until the request ends. */
struct arena	*http_arena(struct http_request *);
/* Which loop runs this request: 0 .. loops-1, for per-thread state. */
unsigned	 http_loop(const struct http_request *);
/*
 * In `begin` or `handle`: this request's loop tells `readable` of the
 * descriptor until it is closed, which is the caller's.  False: the system
 * refuses.
 */
bool		 http_watch(struct http_request *, int fd);
/* A pointer of the application's, NULL at first. */
void		 http_set_data(struct http_request *, void *);
void		*http_data(const struct http_request *);

/* Only in `begin`: body limit in bytes and deadline from end of headers (0:
 * none).  Without it: 1 MB and 30 s. */
void		 http_limit_body(struct http_request *, size_t max,
		    unsigned deadline_ms);

/* Add a reply header (copied).  Before http_reply(). */
void		 http_reply_header(struct http_request *, const char *name,
		    const char *value);
/*
 * Answer; takes the buffer's bytes.  From any thread.  HEAD and 204 send no
 * body.  content_type may be NULL with an empty body.
 */
void		 http_reply(struct http_request *, unsigned status,
		    const char *content_type, struct buf *body);

/* The same with bytes that outlive the server: not copied, nor counted. */
void		 http_reply_static(struct http_request *, unsigned status,
		    const char *content_type, const char *bytes, size_t n);

/*
 * Answer with a body that is made while it is sent, as much in memory at a
 * time as a ring of 256 KB holds: new, begin, put as often as need be, end.
 * On a thread that may block, never on a loop.
 *
 * E_BUSY: there are streams_max already; E_NO_MEMORY; both leave the request
 * to be answered otherwise.
 */
enum helio_rc	 http_stream_new(struct http_request *, struct helio_err *);
/*
 * The head goes out, with the headers added so far.  From here on the
 * connection may be gone at any time: only the arena and the application's data
 * of the request may be used, until http_stream_end().
 */
void		 http_stream_begin(struct http_request *, unsigned status,
		    const char *content_type);
/*
 * The next bytes, all or none while there is a reader; waits until there is
 * room for them.  E_DEADLINE: nobody reads (HEAD, a connection lost or cut),
 * or the stream has taken stream_ms; E_STOPPING: http_stop() has begun.
 * `last`: what is to be said although the time or the server is over.
 */
enum helio_rc	 http_stream_put(struct http_request *, const char *bytes,
		    size_t n, bool last, struct helio_err *);
/* How long all puts together have waited for their reader. */
int64_t		 http_stream_waited_ms(const struct http_request *);
/* The last use of the request.  Not whole: the connection is cut, so that the
 * reader does not take what it has for all. */
void		 http_stream_end(struct http_request *, bool whole);

/* In place of an answer: close the connection without a byte, as a server
 * that dies does.  For servers that tests run. */
void		 http_drop(struct http_request *);

/* Percent-decode n bytes; plus: '+' is a blank.  NULL when malformed or when
 * the result would hold a NUL byte. */
char		*http_decode(struct arena *, const char *, size_t n, bool plus);

#endif
