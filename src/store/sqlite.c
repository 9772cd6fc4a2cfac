/* The SQLite engine: connections, transactions, statements, the log. */
#include "store/sqlite.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/times.h"

enum {
	/* Pages in the log: each time it has grown by this much, copy it into
	 * the file ... */
	WAL_COPY_PAGES = 4000,
	/* ... and from here on wait for readers as well, so that the log
	 * starts again at its beginning: a little at this length, four times
	 * as long at twice the length. */
	WAL_RESTART_PAGES = 8000,
	WAL_RESTART_WAIT_MS = 50,
	WAL_RESTART_WAIT_MAX_MS = 1000,
	DEADLINE_STEPS = 4000,		/* virtual machine steps per look */
	BUSY_PAUSE_MAX_US = 20000,
};

static const char *const fixed_text[FIXED_MAX] = {
	[FIXED_BEGIN_READ] = "BEGIN",
	[FIXED_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[FIXED_COMMIT] = "COMMIT",
	[FIXED_ROLLBACK] = "ROLLBACK",
	[FIXED_MARK] = "SAVEPOINT m",
	[FIXED_RELEASE] = "RELEASE m",
	[FIXED_UNDO] = "ROLLBACK TO m",
	[FIXED_DATA_VERSION] = "PRAGMA data_version",
};

/*
 * secure_delete=FAST clears what is deleted where that costs no I/O; the log
 * is copied by us (maintain), not in the middle of a commit.  Caches are
 * small, because a commit empties those of readers anyway and the system
 * keeps the file in memory.  Readers sort in files when it is much.
 */
static const char pragmas_all[] =
    "PRAGMA foreign_keys=ON;"
    "PRAGMA case_sensitive_like=ON;"
    "PRAGMA secure_delete=FAST;"
    "PRAGMA trusted_schema=OFF;";
static const char *const pragmas_role[] = {
	[DB_WRITER] = "PRAGMA journal_mode=WAL;"
	    "PRAGMA synchronous=FULL;"
	    "PRAGMA wal_autocheckpoint=0;"
	    "PRAGMA temp_store=MEMORY;"
	    "PRAGMA cache_size=-8192;",
	[DB_READER] = "PRAGMA query_only=ON;"
	    "PRAGMA cache_size=-2048;",
};

/* Work on all rows at once: keep the inner pages of the indexes. */
static const char *const pragmas_bulk[] = {
	[DB_WRITER] = "PRAGMA foreign_keys=OFF;"
	    "PRAGMA temp_store=FILE;"
	    "PRAGMA cache_size=-262144;",
	[DB_READER] = "PRAGMA cache_size=-65536;",
};
static const char *const pragmas_bulk_end[] = {
	[DB_WRITER] = "PRAGMA foreign_keys=ON;"
	    "PRAGMA temp_store=MEMORY;"
	    "PRAGMA cache_size=-8192;"
	    "PRAGMA shrink_memory;",
	[DB_READER] = "PRAGMA cache_size=-2048;"
	    "PRAGMA shrink_memory;",
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

/* Memory statistics would put one lock round every allocation. */
static void
library_start(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
}

/* ---- waiting and deadlines ---- */

static int
on_busy(void *arg, int times)
{
	struct db *db = arg;
	int64_t now = time_monotonic_ms();
	unsigned pause = 1000U << (times < 5 ? times : 5);

	if (times == 0)
		db->busy_until_ms = now + db->busy_ms;
	if (now >= db->busy_until_ms)
		return 0;
	(void)usleep(pause < BUSY_PAUSE_MAX_US ? pause : BUSY_PAUSE_MAX_US);
	return 1;
}

static int
on_progress(void *arg)
{
	const struct db *db = arg;

	return db->deadline_ms != 0 && time_monotonic_ms() > db->deadline_ms;
}

static int
on_wal(void *arg, sqlite3 *h, const char *name, int pages)
{
	struct db *db = arg;

	(void)h;
	(void)name;
	db->wal_pages = pages;
	return SQLITE_OK;
}

static void
db_limit_ms(struct db *db, unsigned ms)
{
	db->deadline_ms = ms == 0 ? 0 : time_monotonic_ms() + ms;
}

static void
db_more_ms(struct db *db, int64_t ms)
{
	if (db->deadline_ms != 0)
		db->deadline_ms += ms;
}

/* ---- connections ---- */

static enum helio_rc
db_pragmas(struct db *db, struct helio_err *err)
{
	const char *const text[] = { pragmas_all, pragmas_role[db->role] };
	int code;

	for (size_t i = 0; i < 2; i++) {
		code = sqlite3_exec(db->h, text[i], NULL, NULL, NULL);
		if (code != SQLITE_OK)
			return sqlite_fail(db->h, code, err);
	}
	return HELIO_OK;
}

static enum helio_rc
db_prepare(struct db *db, struct helio_err *err)
{
	int code;

	for (int i = 0; i < FIXED_MAX; i++) {
		code = sqlite3_prepare_v3(db->h, fixed_text[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &db->fixed[i], NULL);
		if (code != SQLITE_OK)
			return sqlite_fail(db->h, code, err);
	}
	return HELIO_OK;
}

static enum helio_rc
db_start(struct db *db, const struct folder *f, struct helio_err *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	int code = sqlite3_open_v2(sqlite_folder_file(f), &db->h, flags, NULL);
	enum helio_rc rc;

	if (code != SQLITE_OK)
		return sqlite_fail(db->h, code, err);
	(void)sqlite3_extended_result_codes(db->h, 1);
	(void)sqlite3_busy_handler(db->h, on_busy, db);
	sqlite3_progress_handler(db->h, DEADLINE_STEPS, on_progress, db);
	rc = db_pragmas(db, err);
	if (rc == HELIO_OK)
		rc = db_prepare(db, err);
	if (rc == HELIO_OK && db->role == DB_WRITER) {
		(void)sqlite3_wal_hook(db->h, on_wal, db);
		rc = sqlite_folder_sync(f, err);
	}
	return rc;
}

static void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	sqlite_cache_free(db);
	for (int i = 0; i < FIXED_MAX; i++)
		(void)sqlite3_finalize(db->fixed[i]);
	if (db->role == DB_WRITER && db->h != NULL)
		(void)sqlite3_wal_checkpoint_v2(db->h, NULL,
		    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_close(db->h);
	free(db);
}

static enum helio_rc
db_open(struct folder *f, enum db_role role, struct db **ret,
    struct helio_err *err)
{
	struct db *db = calloc(1, sizeof(*db));
	enum helio_rc rc;

	(void)pthread_once(&library_once, library_start);
	if (db == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	db->role = role;
	db->busy_ms = sqlite_folder_busy_ms(f);
	sqlite_cache_init(db);
	rc = db_start(db, f, err);
	if (rc != HELIO_OK)
		db_close(db);
	else
		*ret = db;
	return rc;
}

/* ---- transactions ---- */

/* A step whose failure sqlite_fail() can tell. */
static int
step(sqlite3_stmt *st)
{
	errno = 0;
	return sqlite3_step(st);
}

static enum helio_rc
fixed_run(struct db *db, enum fixed which, struct helio_err *err)
{
	sqlite3_stmt *st = db->fixed[which];
	int code = step(st);
	enum helio_rc rc = HELIO_OK;

	if (code != SQLITE_DONE)
		rc = sqlite_fail(db->h, code, err);
	(void)sqlite3_reset(st);
	return rc;
}

static bool
db_alive(struct db *db)
{
	return sqlite3_get_autocommit(db->h) == 0;
}

static enum helio_rc
db_begin(struct db *db, struct helio_err *err)
{
	return fixed_run(db, db->role == DB_WRITER ? FIXED_BEGIN_WRITE :
	    FIXED_BEGIN_READ, err);
}

static void
db_rollback(struct db *db)
{
	struct helio_err ignored;

	if (!db_alive(db))
		return;
	err_clear(&ignored);
	(void)fixed_run(db, FIXED_ROLLBACK, &ignored);
}

static void
db_rest(struct db *db)
{
	(void)db;
}

static enum helio_rc
db_commit(struct db *db, struct helio_err *err)
{
	enum helio_rc rc = fixed_run(db, FIXED_COMMIT, err);

	if (rc != HELIO_OK)
		db_rollback(db);
	return rc;
}

/* What has failed here fails again: the lock was waited for already. */
static bool
db_again(struct db *db)
{
	(void)db;
	return false;
}

static enum helio_rc
db_mark(struct db *db, struct helio_err *err)
{
	return fixed_run(db, FIXED_MARK, err);
}

static enum helio_rc
db_release(struct db *db, struct helio_err *err)
{
	return fixed_run(db, FIXED_RELEASE, err);
}

static enum helio_rc
db_undo(struct db *db, struct helio_err *err)
{
	enum helio_rc rc = fixed_run(db, FIXED_UNDO, err);

	return rc != HELIO_OK ? rc : fixed_run(db, FIXED_RELEASE, err);
}

static bool
db_changed_elsewhere(struct db *db)
{
	sqlite3_stmt *st = db->fixed[FIXED_DATA_VERSION];
	int64_t before = db->data_version;

	if (step(st) == SQLITE_ROW)
		db->data_version = sqlite3_column_int64(st, 0);
	(void)sqlite3_reset(st);
	return db->data_version != before;
}

static enum helio_rc
db_has_table(struct db *db, const char *name, bool *ret, struct helio_err *err)
{
	static const char text[] = "SELECT 1 FROM sqlite_schema "
	    "WHERE type='table' AND name=?1";
	struct stmt *s;
	enum helio_rc rc = sqlite_take(db, text, sizeof(text) - 1, &s, err);
	int code;

	if (rc != HELIO_OK)
		return rc;
	(void)sqlite3_bind_text(s->st, 1, name, -1, SQLITE_STATIC);
	code = step(s->st);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		rc = sqlite_fail(db->h, code, err);
	else
		*ret = code == SQLITE_ROW;
	sqlite_put(db, s);
	return rc;
}

static enum helio_rc
db_bulk(struct db *db, bool on, struct helio_err *err)
{
	const char *text = (on ? pragmas_bulk : pragmas_bulk_end)[db->role];
	int code = sqlite3_exec(db->h, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? HELIO_OK : sqlite_fail(db->h, code, err);
}

/* ---- statements ---- */

static int
bind_one(sqlite3_stmt *st, int at, const struct value *v)
{
	switch (v->type) {
	case VALUE_INT:
		return sqlite3_bind_int64(st, at, v->i);
	case VALUE_FLOAT:
		return sqlite3_bind_double(st, at, v->f);
	case VALUE_TEXT:
		return sqlite3_bind_text64(st, at, v->s, v->n, SQLITE_STATIC,
		    SQLITE_UTF8);
	case VALUE_BLOB:
		return sqlite3_bind_blob64(st, at, v->s, v->n, SQLITE_STATIC);
	case VALUE_NULL:
		break;
	}
	return sqlite3_bind_null(st, at);
}

/* Take the statement of a finished text and give it its arguments. */
static enum helio_rc
stmt_start(struct db *db, const struct sql *sql, struct stmt **ret,
    struct helio_err *err)
{
	struct stmt *s;
	enum helio_rc rc;
	int code;

	if (sql->failed || sql->text.failed)
		return err_set(err, HELIO_E_TOO_LARGE,
		    "the query is too large");
	rc = sqlite_take(db, sql->text.data, sql->text.len, &s, err);
	if (rc != HELIO_OK)
		return rc;
	for (size_t i = 0; i < sql->n_args; i++) {
		code = bind_one(s->st, (int)i + 1, &sql->args[i]);
		if (code != SQLITE_OK) {
			sqlite_put(db, s);
			return sqlite_fail(db->h, code, err);
		}
	}
	*ret = s;
	return HELIO_OK;
}

static enum helio_rc
db_run(struct db *db, const struct sql *sql, int64_t *changes,
    struct helio_err *err)
{
	struct stmt *s;
	enum helio_rc rc = stmt_start(db, sql, &s, err);
	int code;

	if (rc != HELIO_OK)
		return rc;
	code = step(s->st);
	if (code != SQLITE_DONE && code != SQLITE_ROW)
		rc = sqlite_fail(db->h, code, err);
	else if (changes != NULL)
		*changes = sqlite3_changes64(db->h);
	sqlite_put(db, s);
	return rc;
}

static struct value
column(sqlite3_stmt *st, int at)
{
	switch (sqlite3_column_type(st, at)) {
	case SQLITE_INTEGER:
		return value_int(sqlite3_column_int64(st, at));
	case SQLITE_FLOAT:
		return value_float(sqlite3_column_double(st, at));
	case SQLITE_TEXT:
		return value_textn((const char *)sqlite3_column_text(st, at),
		    (size_t)sqlite3_column_bytes(st, at));
	case SQLITE_BLOB:
		return value_blob(sqlite3_column_blob(st, at),
		    (size_t)sqlite3_column_bytes(st, at));
	default:
		return value_null();
	}
}

static enum helio_rc
db_each(struct db *db, const struct sql *sql, const struct db_sink *sink,
    struct helio_err *err)
{
	struct stmt *s;
	enum helio_rc rc = stmt_start(db, sql, &s, err);
	int code = SQLITE_DONE;

	if (rc != HELIO_OK)
		return rc;
	while (rc == HELIO_OK && (code = step(s->st)) == SQLITE_ROW) {
		for (size_t i = 0; i < sink->n; i++)
			sink->v[i] = column(s->st, (int)i);
		rc = sink->row(sink->arg, err);
	}
	if (rc == HELIO_OK && code != SQLITE_DONE)
		rc = sqlite_fail(db->h, code, err);
	sqlite_put(db, s);
	return rc;
}

/* ---- the log ---- */

/* Time to wait for readers, by the length of the log. */
static unsigned
restart_wait_ms(int pages)
{
	double times = (double)pages / WAL_RESTART_PAGES;
	double wait = WAL_RESTART_WAIT_MS * times * times;

	return wait < WAL_RESTART_WAIT_MAX_MS ? (unsigned)wait :
	    WAL_RESTART_WAIT_MAX_MS;
}

/*
 * A passive copy never waits, but constant readers can keep the log from
 * starting again; waiting for them holds up commits, not reads.
 */
static void
db_maintain(struct db *db)
{
	int mode = SQLITE_CHECKPOINT_PASSIVE;
	unsigned busy_ms = db->busy_ms;

	if (db->wal_pages < db->wal_copied)
		db->wal_copied = 0;
	if (db->wal_pages - db->wal_copied < WAL_COPY_PAGES)
		return;
	if (db->wal_pages >= WAL_RESTART_PAGES)
		mode = SQLITE_CHECKPOINT_RESTART;
	db->busy_ms = restart_wait_ms(db->wal_pages);
	(void)sqlite3_wal_checkpoint_v2(db->h, NULL, mode, NULL, NULL);
	db->busy_ms = busy_ms;
	db->wal_copied = db->wal_pages;
}

/* ---- checking ---- */

static enum helio_rc
db_check(struct db *db, void (*problem)(void *, const char *), void *arg,
    struct helio_err *err)
{
	sqlite3_stmt *st = NULL;
	const char *text;
	int code = sqlite3_prepare_v2(db->h, "PRAGMA integrity_check", -1, &st,
	    NULL);

	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = step(st);
		if (code != SQLITE_ROW)
			break;
		text = (const char *)sqlite3_column_text(st, 0);
		if (text != NULL && strcmp(text, "ok") != 0)
			problem(arg, text);
	}
	(void)sqlite3_finalize(st);
	return code == SQLITE_DONE ? HELIO_OK : sqlite_fail(db->h, code, err);
}

const struct driver DRIVER_SQLITE = {
	.name = "sqlite",
	.dialect = &SQL_SQLITE,
	.place = "database file",
	.makes_indexes = true,
	.readers_max = 256,
	.folder_open = sqlite_folder_open,
	.folder_share = sqlite_folder_share,
	.folder_close = sqlite_folder_close,
	.folder_remove = sqlite_folder_remove,
	.open = db_open,
	.close = db_close,
	.begin = db_begin,
	.commit = db_commit,
	.again = db_again,
	.rollback = db_rollback,
	.rest = db_rest,
	.alive = db_alive,
	.mark = db_mark,
	.release = db_release,
	.undo = db_undo,
	.run = db_run,
	.each = db_each,
	.limit_ms = db_limit_ms,
	.more_ms = db_more_ms,
	.has_table = db_has_table,
	.changed_elsewhere = db_changed_elsewhere,
	.bulk = db_bulk,
	.maintain = db_maintain,
	.check = db_check,
};
