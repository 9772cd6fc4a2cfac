/* What the files of libhelio share. */
#ifndef HELIO_CLIENT_INTERNAL_H
#define HELIO_CLIENT_INTERNAL_H

#include <curl/curl.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "helio/helio.h"

enum {
	REPLY_MAX = 256 << 20,	/* a longer body is refused */
	RETRY_AFTER_MAX_S = 60,	/* a server asking for more is not waited for */
};

struct helio_options {
	char		*url, *user, *password, *token, *token_file, *ca_file;
	long		 timeout_ms;
	unsigned	 retries;
};

struct helio_client {
	struct helio_options options;	/* own copies */
	CURL		*curl;
	char		 token[TOKEN_SIZE];	/* "" when there is none */
};

struct helio_reply {
	int		 status;
	struct buf	 body;
	struct buf	 headers;	/* raw lines of the last answer */
	char		*value;		/* last header asked for */
};

/* One request as it goes out. */
struct transfer {
	const char	*method;
	const char	*path;
	const char	*body;
	size_t		 n;
	const char	*authorization;	/* whole header line, or NULL */
	const char	*content_type;	/* or NULL */
	bool		 repeatable;	/* may be sent again after a lost answer */
};

/* Set code and text, and return the code. */
helio_code	error_set(helio_error *, helio_code, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));
bool		options_copy(struct helio_options *to, const struct helio_options *from);
void		options_clear(struct helio_options *);	/* wipes secrets */
CURL		*transport_open(const struct helio_options *);
/* Send with retries; *ret is freed with helio_reply_free(). */
helio_code	transport_send(CURL *, const struct helio_options *,
		    const struct transfer *, helio_reply **ret, helio_error *);
/* The token file: read into client->token if it is for this url and user and
 * has not expired; write atomically with mode 0600. */
void		token_load(struct helio_client *);
helio_code	token_save(struct helio_client *, int64_t expires_us, helio_error *);

#endif
