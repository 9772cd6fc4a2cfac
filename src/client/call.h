/* A call: what it asks for (call.c), and how far it is (http.c). */
#ifndef HELIO_CLIENT_CALL_H
#define HELIO_CLIENT_CALL_H

#include "client/internal.h"

enum call_state {
	CALL_IDLE,		/* not begun, or taken */
	CALL_TOKEN,		/* to ask the keeper when its time comes */
	CALL_LOGIN,		/* getting the token itself */
	CALL_FLIGHT,		/* with libcurl */
	CALL_PAUSE,		/* to be tried again when its time comes */
	CALL_DONE,		/* the outcome can be taken */
};

struct helio_call {
	struct loop_item item;		/* the first member: see loop.c */
	/* what it asks for */
	char		*method;
	struct buf	 target;
	bool		 has_query;
	struct curl_slist *headers;
	char		*type;		/* of the body */
	struct buf	 body;
	bool		 has_body;
	char		*user, *password;	/* HTTP Basic */
	bool		 anonymous;
	long		 timeout_ms;	/* -1: of the options */
	long		 retries;	/* -1: of the options */
	bool		 repeatable;
	unsigned	 redirects;
	bool		 failed;	/* a setter lacked memory */
	bool		 bad;		/* a header with a line end in it */
	/* how far it is */
	enum call_state	 state;
	helio_http	*http;
	helio_done	*done;
	void		*arg;
	bool		 login_only;	/* there is no request of its own */
	CURL		*easy;
	bool		 in_flight;
	struct curl_slist *sent;	/* headers of this try */
	char		*location;	/* where a redirection led, or NULL */
	unsigned	 tries, hops;
	unsigned	 sendings;	/* in this try, by libcurl itself */
	bool		 renewed;	/* a new token was got for it */
	uint64_t	 token_no;	/* the one it was sent with */
	uint64_t	 got_no;	/* the one it got itself, or 0 */
	int64_t		 waiting_ms;	/* for the token, since then */
	helio_call	*login;		/* gets the token */
	char		 curl_error[CURL_ERROR_SIZE];
	/* the outcome */
	helio_code	 code;
	helio_reply	*reply;
	helio_error	 error;
};

/* ---- one try (try.c) ---- */

/* Begin it; line is the header of the token, or NULL.  false: no memory. */
bool	try_start(helio_call *, const char *line);
/* End it, under way or over. */
void	try_clear(helio_call *);
/* What libcurl's result means. */
helio_code try_code(CURLcode, const helio_reply *);
/*
 * How long to wait before the next try in ms, or -1 when there must be none:
 * the request may have had its effect, or another try would not help.
 */
long	try_pause(const helio_call *, CURLcode);
/* Is it "http://.." or "https://.."? */
bool	url_is_whole(const char *);
bool	url_same_origin(const char *, const char *);
/* May token and option headers go with it? */
bool	call_is_for_service(const helio_call *);

/* Free a list of header lines, wiping them. */
void	header_list_free(struct curl_slist *);

#endif
