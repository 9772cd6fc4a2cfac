/*
 * The store: durable rows, described by the schema, behind one interface for
 * every engine (SQLite and PostgreSQL).  Callers speak in tables,
 * rows and queries; SQL text never leaves this folder.
 *
 * Reading: a snapshot per request, on connections that never block the
 * writer.  Writing: jobs; each runs in a transaction of its own, several
 * share one commit (group commit), and a job is done only when its commit is
 * on disk.  All writes pass tx_insert/tx_update/tx_delete, the one place that
 * knows the caller, the table and the row before and after.
 */
#ifndef HELIO_STORE_STORE_H
#define HELIO_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "schema/schema.h"
#include "store/caller.h"
#include "store/query.h"
#include "store/row.h"

struct store;
struct tx;		/* a snapshot or a transaction */

struct store_options {
	const char	*path;		/* data folder */
	const struct schema *schema;	/* borrowed for the store's life */
	/* postgresql://.. instead of the folder's own database; NULL: what the
	 * folder remembers */
	const char	*database;
	unsigned	 wait_ms;	/* for the database to come up (0) */
	/* Snapshots at one time, each with a connection; more have to wait,
	 * which event loops must not: a thread has one at most, and there are
	 * not so many.  0: 256, of a database 32 */
	unsigned	 readers_max;
	unsigned	 busy_ms;	/* wait for another process's lock (5000) */
	unsigned	 query_ms;	/* a snapshot's queries may take this long
				 * together (10000) */
	unsigned	 batch_max;	/* jobs that share a commit (256) */
	unsigned	 count_ms;	/* a count that took this long is kept
					 * until it can have changed (2) */
	size_t		 queue_max;	/* jobs waiting; beyond: E_BUSY (4096) */
	bool		 create;	/* make a new data folder */
	bool		 serving;	/* log what is odd about the database */
	bool		 exclusive;	/* refuse beside a running server (import, ...) */
	int64_t		(*now_us)(void *);	/* clock for meta fields; NULL: real */
	void		*now_arg;
};

/* Defaults for everything but path and schema. */
void		 store_options_init(struct store_options *);

/*
 * Open a data folder, migrating it when the schema has grown (forward only,
 * in one transaction; a destructive difference or a newer folder is refused
 * and named).  Starts the writer thread.  The caller ends with store_close().
 */
enum helio_rc	 store_open(const struct store_options *, struct store **ret,
		    struct helio_err *);
/* Let queued jobs finish, checkpoint, close.  NULL is allowed. */
void		 store_close(struct store *);
/* Close a store opened with `create` that was not finished, and remove its
 * folder, or its files from one that was there before.  NULL is allowed. */
void		 store_abandon(struct store *);
int64_t		 store_now_us(const struct store *);
/* Snapshots wait for another process: an event loop must not open any. */
bool		 store_waits(const struct store *);

/* ---- reading ---- */

/*
 * A consistent snapshot for one caller (copied).  Cheap: takes a pooled connection.
 * E_BUSY when none comes free in time.  Ended with store_read_end().
 */
enum helio_rc	 store_read(struct store *, const struct caller *,
		    struct tx **ret, struct helio_err *);
void		 store_read_end(struct tx *);		/* NULL is allowed */
/* Who reads it has waited for something else: that is not the snapshot's time
 * (query_ms). */
void		 tx_waited(struct tx *, int64_t ms);
/* While on, store_read() fails with E_STOPPING: for a server that ends, whose
 * waiting searches nobody would read. */
void		 store_refuse_reads(struct store *, bool on);

/* ---- writing ---- */

struct store_job {
	const struct caller *caller;	/* borrowed until done */
	/*
	 * On a writer thread, inside a transaction.  Anything but OK undoes
	 * what it did, and only that.  May be run again from the start when
	 * the commit it was part of had to be repeated: no side effects
	 * outside the transaction and its own memory.
	 */
	enum helio_rc	(*run)(struct tx *, void *arg, struct helio_err *);
	/*
	 * After the commit is durable (rc OK) or the job failed (why in err);
	 * on the writer thread: short, non-blocking.  The job may be freed.
	 */
	void		(*done)(void *arg, enum helio_rc rc, struct helio_err *err);
	void		*arg;
	struct store_job *next;		/* private */
};

/*
 * Queue a job.  E_BUSY (queue full), E_STOPPING: it was not taken and `done`
 * will not be called.
 */
enum helio_rc	 store_submit(struct store *, struct store_job *, struct helio_err *);
/* Run one job and wait for its durable end (tools, start-up, tests). */
enum helio_rc	 store_write(struct store *, const struct caller *,
		    enum helio_rc (*run)(struct tx *, void *, struct helio_err *),
		    void *arg, struct helio_err *);

/* ---- inside a snapshot or transaction ---- */

struct arena	*tx_arena(struct tx *);		/* lives until the tx ends */
const struct caller *tx_caller(const struct tx *);
/* Fixed when the snapshot or job began. */
int64_t		 tx_now_us(const struct tx *);
const struct schema_table *tx_table(const struct tx *, const char *name); /* aborts if unknown */

/*
 * See all rows whatever the caller's scope, until tx_scoped(): for checks
 * the system makes on its own account.  Calls nest.
 */
void		 tx_unscoped(struct tx *);
void		 tx_scoped(struct tx *);

/* The row with this key within the caller's scope; E_NOT_FOUND. */
enum helio_rc	 tx_get(struct tx *, const struct schema_table *, struct value key,
		    struct row **ret, struct helio_err *);
/* The first row of the query, or E_NOT_FOUND. */
enum helio_rc	 tx_first(struct tx *, const struct query *, struct row **ret,
		    struct helio_err *);
/*
 * Call `each` for every row of the query; its values are borrowed until it
 * returns (row_copy keeps one).  `each` returning other than OK ends the walk
 * with that code.  E_BUSY when the snapshot's queries, this one and those
 * before, take longer than query_ms.
 */
enum helio_rc	 tx_each(struct tx *, const struct query *,
		    enum helio_rc (*each)(const struct row *, void *arg, struct helio_err *),
		    void *arg, struct helio_err *);
/*
 * How many rows (pairs, groups) the query has, limit and offset applied.
 * Whole unscoped tables are answered from a maintained counter.
 */
enum helio_rc	 tx_count(struct tx *, const struct query *, int64_t *ret,
		    struct helio_err *);
bool		 tx_exists(struct tx *, const struct query *);
/* Totals over the rows of a query (its order, groups and limit do not count):
 * n integers or nulls. */
enum helio_rc	 tx_totals(struct tx *, const struct query *,
		    const struct total *, size_t n, struct value *ret,
		    struct helio_err *);

/*
 * Named sums: totals that are kept with what they sum up, in the same
 * transaction, at the price of one row per commit.  A sum that nobody has
 * set is null, and adding to it does nothing.
 */
enum helio_rc	 tx_sum(struct tx *, const char *name, struct value *ret,
		    struct helio_err *);
enum helio_rc	 tx_sum_set(struct tx *, const char *name, int64_t value,
		    struct helio_err *);
void		 tx_sum_add(struct tx *, const char *name, int64_t change);
/* As of the commit at hand; in a commit hook alone. */
struct value	 store_sum(const struct store *, const char *name);

/*
 * Insert; fields not set take their default or null.  The key is numbered
 * unless natural (the system may choose it, and so may anybody in internal
 * tables), meta fields are set: created_* now, modified_* null.  The row is
 * completed in place.  Constraint violations name every field at fault:
 * E_INVALID with faults.  A foreign key that leads out of the caller's scope
 * counts as dangling; a row that would itself be outside, or a user who would
 * see more than the caller, is E_FORBIDDEN.  A refused row leaves nothing
 * behind, and the job may go on.
 */
enum helio_rc	 tx_insert(struct tx *, struct row *, struct helio_err *);
/*
 * Change the set fields of the row with this key (within scope, else
 * E_NOT_FOUND), but for the key and meta fields, which are not the caller's.
 * modified_at/by are set, also when nothing differs.  *ret (may be NULL) is
 * the whole row after.  Refusals as for tx_insert().
 */
enum helio_rc	 tx_update(struct tx *, const struct schema_table *, struct value key,
		    const struct row *changes, struct row **ret, struct helio_err *);
/*
 * Delete; rows that point here with a nullable key lose it (each through
 * tx_update's path, out of scope too), with a required one make it E_INVALID
 * naming the table.  Rows of internal tables that need this one go with it.
 */
enum helio_rc	 tx_delete(struct tx *, const struct schema_table *, struct value key,
		    struct helio_err *);
/*
 * Internal tables only: insert, or overwrite the row with the same values in
 * the unique index `on` (NULL: the key).
 */
enum helio_rc	 tx_upsert(struct tx *, struct row *, const struct schema_index *on,
		    struct helio_err *);
/* Internal tables only: delete all rows of a query; *ret (may be NULL) counts. */
enum helio_rc	 tx_delete_where(struct tx *, const struct query *, int64_t *ret,
		    struct helio_err *);
/*
 * What tx_insert would refuse about the set fields (unique values, foreign keys,
 * scope), added to err as faults without writing.  Works on snapshots, so
 * that a reply can name type errors and constraint errors together.
 * `key` names the row itself for an update, or is null.
 */
void		 tx_check(struct tx *, const struct row *, struct value key,
		    struct helio_err *);
/* Next number of a named running number (serial numbers), from 1. */
enum helio_rc	 tx_sequence(struct tx *, const char *name, int64_t *ret,
		    struct helio_err *);

/*
 * One audited change, told to the hook after it was made and before the
 * commit: the audit log of a later version hangs here.  before is NULL for
 * an insert, after for a delete.  An error undoes the job.
 */
typedef enum helio_rc (*store_change_fn)(struct tx *, const struct schema_table *,
		    const struct row *before, const struct row *after, void *arg,
		    struct helio_err *);
void		 store_on_change(struct store *, store_change_fn, void *arg);

/*
 * Told on the writer thread after each durable commit that touched the table:
 * for caches of users and tokens.
 */
typedef void	(*store_commit_fn)(const struct schema_table *, void *arg);
void		 store_on_commit(struct store *, const char *table, store_commit_fn, void *arg);

/* ---- whole-folder work (helio import, export, doctor) ---- */

/*
 * Upsert JSON lines {"table","row"} read by `line` (returns false at the end)
 * in one transaction; foreign keys are checked at the end.  Rows without
 * a key are numbered; keys and meta fields are kept when given.  The first bad line ends it, named
 * with its number in err; of keys that lead nowhere each is a fault.  Nothing
 * is kept then.  The bulk way: the change hook is not told.  The callbacks run
 * on the writer thread; rewind and progress may be NULL.
 */
struct store_import {
	bool	(*line)(void *arg, const char **ret, size_t *ret_n, unsigned long *ret_no);
	bool	(*rewind)(void *arg);	/* to read the lines again, to name those
				 * whose keys lead nowhere */
	void	*arg;
	void	(*progress)(void *arg, unsigned long lines);
	enum helio_rc failed;	/* set by line() before it returns false: there
				 * was more, but it cannot be read */
	unsigned long rows;		/* out: rows taken */
};
enum helio_rc	 store_import(struct store *, struct store_import *, struct helio_err *);
/*
 * Every exported table in schema order and key order, one JSON line per row,
 * secrets included, from one snapshot.  `write` returns false to stop.
 */
enum helio_rc	 store_export(struct store *, bool (*write)(void *arg, const char *, size_t),
		    void *arg, struct helio_err *);

/* One finding of a check; `ok` lines too, so that a reader sees what ran. */
struct store_finding {
	bool	 ok, warning;	/* warning: ok, so far */
	char	 text[320];
};
/*
 * Integrity of the file, foreign keys, row counters, latest_* columns,
 * outbox; reports each to `found`.  OK even when findings are bad; *ret_bad
 * counts them.
 */
enum helio_rc	 store_doctor(struct store *, void (*found)(void *arg, const struct store_finding *),
		    void *arg, unsigned *ret_bad, struct helio_err *);

/* Figures for /metrics, the status line and tests. */
struct store_stats {
	uint64_t	 commits, jobs, jobs_failed, batch_largest;
	size_t		 queue_len;
	/* questions to lanes (lane.h): answered, and lost */
	uint64_t	 lane_answered, lane_lost;
};
void		 store_stats(const struct store *, struct store_stats *);

#endif
