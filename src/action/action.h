/*
 * Actions: the verbs of the API ("products/<imei>/enable").  One file each,
 * one line in list.def.  An action declares its arguments and runs inside a
 * store transaction (or a snapshot); routing, permission, argument checks,
 * the envelope and the manual come from its descriptor.
 *
 * To add one: write product_verb.c with `const struct action
 * action_product_verb`, name it in list.def and in meson.build.
 */
#ifndef HELIO_ACTION_ACTION_H
#define HELIO_ACTION_ACTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "api/api.h"

struct action_arg {
	const char	*name;
	enum field_type	 type;		/* converted as a resource field */
	bool		 required;
	unsigned	 max_len;	/* text, 0: 255 */
	const char	*help;
};

enum { ACTION_ARGS_MAX = 16 };

struct action_call {
	struct tx	*tx;		/* NULL in `prepare` */
	struct arena	*arena;		/* the request's: outlives the tx */
	const struct caller *caller;
	const char	*path[API_ARGS_MAX];	/* path arguments */
	int64_t		 now_us;	/* when the request was taken up */
	const struct api_options *options;	/* the server's */
	/* One per declared argument, null when absent or wrong; JSON arguments
	 * are in `body` by name. */
	struct value	 arg[ACTION_ARGS_MAX];
	/*
	 * The arguments as they came: members of the body, and with GET those
	 * of the query (a repeated one is an array).  NULL when there are none.
	 */
	const json_t	*body;
	bool		 form;		/* texts of a form or query */
	const char	*raw;		/* the body, with `raw_body` */
	size_t		 raw_len;
	void		*prepared;	/* what `prepare` left, in `arena` ... */
	bool		 waits;		/* ... which is much: see api_write_wait() */
	/* results */
	/* counted with the answer to a write */
	uint64_t	 tally[API_TALLIES];
	const char	*message;	/* in any arena, or static */
	struct json_write json;		/* for "data": one value; none: null */
};

struct action {
	const char	*name;		/* for the manual and the CLI */
	enum http_method method;
	const char	*path;		/* as api_route.path */
	enum level	 level;
	bool		 reads;		/* on a snapshot, changes nothing */
	unsigned	 status;	/* of success; 0: 200 */
	bool		 no_data;	/* no "data" member (change_state) */
	bool		 bare;		/* what `run` writes is the whole body */
	bool		 raw_body;	/* `prepare` reads the body itself */
	/* Runs even when arguments are wrong (they are null then, the faults
	 * are in err), to name what else is wrong. */
	bool		 names_all;
	size_t		 body_max;	/* as api_route.body_max */
	const struct action_arg *args;
	size_t		 n_args;
	/* On a worker, before the transaction: long work that needs no rows.
	 * May be NULL. */
	enum helio_rc	(*prepare)(struct action_call *, struct helio_err *);
	/* In the transaction; may run again from the start (see store_job). */
	enum helio_rc	(*run)(struct action_call *, struct helio_err *);
	const char	*help;
};

/* All actions, from list.def, NULL-terminated. */
extern const struct action *const action_list[];

/* Routes for all actions; *ret lives as long as the program. */
const struct api_route *action_routes(size_t *ret_n);

/* The action behind a route, or NULL when there is none. */
const struct action *action_of(const struct api_route *);

/* The product named by the first path argument, within scope; E_NOT_FOUND. */
enum helio_rc	 action_product(struct action_call *, struct row **ret,
		    struct helio_err *);
/* A text argument as a string in the arena; NULL when it is null. */
const char	*action_text(struct action_call *, size_t arg);

#endif
