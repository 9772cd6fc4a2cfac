/*
 * The NetSapiens sandbox.  Private to src/sandbox/netsapiens*.c.
 *
 *   netsapiens.c          settings, tokens, the row of the sandbox
 *   netsapiens_message.c  sessions, messages and what becomes of them
 *   netsapiens_event.c    subscriptions, and the thread that posts to them
 *   netsapiens_call.c     calls
 *
 * Records are kept as the JSON that is answered.  Everything is under the
 * sandbox's lock, the posting thread takes it for what it reads and writes.
 */
#ifndef HELIO_SANDBOX_NETSAPIENS_H
#define HELIO_SANDBOX_NETSAPIENS_H

#include <jansson.h>

#include "sandbox/sandbox.h"

#define PBX_API "/ns-api/v2"

enum pbx_setting {
#define SETTING(name, fallback, help) PBX_##name,
#include "sandbox/netsapiens.def"
#undef SETTING
};

enum {
	PBX_TOKENS_MAX = 64,	/* older ones are forgotten */
	PBX_ID_SIZE = 33,	/* 32 hex digits */
	PBX_NAME_SIZE = 128,
	PBX_KEPT_MAX = 10000,	/* messages, sessions, subscriptions, calls */
};

struct pbx_token {
	char		 access[PBX_ID_SIZE], refresh[PBX_ID_SIZE];
	int64_t		 expires_us;
};

struct poster;

struct pbx {
	struct sandbox	*sandbox;
	char		 user[PBX_NAME_SIZE], domain[PBX_NAME_SIZE];
	struct pbx_token token[PBX_TOKENS_MAX];
	size_t		 n_tokens;	/* ever given */
	json_t		*sessions, *messages, *subscriptions, *calls;
	json_t		*due;		/* {message id: time in us} */
	struct poster	*poster;
};

/* ---- netsapiens.c ---- */

/* Is the token good?  Else the answer says so. */
bool		 pbx_admitted(struct pbx *, struct sandbox_call *);
/* The token that was used (after pbx_admitted()). */
const struct pbx_token *pbx_token_of(const struct pbx *, struct sandbox_call *);
void		 pbx_new_id(struct pbx *, char out[PBX_ID_SIZE]);
/* A part of the path, "~" replaced by the account's own. */
const char	*pbx_domain(const struct pbx *, const char *given);
const char	*pbx_user(const struct pbx *, const char *given);
/* {"code", "message"} */
void		 pbx_answer(struct sandbox_call *, unsigned status,
		    const char *message);
/* Confirm that something was made, as the setting `writes` wants it. */
void		 pbx_answer_made(struct pbx *, struct sandbox_call *,
		    const json_t *record);
/* Those of a list (taken) that the query's start and limit name. */
void		 pbx_answer_list(struct sandbox_call *, json_t *list);
/* "2024-12-09T21:27:11+00:00" */
json_t		*pbx_time_text(int64_t at_us);
/* A member of a record, "" when it is no text. */
const char	*pbx_member(const json_t *record, const char *name);
/* Whether a record is of the domain and user ("*": any). */
bool		 pbx_is_of(const json_t *record, const char *domain,
		    const char *user);

/* ---- netsapiens_message.c ---- */

/* Messages whose time has come are delivered, or not. */
void		 pbx_deliver(struct pbx *);

/* ---- netsapiens_event.c ---- */

/* Tell a record to the subscribers of its model. */
void		 pbx_publish(struct pbx *, const char *model,
		    const json_t *record);
/* The thread that posts; NULL: no memory. */
struct poster	*poster_start(struct pbx *);
void		 poster_stop(struct poster *);	/* NULL is allowed */

/* ---- handlers, each in the file of its subject ---- */

#define ROUTE(method, path, handler) \
	void handler(void *state, struct sandbox_call *);
#include "sandbox/netsapiens_routes.def"
#undef ROUTE

#endif
