/*
 * What the `helio charge` commands share: whose account, one connection, how
 * answers and failures are shown.
 */
#ifndef HELIO_CMD_CHARGE_H
#define HELIO_CMD_CHARGE_H

#include <jansson.h>

#include "cmd/command.h"
#include "helio/bluecurrent.h"

struct charge_flags {
	const char	*url, *token_file, *generation, *data, *push, *server;
	long		 timeout, seconds;
	bool		 json;
};

#define CHARGE_OPTION(member_, name_, kind_, arg_, help_) \
	OPTION(struct charge_flags, member_, name_, kind_, arg_, help_)
#define CHARGE_OPTIONS \
	CHARGE_OPTION(token_file, "token-file", OPTION_TEXT, "FILE", \
	    "the API token (default: HELIO_CHARGE_TOKEN)"), \
	CHARGE_OPTION(url, "url", OPTION_TEXT, "URL", \
	    "the service, ws:// or wss:// (default: HELIO_CHARGE_URL, or " \
	    "Blue Current's)"), \
	CHARGE_OPTION(generation, "generation", OPTION_TEXT, "YEAR", \
	    "speak exactly as clients of 2022 or 2025"), \
	CHARGE_OPTION(timeout, "timeout", OPTION_NUMBER, "SECONDS", \
	    "wait so long for an answer (default 30)"), \
	CHARGE_OPTION(json, "json", OPTION_FLAG, "", "messages as JSON")

/* A handle after flags and environment; prints what is missing, NULL then. */
helio_bc	*charge_open(const struct charge_flags *);
/* Validate and connect, with progress; an exit code, printed unless EXIT_OK. */
int		 charge_connect(helio_bc *);
/* Say why a call failed, and what to do; the exit code. */
int		 charge_failed(helio_bc *, helio_code, const helio_error *);

/* The message as JSON; the caller's. */
json_t		*charge_value(const helio_bc_message *);
/* A value on one line; control characters, which could steer a terminal,
 * as '?'.  Borrowed from out. */
const char	*charge_text(const json_t *, char *out, size_t size);
/* "name  value" lines of an object, nested names with dots. */
void		 charge_print_members(const json_t *);

#endif
