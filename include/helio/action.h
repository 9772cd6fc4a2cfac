/*
 * Actions of Heliograph: named, with checked arguments.
 *
 *	helio_arg args[] = { { "new_state", "repair" } };
 *	code = helio_act(client, HELIO_CHANGE_STATE, imei, args, 1, &reply,
 *	    &error);
 *
 * All of them stand in helio/action.def; a row there is an action here.
 */
#ifndef HELIO_ACTION_H
#define HELIO_ACTION_H

#include "helio/helio.h"

#ifdef __cplusplus
extern "C" {
#endif

/* HELIO_ENABLE, HELIO_DISABLE and so on; new ones are added at the end. */
typedef enum {
#define HELIO_ACTION(id, ...) HELIO_##id,
#include "helio/action.def"
#undef HELIO_ACTION
	HELIO_ACTIONS		/* how many there are */
} helio_action;

/* What a text given for an argument must be, and is sent as. */
typedef enum {
	HELIO_ARG_TEXT,		/* anything: a string */
	HELIO_ARG_INT,		/* decimal digits: a number */
	HELIO_ARG_REAL,		/* a number */
	HELIO_ARG_BOOL,		/* true or false */
	HELIO_ARG_JSON,		/* JSON; what is none is a string */
} helio_arg_type;

typedef struct helio_arg_info {
	const char	*name;
	helio_arg_type	 type;
	bool		 required;
} helio_arg_info;

enum { HELIO_ARGS_MAX = 16 };

/* One row of helio/action.def. */
typedef struct helio_action_info {
	const char	*name;		/* "change_state" */
	const char	*method;
	const char	*path;		/* {} is the subject */
	const char	*help;		/* what it does, in a few words */
	helio_arg_info	 args[HELIO_ARGS_MAX];	/* to the first NULL name */
} helio_action_info;

/* NULL: there is no such action. */
const helio_action_info	*helio_action_info_of(helio_action);
/* By name; false: there is none. */
bool		 helio_action_find(const char *name, helio_action *ret);
/* Does it act on one thing (a unit, an alert)? */
bool		 helio_action_has_subject(helio_action);

/* An argument; value NULL is as if it was not there. */
typedef struct helio_arg {
	const char	*name;
	const char	*value;
} helio_arg;

/*
 * The call of an action, to be sent by the caller.  subject: what {} stands
 * for, NULL when there is none.  HELIO_BAD_INPUT names the argument that is
 * missing, unknown or of another type.
 */
helio_code	 helio_action_call(helio_action, const char *subject, const helio_arg *,
		    size_t n, helio_call **ret, helio_error *);
/* The same, sent: HELIO_DONE with the answer, whatever its status. */
helio_code	 helio_act(helio_client *, helio_action, const char *subject,
		    const helio_arg *, size_t n, helio_reply **ret, helio_error *);

#ifdef __cplusplus
}
#endif

#endif
