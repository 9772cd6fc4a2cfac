/*
 * The settings of the server: one table (config.def), read from defaults, a
 * file, the environment and flags, the later winning.
 */
#ifndef HELIO_SERVER_CONFIG_H
#define HELIO_SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/rc.h"

enum config_kind {
	CONFIG_TEXT,
	CONFIG_NUMBER,
	CONFIG_SIZE,		/* bytes; k, M, G, T: times 1024, 1024^2, .. */
	CONFIG_CHOICE,
	CONFIG_SECRET,		/* a text that is never printed */
};

enum config_id {
#define CONFIG(name, kind, fallback, unit, help) CONFIG_ID_##name,
#include "server/config.def"
#undef CONFIG
	CONFIG_ID_MAX
};

enum { CONFIG_VALUE_MAX = 512 };

struct config_row {
	const char	*name;
	enum config_kind kind;
	const char	*fallback;
	const char	*unit;		/* of CHOICE: the values, "a|b" */
	const char	*help;
};

extern const struct config_row config_rows[CONFIG_ID_MAX];

struct config {
	char	 value[CONFIG_ID_MAX][CONFIG_VALUE_MAX];
	/* where each came from: "default", "file", "environment", "flag" */
	const char *source[CONFIG_ID_MAX];
};

void		 config_defaults(struct config *);
/* An ini file without sections.  E_INVALID names the line; E_IO. */
enum helio_rc	 config_file(struct config *, const char *path, struct helio_err *);
/* HELIO_LISTEN and so on. */
enum helio_rc	 config_environment(struct config *, struct helio_err *);
/* One setting by name ('-' and '_' are the same); E_INVALID. */
enum helio_rc	 config_set(struct config *, const char *name, const char *value,
		    const char *source, struct helio_err *);
const char	*config_text(const struct config *, enum config_id);
long		 config_number(const struct config *, enum config_id);
int64_t		 config_size(const struct config *, enum config_id);
/* As a file that gives the same settings, each with its help and source. */
void		 config_print(const struct config *, FILE *);

#endif
