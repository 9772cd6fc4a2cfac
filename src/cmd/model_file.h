/* Files that the commands about devices read whole. */
#ifndef HELIO_CMD_MODEL_FILE_H
#define HELIO_CMD_MODEL_FILE_H

#include "base/buf.h"
#include "helio/field.h"

/* Read a file ("-": standard input) of at most so many bytes; prints why
 * not.  The caller frees the buffer, whatever happened. */
bool	file_read(const char *name, size_t most, struct buf *ret);
/* The pattern table of a file, NULL: the built-in one; prints why not. */
bool	model_file_load(const char *name, helio_models **ret);

#endif
