/*
 * Where an installation lives: in the data folder itself (SQLite), or in a
 * PostgreSQL database whose URL was given or stands in the folder.
 */
#ifndef HELIO_STORE_PLACE_H
#define HELIO_STORE_PLACE_H

#include <stdbool.h>

#include "base/rc.h"

/* The file in the data folder that holds the URL; mode 0600, for the URL may
 * hold a password. */
#define PLACE_FILE	"database"

enum { PLACE_URL_MAX = 512 };

/*
 * The URL that rules for this folder: `given`, or when that is NULL or empty
 * the one remembered.  *ret is NULL for neither, else the caller's to free.
 * E_INVALID: it is no postgresql:// URL.  No text of it is in any error.
 */
enum helio_rc	 place_find(const char *path, const char *given, char **ret,
		    struct helio_err *);
/* Write it down, durably; E_CONFLICT: there is such a file. */
enum helio_rc	 place_remember(const char *path, const char *url,
		    struct helio_err *);

#endif
