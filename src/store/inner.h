/*
 * The store from the inside: what store.c, writer.c, tx.c and the whole-folder
 * files share.  Engine-neutral: SQL comes from sql.h, an engine is reached
 * through driver.h.  Nobody outside this folder includes this.
 */
#ifndef HELIO_STORE_INNER_H
#define HELIO_STORE_INNER_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/count_cache.h"
#include "store/counter.h"
#include "store/driver.h"
#include "store/sql.h"
#include "store/store.h"

enum {
	COMMIT_HOOKS_MAX = 16,
};

/* A snapshot or the transaction of one job, and its connection. */
struct tx {
	struct store	*store;
	struct db	*db;
	struct arena	*arena;
	struct sql	 sql;		/* reused for every statement */
	struct caller	 caller;
	int64_t		 now_us;
	uint64_t	 as_of;		/* a snapshot's, in counts' terms */
	unsigned	 unscoped;	/* depth of tx_unscoped() */
	bool		 writing;	/* a job's, not a snapshot */
	bool		 marked;	/* the job has a mark to go back to */
	/* A failure that leaves the job no choice, whatever it returns. */
	enum helio_rc	 broken;
	struct helio_err broken_err;
	struct tx	*next;		/* among the idle readers */
};

/* Snapshots not in use.  Invariant: n_open = idle ones + those handed out. */
struct pool {
	pthread_mutex_t	 lock;
	pthread_cond_t	 freed;
	struct tx	*idle, **last;	/* the one unused for longest first */
	unsigned	 n_open, n_max, n_idle;
	bool		 refusing;
};

struct commit_hook {
	const struct schema_table *table;
	store_commit_fn	 fn;
	void		*arg;
};

/* The queue and its one thread (writer.c). */
struct writer {
	pthread_t	 thread;
	bool		 started;
	pthread_mutex_t	 lock;		/* for what follows, up to stats */
	pthread_cond_t	 wake;
	struct store_job *first, **last;	/* waiting */
	size_t		 n;
	bool		 asleep, stopping;
	struct store_job *alone;	/* runs by itself, foreign keys off */
	struct store_stats stats;

	/* The writer thread's own. */
	struct tx	*tx;
	struct counters	 counters;
	bool		*touched;	/* by table number, in this batch */
};

/* What lanes have done, of all loops. */
struct lane_stats {
	atomic_ullong	 answered, lost;
};

struct store {
	const struct driver *driver;
	struct store_options o;		/* path is a copy */
	const struct schema *schema;
	struct schema	*own;		/* the engine's tables */
	struct folder	*folder;
	struct pool	 pool;
	struct count_cache *counts;
	struct lane_stats lanes;
	struct writer	 writer;
	store_change_fn	 on_change;
	void		*on_change_arg;
	struct commit_hook hook[COMMIT_HOOKS_MAX];	/* under writer.lock */
	size_t		 n_hooks;
};

/* The engine's own tables; see own.c for what they hold. */
#define OWN_SEQUENCE	"helio_sequence"
#define OWN_COUNT	"helio_count"
#define OWN_MIGRATION	"helio_migration"

enum helio_rc	 own_schema_read(struct schema **ret, struct helio_err *);
const struct schema_table *own_table(const struct store *, const char *name);

/* No more than the code: its text says enough. */
enum helio_rc	 store_fail(struct helio_err *, enum helio_rc);

/* ---- tx.c ---- */

/* A tx on a connection of its own; *ret is ended with tx_free(). */
enum helio_rc	 tx_new(struct store *, enum db_role, struct tx **ret,
		    struct helio_err *);
void		 tx_free(struct tx *);		/* NULL is allowed */
/* Make ready for one caller's snapshot or job. */
void		 tx_prepare(struct tx *, const struct caller *);
/* Whose scope applies now; NULL: none. */
const struct caller *tx_scope(const struct tx *);
/* Set the job's mark, the state that undoing it goes back to. */
enum helio_rc	 tx_mark(struct tx *, struct helio_err *);
/* Run tx->sql, which changes something. */
enum helio_rc	 tx_run(struct tx *, int64_t *changes, struct helio_err *);
/* Remember a failure that must undo the job, and return its code. */
enum helio_rc	 tx_break(struct tx *, enum helio_rc, const struct helio_err *);
/* Like tx_first() and tx_get(), but a row that is not there is NULL. */
enum helio_rc	 tx_find(struct tx *, const struct query *, struct row **ret,
		    struct helio_err *);
enum helio_rc	 tx_find_key(struct tx *, const struct schema_table *,
		    struct value key, struct row **ret, struct helio_err *);
/* Like tx_exists(), telling failures from absence. */
enum helio_rc	 tx_has(struct tx *, const struct query *, bool *ret,
		    struct helio_err *);
/* Like tx_count(), but really counting. */
enum helio_rc	 tx_count_rows(struct tx *, const struct query *, int64_t *ret,
		    struct helio_err *);
/* Hands on each row of a result. */
struct row_walk {
	struct row	*row;
	enum helio_rc	(*each)(const struct row *, void *, struct helio_err *);
	void		*arg;
};

/* The sink of a sql_select(); the walk must live as long. */
struct db_sink	 row_walk_begin(struct row_walk *, struct arena *,
		    const struct schema_table *,
		    enum helio_rc (*each)(const struct row *, void *,
			struct helio_err *), void *arg);
/* Is it every row of a table whose rows are counted as they come and go? */
bool		 counter_covers(const struct query *, const struct caller *scope,
		    struct arena *);
/* The row of OWN_COUNT that has the count of this table. */
struct query	 counter_query(const struct store *,
		    const struct schema_table *, struct arena *);
/* Tell that rows of a table came or went. */
void		 tx_touch(struct tx *, const struct schema_table *, int64_t rows);

/* ---- check.c ---- */

/* Name every set field whose value is null and may not be, or is a text that
 * is too long or has a NUL in it. */
enum helio_rc	 check_required(const struct row *, struct helio_err *);
/*
 * Name every set field that breaks a unique or foreign key; `key` is the
 * row's own, or null.  OK: none does.
 */
enum helio_rc	 check_keys(struct tx *, const struct row *, struct value key,
		    struct helio_err *);
/* The same for unique keys alone. */
enum helio_rc	 check_unique(struct tx *, const struct row *, struct value key,
		    struct helio_err *);
/* Rows whose foreign key in this field leads nowhere. */
struct query	 check_dangling(struct tx *, const struct schema_table *,
		    const struct schema_field *);
/* E_FORBIDDEN unless the stored row is one the caller may have made. */
enum helio_rc	 check_result(struct tx *, const struct row *, struct helio_err *);

/* ---- writer.c ---- */

enum helio_rc	 writer_start(struct store *, struct helio_err *);
void		 writer_stop(struct store *);
/* Run a job by itself with foreign keys off and wait for its end. */
enum helio_rc	 writer_alone(struct store *, const struct caller *,
		    enum helio_rc (*run)(struct tx *, void *, struct helio_err *),
		    void *arg, struct helio_err *);

/* ---- migrate.c ---- */

/* Make or bring up to date the tables, on the writer's connection. */
enum helio_rc	 migrate(struct store *, struct tx *, struct helio_err *);
/* The newest row of OWN_MIGRATION; E_NOT_FOUND. */
enum helio_rc	 migrate_last(struct tx *, struct row **ret, struct helio_err *);

#endif
