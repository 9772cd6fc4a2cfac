/* Files that are replaced as a whole. */
#ifndef HELIO_BASE_FILE_H
#define HELIO_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Put n bytes in the place of a file, in one step: readers see the old or the
 * new one, and so does a machine whose power fails.  mode: of the new file
 * (the umask applies).  False: errno tells, and the old file is as it was.
 */
bool	file_replace(const char *path, const char *bytes, size_t n,
	    unsigned mode);

#endif
