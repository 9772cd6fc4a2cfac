/*
 * A store in a folder of its own with a small schema, and short forms of what
 * the tests of the store do all the time.
 */
#ifndef HELIO_TEST_STORE_FIXTURE_H
#define HELIO_TEST_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"
#include "test_database.h"

struct fixture {
	char		 dir[64];	/* removed at the end */
	char		*database;	/* NULL: SQLite, in the folder */
	struct schema	*schema;
	struct store_options options;
	struct store	*store;
	struct helio_err err;
	int64_t		 now_us;	/* the store's clock */
};

extern const char FIXTURE_SCHEMA[];
/* A caller of ENTITY scope, level SYSTEM, entity 1. */
extern const struct caller FIXTURE_ENTITY;

/* What only a database in the folder has. */
#define SQLITE_ONLY(f) do { \
	if ((f)->database != NULL) \
		skip(); \
} while (0)

/* cmocka set-up and tear-down: a new folder, opened. */
int		 fixture_setup(void **state);
int		 fixture_teardown(void **state);
/* The same without opening or making anything but the folder's name. */
int		 fixture_setup_closed(void **state);

/* Schema text to schema; fails the test with the problem. */
struct schema	*fixture_schema(const char *text);
/* Close and open again (same options, not created). */
void		 fixture_reopen(struct fixture *);
enum helio_rc	 fixture_open(struct fixture *);
/* PATH in the folder; static memory. */
const char	*fixture_path(const struct fixture *, const char *name);

/* The steps of one job, run with the fixture as argument. */
typedef enum helio_rc (*fixture_job)(struct tx *, void *, struct helio_err *);

/* Insert one row given as JSON-ish field list: name, value pairs.  Texts
 * are set as they are, numbers with VALUE_INT. */
struct cell {
	const char	*field;
	struct value	 value;
};
#define INT(f, x)	{ f, { .type = VALUE_INT, .i = (x) } }
#define TEXT(f, x)	{ f, { .type = VALUE_TEXT, .s = (x), .n = sizeof(x) - 1 } }
#define NIL(f)		{ f, { .type = VALUE_NULL } }
#define CELLS(...)	(const struct cell[]){ __VA_ARGS__, { NULL, { 0 } } }

/* Each as one committed job of the caller (NULL: the system); the error is
 * in fixture.err. */
enum helio_rc	 fixture_insert(struct fixture *, const struct caller *,
		    const char *table, const struct cell *, int64_t *ret_key);
enum helio_rc	 fixture_update(struct fixture *, const struct caller *,
		    const char *table, struct value key, const struct cell *);
enum helio_rc	 fixture_delete(struct fixture *, const struct caller *,
		    const char *table, struct value key);
enum helio_rc	 fixture_run(struct fixture *, fixture_job run, void *arg);

/* As a snapshot of the caller (NULL: the system) sees it. */
int64_t		 fixture_count(struct fixture *, const struct caller *,
		    const char *table);
int64_t		 fixture_int(struct fixture *, const char *table,
		    struct value key, const char *field);
bool		 fixture_is_null(struct fixture *, const char *table,
		    struct value key, const char *field);
/* Close the store and run SQL behind its back; one integer of the result, or
 * 0.  The caller opens again. */
int64_t		 fixture_sql(struct fixture *, const char *sql);
/* Doctor's count of bad findings. */
unsigned	 fixture_bad(struct fixture *);
/* True when a fault names this field. */
bool		 fixture_fault(const struct fixture *, const char *field);

/* A row made in the arena of a tx. */
struct row	*fixture_row(struct tx *, const char *table, const struct cell *);

#endif
