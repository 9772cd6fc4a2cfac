/*
 * The account at the field devices' API: names of the environment, or of a
 * file that only its owner may read (seed: .env).  Secrets come from nowhere
 * else.
 */
#ifndef HELIO_CMD_FIELD_SESSION_H
#define HELIO_CMD_FIELD_SESSION_H

#include "cmd/command.h"
#include "helio/field_client.h"

/* The options that all of its commands have. */
struct field_where {
	const char	*url, *env;
};

#define FIELD_WHERE_OPTIONS(struct_) \
	OPTION(struct_, where.url, "url", OPTION_TEXT, "URL", \
	    "the service (default: API_URL, or the one of the seed)"), \
	OPTION(struct_, where.env, "env", OPTION_TEXT, "FILE", \
	    "NAME=VALUE lines, mode 0600; the environment wins")

struct field_session;

/* Read settings and get ready to log in; prints what is missing and returns
 * NULL. */
struct field_session *field_session_open(const struct field_where *);
void		 field_session_free(struct field_session *);	/* NULL: nothing */
/* A setting (PASSWORD, IPADDR, PORT ..), or NULL.  Borrowed. */
const char	*field_session_value(const struct field_session *,
		    const char *name);
/* A client for one thread; all share one token.  Prints why not. */
helio_field	*field_session_client(const struct field_session *);
/* The body of an answer as JSON in one line, to be freed; NULL: it is none, or
 * no memory. */
char		*field_body_json(const helio_field_answer *);
/* The exit code for a failed call. */
int		 field_exit(helio_code);

#endif
