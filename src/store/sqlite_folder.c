/*
 * The data folder: its files, their modes, and the lock that lets any number
 * of processes share it or one have it alone.
 */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/times.h"

enum { LOCK_PAUSE_US = 20000 };

struct folder {
	char		*path;
	char		*file;		/* PATH/helio.db */
	int		 dir_fd;
	int		 lock_fd;	/* PATH/lock */
	bool		 made_folder, made_file;	/* by us, just now */
	unsigned	 busy_ms;
};

static enum helio_rc
folder_fail(struct helio_err *err, const struct folder *f, const char *what)
{
	int error = errno;
	enum helio_rc rc = HELIO_E_IO;

	if (error == ENOMEM)
		rc = HELIO_E_NO_MEMORY;
	else if (error == ENOSPC || error == EDQUOT)
		rc = HELIO_E_DISK_FULL;
	return err_set(err, rc, "%s %s: %s", what, f->path, strerror(error));
}

/* fsync of the folder that holds `path`: its name must survive a crash. */
static bool
sync_parent(const char *path)
{
	char *copy = NULL;
	int fd = -1;
	bool ok = false;

	if (asprintf(&copy, "%s/..", path) < 0)
		return false;
	fd = open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		ok = fsync(fd) == 0;
	if (fd >= 0)
		(void)close(fd);
	free(copy);
	return ok;
}

static enum helio_rc
folder_make(struct folder *f, struct helio_err *err)
{
	f->made_folder = mkdir(f->path, 0700) == 0;
	if (!f->made_folder && errno != EEXIST)
		return folder_fail(err, f, "cannot create");
	return HELIO_OK;
}

static enum helio_rc
folder_enter(struct folder *f, bool create, struct helio_err *err)
{
	f->dir_fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir_fd < 0 && errno == ENOENT)
		return err_set(err, HELIO_E_NOT_FOUND,
		    "there is no data folder %s; make one with helio init",
		    f->path);
	if (f->dir_fd < 0)
		return folder_fail(err, f, "cannot open");
	if (create && (fchmod(f->dir_fd, 0700) != 0 || !sync_parent(f->path)))
		return folder_fail(err, f, "cannot prepare");
	return HELIO_OK;
}

/*
 * SQLite gives -wal and -shm the mode of the file itself.  An empty file is
 * what a crash at the very start leaves: as good as none.
 */
static enum helio_rc
folder_touch(struct folder *f, bool create, struct helio_err *err)
{
	int flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0);
	int fd;
	struct stat st;

	if (create && stat(f->file, &st) == 0 && st.st_size > 0)
		return err_set(err, HELIO_E_CONFLICT,
		    "%s already is a data folder", f->path);
	fd = openat(f->dir_fd, "helio.db", flags, 0600);
	if (fd < 0 && errno == ENOENT)
		return err_set(err, HELIO_E_NOT_FOUND,
		    "%s is not a data folder; make one with helio init",
		    f->path);
	if (fd < 0)
		return folder_fail(err, f, "cannot open the database in");
	f->made_file = create;
	(void)close(fd);
	return HELIO_OK;
}

static enum helio_rc
folder_lock(struct folder *f, bool exclusive, struct helio_err *err)
{
	int64_t until = time_monotonic_ms() + (exclusive ? 0 : f->busy_ms);
	int op = (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB;

	f->lock_fd = openat(f->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC,
	    0600);
	if (f->lock_fd < 0)
		return folder_fail(err, f, "cannot lock");
	while (flock(f->lock_fd, op) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return folder_fail(err, f, "cannot lock");
		if (time_monotonic_ms() >= until)
			return err_set(err, HELIO_E_CONFLICT, "%s is in use "
			    "by another helio process; stop it first",
			    f->path);
		(void)usleep(LOCK_PAUSE_US);
	}
	return HELIO_OK;
}

static enum helio_rc
folder_fill(struct folder *f, const struct store_options *o,
    struct helio_err *err)
{
	enum helio_rc rc = o->create ? folder_make(f, err) : HELIO_OK;

	if (rc == HELIO_OK)
		rc = folder_enter(f, o->create, err);
	/* no lock file in a folder that is none of ours */
	if (rc == HELIO_OK && !o->create)
		rc = folder_touch(f, false, err);
	if (rc == HELIO_OK)
		rc = folder_lock(f, o->exclusive || o->create, err);
	if (rc == HELIO_OK && o->create)
		rc = folder_touch(f, true, err);
	return rc;
}

enum helio_rc
sqlite_folder_open(const struct store_options *o, struct folder **ret,
    struct helio_err *err)
{
	struct folder *f = calloc(1, sizeof(*f));
	enum helio_rc rc = HELIO_E_NO_MEMORY;

	if (f == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	f->dir_fd = f->lock_fd = -1;
	f->busy_ms = o->busy_ms;
	f->path = strdup(o->path);
	if (f->path == NULL || asprintf(&f->file, "%s/helio.db", o->path) < 0) {
		f->file = NULL;
		rc = err_set(err, HELIO_E_NO_MEMORY, "%s", "");
		goto out;
	}
	rc = folder_fill(f, o, err);
out:
	if (rc != HELIO_OK) {
		sqlite_folder_remove(f);
		sqlite_folder_close(f);
	} else {
		*ret = f;
	}
	return rc;
}

void
sqlite_folder_remove(struct folder *f)
{
	static const char *const files[] = { "helio.db", "helio.db-wal",
	    "helio.db-shm", "lock" };

	for (size_t i = 0; f->made_file &&
	    i < sizeof(files) / sizeof(files[0]); i++)
		(void)unlinkat(f->dir_fd, files[i], 0);
	if (f->made_folder)
		(void)rmdir(f->path);
}

void
sqlite_folder_close(struct folder *f)
{
	if (f == NULL)
		return;
	if (f->lock_fd >= 0)
		(void)close(f->lock_fd);
	if (f->dir_fd >= 0)
		(void)close(f->dir_fd);
	free(f->file);
	free(f->path);
	free(f);
}

enum helio_rc
sqlite_folder_share(struct folder *f, struct db *writer, struct helio_err *err)
{
	(void)writer;
	(void)err;
	/* Cannot fail: we hold the stronger lock. */
	(void)flock(f->lock_fd, LOCK_SH | LOCK_NB);
	return HELIO_OK;
}

const char *
sqlite_folder_file(const struct folder *f)
{
	return f->file;
}

unsigned
sqlite_folder_busy_ms(const struct folder *f)
{
	return f->busy_ms;
}

enum helio_rc
sqlite_folder_sync(const struct folder *f, struct helio_err *err)
{
	if (fsync(f->dir_fd) != 0)
		return folder_fail(err, f, "cannot sync");
	return HELIO_OK;
}
