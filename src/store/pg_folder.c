/*
 * The installation in a database: whether the server is one that keeps what
 * it has acknowledged, the lock that lets any number of processes share it or
 * one have it alone, and the row that tells of commits.
 */
#include "store/pg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/times.h"
#include "store/place.h"

enum {
	VERSION_LEAST = 130000,	/* what the documents promise */
	DOWN_MS = 300,		/* between attempts to connect that failed */
	LEAVE_MS = 2000,	/* the server may still hold the lock of a
				 * process that has ended */
	PAUSE_US = 100000,	/* between attempts at the start */
	SAY_MS = 5000,		/* between words about it */
};

/* Shared by all that have it open, alone for who has it exclusively; writing
 * has another, see pg.c.  One per schema of the database. */
#define LOCK_ARGS	"(1212501066, hashtext(current_schema()))"

struct folder {
	const struct store_options *o;
	struct db	*first;		/* opened it, and waits for the writer */
	bool		 alone;		/* the lock is exclusive */
	bool		 made_folder, made_file, made_tables;
	atomic_llong	 down_until_ms;
};

const char *
pg_folder_url(const struct folder *f)
{
	return f->o->database;
}

const struct store_options *
pg_folder_options(const struct folder *f)
{
	return f->o;
}

bool
pg_folder_is_down(struct folder *f)
{
	return time_monotonic_ms() < atomic_load(&f->down_until_ms);
}

void
pg_folder_set_down(struct folder *f, bool down)
{
	atomic_store(&f->down_until_ms, down ?
	    time_monotonic_ms() + DOWN_MS : 0);
}

struct db *
pg_folder_first(struct folder *f)
{
	struct db *db = f->first;

	f->first = NULL;
	return db;
}

/* ---- asking ---- */

/* One number, or what the server said. */
static enum helio_rc
ask_number(struct db *db, const char *text, int64_t *ret,
    struct helio_err *err)
{
	PGresult *res = NULL;
	enum helio_rc rc = pg_ask(db, text, &res, err);

	if (rc == HELIO_OK)
		*ret = pg_number(res, 0);
	PQclear(res);
	return rc;
}

static enum helio_rc
run_alone(struct db *db, const char *text, struct helio_err *err)
{
	enum helio_rc rc = pg_ask(db, text, NULL, err);

	pg_sync(db);
	return rc;
}

/* ---- the lock ---- */

enum helio_rc
pg_folder_lock(struct folder *f, struct db *db, struct helio_err *err)
{
	int64_t until = time_monotonic_ms() + (f->alone ? LEAVE_MS :
	    f->o->busy_ms);
	int64_t got = 0;
	enum helio_rc rc;

	for (;;) {
		rc = ask_number(db, f->alone ?
		    "SELECT pg_try_advisory_lock" LOCK_ARGS :
		    "SELECT pg_try_advisory_lock_shared" LOCK_ARGS, &got, err);
		pg_sync(db);
		if (rc != HELIO_OK || got != 0)
			return rc;
		if (time_monotonic_ms() >= until)
			return err_set(err, HELIO_E_CONFLICT, "the database "
			    "is in use by another helio process; stop it "
			    "first");
		(void)usleep(PAUSE_US / 4);
	}
}

enum helio_rc
pg_folder_share(struct folder *f, struct db *writer, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	if (f->alone)
		rc = run_alone(writer, "SELECT pg_advisory_lock_shared"
		    LOCK_ARGS, err);
	if (rc == HELIO_OK && f->alone)
		rc = run_alone(writer, "SELECT pg_advisory_unlock" LOCK_ARGS,
		    err);
	f->alone = false;
	return rc;
}

/* ---- the server ---- */

/* Each answers a number that is not 0 when all is well. */
struct demand {
	const char	*ask;
	enum helio_rc	 rc;		/* OK: a warning */
	const char	*text;
};

static const struct demand demands[] = {
	{ "SELECT (NOT pg_is_in_recovery())::int", HELIO_E_IO,
	    "the database is a standby and takes no changes" },
	{ "SELECT (current_schema() IS NOT NULL)::int", HELIO_E_NOT_FOUND,
	    "the database has no such schema" },
	{ "SELECT (current_setting('server_encoding') = 'UTF8')::int",
	    HELIO_E_CONFLICT, "the database's encoding is not UTF8; make it "
	    "with CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0" },
	{ "SELECT (current_setting('synchronous_commit') IN "
	    "('on', 'remote_apply'))::int", HELIO_E_CONFLICT,
	    "the database does not let us set synchronous_commit: what is "
	    "acknowledged would not be on disk" },
	{ "SELECT (current_setting('fsync') = 'on' AND "
	    "current_setting('full_page_writes') = 'on')::int", HELIO_OK,
	    "fsync or full_page_writes is off: a crash of the database's "
	    "machine may lose what was acknowledged, or all" },
};

static enum helio_rc
check_server(const struct folder *f, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	struct db *db = f->first;
	int64_t good = 0;

	if (PQserverVersion(db->c) < VERSION_LEAST)
		return err_set(err, HELIO_E_CONFLICT, "the database is "
		    "PostgreSQL %d; it takes %d or later",
		    PQserverVersion(db->c) / 10000, VERSION_LEAST / 10000);
	for (size_t i = 0; i < sizeof(demands) / sizeof(demands[0]); i++) {
		rc = ask_number(db, demands[i].ask, &good, err);
		if (rc != HELIO_OK)
			break;
		if (good == 0 && demands[i].rc != HELIO_OK)
			return err_set(err, demands[i].rc, "%s",
			    demands[i].text);
		if (good == 0 && f->o->serving)
			log_event(LOG_WARN, "store.unsafe", "why=" LOG_TEXT,
			    demands[i].text);
	}
	return rc;
}

/* A server that is not there may still come; one that refuses will not, but
 * may have come up since it was tried. */
static bool
may_come(const struct folder *f)
{
	const char *key[] = { "connect_timeout", "dbname", NULL };
	const char *value[] = { "3", f->o->database, NULL };
	PGPing ping = PQpingParams(key, value, 1);

	return ping == PQPING_REJECT || ping == PQPING_NO_RESPONSE;
}

static enum helio_rc
connect_first(struct folder *f, struct helio_err *err)
{
	int64_t now = time_monotonic_ms(), said = 0;
	int64_t until = now + f->o->wait_ms;
	bool was_up = false, up = false;
	enum helio_rc rc;

	for (;;) {
		pg_folder_set_down(f, false);
		rc = pg_connect(f->first, err);
		now = time_monotonic_ms();
		if (rc != HELIO_E_IO || now >= until)
			return rc;
		was_up = up;
		up = !may_come(f);
		if (up && was_up)
			return rc;
		if (said == 0 || now - said >= SAY_MS) {
			log_event(LOG_WARN, "store.waiting",
			    "left_s=%lld why=" LOG_TEXT,
			    (long long)(until - now) / 1000,
			    LOG_ARG(err_message(err)));
			said = now;
		}
		err_clear(err);
		(void)usleep(PAUSE_US);
	}
}

/* ---- making and opening ---- */

static enum helio_rc
make_folder(struct folder *f, struct helio_err *err)
{
	struct stat st;
	bool taken;
	int dir;

	f->made_folder = mkdir(f->o->path, 0700) == 0;
	if (!f->made_folder && errno != EEXIST)
		return err_set(err, HELIO_E_IO, "cannot create %s: %s",
		    f->o->path, strerror(errno));
	dir = open(f->o->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(err, HELIO_E_IO, "cannot open %s: %s",
		    f->o->path, strerror(errno));
	taken = fstatat(dir, "helio.db", &st, 0) == 0 && st.st_size > 0;
	(void)close(dir);
	if (taken)
		return err_set(err, HELIO_E_CONFLICT,
		    "%s already is a data folder", f->o->path);
	return HELIO_OK;
}

/* Our own two tables alone are what a crash at the very start leaves. */
static enum helio_rc
make_tables(struct folder *f, struct helio_err *err)
{
	int64_t tables = 0;
	enum helio_rc rc;

	rc = ask_number(f->first, "SELECT count(*) FROM pg_class WHERE "
	    "relnamespace = current_schema()::regnamespace AND "
	    "relkind IN ('r', 'p') AND relname NOT IN ('helio_version', "
	    "'helio_commit')", &tables, err);
	pg_sync(f->first);
	if (rc == HELIO_OK && tables > 0)
		return err_set(err, HELIO_E_CONFLICT, "the database already "
		    "holds tables: helio init wants one without, or a schema "
		    "of its own");
	if (rc == HELIO_OK)
		rc = run_alone(f->first,
		    "DROP TABLE IF EXISTS helio_version, helio_commit", err);
	if (rc == HELIO_OK)
		rc = run_alone(f->first, "CREATE TABLE helio_version "
		    "(version bigint NOT NULL)", err);
	f->made_tables = rc == HELIO_OK;
	if (rc == HELIO_OK)
		rc = pg_commit_make(f->first, err);
	if (rc == HELIO_OK)
		rc = run_alone(f->first,
		    "INSERT INTO helio_version VALUES (1)", err);
	return rc;
}

static enum helio_rc
find_tables(struct folder *f, struct helio_err *err)
{
	int64_t found = 0;
	enum helio_rc rc = ask_number(f->first, "SELECT (to_regclass("
	    "quote_ident(current_schema()) || '.helio_version') IS NOT NULL)"
	    "::int", &found, err);

	pg_sync(f->first);
	if (rc == HELIO_OK && found == 0)
		return err_set(err, HELIO_E_NOT_FOUND, "the database holds no "
		    "installation; make one with helio init");
	if (rc == HELIO_OK)
		rc = pg_commit_sweep(f->first, err);
	pg_sync(f->first);
	return rc;
}

static enum helio_rc
folder_fill(struct folder *f, struct helio_err *err)
{
	bool create = f->o->create;
	enum helio_rc rc = create ? make_folder(f, err) : HELIO_OK;

	if (rc == HELIO_OK && (f->first = pg_new(f, DB_WRITER)) == NULL)
		rc = err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	if (rc == HELIO_OK)
		rc = connect_first(f, err);
	if (rc == HELIO_OK)
		rc = check_server(f, err);
	if (rc == HELIO_OK)
		rc = pg_folder_lock(f, f->first, err);
	if (rc == HELIO_OK)
		rc = create ? make_tables(f, err) : find_tables(f, err);
	if (rc == HELIO_OK && create) {
		rc = place_remember(f->o->path, f->o->database, err);
		f->made_file = rc == HELIO_OK;
	}
	return rc;
}

enum helio_rc
pg_folder_open(const struct store_options *o, struct folder **ret,
    struct helio_err *err)
{
	struct folder *f = calloc(1, sizeof(*f));
	enum helio_rc rc;

	if (f == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	f->o = o;
	f->alone = o->exclusive || o->create;
	rc = folder_fill(f, err);
	if (rc == HELIO_OK) {
		*ret = f;
		return rc;
	}
	pg_close(pg_folder_first(f));
	pg_folder_remove(f);
	pg_folder_close(f);
	return rc;
}

/* ---- the end ---- */

static const char drop_tables[] =
    "DO $$ DECLARE name text; BEGIN FOR name IN SELECT quote_ident(relname) "
    "FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND "
    "relkind = 'r' LOOP EXECUTE 'DROP TABLE ' || name || ' CASCADE'; "
    "END LOOP; END $$";

/* The writer's connection, and our lock with it, are gone: take it again. */
static void
remove_tables(struct folder *f)
{
	struct db *db = pg_new(f, DB_WRITER);
	struct helio_err err;
	enum helio_rc rc = HELIO_E_NO_MEMORY;

	err_clear(&err);
	f->alone = true;
	if (db != NULL)
		rc = pg_connect(db, &err);
	if (rc == HELIO_OK)
		rc = pg_folder_lock(f, db, &err);
	if (rc == HELIO_OK)
		rc = run_alone(db, drop_tables, &err);
	if (rc != HELIO_OK)
		log_event(LOG_ERROR, "store.left_behind", "why=" LOG_TEXT,
		    LOG_ARG(err_message(&err)));
	pg_close(db);
}

void
pg_folder_remove(struct folder *f)
{
	char *file = NULL;

	if (f->made_tables)
		remove_tables(f);
	if (f->made_file &&
	    asprintf(&file, "%s/" PLACE_FILE, f->o->path) >= 0) {
		(void)unlink(file);
		free(file);
	}
	if (f->made_folder)
		(void)rmdir(f->o->path);
}

void
pg_folder_close(struct folder *f)
{
	if (f == NULL)
		return;
	pg_close(f->first);
	free(f);
}
