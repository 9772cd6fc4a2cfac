/* What the commands that open a data folder share. */
#ifndef HELIO_CMD_DATA_H
#define HELIO_CMD_DATA_H

#include "store/store.h"

/* Which installation: members `data` and `database` of the options. */
#define DATA_OPTIONS(struct_, help_) \
	OPTION_REQUIRED(struct_, data, "data", OPTION_TEXT, "DIR", help_), \
	OPTION(struct_, database, "database", OPTION_TEXT, "URL", \
	    "postgresql://.., in place of the folder's own database")

/*
 * What opens the data folder, or the database that is given, by HELIO_DATABASE
 * when NULL, or that the folder remembers; for a command.
 */
void	data_options(const char *path, const char *database,
	    struct store_options *ret);
/*
 * Open it; prints why not (EXIT_DATA is due then).  exclusive: refuse beside a
 * running server.
 */
bool	data_open(const char *path, const char *database, bool exclusive,
	    struct store **ret);

/*
 * A password from the environment variable, else from standard input (first
 * line; without echo when a terminal).  Prints why not.  Wipe after use.
 */
bool	data_password(const char *variable, char *out, size_t size);

enum { PASSWORD_TEXT_MAX = 1024, PASSWORD_TEXT_MIN = 8 };

#endif
