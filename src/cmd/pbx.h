/* What the `helio pbx` commands share. */
#ifndef HELIO_CMD_PBX_H
#define HELIO_CMD_PBX_H

#include "cmd/command.h"
#include "helio/netsapiens.h"

/* One call to the PBX; arg is the command's own. */
typedef helio_code pbx_job(helio_pbx *, void *arg, helio_pbx_records **ret,
    helio_error *);

/*
 * Open the account, do the job, print what came of it: as JSON, else these
 * members of each record (NULL-terminated), parted by tabs.  Settings are
 * HELIO_PBX_URL, _USER, _PASSWORD, _CLIENT_ID, _CLIENT_SECRET and _CA_FILE, or
 * those of a file (NULL: the usual one).  Returns the exit code.
 */
int	pbx_run(const char *config, bool json, const char *const *members,
	    pbx_job *, void *arg);

#define PBX_OPTION_CONFIG(struct_) \
	OPTION(struct_, config, "config", OPTION_TEXT, "FILE", \
	    "the account (default: HELIO_PBX_.., or pbx.conf)")
#define PBX_OPTION_JSON(struct_) \
	OPTION(struct_, json, "json", OPTION_FLAG, "", "the answer as JSON")

#endif
