/*
 * A preload library that keeps account of what a loss of power would take.
 *
 * Every write to a file below HELIO_UNSYNCED_DIR goes into a journal with the
 * bytes that were there before and those that came; fsync() tells which of
 * them are safe.  After SIGKILL a test (test/lib/powerloss.py) takes from the
 * files what was not, as a disk without power would.
 *
 *   HELIO_UNSYNCED_DIR      the folder to watch; it counts as synced at first
 *   HELIO_UNSYNCED_JOURNAL  a folder for the journal, on the same file system
 *   HELIO_UNSYNCED_LIE      set: fsync() does nothing and says that it did
 *   HELIO_UNSYNCED_FULL     a file; while it exists, writes get ENOSPC
 *
 * Journal: records of the form of struct record, each followed by old_len
 * bytes that were overwritten or cut and new_len bytes that came.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind {
	KIND_WRITE = 1,		/* at `offset` of a file of `size` bytes */
	KIND_TRUNCATE,		/* from `size` to `offset` bytes */
	KIND_SYNC,		/* what went before in this file is safe */
	KIND_NAME,		/* the folder was synced: `new` is a name in it */
	KIND_FOLDER,		/* ends a list of KIND_NAME */
};

struct record {
	uint32_t	 kind;
	uint32_t	 old_len, new_len;
	uint32_t	 zero;
	uint64_t	 inode, offset, size;
};

enum { WATCHED_MAX = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX], graves[PATH_MAX];
static const char *full_file;
static int journal = -1, lying;
static struct { uint64_t inode; int watched; } known[WATCHED_MAX];
static size_t n_known;

/* Under the names without 64 too, whatever this file is compiled with. */
ssize_t	plain_pwrite(int, const void *, size_t, off_t) __asm__("pwrite");
int	plain_ftruncate(int, off_t) __asm__("ftruncate");

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_unlink)(const char *);

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	dprintf(2, "unsynced: %s: %s\n", what, strerror(errno));
	abort();
}

static void
put(const void *data, size_t n)
{
	while (n > 0) {
		ssize_t done = real_write(journal, data, n);

		must(done > 0, "journal");
		data = (const char *)data + done;
		n -= (size_t)done;
	}
}

/* One record in one piece: a kill may come at any time. */
static void
note(struct record record, const void *old, const void *new)
{
	size_t n = sizeof(record) + record.old_len + record.new_len;
	char *all = malloc(n), *at = all;

	must(all != NULL, "memory");
	memcpy(at, &record, sizeof(record));
	at += sizeof(record);
	if (record.old_len > 0)
		memcpy(at, old, record.old_len);
	at += record.old_len;
	if (record.new_len > 0)
		memcpy(at, new, record.new_len);
	put(all, n);
	free(all);
}

/* What the folder holds: a sync of it makes exactly these names safe. */
static void
note_names(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	must(dir != NULL, folder);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_type == DT_REG)
			note((struct record){ .kind = KIND_NAME,
			    .inode = entry->d_ino,
			    .new_len = (uint32_t)strlen(entry->d_name) },
			    NULL, entry->d_name);
	closedir(dir);
	note((struct record){ .kind = KIND_FOLDER }, NULL, NULL);
}

static void *
next(const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	must(symbol != NULL, name);
	return symbol;
}

static void __attribute__((constructor))
start(void)
{
	const char *dir = getenv("HELIO_UNSYNCED_DIR");
	const char *to = getenv("HELIO_UNSYNCED_JOURNAL");
	char path[PATH_MAX + 16];

	*(void **)&real_pwrite = next("pwrite64");
	*(void **)&real_write = next("write");
	*(void **)&real_ftruncate = next("ftruncate64");
	*(void **)&real_fsync = next("fsync");
	*(void **)&real_unlink = next("unlink");
	if (dir == NULL || to == NULL)
		return;
	must(realpath(dir, folder) != NULL, dir);
	must(realpath(to, graves) != NULL, to);
	snprintf(path, sizeof(path), "%s/journal", graves);
	journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	must(journal >= 0, path);
	lying = getenv("HELIO_UNSYNCED_LIE") != NULL;
	full_file = getenv("HELIO_UNSYNCED_FULL");
	note_names();
}

/* Is this path one whose loss would matter?  -shm is never durable. */
static int
path_watched(const char *path)
{
	size_t n = strlen(folder), len = strlen(path);

	return strncmp(path, folder, n) == 0 && path[n] == '/' &&
	    !(len > 4 && strcmp(path + len - 4, "-shm") == 0);
}

/* The inode of a watched file, or 0.  A watched inode is never reused while
 * we run: unlinked files keep a name in the journal's folder. */
static uint64_t
watched(int fd)
{
	char link[40], path[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (journal < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	for (size_t i = 0; i < n_known; i++)
		if (known[i].inode == st.st_ino)
			return known[i].watched ? st.st_ino : 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	must(n > 0, link);
	path[n] = '\0';
	if (!path_watched(path))
		return 0;
	must(n_known < WATCHED_MAX, "too many files");
	known[n_known].inode = st.st_ino;
	known[n_known++].watched = 1;
	return st.st_ino;
}

static uint64_t
size_of(int fd)
{
	struct stat st;

	must(fstat(fd, &st) == 0, "fstat");
	return (uint64_t)st.st_size;
}

/* The bytes of [from, to) as they are; the caller frees them. */
static char *
bytes_of(int fd, uint64_t from, uint64_t to)
{
	char *bytes = malloc(to - from + 1);

	must(bytes != NULL, "memory");
	for (uint64_t at = from; at < to;) {
		ssize_t n = pread(fd, bytes + (at - from), to - at, (off_t)at);

		must(n > 0, "pread");
		at += (uint64_t)n;
	}
	return bytes;
}

static int
is_full(void)
{
	return full_file != NULL && access(full_file, F_OK) == 0;
}

static ssize_t
watched_write(int fd, uint64_t inode, const void *data, size_t n, off_t at)
{
	uint64_t size = size_of(fd), from = (uint64_t)at;
	uint64_t to = from + n < size ? from + n : size;
	char *old;

	if (is_full()) {
		errno = ENOSPC;
		return -1;
	}
	if (to < from)
		to = from;
	old = bytes_of(fd, from, to);
	note((struct record){ .kind = KIND_WRITE, .inode = inode,
	    .offset = from, .size = size, .old_len = (uint32_t)(to - from),
	    .new_len = (uint32_t)n }, old, data);
	free(old);
	return real_pwrite(fd, data, n, at);
}

static int
watched_truncate(int fd, uint64_t inode, off_t to)
{
	uint64_t size = size_of(fd);
	uint64_t from = (uint64_t)to < size ? (uint64_t)to : size;
	char *old = bytes_of(fd, from, size);

	note((struct record){ .kind = KIND_TRUNCATE, .inode = inode,
	    .offset = (uint64_t)to, .size = size,
	    .old_len = (uint32_t)(size - from) }, old, NULL);
	free(old);
	return real_ftruncate(fd, to);
}

ssize_t
pwrite64(int fd, const void *data, size_t n, off_t at)
{
	uint64_t inode;
	ssize_t done;

	pthread_mutex_lock(&lock);
	inode = watched(fd);
	done = inode != 0 ? watched_write(fd, inode, data, n, at) :
	    real_pwrite(fd, data, n, at);
	pthread_mutex_unlock(&lock);
	return done;
}

ssize_t
plain_pwrite(int fd, const void *data, size_t n, off_t at)
{
	return pwrite64(fd, data, n, at);
}

/* Nobody appends to data files: say so rather than miss it. */
ssize_t
write(int fd, const void *data, size_t n)
{
	uint64_t inode;

	if (real_write == NULL)
		*(void **)&real_write = next("write");
	if (journal < 0 || fd == journal)
		return real_write(fd, data, n);
	pthread_mutex_lock(&lock);
	inode = watched(fd);
	pthread_mutex_unlock(&lock);
	must(inode == 0, "write() to a watched file is not accounted for");
	return real_write(fd, data, n);
}

int
ftruncate64(int fd, off_t to)
{
	uint64_t inode;
	int done;

	pthread_mutex_lock(&lock);
	inode = watched(fd);
	done = inode != 0 ? watched_truncate(fd, inode, to) :
	    real_ftruncate(fd, to);
	pthread_mutex_unlock(&lock);
	return done;
}

int
plain_ftruncate(int fd, off_t to)
{
	return ftruncate64(fd, to);
}

/* Does the descriptor lead to the watched folder itself? */
static int
is_folder(int fd)
{
	struct stat st, own;

	return journal >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) &&
	    stat(folder, &own) == 0 && own.st_ino == st.st_ino &&
	    own.st_dev == st.st_dev;
}

int
fsync(int fd)
{
	uint64_t inode;
	int done = 0;

	pthread_mutex_lock(&lock);
	inode = watched(fd);
	if (!lying)
		done = real_fsync(fd);
	if (!lying && done == 0 && inode != 0)
		note((struct record){ .kind = KIND_SYNC, .inode = inode },
		    NULL, NULL);
	if (!lying && done == 0 && is_folder(fd))
		note_names();
	pthread_mutex_unlock(&lock);
	return done;
}

int
fdatasync(int fd)
{
	return fsync(fd);
}

/* A deletion may be lost: the content stays within reach. */
int
unlink(const char *path)
{
	char real[PATH_MAX], grave[PATH_MAX + 32];
	struct stat st;
	int done;

	pthread_mutex_lock(&lock);
	if (journal >= 0 && realpath(path, real) != NULL &&
	    path_watched(real) && stat(real, &st) == 0) {
		snprintf(grave, sizeof(grave), "%s/%llu", graves,
		    (unsigned long long)st.st_ino);
		must(link(real, grave) == 0 || errno == EEXIST, grave);
	}
	done = real_unlink(path);
	pthread_mutex_unlock(&lock);
	return done;
}
