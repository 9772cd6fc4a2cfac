/*
 * The token file: one JSON object {url, username, token, expires_at}, mode
 * 0600, replaced by rename so that readers never see half of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/times.h"
#include "client/internal.h"

enum { EARLY_US = 60 * 1000000 };	/* renew a little before it expires */

static bool
same_text(json_t *object, const char *name, const char *wanted)
{
	const char *text = json_string_value(json_object_get(object, name));

	return wanted == NULL ||
	    (text != NULL && strcmp(text, wanted) == 0);
}

void
token_load(struct helio_client *client)
{
	json_t *file;
	const char *token;

	if (client->options.token_file == NULL)
		return;
	file = json_load_file(client->options.token_file, 0, NULL);
	token = json_string_value(json_object_get(file, "token"));
	if (token != NULL && strlen(token) < sizeof(client->token) &&
	    same_text(file, "url", client->options.url) &&
	    same_text(file, "username", client->options.user) &&
	    json_integer_value(json_object_get(file, "expires_us")) >
	    time_now_us() + EARLY_US)
		strcpy(client->token, token);
	json_decref(file);
}

static bool
write_all(int fd, const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		ssize_t put = write(fd, text, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		text += put;
		n -= (size_t)put;
	}
	return true;
}

/* Write beside the file, then put it in its place. */
static bool
replace_file(const char *path, const char *text)
{
	struct buf temporary = BUF_INIT;
	bool done = false;
	int fd;

	buf_addf(&temporary, "%s.%ld", path, (long)getpid());
	/* a new file of ours, not one that somebody laid there */
	if (!temporary.failed)
		unlink(temporary.data);
	fd = temporary.failed ? -1 : open(temporary.data,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		done = write_all(fd, text) && fsync(fd) == 0;
		done = close(fd) == 0 && done &&
		    rename(temporary.data, path) == 0;
		if (!done)
			unlink(temporary.data);
	}
	buf_free(&temporary);
	return done;
}

helio_code
token_save(struct helio_client *client, int64_t expires_us,
    helio_error *error)
{
	json_t *file;
	char *text;
	bool done;

	if (client->options.token_file == NULL)
		return HELIO_DONE;
	file = json_pack("{s:s, s:s?, s:s, s:I}", "url", client->options.url,
	    "username", client->options.user, "token", client->token,
	    "expires_us", (json_int_t)expires_us);
	text = file != NULL ? json_dumps(file, JSON_INDENT(1)) : NULL;
	done = text != NULL && replace_file(client->options.token_file, text);
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
	json_decref(file);
	if (done)
		return HELIO_DONE;
	return error_set(error, HELIO_LOCAL, "%.200s: %s",
	    client->options.token_file, strerror(errno));
}
