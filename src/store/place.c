/* The URL in the data folder; see place.h. */
#include "store/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum helio_rc
place_fail(struct helio_err *err, const char *what, const char *path)
{
	return err_set(err, errno == ENOMEM ? HELIO_E_NO_MEMORY : HELIO_E_IO,
	    "%s %s/" PLACE_FILE ": %s", what, path, strerror(errno));
}

static enum helio_rc
check_url(const char *url, struct helio_err *err)
{
	static const char *const schemes[] = { "postgresql://", "postgres://" };

	for (size_t i = 0; i < 2; i++)
		if (strncmp(url, schemes[i], strlen(schemes[i])) == 0 &&
		    strlen(url) < PLACE_URL_MAX)
			return HELIO_OK;
	return err_set(err, HELIO_E_INVALID, "a database is named as "
	    "postgresql://USER@HOST/NAME, in less than %d bytes",
	    PLACE_URL_MAX);
}

/* The remembered URL, or NULL when there is none. */
static enum helio_rc
read_file(const char *path, char **ret, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	char line[PLACE_URL_MAX + 1] = "";
	FILE *file = NULL;
	char *name;

	*ret = NULL;
	if (asprintf(&name, "%s/" PLACE_FILE, path) < 0)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	file = fopen(name, "re");
	if (file == NULL && errno != ENOENT && errno != ENOTDIR)
		rc = place_fail(err, "cannot read", path);
	else if (file != NULL && fgets(line, sizeof(line), file) == NULL &&
	    ferror(file))
		rc = place_fail(err, "cannot read", path);
	if (rc == HELIO_OK && file != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		*ret = strdup(line);
		if (*ret == NULL)
			rc = err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	}
	if (file != NULL)
		(void)fclose(file);
	free(name);
	return rc;
}

enum helio_rc
place_find(const char *path, const char *given, char **ret,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	*ret = NULL;
	if (given == NULL || *given == '\0')
		rc = read_file(path, ret, err);
	else if ((*ret = strdup(given)) == NULL)
		rc = err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	if (rc == HELIO_OK && *ret != NULL)
		rc = check_url(*ret, err);
	if (rc != HELIO_OK) {
		free(*ret);
		*ret = NULL;
	}
	return rc;
}

enum helio_rc
place_remember(const char *path, const char *url, struct helio_err *err)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
	enum helio_rc rc = HELIO_OK;

	if (dir >= 0)
		fd = openat(dir, PLACE_FILE, O_WRONLY | O_CREAT | O_EXCL |
		    O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		rc = err_set(err, HELIO_E_CONFLICT,
		    "%s already is a data folder", path);
	else if (fd < 0 || dprintf(fd, "%s\n", url) < 0 || fsync(fd) != 0 ||
	    fsync(dir) != 0)
		rc = place_fail(err, "cannot write", path);
	if (fd >= 0)
		(void)close(fd);
	if (dir >= 0)
		(void)close(dir);
	return rc;
}
