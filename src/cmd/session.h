/*
 * Which server and which user the commands that use the API speak for:
 * flags, then HELIO_URL, HELIO_TOKEN, HELIO_USER and HELIO_PASSWORD, then
 * what `helio login` has kept.
 */
#ifndef HELIO_CMD_SESSION_H
#define HELIO_CMD_SESSION_H

#include "helio/helio.h"

/* Where `helio login` keeps its token: HELIO_SESSION, or
 * $XDG_CONFIG_HOME/helio/session.json.  false: no home folder. */
bool		session_path(char *out, size_t size);
/* Make the folders on the way to that file; it will be seen if that fails. */
void		session_make_folders(const char *file);
/*
 * A client after the rules above; url may be NULL.  Prints what is missing
 * and returns NULL.
 */
helio_client	*session_open(const char *url);
/* One more client like that one, with the same token; for another thread. */
helio_client	*session_share(const char *url, helio_client *);
/* The exit code for an answer or a failed call (then reply may be NULL). */
int		 session_exit(helio_code, const helio_reply *reply);

#endif
