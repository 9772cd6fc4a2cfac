/* Texts that the build makes from the files in schema/ (tools/embed.py). */
#ifndef HELIO_SCHEMA_EMBEDDED_H
#define HELIO_SCHEMA_EMBEDDED_H

#include <stddef.h>

extern const char	schema_builtin_text[];
extern const size_t	schema_builtin_text_len;
extern const char	schema_reference_text[];
extern const size_t	schema_reference_text_len;

#endif
