/* What the files of libhelio share. */
#ifndef HELIO_CLIENT_INTERNAL_H
#define HELIO_CLIENT_INTERNAL_H

#include <curl/curl.h>

#include "base/buf.h"
#include "helio/helio.h"

/* ---- options ---- */

struct header {
	char		*name;
	char		*value;		/* secret memory */
};

enum { OPTION_HEADERS_MAX = 16 };

struct helio_options {
	char		*url, *ca_file, *token_file, *user;
	char		*password, *token;	/* secret memory */
	struct header	 headers[OPTION_HEADERS_MAX];
	size_t		 n_headers;
	long		 timeout_ms, connect_ms;
	long		 back_off_ms, back_off_most_ms, retry_after_max_s;
	size_t		 reply_max;
	unsigned	 retries;
	helio_loop	*loop;		/* borrowed */
	helio_keeper	*keeper;	/* shared */
	bool		 failed;	/* a copy was lost for want of memory */
	bool		 bad;		/* a header with a line end in it */
};

/* Deep copy; false (and nothing to free) without memory. */
bool		options_copy(struct helio_options *to, const struct helio_options *from);
void		options_clear(struct helio_options *);	/* wipes secrets */
/* Does it stay one header line? */
bool		header_is_sane(const char *name, const char *value);

/* ---- secrets ---- */

/* Memory that is locked, not dumped and wiped on free; NULL: none left. */
char		*secret_copy(const char *);
char		*secret_copyn(const char *, size_t);
void		 secret_free(char *);	/* NULL is allowed */
/* Wipe, then free, memory that held one for a moment. */
void		 secret_buf_free(struct buf *);

/* ---- http ---- */

/* helio_http_new() with another keeper (NULL: none) and number of retries
 * than those of the options. */
helio_code	http_for(const struct helio_options *, helio_keeper *,
		    unsigned retries, helio_http **ret, helio_error *);

/* ---- loop ---- */

/*
 * Something on a loop that may have a time to wake at.  Calls are the only
 * kind; the loop knows them by these three members alone.
 */
struct loop_item {
	struct loop_item *next, *prev;
	int64_t		  due_ms;	/* monotonic; 0: no time */
	void		 (*wake)(struct loop_item *);
};

void		loop_add(helio_loop *, struct loop_item *);
void		loop_remove(helio_loop *, struct loop_item *);
struct loop_item *loop_first(const helio_loop *);	/* or NULL */
/* Begin a transfer; done is called from helio_loop_run() with its result. */
bool		loop_transfer(helio_loop *, CURL *);
void		loop_transfer_end(helio_loop *, CURL *);	/* give it up */
/* In http.c: the transfer of the call that is the handle's private is over. */
void		call_transferred(void *call, CURLcode);
/* In http.c: leave the loop, and be as if never begun. */
void		call_dropped(struct loop_item *);

/* ---- reply ---- */

struct helio_reply {
	int		 status;
	long		 retry_after_s;	/* what it asked for, or 0 */
	struct buf	 body;
	struct buf	 headers;	/* raw lines of the last answer */
	char		*value;		/* last header asked for */
	size_t		 max;		/* of the body */
	bool		 too_long;
	bool		 headed;	/* the headers came to their end */
};

/* libcurl's callbacks; the argument is the reply. */
size_t		reply_on_body(char *, size_t, size_t, void *);
size_t		reply_on_header(char *, size_t, size_t, void *);

/* ---- keeper ---- */

enum keeper_state {
	KEEPER_READY,		/* here is a token */
	KEEPER_FETCH,		/* get one: the lock is yours until keeper_got
				 * or keeper_gave_up */
	KEEPER_WAIT,		/* somebody else is getting one: ask later */
	KEEPER_NONE,		/* there is none, and no way to get one */
	KEEPER_FAILED,		/* not now: the error says why */
};

enum {
	KEEPER_WAIT_MS = 15,	/* until it is asked again */
	TOKEN_TEXT_MAX = 4096,
};

/* Can it stand in a header: visible ASCII, not too long? */
bool		token_is_sane(const char *access);

/* What token will do; tokens are numbered from 1. */
struct keeper_wish {
	uint64_t	 refused;	/* a later one than this */
	uint64_t	 got;		/* this one, even if it seems expired: the
					 * clocks may differ */
};

/*
 * Ask for a token.  READY: *ret_line is the header line (secret memory, the
 * caller frees it) and *ret_number tells which token it was.
 */
enum keeper_state keeper_ask(helio_keeper *, const struct keeper_wish *,
		    char **ret_line, uint64_t *ret_number, helio_error *);
/* Ask for a new one whatever is kept: FETCH, WAIT, NONE or FAILED. */
enum keeper_state keeper_renew(helio_keeper *, helio_error *);
/* In FETCH: the request to send. */
helio_code	keeper_request(helio_keeper *, helio_call **ret, helio_error *);
/* Its answer.  HELIO_DONE: the token is kept, with that number.  *ret_again:
 * the refresh was refused, and keeper_request() is to be asked once more.
 * Otherwise the turn is over. */
helio_code	keeper_got(helio_keeper *, const helio_reply *, bool *ret_again,
		    uint64_t *ret_number, helio_error *);
/* It failed on the way, or was cancelled (error NULL). */
void		keeper_gave_up(helio_keeper *, const helio_error *);
/* Put "token of ops" in front of an error. */
void		keeper_blame(helio_keeper *, helio_error *);

/* ---- the token's file ---- */

/* Whose token a file may hold. */
struct token_owner {
	const char	*path, *url, *username;	/* username NULL: any */
};

helio_token	*token_file_read(const struct token_owner *);
helio_code	 token_file_write(const struct token_owner *, const helio_token *,
		    helio_error *);
/* Lock without waiting: a descriptor; -1: somebody else has it; -2: it cannot
 * be locked, go on without. */
int		 token_file_lock(const char *path);
void		 token_file_unlock(const char *path, int fd);

/* ---- Heliograph ---- */

/* A keeper for POST /v1/auth/login with what the options hold: a token to
 * begin with, a file, a user with password.  NULL: no memory. */
helio_keeper	*login_keeper(const struct helio_options *, helio_error *);

#endif
