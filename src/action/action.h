/*
 * Actions: the verbs of the API ("products/<imei>/enable").  One file each,
 * one line in list.def.  An action declares its arguments and runs inside a
 * store transaction (or a snapshot); routing, permission, argument checks,
 * the envelope and the manual come from its descriptor.
 */
#ifndef HELIO_ACTION_ACTION_H
#define HELIO_ACTION_ACTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "api/api.h"

struct action_arg {
	const char	*name;
	enum field_type	 type;		/* checked and converted as a resource field */
	bool		 required;
	unsigned	 max_len;	/* text, 0: 255 */
	const char	*help;
};

enum { ACTION_ARGS_MAX = 16 };

struct action_call {
	struct tx	*tx;
	struct arena	*arena;		/* the transaction's */
	const char	*path[API_ARGS_MAX];	/* path arguments */
	/* one per declared argument, null when absent; JSON arguments are in
	 * `body` by name */
	struct value	 arg[ACTION_ARGS_MAX];
	const json_t	*body;		/* object, or NULL */
	/* results */
	const char	*message;	/* arena or static */
	struct buf	 data;		/* JSON written by the action; empty: null */
	struct json_write json;		/* writes into data */
	unsigned	 status;	/* 0: the action's own */
};

struct action {
	const char	*name;		/* for the manual and the CLI */
	enum http_method method;
	const char	*path;		/* as api_route.path */
	enum level	 level;
	bool		 reads;		/* runs on a snapshot, changes nothing */
	unsigned	 status;	/* of success; 0: 200 */
	bool		 no_data;	/* the reply has no "data" member (seed: change_state) */
	const struct action_arg *args;
	size_t		 n_args;
	/* In the transaction; may run again from the start (see store_job). */
	enum helio_rc	(*run)(struct action_call *, struct helio_err *);
	const char	*help;
};

/* All actions, from list.def, NULL-terminated. */
extern const struct action *const action_list[];

/* Routes for all actions; *ret lives as long as the program. */
const struct api_route *action_routes(size_t *ret_n);

/* The product named by the first path argument, within scope; E_NOT_FOUND. */
enum helio_rc	 action_product(struct action_call *, struct row **ret, struct helio_err *);

#endif
