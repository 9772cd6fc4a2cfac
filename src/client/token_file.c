/*
 * The token file: one JSON object {url, username, token, refresh,
 * expires_us}, mode 0600, replaced by rename so that readers never see half
 * of it.  Whoever gets a new token holds a lock on the file meanwhile; a file
 * made for that alone is empty, and goes with the lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "client/internal.h"

enum { TOKEN_FILE_MAX = 64 << 10 };

static bool
same_text(const json_t *object, const char *name, const char *wanted)
{
	const char *text = json_string_value(json_object_get(object, name));

	return wanted == NULL ||
	    (text != NULL && strcmp(text, wanted) == 0);
}

/* Like json_load_file, but the text is wiped. */
static json_t *
load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buf text = BUF_INIT;
	json_t *root = NULL;
	ssize_t n;

	if (fd < 0)
		return NULL;
	if (buf_reserve(&text, TOKEN_FILE_MAX)) {
		n = read(fd, text.data, TOKEN_FILE_MAX);
		root = n > 0 ? json_loadb(text.data, (size_t)n, 0, NULL) : NULL;
	}
	close(fd);
	secret_buf_free(&text);
	return root;
}

helio_token *
token_file_read(const struct token_owner *owner)
{
	json_t *file = load(owner->path);
	const char *access = json_string_value(json_object_get(file, "token"));
	helio_token *token = NULL;

	if (access != NULL && token_is_sane(access) &&
	    same_text(file, "url", owner->url) &&
	    same_text(file, "username", owner->username))
		token = helio_token_new(access,
		    json_string_value(json_object_get(file, "refresh")),
		    json_integer_value(json_object_get(file, "expires_us")));
	json_decref(file);
	return token;
}

helio_code
token_file_write(const struct token_owner *owner, const helio_token *token,
    helio_error *error)
{
	json_t *file = json_pack("{s:s?, s:s?, s:s, s:s*, s:I}",
	    "url", owner->url, "username", owner->username,
	    "token", helio_token_access(token),
	    "refresh", helio_token_refresh(token),
	    "expires_us", (json_int_t)helio_token_expires_us(token));
	char *text = file != NULL ? json_dumps(file, JSON_INDENT(1)) : NULL;
	bool done = text != NULL && file_replace(owner->path, text,
	    strlen(text), 0600);

	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
	json_decref(file);
	if (done)
		return HELIO_DONE;
	return helio_error_set(error, HELIO_LOCAL, "%.200s: %s", owner->path,
	    strerror(errno));
}

/* Is that still the file of this name, or was it replaced meanwhile? */
static bool
still_there(const char *path, int fd)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && stat(path, &named) == 0 &&
	    ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

int
token_file_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -2;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && still_there(path, fd))
		return fd;
	close(fd);
	return -1;
}

void
token_file_unlock(const char *path, int fd)
{
	struct stat status;

	/* no token came: leave no empty file behind */
	if (fstat(fd, &status) == 0 && status.st_size == 0 &&
	    still_there(path, fd))
		unlink(path);
	close(fd);
}
