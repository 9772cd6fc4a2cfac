/*
 * What an engine gives the store: connections, transactions and statements.
 * A private table of functions; everything with a meaning (rows, scope,
 * numbering, import) stands above it and knows no engine, everything below
 * knows no schema.  One `struct db` is used by one thread at a time.
 *
 * Failures come back as result codes, the same for every engine:
 * E_CONSTRAINT (a unique, foreign key or null rule; the transaction goes on
 * as if the statement had not run), E_BUSY (another process's lock, or the
 * deadline), E_DISK_FULL, E_IO, E_NO_MEMORY, E_TOO_LARGE; E_INTERNAL is a
 * programming error.
 */
#ifndef HELIO_STORE_DRIVER_H
#define HELIO_STORE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/sql.h"
#include "store/store.h"

struct db;		/* a connection */
struct lane;		/* a connection for queries that nobody waits for */
struct folder;		/* the data folder, locked while open */

enum db_role { DB_WRITER, DB_READER };

/* Where the values of one result row go, and who is told. */
struct db_sink {
	struct value	*v;		/* n of them, filled before each call;
					 * texts are NUL-terminated and borrowed
					 * until the call returns */
	size_t		 n;
	enum helio_rc	(*row)(void *arg, struct helio_err *);
	void		*arg;
};

/* What the oldest query of a lane has come to. */
enum lane_answer {
	LANE_NOTHING,		/* not yet */
	LANE_ROWS,		/* its rows are here: lane_rows() */
	LANE_REFUSED,		/* why is in the error */
	LANE_SKIPPED,		/* not run: one before it was refused */
	LANE_LOST,		/* nor any after it: the connection is gone */
};

struct driver {
	const char	*name;
	const struct sql_dialect *dialect;
	const char	*place;		/* where rows are, for a reader */
	/* Queries wait for another process: event loops must not ask, and an
	 * import writes many rows with each statement. */
	bool		 waits;
	/* A large import makes the indexes of an empty table anew at its end:
	 * cheaper, where the engine can. */
	bool		 makes_indexes;
	unsigned	 readers_max;	/* snapshots at a time, unless told */

	/*
	 * Make (when the options say so), check and lock the folder.
	 * E_CONFLICT: another process holds it in a way that excludes us.
	 */
	enum helio_rc	(*folder_open)(const struct store_options *,
			    struct folder **ret, struct helio_err *);
	/* A folder just made is ours alone until this. */
	enum helio_rc	(*folder_share)(struct folder *, struct db *writer,
			    struct helio_err *);
	void		(*folder_close)(struct folder *);	/* NULL is allowed */
	/* Delete what folder_open() made; nothing when it was there before. */
	void		(*folder_remove)(struct folder *);

	enum helio_rc	(*open)(struct folder *, enum db_role, struct db **ret,
			    struct helio_err *);
	void		(*close)(struct db *);			/* NULL is allowed */

	/* A transaction; one for writing holds the only writer's lock. */
	enum helio_rc	(*begin)(struct db *, struct helio_err *);
	/* On failure nothing is kept and the transaction has ended; E_UNKNOWN:
	 * it may have been kept. */
	enum helio_rc	(*commit)(struct db *, struct helio_err *);
	/*
	 * Of a transaction that has failed: nothing of it was kept, what failed
	 * may well succeed, and it is not too late to try.  Waits a little
	 * before it says so.
	 */
	bool		(*again)(struct db *);
	void		(*rollback)(struct db *);
	/* After the rollback of a snapshot: it may be a while to the next. */
	void		(*rest)(struct db *);
	/* False: a failure has ended the transaction on its own account. */
	bool		(*alive)(struct db *);
	/* Marks inside a transaction; they nest, `release` and `undo` end
	 * the innermost one. */
	enum helio_rc	(*mark)(struct db *, struct helio_err *);
	enum helio_rc	(*release)(struct db *, struct helio_err *);
	enum helio_rc	(*undo)(struct db *, struct helio_err *);

	/* Run a statement without result; *changes (may be NULL) counts rows. */
	enum helio_rc	(*run)(struct db *, const struct sql *, int64_t *changes,
			    struct helio_err *);
	/* Run a query.  A row function that fails ends it with its code. */
	enum helio_rc	(*each)(struct db *, const struct sql *,
			    const struct db_sink *, struct helio_err *);
	/* All queries from now on may take this long together; 0: for ever. */
	void		(*limit_ms)(struct db *, unsigned ms);
	/* So much longer, if there is a limit. */
	void		(*more_ms)(struct db *, int64_t ms);

	/*
	 * Lanes, where queries wait; otherwise NULL.  What is put in between
	 * two sends is one message and one snapshot, taken after the send;
	 * answers come in that order.  But for lane_open() nothing waits, and
	 * it alone may run on another thread.
	 */
	enum helio_rc	(*lane_open)(struct folder *, struct lane **ret,
			    struct helio_err *);
	void		(*lane_close)(struct lane *);		/* NULL is allowed */
	/* -1: the connection is gone, and nothing will be readable. */
	int		(*lane_fd)(const struct lane *);
	/* False: it is not taken, at least not now. */
	bool		(*lane_put)(struct lane *, const struct sql *);
	void		(*lane_send)(struct lane *);
	/* Read what has come, for lane_next(). */
	void		(*lane_read)(struct lane *);
	/* Ends the oldest query, unless LANE_NOTHING or LANE_LOST. */
	enum lane_answer (*lane_next)(struct lane *, struct helio_err *);
	/* At most once after LANE_ROWS. */
	enum helio_rc	(*lane_rows)(struct lane *, const struct db_sink *,
			    struct helio_err *);

	/* Inside a transaction: is there such a table? */
	enum helio_rc	(*has_table)(struct db *, const char *name, bool *ret,
			    struct helio_err *);
	/* Writer only: has somebody else committed since the last call?  Also
	 * at leisure, between transactions. */
	bool		(*changed_elsewhere)(struct db *);
	/* Work on all rows at once begins and ends: more memory, and on the
	 * writer no foreign keys (import checks them itself). */
	enum helio_rc	(*bulk)(struct db *, bool on, struct helio_err *);
	/* Writer only, after a commit: keep the log of changes short. */
	void		(*maintain)(struct db *);
	/* Whether the files are sound; each problem is one call. */
	enum helio_rc	(*check)(struct db *, void (*problem)(void *arg, const char *),
			    void *arg, struct helio_err *);
};

extern const struct driver DRIVER_SQLITE, DRIVER_PG;

#endif
