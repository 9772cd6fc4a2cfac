/* The catalogues, as the build embeds them (tools/embed.py). */
#ifndef HELIO_I18N_EMBEDDED_H
#define HELIO_I18N_EMBEDDED_H

#include <stddef.h>

extern const char	i18n_fr[];
extern const size_t	i18n_fr_len;

#endif
