/*
 * The settings of third parties' services that commands speak to: from the
 * environment (HELIO_<SERVICE>_<NAME>), else from a file of 'name = value'
 * lines.  Secrets are among them, so none is ever an option.
 */
#ifndef HELIO_CMD_SERVICE_H
#define HELIO_CMD_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

enum { SERVICE_VALUES_MAX = 16 };

struct service {
	const char	*name;		/* "pbx": HELIO_PBX_.., pbx.conf */
	const char	*const *names;	/* of the settings: "client_id" */
	size_t		 n;		/* at most SERVICE_VALUES_MAX */
};

struct service_values {
	char	*value[SERVICE_VALUES_MAX];	/* NULL where not given */
};

/*
 * Read them all.  file NULL: HELIO_<SERVICE>_CONFIG, else helio/<name>.conf in
 * the folder of configurations, if there is one.  False: said why not.
 */
bool	service_read(const struct service *, const char *file,
	    struct service_values *ret);
/* Wipe and free. */
void	service_forget(struct service_values *);
/* $XDG_CONFIG_HOME/helio/NAME or the like.  False: no home folder. */
bool	service_path(const char *name, char *out, size_t size);

#endif
