/* See store_fixture.h. */
#include "store_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char FIXTURE_SCHEMA[] =
    "version 1\n"
    "table entity\n"
    "	path entities\n"
    "	key entity_id int\n"
    "	field name text(40) required unique\n"
    "	methods GET OVERVIEW POST SYSTEM\n"
    "	scope own entity_id\n"
    "table hub\n"
    "	path hubs\n"
    "	key hub_id int\n"
    "	field entity_id int -> entity\n"
    "	field name text(40) required\n"
    "	field serial text unique\n"
    "	field floor int required default 7\n"
    "	field slot int\n"
    "	field parent_hub_id int -> hub\n"
    "	methods GET OVERVIEW POST OVERVIEW\n"
    "	scope own entity_id\n"
    "table shop\n"
    "	path shops\n"
    "	key shop_id int\n"
    "	field hub_id int required -> hub\n"
    "	field name text\n"
    "	methods GET OVERVIEW\n"
    "	scope via hub\n"
    "table note\n"
    "	path notes\n"
    "	key note_id int\n"
    "	field hub_id int -> hub\n"
    "	field text text\n"
    "	field extra json\n"
    "	field weight float\n"
    "	field done bool\n"
    "	field day date\n"
    "	field at datetime\n"
    "	methods GET OVERVIEW\n"
    "	scope all\n"
    "table network\n"
    "	path networks\n"
    "	key mccmnc text(8) natural\n"
    "	field name text required\n"
    "	methods GET OVERVIEW\n"
    "	scope all\n"
    "table user\n"
    "	path users\n"
    "	key user_id int\n"
    "	field username text required unique\n"
    "	field user_product_visibility text options [GLOBAL ENTITY]\n"
    "	field entity_id int -> entity\n"
    "	methods GET SYSTEM\n"
    "	scope own entity_id\n"
    "table session internal\n"
    "	key token text natural\n"
    "	field hub_id int required -> hub\n"
    "	field uses int required default 0\n"
    "table event internal\n"
    "	key event_id int\n"
    "	field kind text required unique\n"
    "	field payload json\n";

const struct caller FIXTURE_ENTITY = {
	.username = "ann", .user_id = 1, .level = LEVEL_SYSTEM,
	.entity_id = 1, .has_entity = true,
};

static int64_t
fixture_now(void *arg)
{
	return ((struct fixture *)arg)->now_us;
}

struct schema *
fixture_schema(const char *text)
{
	struct schema_problems problems;
	struct schema *s = NULL;

	if (!schema_read(text, strlen(text), &s, &problems))
		fail_msg("schema line %u: %s", problems.problem[0].line,
		    problems.problem[0].text);
	return s;
}

int
fixture_setup_closed(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/helio-store-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->schema = fixture_schema(FIXTURE_SCHEMA);
	f->now_us = INT64_C(1700000000000000);
	store_options_init(&f->options);
	f->options.path = f->dir;
	f->database = test_database_new();
	f->options.database = f->database;
	f->options.schema = f->schema;
	f->options.now_us = fixture_now;
	f->options.now_arg = f;
	err_clear(&f->err);
	*state = f;
	return 0;
}

enum helio_rc
fixture_open(struct fixture *f)
{
	err_clear(&f->err);
	return store_open(&f->options, &f->store, &f->err);
}

int
fixture_setup(void **state)
{
	struct fixture *f;

	fixture_setup_closed(state);
	f = *state;
	f->options.create = true;
	if (fixture_open(f) != HELIO_OK)
		fail_msg("open: %s", err_message(&f->err));
	f->options.create = false;
	return 0;
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "helio.db", "helio.db-wal",
	    "helio.db-shm", "lock", "database" };

	store_close(f->store);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(fixture_path(f, names[i]));
	assert_int_equal(rmdir(f->dir), 0);
	test_database_drop(f->database);
	schema_free(f->schema);
	free(f);
	return 0;
}

void
fixture_reopen(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
	if (fixture_open(f) != HELIO_OK)
		fail_msg("open: %s", err_message(&f->err));
}

const char *
fixture_path(const struct fixture *f, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

/* ---- jobs ---- */

struct row *
fixture_row(struct tx *tx, const char *table, const struct cell *cell)
{
	struct row *row = row_new(tx_arena(tx), tx_table(tx, table));

	for (; cell != NULL && cell->field != NULL; cell++)
		row_set(row, cell->field, cell->value);
	return row;
}

struct change {
	const char	*table;
	const struct cell *cells;
	struct value	 key;
	int64_t		*ret_key;
};

static enum helio_rc
run_insert(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct change *c = arg;
	struct row *row = fixture_row(tx, c->table, c->cells);
	enum helio_rc rc = tx_insert(tx, row, err);

	if (rc == HELIO_OK && c->ret_key != NULL)
		*c->ret_key = row_key(row).i;
	return rc;
}

static enum helio_rc
run_update(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct change *c = arg;

	return tx_update(tx, tx_table(tx, c->table), c->key,
	    fixture_row(tx, c->table, c->cells), NULL, err);
}

static enum helio_rc
run_delete(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct change *c = arg;

	return tx_delete(tx, tx_table(tx, c->table), c->key, err);
}

static enum helio_rc
run_as(struct fixture *f, const struct caller *who, fixture_job run, void *arg)
{
	err_clear(&f->err);
	return store_write(f->store, who != NULL ? who : &CALLER_SYSTEM, run,
	    arg, &f->err);
}

enum helio_rc
fixture_run(struct fixture *f, fixture_job run, void *arg)
{
	return run_as(f, NULL, run, arg);
}

enum helio_rc
fixture_insert(struct fixture *f, const struct caller *who, const char *table,
    const struct cell *cells, int64_t *ret_key)
{
	struct change c = { table, cells, { 0 }, ret_key };

	return run_as(f, who, run_insert, &c);
}

enum helio_rc
fixture_update(struct fixture *f, const struct caller *who, const char *table,
    struct value key, const struct cell *cells)
{
	struct change c = { table, cells, key, NULL };

	return run_as(f, who, run_update, &c);
}

enum helio_rc
fixture_delete(struct fixture *f, const struct caller *who, const char *table,
    struct value key)
{
	struct change c = { table, NULL, key, NULL };

	return run_as(f, who, run_delete, &c);
}

/* ---- looking ---- */

static struct tx *
snapshot(struct fixture *f, const struct caller *who)
{
	struct tx *tx = NULL;

	assert_int_equal(store_read(f->store, who != NULL ? who :
	    &CALLER_SYSTEM, &tx, &f->err), HELIO_OK);
	return tx;
}

int64_t
fixture_count(struct fixture *f, const struct caller *who, const char *table)
{
	struct tx *tx = snapshot(f, who);
	struct query q = query_all(tx_table(tx, table));
	int64_t n = -1;

	assert_int_equal(tx_count(tx, &q, &n, &f->err), HELIO_OK);
	store_read_end(tx);
	return n;
}

static struct row *
get_row(struct fixture *f, struct tx *tx, const char *table, struct value key)
{
	struct row *row = NULL;

	if (tx_get(tx, tx_table(tx, table), key, &row, &f->err) != HELIO_OK)
		fail_msg("%s: %s", table, err_message(&f->err));
	return row;
}

int64_t
fixture_int(struct fixture *f, const char *table, struct value key,
    const char *field)
{
	struct tx *tx = snapshot(f, NULL);
	int64_t n = row_int(get_row(f, tx, table, key), field);

	store_read_end(tx);
	return n;
}

bool
fixture_is_null(struct fixture *f, const char *table, struct value key,
    const char *field)
{
	struct tx *tx = snapshot(f, NULL);
	bool is = row_is_null(get_row(f, tx, table, key), field);

	store_read_end(tx);
	return is;
}

int64_t
fixture_sql(struct fixture *f, const char *sql)
{
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;
	int64_t n = 0;

	store_close(f->store);
	f->store = NULL;
	if (f->database != NULL)
		return test_database_sql(f->database, sql);
	assert_int_equal(sqlite3_open(fixture_path(f, "helio.db"), &db),
	    SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return n;
}

static void
print_bad(void *arg, const struct store_finding *finding)
{
	(void)arg;
	if (!finding->ok)
		print_message("doctor: %s\n", finding->text);
}

unsigned
fixture_bad(struct fixture *f)
{
	unsigned bad = 0;

	assert_int_equal(store_doctor(f->store, print_bad, NULL, &bad, &f->err),
	    HELIO_OK);
	return bad;
}

bool
fixture_fault(const struct fixture *f, const char *field)
{
	for (unsigned i = 0; i < f->err.n_faults; i++)
		if (strcmp(f->err.fault[i].field, field) == 0)
			return true;
	return false;
}
