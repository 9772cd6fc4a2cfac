/* Write beside the file, then rename over it. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"

static bool
write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, bytes, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		bytes += put;
		n -= (size_t)put;
	}
	return true;
}

static bool
put(int fd, const char *temporary, const char *path, const char *bytes,
    size_t n)
{
	bool done = write_all(fd, bytes, n) && fsync(fd) == 0;
	int why = errno;

	if (close(fd) != 0 && done) {
		done = false;
		why = errno;
	}
	if (done && rename(temporary, path) != 0) {
		done = false;
		why = errno;
	}
	if (!done)
		unlink(temporary);
	errno = why;
	return done;
}

bool
file_replace(const char *path, const char *bytes, size_t n, unsigned mode)
{
	struct buf temporary = BUF_INIT;
	bool done = false;
	int fd;

	/* a name of its own for each process and thread */
	buf_addf(&temporary, "%s.%ld", path, (long)gettid());
	if (temporary.failed) {
		errno = ENOMEM;
		return false;
	}
	/* a new file of ours, not one that somebody laid there */
	unlink(temporary.data);
	fd = open(temporary.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    mode);
	if (fd >= 0)
		done = put(fd, temporary.data, path, bytes, n);
	buf_free(&temporary);
	return done;
}
