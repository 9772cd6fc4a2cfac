/* Settings of third parties' services. */
#include "cmd/service.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"

enum { PATH_SIZE = 1024, VARIABLE_SIZE = 64 };

bool
service_path(const char *name, char *out, size_t size)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	int n;

	if (config != NULL)
		n = snprintf(out, size, "%s/helio/%s", config, name);
	else if (home != NULL)
		n = snprintf(out, size, "%s/.config/helio/%s", home, name);
	else
		return false;
	return n > 0 && (size_t)n < size;
}

/* HELIO_PBX_CLIENT_ID's value, or NULL. */
static const char *
variable(const struct service *service, const char *name)
{
	char text[VARIABLE_SIZE];

	snprintf(text, sizeof(text), "HELIO_%s_%s", service->name, name);
	for (char *at = text; *at != '\0'; at++)
		*at = (char)toupper((unsigned char)*at);
	return getenv(text);
}

struct reading {
	const struct service *service;
	struct service_values *values;
	const char	*unknown;	/* a name that is none, borrowed */
	char		 name[VARIABLE_SIZE];
};

static int
on_pair(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *reading = arg;

	for (size_t i = 0; i < reading->service->n; i++)
		if (strcmp(reading->service->names[i], name) == 0) {
			char **to = &reading->values->value[i];

			if (*to == NULL)
				*to = strdup(value);
			return *to != NULL;
		}
	snprintf(reading->name, sizeof(reading->name), "%s", name);
	reading->unknown = reading->name;
	return 0;
}

static bool
read_file(const struct service *service, const char *path,
    struct service_values *values)
{
	struct reading reading = { .service = service, .values = values };
	FILE *file = fopen(path, "re");
	int line;

	if (file == NULL) {
		say_error(NULL, "%s: %s", path, strerror(errno));
		return false;
	}
	line = ini_parse_file(file, on_pair, &reading);
	fclose(file);
	if (line == 0)
		return true;
	if (reading.unknown != NULL)
		say_error(NULL, "%s:%d: there is no setting '%s'", path, line,
		    reading.unknown);
	else
		say_error(NULL, "%s:%d: is not 'name = value'", path, line);
	return false;
}

/* The file that is there without being named. */
static bool
usual_file(const struct service *service, char *out, size_t size)
{
	char name[VARIABLE_SIZE];
	FILE *file;

	snprintf(name, sizeof(name), "%s.conf", service->name);
	file = service_path(name, out, size) ? fopen(out, "re") : NULL;
	if (file == NULL)
		return false;
	fclose(file);
	return true;
}

bool
service_read(const struct service *service, const char *file,
    struct service_values *ret)
{
	char path[PATH_SIZE];

	no_core_file();
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < service->n; i++) {
		const char *value = variable(service, service->names[i]);

		if (value != NULL)
			ret->value[i] = strdup(value);
	}
	if (file == NULL)
		file = variable(service, "config");
	if (file == NULL && usual_file(service, path, sizeof(path)))
		file = path;
	if (file == NULL || read_file(service, file, ret))
		return true;
	service_forget(ret);
	return false;
}

void
service_forget(struct service_values *values)
{
	for (size_t i = 0; i < SERVICE_VALUES_MAX; i++) {
		if (values->value[i] != NULL)
			explicit_bzero(values->value[i],
			    strlen(values->value[i]));
		free(values->value[i]);
		values->value[i] = NULL;
	}
}
