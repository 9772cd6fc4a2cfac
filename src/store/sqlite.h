/*
 * The SQLite engine, seen from its own files (sqlite*.c): nobody else
 * includes this, and no SQLite call is made elsewhere.
 */
#ifndef HELIO_STORE_SQLITE_H
#define HELIO_STORE_SQLITE_H

#include <sqlite3.h>

#include "store/driver.h"
#include "store/stmt_cache.h"

/* A prepared statement, kept by its text. */
struct stmt {
	struct kept	 kept;		/* first */
	sqlite3_stmt	*st;
};

/* Statements without arguments, prepared when a connection opens. */
enum fixed {
	FIXED_BEGIN_READ, FIXED_BEGIN_WRITE, FIXED_COMMIT, FIXED_ROLLBACK,
	FIXED_MARK, FIXED_RELEASE, FIXED_UNDO, FIXED_DATA_VERSION,
	FIXED_MAX
};

struct db {
	sqlite3		*h;
	enum db_role	 role;
	struct stmt_cache cache;
	sqlite3_stmt	*fixed[FIXED_MAX];
	unsigned	 busy_ms;	/* wait for another process's lock */
	int64_t		 busy_until_ms;	/* of the wait under way */
	int64_t		 deadline_ms;	/* of all queries, 0: none */
	int64_t		 data_version;	/* as last seen */
	int		 wal_pages;	/* in the log after the last commit */
	int		 wal_copied;	/* of those, at the last copy into the file */
};

/* SQLite's code as ours; the text goes into err, the file system's state
 * tells a full disk from a broken one. */
enum helio_rc	 sqlite_fail(sqlite3 *, int code, struct helio_err *);

/*
 * A statement for this text, reset and without arguments, from the cache or
 * new.  Given back with sqlite_put().
 */
enum helio_rc	 sqlite_take(struct db *, const char *text, size_t n,
		    struct stmt **ret, struct helio_err *);
void		 sqlite_put(struct db *, struct stmt *);
void		 sqlite_cache_init(struct db *);
void		 sqlite_cache_free(struct db *);

/* The folder and its lock (sqlite_folder.c). */
enum helio_rc	 sqlite_folder_open(const struct store_options *,
		    struct folder **ret, struct helio_err *);
void		 sqlite_folder_close(struct folder *);
void		 sqlite_folder_remove(struct folder *);
enum helio_rc	 sqlite_folder_share(struct folder *, struct db *,
		    struct helio_err *);
const char	*sqlite_folder_file(const struct folder *);
unsigned	 sqlite_folder_busy_ms(const struct folder *);
/* Make the names of new files in the folder durable. */
enum helio_rc	 sqlite_folder_sync(const struct folder *, struct helio_err *);

#endif
