/* What the commands that open a data folder share. */
#ifndef HELIO_CMD_DATA_H
#define HELIO_CMD_DATA_H

#include "store/store.h"

/*
 * Open the data folder for a command; prints why not (EXIT_DATA is due then).
 * exclusive: refuse beside a running server.
 */
bool	data_open(const char *path, bool exclusive, struct store **ret);

/*
 * A password from the environment variable, else from standard input (first
 * line; without echo when a terminal).  Prints why not.  Wipe after use.
 */
bool	data_password(const char *variable, char *out, size_t size);

enum { PASSWORD_TEXT_MAX = 1024, PASSWORD_TEXT_MIN = 8 };

#endif
