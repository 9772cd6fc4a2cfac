/*
 * The PostgreSQL engine, seen from its own files (pg*.c): nobody else
 * includes this, and no libpq call is made elsewhere.
 *
 *   pg.c         connections and transactions as driver.h wants them
 *   pg_stmt.c    statements: preparing, arguments, result rows
 *   pg_conn.c    connecting, commands in the pipeline and their answers
 *   pg_folder.c  the installation: its lock, making and removing it
 *   pg_error.c   SQLSTATE codes as ours
 *   pg_check.c   what helio doctor asks the server
 *   pg_commit.c  whether a commit was kept whose answer was lost
 *   pg_lane.c    queries that nobody waits for
 *
 * Commands go out in pipeline mode, each with the next thing that has to be
 * waited for: a snapshot's BEGIN and the end of the one before with its first
 * query, so that reading a row is one message there and one back; savepoints
 * with the statement that follows them.
 */
#ifndef HELIO_STORE_PG_H
#define HELIO_STORE_PG_H

#include <libpq-fe.h>

#include "store/driver.h"
#include "store/stmt_cache.h"

/* Of pg_type: what the wire's values are. */
enum {
	PG_BYTEA = 17, PG_INT8 = 20, PG_INT4 = 23, PG_TEXT = 25,
	PG_FLOAT8 = 701, PG_VARCHAR = 1043,
	PG_BINARY = 1,			/* format of arguments and results */
	PG_WRITER_SIZE = 25,		/* random characters and NUL */
};

/* A statement that the server has prepared under "sN". */
struct pg_stmt {
	struct kept	 kept;		/* first */
	char		 name[24];	/* "": the server was not told */
	Oid		*types;		/* of its arguments; owned.  NULL: the
				 * server is still to tell */
	size_t		 n_types;
	bool		 refused;	/* on a lane: not tried again */
	struct pg_stmt	*next;		/* among the ended */
};

/* The arguments of one statement, as libpq wants them. */
struct pg_args {
	const char	**value;
	int		*length, *format;
	uint64_t	*number;	/* what values of 8 bytes point to */
	size_t		 cap;
};

struct db {
	struct folder	*folder;
	enum db_role	 role;
	PGconn		*c;		/* NULL: not connected */
	struct stmt_cache cache;
	struct pg_stmt	*ended;		/* of which the server is yet to hear */
	unsigned long	 names;		/* statements prepared so far */
	struct pg_args	 args;
	int64_t		 deadline_ms;	/* of all queries, 0: none */

	/* Commands sent whose answers were not read yet. */
	unsigned	 unread;
	bool		 unsynced;	/* a Sync was sent, its answer not read */

	bool		 open;		/* a transaction or snapshot is begun */
	bool		 failed;	/* and was ended by a failure */
	bool		 bulk;
	int64_t		 bulk_rows;	/* written since then */
	bool		 begun;		/* the server knows of the snapshot */
	bool		 owes;		/* the end of the last one, to be told */
	bool		 used;		/* the snapshot has answered something */
	bool		 erred;		/* the server refused the last commands */
	unsigned	 cursors;

	/* The writer's. */
	unsigned	 marks;		/* savepoints set and not released */
	bool		 dirty;		/* statements ran since the last of them */
	bool		 wrote;		/* statements ran in the transaction */
	char		 writer[PG_WRITER_SIZE];	/* among all writers there
					 * ever were */
	int64_t		 batch;		/* number of the last one sent to be
					 * committed */
	int64_t		 version;	/* of the store, as last seen */
	bool		 elsewhere;	/* somebody else has raised it */
	bool		 transient;	/* the failure may not come again */
	bool		 unknown;	/* nobody knows whether it was kept */
	int64_t		 give_up_ms;	/* when trying again ends; 0: not trying */
	unsigned	 tries;
};

/* ---- pg.c ---- */

/* A connection's memory, not connected; NULL: none. */
struct db	*pg_new(struct folder *, enum db_role);
void		 pg_close(struct db *);			/* NULL is allowed */

/* ---- pg_error.c ---- */

/* What a failed result says, as our code and text. */
enum helio_rc	 pg_fail(const PGresult *, struct helio_err *);
/* The connection's state, without secrets, on one line. */
enum helio_rc	 pg_fail_lost(PGconn *, struct helio_err *);
/* Running the transaction again may well succeed. */
bool		 pg_is_conflict(const PGresult *);
/* The server is going away, or has become one that cannot write. */
bool		 pg_is_farewell(const PGresult *);

/* ---- pg_conn.c ---- */

/* Connect db->c, settings of its role made.  E_IO; quick when it has just
 * failed for another connection. */
enum helio_rc	 pg_connect(struct db *, struct helio_err *);
/* Forget the connection and all that it knew. */
void		 pg_disconnect(struct db *);
bool		 pg_is_connected(const struct db *);
/*
 * Put a command without arguments into the pipeline; what was put in goes out
 * with the next pg_answer().
 */
enum helio_rc	 pg_put(struct db *, const char *text, struct helio_err *);
/* Send what was put in, without waiting. */
void		 pg_push(struct db *);
/* Count a command that was put in by other means. */
void		 pg_count(struct db *);
/*
 * Send everything and read the answer of the last command (*ret, freed with
 * PQclear; may be NULL when nobody wants it).  The first failure of all
 * commands since the last call is the result.
 */
enum helio_rc	 pg_answer(struct db *, PGresult **ret, struct helio_err *);
/* End the implicit transaction, or the skipping after a failure; does not
 * wait. */
void		 pg_sync(struct db *);
/* A command of its own, outside transactions or in one: put and answer. */
enum helio_rc	 pg_ask(struct db *, const char *text, PGresult **ret,
		    struct helio_err *);
/* A number of the first row. */
int64_t		 pg_number(const PGresult *, int column);

/* ---- pg_stmt.c ---- */

void		 pg_stmt_init(struct db *);
void		 pg_stmt_free(struct db *);
/* A statement of the cache, or a new one in it that is not prepared, whose
 * `types` are NULL; without memory NULL. */
struct pg_stmt	*pg_stmt_find(struct db *, const struct buf *text);
/* Put its preparation into the pipeline, two commands of which the second
 * answers what pg_stmt_described() takes. */
enum helio_rc	 pg_put_prepare(struct db *, struct pg_stmt *,
		    struct helio_err *);
enum helio_rc	 pg_stmt_described(struct pg_stmt *, const PGresult *,
		    struct helio_err *);
/* Put a prepared statement with its arguments into the pipeline. */
enum helio_rc	 pg_put_bound(struct db *, const struct sql *,
		    const struct pg_stmt *, struct helio_err *);
/* Put into the pipeline, in a sound transaction: statements that have left
 * the cache are to be forgotten.  Without a connection they just are. */
enum helio_rc	 pg_stmt_forget(struct db *, struct helio_err *);
/* A command that comes often, prepared. */
enum helio_rc	 pg_put_kept(struct db *, const char *text, struct helio_err *);
/* Put a statement with its arguments into the pipeline, prepared first when
 * it is new.  E_TOO_LARGE, E_INVALID: it was not sent. */
enum helio_rc	 pg_put_sql(struct db *, const struct sql *, struct helio_err *);
/* The same, as the query of a cursor. */
enum helio_rc	 pg_put_cursor(struct db *, const struct sql *, unsigned number,
		    struct helio_err *);
/* The rows of a result, to the sink, while there is time. */
enum helio_rc	 pg_rows(const struct db *, const PGresult *,
		    const struct db_sink *, struct helio_err *);
/* E_BUSY: the time for queries is used up. */
enum helio_rc	 pg_in_time(const struct db *, struct helio_err *);

/* ---- pg_commit.c ---- */

/* Put into the pipeline, before COMMIT: the batch has a number, and is known
 * by it; all servers hear that the version is another. */
enum helio_rc	 pg_commit_note(struct db *, struct helio_err *);
/* Was that batch kept?  In a transaction that holds the writers' lock. */
enum helio_rc	 pg_commit_kept(struct db *, bool *ret, struct helio_err *);
/* The table of writers; and forgetting those that are no more. */
enum helio_rc	 pg_commit_make(struct db *, struct helio_err *);
enum helio_rc	 pg_commit_sweep(struct db *, struct helio_err *);

/* ---- pg_lane.c: as driver.h has them ---- */

enum helio_rc	 pg_lane_open(struct folder *, struct lane **ret,
		    struct helio_err *);
void		 pg_lane_close(struct lane *);
int		 pg_lane_fd(const struct lane *);
bool		 pg_lane_put(struct lane *, const struct sql *);
void		 pg_lane_send(struct lane *);
void		 pg_lane_read(struct lane *);
enum lane_answer pg_lane_next(struct lane *, struct helio_err *);
enum helio_rc	 pg_lane_rows(struct lane *, const struct db_sink *,
		    struct helio_err *);

/* ---- pg_folder.c ---- */

enum helio_rc	 pg_folder_open(const struct store_options *,
		    struct folder **ret, struct helio_err *);
void		 pg_folder_close(struct folder *);
void		 pg_folder_remove(struct folder *);
enum helio_rc	 pg_folder_share(struct folder *, struct db *writer,
		    struct helio_err *);
const char	*pg_folder_url(const struct folder *);
const struct store_options *pg_folder_options(const struct folder *);
/* Connecting has just failed: nobody else need try at this moment.  From any
 * thread. */
bool		 pg_folder_is_down(struct folder *);
void		 pg_folder_set_down(struct folder *, bool);
/* The writer has a new connection: hold the installation's lock with it. */
enum helio_rc	 pg_folder_lock(struct folder *, struct db *,
		    struct helio_err *);
/* The connection that the folder was opened with, for the writer; NULL when
 * it has been taken. */
struct db	*pg_folder_first(struct folder *);

/* ---- pg_check.c ---- */

enum helio_rc	 pg_check(struct db *, void (*problem)(void *, const char *),
		    void *arg, struct helio_err *);

#endif
