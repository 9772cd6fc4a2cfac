/* See plain_store.h. */
#include "plain_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/times.h"
#include "test_database.h"

static int64_t
clock_us(void *arg)
{
	return ((struct plain_store *)arg)->now_us;
}

static void
open_store(struct plain_store *p, bool create)
{
	struct store_options options;

	store_options_init(&options);
	options.path = p->dir;
	options.database = p->database;
	options.schema = schema_builtin();
	options.create = create;
	options.now_us = clock_us;
	options.now_arg = p;
	if (store_open(&options, &p->store, &p->err) != HELIO_OK)
		fail_msg("open: %s", err_message(&p->err));
}

int
plain_store_setup(void **state)
{
	struct plain_store *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	strcpy(p->dir, "/tmp/helio-plain-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	err_clear(&p->err);
	p->now_us = INT64_C(1700000000) * US_PER_S;
	p->database = test_database_new();
	open_store(p, true);
	*state = p;
	return 0;
}

int
plain_store_teardown(void **state)
{
	static const char *const names[] = { "helio.db", "helio.db-wal",
	    "helio.db-shm", "lock", "database" };
	struct plain_store *p = *state;
	char path[128];

	store_close(p->store);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", p->dir, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(p->dir), 0);
	test_database_drop(p->database);
	free(p);
	return 0;
}

void
plain_store_reopen(struct plain_store *p)
{
	store_close(p->store);
	p->store = NULL;
	open_store(p, false);
}

void
plain_store_write(struct plain_store *p,
    enum helio_rc (*run)(struct tx *, void *, struct helio_err *), void *arg)
{
	err_clear(&p->err);
	if (store_write(p->store, &CALLER_SYSTEM, run, arg, &p->err) !=
	    HELIO_OK)
		fail_msg("write: %s %s", err_message(&p->err),
		    p->err.n_faults > 0 ? p->err.fault[0].text : "");
}

struct tx *
plain_store_read(struct plain_store *p)
{
	struct tx *tx = NULL;

	if (store_read(p->store, &CALLER_SYSTEM, &tx, &p->err) != HELIO_OK)
		fail_msg("read: %s", err_message(&p->err));
	return tx;
}

int64_t
plain_store_count(struct plain_store *p, const char *table)
{
	struct tx *tx = plain_store_read(p);
	struct query query = query_all(tx_table(tx, table));
	int64_t n = -1;

	assert_int_equal(tx_count(tx, &query, &n, &p->err), HELIO_OK);
	store_read_end(tx);
	return n;
}

struct row *
plain_store_first(struct tx *tx, const char *table)
{
	struct query query = query_all(tx_table(tx, table));
	struct row *row = NULL;
	struct helio_err err;

	err_clear(&err);
	return tx_first(tx, &query, &row, &err) == HELIO_OK ? row : NULL;
}
