/*
 * A server in this process that says, byte for byte, what a test tells it to.
 * A thread for each connection; several requests on one are answered in turn.
 */
#ifndef HTTP_STUB_H
#define HTTP_STUB_H

#include "base/buf.h"

struct http_stub;

/* A request as it came, NUL-terminated. */
struct stub_request {
	const char	*head;		/* from the request line to the blank one */
	const char	*body;
	size_t		 n;		/* of the body */
	unsigned	 no;		/* of all requests, from 1 */
};

enum stub_end {
	STUB_KEEP,		/* and wait for the next request */
	STUB_CLOSE,
	STUB_RESET,		/* close with a TCP reset */
	STUB_HANG,		/* say nothing more until the stub stops */
};

/* Write the answer; called from many threads at once. */
typedef enum stub_end stub_handler(void *arg, const struct stub_request *,
    struct buf *answer);

struct http_stub *stub_start(stub_handler *, void *arg);
void		 stub_stop(struct http_stub *);
/* "http://127.0.0.1:port" */
const char	*stub_url(const struct http_stub *);
/* How many requests have come. */
unsigned	 stub_count(struct http_stub *);
/* How many connections were made. */
unsigned	 stub_connections(struct http_stub *);

/* An answer with a body and its length; headers NULL or "Name: value\r\n". */
void		 stub_answer(struct buf *, int status, const char *headers,
		    const char *body);
/* Is the request line "METHOD TARGET HTTP/1.1"? */
bool		 stub_is(const struct stub_request *, const char *line);
/* Does the head have that whole header line? */
bool		 stub_has(const struct stub_request *, const char *line);

#endif
